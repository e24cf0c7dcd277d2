//! The tags that the ids of a payload make: a client need not repeat them.

use rapport_model::EventId;

use crate::v1::payload::Kind;

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
        Kind::StaffStatusChanged(e) => tag("staff", &e.staff_id),
        // The object of these is a tag already.
        Kind::OwnerAssigned(e) => tags.push(e.object.clone()),
        Kind::ProcessStarted(e) => tags.push(e.object.clone()),
        Kind::ProcessStepRecorded(e) => tags.push(e.object.clone()),
        Kind::HandoverProgressed(e) => tag("handover", &e.handover_id),
        Kind::IncentiveAccrued(e) => tag("staff", &e.staff_id),
        Kind::DefinitionPublished(e) => tag("definition", &[&e.kind, "/", &e.code].concat()),
        Kind::EventCorrected(e) => tag("event", &canonical(&e.target_event_id)),
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
        | Kind::ObjectionObserved(_)
        | Kind::SubjectErasureDecided(_)
        | Kind::RecordDisclosed(_) => {}
    }
}

/// An event id as the ledger writes it; empty for what is no id, which is a fault of its own.
fn canonical(id: &str) -> String {
    id.parse::<EventId>().map(|id| id.to_string()).unwrap_or_default()
}
