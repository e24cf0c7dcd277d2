//! An event in one line for people, in English. Every type of the vocabulary has its line: a new type does not
//! compile until it has one.

mod commerce;
mod line;
mod party;
mod service;

use rapport_proto::v1::payload::Kind;

/// One readable line; `event_type` names what this build does not know.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm a type: the list is the point")]
pub fn summary(kind: Option<&Kind>, event_type: &str) -> String {
    let Some(kind) = kind else { return event_type.to_owned() };
    match kind {
        Kind::Custom(_) => event_type.to_owned(),
        Kind::PartyRegistered(e) => party::registered(e),
        Kind::PartyIdentifierChanged(e) => party::identifier_changed(e),
        Kind::PartyFactRecorded(e) => party::fact_recorded(e),
        Kind::PartyRoleAssigned(e) => party::role_assigned(e),
        Kind::PartyLifecycleChanged(e) => party::lifecycle_changed(e),
        Kind::ContactPointCaptured(e) => party::contact_captured(e),
        Kind::ContactPointVerified(e) => party::contact_verified(e),
        Kind::LeadOpened(e) => party::lead_opened(e),
        Kind::LeadQualified(e) => party::lead_qualified(e),
        Kind::LeadConverted(e) => party::lead_converted(e),
        Kind::ConsentGranted(e) => party::consent_granted(e),
        Kind::ConsentWithdrawn(e) => party::consent_withdrawn(e),
        Kind::ConsentObjectionRecorded(e) => party::objection_recorded(e),
        Kind::ConsentPreferenceSet(e) => party::preference_set(e),
        Kind::PartyMerged(e) => party::merged(e),
        Kind::PartyUnmerged(e) => party::unmerged(e),
        Kind::SubjectErasureDecided(e) => party::erasure_decided(e),
        Kind::RecordDisclosed(e) => party::disclosed(e),
        Kind::DealOpened(e) => commerce::deal_opened(e),
        Kind::DealStageChanged(e) => commerce::deal_stage_changed(e),
        Kind::DealTermsChanged(e) => commerce::deal_terms_changed(e),
        Kind::DealWon(e) => commerce::deal_won(e),
        Kind::DealLost(e) => commerce::deal_lost(e),
        Kind::OfferIssued(e) => commerce::offer_issued(e),
        Kind::OfferResponded(e) => commerce::offer_responded(e),
        Kind::ConcessionGranted(e) => commerce::concession_granted(e),
        Kind::DocumentStateChanged(e) => commerce::document_changed(e),
        Kind::ContractChanged(e) => commerce::contract_changed(e),
        Kind::OrderPlaced(e) => commerce::order_placed(e),
        Kind::OrderChanged(e) => commerce::order_changed(e),
        Kind::InvoiceIssued(e) => commerce::invoice_issued(e),
        Kind::PaymentReceived(e) => commerce::payment_received(e),
        Kind::CostAllocated(e) => commerce::cost_allocated(e),
        Kind::StockCounted(e) => commerce::stock_counted(e),
        Kind::DeliveryPromised(e) => commerce::delivery_promised(e),
        Kind::DeliveryCompleted(e) => commerce::delivery_completed(e),
        Kind::ProjectMilestoneRecorded(e) => commerce::milestone(e),
        Kind::CampaignDefined(e) => commerce::campaign_defined(e),
        Kind::CampaignSpendRecorded(e) => commerce::campaign_spend(e),
        Kind::CampaignResponseRecorded(e) => commerce::campaign_response(e),
        Kind::CampaignMemberSelected(e) => commerce::campaign_member(e),
        Kind::TouchCallLogged(e) => service::call(e),
        Kind::TouchMessageExchanged(e) => service::message(e),
        Kind::TouchMeetingHeld(e) => service::meeting(e),
        Kind::TouchVisitRecorded(e) => service::visit(e),
        Kind::NoteRecorded(e) => service::note(e),
        Kind::ArtifactAttached(e) => service::artifact(e),
        Kind::AgreementRecorded(e) => service::agreement(e),
        Kind::TicketOpened(e) => service::ticket_opened(e),
        Kind::TicketStageChanged(e) => service::ticket_stage_changed(e),
        Kind::TicketResponded(e) => service::ticket_responded(e),
        Kind::TicketResolved(e) => service::ticket_resolved(e),
        Kind::TicketReopened(e) => service::ticket_reopened(e),
        Kind::SurveySent(e) => service::survey_sent(e),
        Kind::SurveyAnswered(e) => service::survey_answered(e),
        Kind::NeedIdentified(e) => service::need_identified(e),
        Kind::NeedClosed(e) => service::need_closed(e),
        Kind::ObjectionObserved(e) => service::objection(e),
        Kind::StaffStatusChanged(e) => service::staff_status(e),
        Kind::OwnerAssigned(e) => service::owner_assigned(e),
        Kind::HandoverProgressed(e) => service::handover(e),
        Kind::IncentiveAccrued(e) => service::incentive(e),
        Kind::DefinitionPublished(e) => service::definition(e),
        Kind::ProcessStarted(e) => service::process_started(e),
        Kind::ProcessStepRecorded(e) => service::process_step(e),
        Kind::ImportBatchClosed(e) => service::import_closed(e),
        Kind::EventCorrected(e) => line::line("event corrected").detail(&e.reason).done(),
        Kind::EventRetracted(e) => line::line("event retracted").detail(&e.reason).done(),
    }
}
