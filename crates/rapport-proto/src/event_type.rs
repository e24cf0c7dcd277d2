//! The types of events by name and by the number of their field in `rapport.v1.Payload`.

use crate::wire::next_field;

/// The number of `Payload.custom`.
pub const CUSTOM: u32 = 1;

/// `event.corrected`.
pub const EVENT_CORRECTED: u32 = 140;

/// `event.retracted`.
pub const EVENT_RETRACTED: u32 = 141;

/// The vocabulary, ascending by number.
const VOCABULARY: &[(u32, &str)] = &[
    (10, "party.registered"),
    (11, "party.identifier_changed"),
    (12, "party.fact_recorded"),
    (13, "party.role_assigned"),
    (14, "party.lifecycle_changed"),
    (20, "contact_point.captured"),
    (21, "contact_point.verified"),
    (22, "lead.opened"),
    (23, "lead.qualified"),
    (24, "lead.converted"),
    (30, "consent.granted"),
    (31, "consent.withdrawn"),
    (32, "consent.objection_recorded"),
    (33, "consent.preference_set"),
    (40, "touch.call_logged"),
    (41, "touch.message_exchanged"),
    (42, "touch.meeting_held"),
    (43, "touch.visit_recorded"),
    (44, "note.recorded"),
    (45, "artifact.attached"),
    (46, "agreement.recorded"),
    (50, "deal.opened"),
    (51, "deal.stage_changed"),
    (52, "deal.terms_changed"),
    (53, "deal.won"),
    (54, "deal.lost"),
    (60, "offer.issued"),
    (61, "offer.responded"),
    (62, "concession.granted"),
    (63, "document.state_changed"),
    (64, "contract.changed"),
    (70, "order.placed"),
    (71, "order.changed"),
    (72, "invoice.issued"),
    (73, "payment.received"),
    (74, "cost.allocated"),
    (80, "delivery.promised"),
    (81, "delivery.completed"),
    (82, "project.milestone_recorded"),
    (90, "ticket.opened"),
    (91, "ticket.stage_changed"),
    (92, "ticket.responded"),
    (93, "ticket.resolved"),
    (94, "ticket.reopened"),
    (100, "survey.sent"),
    (101, "survey.answered"),
    (102, "need.identified"),
    (103, "need.closed"),
    (104, "objection.observed"),
    (110, "campaign.defined"),
    (111, "campaign.spend_recorded"),
    (112, "campaign.response_recorded"),
    (120, "staff.status_changed"),
    (121, "owner.assigned"),
    (122, "handover.progressed"),
    (123, "incentive.accrued"),
    (130, "definition.published"),
    (131, "process.started"),
    (132, "process.step_recorded"),
    (140, "event.corrected"),
    (141, "event.retracted"),
    (142, "party.merged"),
    (143, "party.unmerged"),
    (144, "subject.erasure_decided"),
    (145, "record.disclosed"),
    (146, "import.batch_closed"),
];

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
    let (field, rest) = next_field(payload)?;
    (rest.is_empty() && field.bytes.is_some()).then_some(field.number)
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
