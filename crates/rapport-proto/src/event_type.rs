//! The types of events by name and by the number of their field in `rapport.v1.Payload`.

use rapport_model::wire::take_field;

/// The number of `Payload.custom`.
pub const CUSTOM: u32 = 1;

macro_rules! vocabulary {
    ($($number:literal $constant:ident $name:literal,)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: u32 = $number;
        )*

        /// The vocabulary, ascending by number.
        const VOCABULARY: &[(u32, &str)] = &[$(($number, $name)),*];
    };
}

vocabulary! {
    10 PARTY_REGISTERED "party.registered",
    11 PARTY_IDENTIFIER_CHANGED "party.identifier_changed",
    12 PARTY_FACT_RECORDED "party.fact_recorded",
    13 PARTY_ROLE_ASSIGNED "party.role_assigned",
    14 PARTY_LIFECYCLE_CHANGED "party.lifecycle_changed",
    20 CONTACT_POINT_CAPTURED "contact_point.captured",
    21 CONTACT_POINT_VERIFIED "contact_point.verified",
    22 LEAD_OPENED "lead.opened",
    23 LEAD_QUALIFIED "lead.qualified",
    24 LEAD_CONVERTED "lead.converted",
    30 CONSENT_GRANTED "consent.granted",
    31 CONSENT_WITHDRAWN "consent.withdrawn",
    32 CONSENT_OBJECTION_RECORDED "consent.objection_recorded",
    33 CONSENT_PREFERENCE_SET "consent.preference_set",
    40 TOUCH_CALL_LOGGED "touch.call_logged",
    41 TOUCH_MESSAGE_EXCHANGED "touch.message_exchanged",
    42 TOUCH_MEETING_HELD "touch.meeting_held",
    43 TOUCH_VISIT_RECORDED "touch.visit_recorded",
    44 NOTE_RECORDED "note.recorded",
    45 ARTIFACT_ATTACHED "artifact.attached",
    46 AGREEMENT_RECORDED "agreement.recorded",
    50 DEAL_OPENED "deal.opened",
    51 DEAL_STAGE_CHANGED "deal.stage_changed",
    52 DEAL_TERMS_CHANGED "deal.terms_changed",
    53 DEAL_WON "deal.won",
    54 DEAL_LOST "deal.lost",
    60 OFFER_ISSUED "offer.issued",
    61 OFFER_RESPONDED "offer.responded",
    62 CONCESSION_GRANTED "concession.granted",
    63 DOCUMENT_STATE_CHANGED "document.state_changed",
    64 CONTRACT_CHANGED "contract.changed",
    70 ORDER_PLACED "order.placed",
    71 ORDER_CHANGED "order.changed",
    72 INVOICE_ISSUED "invoice.issued",
    73 PAYMENT_RECEIVED "payment.received",
    74 COST_ALLOCATED "cost.allocated",
    75 STOCK_COUNTED "stock.counted",
    80 DELIVERY_PROMISED "delivery.promised",
    81 DELIVERY_COMPLETED "delivery.completed",
    82 PROJECT_MILESTONE_RECORDED "project.milestone_recorded",
    90 TICKET_OPENED "ticket.opened",
    91 TICKET_STAGE_CHANGED "ticket.stage_changed",
    92 TICKET_RESPONDED "ticket.responded",
    93 TICKET_RESOLVED "ticket.resolved",
    94 TICKET_REOPENED "ticket.reopened",
    100 SURVEY_SENT "survey.sent",
    101 SURVEY_ANSWERED "survey.answered",
    102 NEED_IDENTIFIED "need.identified",
    103 NEED_CLOSED "need.closed",
    104 OBJECTION_OBSERVED "objection.observed",
    110 CAMPAIGN_DEFINED "campaign.defined",
    111 CAMPAIGN_SPEND_RECORDED "campaign.spend_recorded",
    112 CAMPAIGN_RESPONSE_RECORDED "campaign.response_recorded",
    113 CAMPAIGN_MEMBER_SELECTED "campaign.member_selected",
    120 STAFF_STATUS_CHANGED "staff.status_changed",
    121 OWNER_ASSIGNED "owner.assigned",
    122 HANDOVER_PROGRESSED "handover.progressed",
    123 INCENTIVE_ACCRUED "incentive.accrued",
    130 DEFINITION_PUBLISHED "definition.published",
    131 PROCESS_STARTED "process.started",
    132 PROCESS_STEP_RECORDED "process.step_recorded",
    140 EVENT_CORRECTED "event.corrected",
    141 EVENT_RETRACTED "event.retracted",
    142 PARTY_MERGED "party.merged",
    143 PARTY_UNMERGED "party.unmerged",
    144 SUBJECT_ERASURE_DECIDED "subject.erasure_decided",
    145 RECORD_DISCLOSED "record.disclosed",
    146 IMPORT_BATCH_CLOSED "import.batch_closed",
}

/// Every type of the standard vocabulary with its number, ascending by number.
pub fn all() -> impl Iterator<Item = (u32, &'static str)> {
    VOCABULARY.iter().copied()
}

/// The type whose payload has this number; `None` for `custom` and for types of the future.
#[must_use]
pub fn name_of_field(number: u32) -> Option<&'static str> {
    let index = VOCABULARY.binary_search_by_key(&number, |row| row.0).ok()?;
    VOCABULARY.get(index).map(|row| row.1)
}

/// The number of a type's payload.
#[must_use]
pub fn field_of_name(name: &str) -> Option<u32> {
    VOCABULARY.iter().find(|row| row.1 == name).map(|row| row.0)
}

/// The number of the one field that an encoded `Payload` holds; `None` when it holds none, several, or is broken.
#[must_use]
pub fn payload_field(payload: &[u8]) -> Option<u32> {
    let mut rest = payload;
    let field = take_field(&mut rest).ok()?;
    (rest.is_empty() && field.bytes().is_ok()).then_some(field.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::descriptors;

    #[test]
    fn the_table_is_the_oneof_of_the_proto() {
        let payload = descriptors().get_message_by_name("rapport.v1.Payload").unwrap();
        let fields = payload.fields().filter(|field| field.number() != CUSTOM);
        let from_proto: Vec<_> = fields.map(|field| (field.number(), field.name().to_owned())).collect();
        let from_table: Vec<_> = all().map(|(number, name)| (number, name.replace('.', "_"))).collect();
        assert_eq!(from_table, from_proto);
        for (number, name) in all() {
            assert_eq!((name_of_field(number), field_of_name(name)), (Some(name), Some(number)));
        }
    }

    #[test]
    fn what_identifies_a_person_is_field_15_of_every_message() {
        let payload = descriptors().get_message_by_name("rapport.v1.Payload").unwrap();
        for field in payload.fields() {
            let kind = field.kind();
            let message = kind.as_message().unwrap();
            assert!(message.fields().all(|field| field.number() <= 15), "{}", message.name());
            if let Some(personal) = message.get_field_by_name("personal") {
                assert_eq!(personal.number(), 15, "{}", message.name());
            }
            assert!(
                message.get_field(15).is_none_or(|field| field.name() == "personal"),
                "{}",
                message.name()
            );
        }
    }

    #[test]
    fn a_payload_of_two_fields_has_no_number() {
        assert_eq!(payload_field(&[0x92, 0x03, 0x00]), Some(50));
        assert_eq!(payload_field(&[0x92, 0x03, 0x00, 0x92, 0x03, 0x00]), None);
        assert_eq!(payload_field(&[]), None);
        assert_eq!(payload_field(&[0x92, 0x03, 0x05]), None);
    }
}
