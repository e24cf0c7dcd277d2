//! The tags of an event: those it comes with, and those that the ids of its payload make, which a client need not
//! repeat. A correction has those of its replacement too: by an id that a correction gives an event, it is found.
//!
//! **Invariant:** a stored event, with all its tags, can be appended to another ledger.

use rapport_model::EventId;

use super::{Invalid, NAME_BYTES_MAX, checker::Checker};
use crate::v1::payload::Kind;

/// An event may have so many tags, with those that the ids of its payload make.
pub const TAGS_MAX: usize = 1_000;
/// A repeated field may hold so many ids that make tags, which leaves room for others.
pub const IDS_AS_TAGS_MAX: usize = 900;
/// A tag may have so many bytes: as many as the longest that ids make, `definition:KIND/CODE`.
pub const TAG_BYTES_MAX: usize = "definition:/".len() + 2 * NAME_BYTES_MAX;

/// Whether a text can be a tag.
///
/// # Errors
/// It cannot; `field` is where it stands.
pub fn check_tag(field: &str, tag: &str) -> Result<(), Invalid> {
    let mut checker = Checker::new("");
    check(field, tag, &mut checker);
    checker.finish(())
}

/// The tags that the ids of a payload make, in any order.
#[must_use]
pub fn tags_of_ids(kind: &Kind) -> Vec<String> {
    let mut tags = Vec::new();
    add(kind, &mut tags);
    tags
}

/// Notes what is wrong with a tag.
pub(super) fn check(field: &str, tag: &str, checker: &mut Checker) {
    checker.text_of(field, tag, TAG_BYTES_MAX);
    let pair = tag.split_once(':').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty());
    checker.require(field, pair, || "expected `key:value`, such as `deal:42`".into());
}

/// Brings all tags of an event into order, each once, and notes when there are too many.
pub(super) fn settle(tags: &mut Vec<String>, checker: &mut Checker) {
    tags.sort_unstable();
    tags.dedup();
    checker.require("tags", tags.len() <= TAGS_MAX, || {
        format!(
            "expected at most {TAGS_MAX} with those that the payload's ids make, found {}; divide the event",
            tags.len()
        )
    });
}

