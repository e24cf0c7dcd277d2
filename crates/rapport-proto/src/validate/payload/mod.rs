//! The required content of each payload, one file for each group of the vocabulary.

mod commerce;
mod ledger;
mod parties;
mod sales;
mod service;
mod touches;

use super::checker::Checker;
use crate::v1::payload::Kind;

/// A message that knows what it must hold.
trait Check {
    /// Notes what is wrong with the message.
    fn check(&self, c: &mut Checker);
}

/// The types that give the event's customer a role for another party: without a customer they mean nothing.
pub(super) const NEED_CUSTOMER: [&str; 1] = ["party.role_assigned"];

/// Checks what a payload says of the event's customer; the caller has put the payload's name on the path.
pub(super) fn check_beside_customer(kind: &Kind, customer: &str, c: &mut Checker) {
    if let Kind::PartyRoleAssigned(role) = kind {
        c.another("related_party", &role.related_party, "party", ("customer", customer));
    }
}

/// Expands to a match over every type: a new one does not compile until it is listed and has its [`Check`].
macro_rules! check_each {
    ($kind:expr, $checker:expr, $($variant:ident),+ $(,)?) => {
        match $kind { $(Kind::$variant(message) => message.check($checker)),+ }
    };
}

/// Checks a payload; the caller has put its name on the path.
#[expect(clippy::too_many_lines, reason = "one arm a type: the list is the point")]
pub(super) fn check(kind: &Kind, c: &mut Checker) {
    check_each!(
        kind,
        c,
        Custom,
        PartyRegistered,
        PartyIdentifierChanged,
        PartyFactRecorded,
        PartyRoleAssigned,
        PartyLifecycleChanged,
        ContactPointCaptured,
        ContactPointVerified,
        LeadOpened,
        LeadQualified,
        LeadConverted,
        ConsentGranted,
        ConsentWithdrawn,
        ConsentObjectionRecorded,
        ConsentPreferenceSet,
        TouchCallLogged,
        TouchMessageExchanged,
        TouchMeetingHeld,
        TouchVisitRecorded,
        NoteRecorded,
        ArtifactAttached,
        AgreementRecorded,
        DealOpened,
        DealStageChanged,
        DealTermsChanged,
        DealWon,
        DealLost,
        OfferIssued,
        OfferResponded,
        ConcessionGranted,
        DocumentStateChanged,
        ContractChanged,
        OrderPlaced,
        OrderChanged,
        InvoiceIssued,
        PaymentReceived,
        CostAllocated,
        StockCounted,
        DeliveryPromised,
        DeliveryCompleted,
        ProjectMilestoneRecorded,
        TicketOpened,
        TicketStageChanged,
        TicketResponded,
        TicketResolved,
        TicketReopened,
        SurveySent,
        SurveyAnswered,
        NeedIdentified,
        NeedClosed,
        ObjectionObserved,
        CampaignDefined,
        CampaignSpendRecorded,
        CampaignResponseRecorded,
        CampaignMemberSelected,
        StaffStatusChanged,
        OwnerAssigned,
        HandoverProgressed,
        IncentiveAccrued,
        DefinitionPublished,
        ProcessStarted,
        ProcessStepRecorded,
        EventCorrected,
        EventRetracted,
        PartyMerged,
        PartyUnmerged,
        SubjectErasureDecided,
        RecordDisclosed,
        ImportBatchClosed,
    );
}