/// Adds a tag for every id that the payload names.
#[expect(clippy::too_many_lines, reason = "one arm a type: the list is the point")]
pub(super) fn add(kind: &Kind, tags: &mut Vec<String>) {
    let mut tag = |key: &str, id: &str| {
        if !id.is_empty() {
            tags.push([key, ":", id].concat());
        }
    };
    match kind {
        Kind::PartyRoleAssigned(e) => tag("party", &e.related_party),
        Kind::LeadOpened(e) => tag("campaign", &e.campaign_id),
        Kind::LeadConverted(e) => {
            tag("deal", &e.deal_id);
            tag("order", &e.order_id);
        }
        Kind::TouchMessageExchanged(e) => tag("campaign", &e.campaign_id),
        Kind::AgreementRecorded(e) => {
            tag("agreement", &e.agreement_id);
            tag("agreement", &e.supersedes);
        }
        Kind::DealOpened(e) => tag("deal", &e.deal_id),
        Kind::DealStageChanged(e) => tag("deal", &e.deal_id),
        Kind::DealTermsChanged(e) => tag("deal", &e.deal_id),
        Kind::DealWon(e) => tag("deal", &e.deal_id),
        Kind::DealLost(e) => tag("deal", &e.deal_id),
        Kind::OfferIssued(e) => {
            tag("offer", &e.offer_id);
            tag("deal", &e.deal_id);
        }
        Kind::OfferResponded(e) => tag("offer", &e.offer_id),
        Kind::ConcessionGranted(e) => tag("deal", &e.deal_id),
        Kind::DocumentStateChanged(e) => tag("document", &e.document_id),
        Kind::ContractChanged(e) => tag("contract", &e.contract_id),
        Kind::OrderPlaced(e) => {
            tag("order", &e.order_id);
            tag("deal", &e.deal_id);
        }
        Kind::OrderChanged(e) => tag("order", &e.order_id),
        Kind::InvoiceIssued(e) => {
            tag("invoice", &e.invoice_id);
            tag("order", &e.order_id);
        }
        Kind::PaymentReceived(e) => {
            tag("order", &e.order_id);
            e.invoice_ids.iter().for_each(|id| tag("invoice", id));
        }
        Kind::DeliveryPromised(e) => tag("order", &e.order_id),
        Kind::DeliveryCompleted(e) => tag("order", &e.order_id),
        Kind::ProjectMilestoneRecorded(e) => tag("project", &e.project),
        Kind::TicketOpened(e) => tag("ticket", &e.ticket_id),
        Kind::TicketStageChanged(e) => tag("ticket", &e.ticket_id),
        Kind::TicketResponded(e) => tag("ticket", &e.ticket_id),
        Kind::TicketResolved(e) => tag("ticket", &e.ticket_id),
        Kind::TicketReopened(e) => tag("ticket", &e.ticket_id),
        Kind::SurveySent(e) => tag("survey", &e.survey_id),
        Kind::SurveyAnswered(e) => tag("survey", &e.survey_id),
        Kind::NeedIdentified(e) => tag("need", &e.need_id),
        Kind::NeedClosed(e) => tag("need", &e.need_id),
        Kind::CampaignDefined(e) => tag("campaign", &e.campaign_id),
        Kind::CampaignSpendRecorded(e) => tag("campaign", &e.campaign_id),
        Kind::CampaignResponseRecorded(e) => tag("campaign", &e.campaign_id),
        Kind::CampaignMemberSelected(e) => tag("campaign", &e.campaign_id),
        Kind::StaffStatusChanged(e) => tag("staff", &e.staff_id),
        // The object of these is a tag already.
        Kind::OwnerAssigned(e) => tags.push(e.object.clone()),
        Kind::ProcessStarted(e) => tags.push(e.object.clone()),
        Kind::ProcessStepRecorded(e) => tags.push(e.object.clone()),
        Kind::HandoverProgressed(e) => tag("handover", &e.handover_id),
        Kind::IncentiveAccrued(e) => tag("staff", &e.staff_id),
        Kind::DefinitionPublished(e) => tag("definition", &[&e.kind, "/", &e.code].concat()),
        Kind::EventCorrected(e) => {
            tag("event", &canonical(&e.target_event_id));
            if let Some(replacement) = e.replacement.as_ref().and_then(|payload| payload.kind.as_ref()) {
                add(replacement, tags);
            }
        }
        Kind::EventRetracted(e) => tag("event", &canonical(&e.target_event_id)),
        Kind::PartyMerged(e) => {
            tag("party", &e.survivor);
            tag("party", &e.absorbed);
        }
        Kind::PartyUnmerged(e) => tag("event", &canonical(&e.merge_event_id)),
        Kind::ImportBatchClosed(e) => tag("import", &e.mapping),
        Kind::Custom(_)
        | Kind::PartyRegistered(_)
        | Kind::PartyIdentifierChanged(_)
        | Kind::PartyFactRecorded(_)
        | Kind::PartyLifecycleChanged(_)
        | Kind::ContactPointCaptured(_)
        | Kind::ContactPointVerified(_)
        | Kind::LeadQualified(_)
        | Kind::ConsentGranted(_)
        | Kind::ConsentWithdrawn(_)
        | Kind::ConsentObjectionRecorded(_)
        | Kind::ConsentPreferenceSet(_)
        | Kind::TouchCallLogged(_)
        | Kind::TouchMeetingHeld(_)
        | Kind::TouchVisitRecorded(_)
        | Kind::NoteRecorded(_)
        | Kind::ArtifactAttached(_)
        | Kind::CostAllocated(_)
        | Kind::StockCounted(_)
        | Kind::ObjectionObserved(_)
        | Kind::SubjectErasureDecided(_)
        | Kind::RecordDisclosed(_) => {}
    }
}

/// An event id as the ledger writes it; empty for a text that is not an id, which is a separate fault.
fn canonical(id: &str) -> String {
    id.parse::<EventId>().map(|id| id.to_string()).unwrap_or_default()
}
