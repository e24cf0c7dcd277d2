//! A recorded event without decoding it, as the rest of the program sees it: [`rapport_model::event_ref`] reads the
//! bytes, and this module knows the generated messages.

use rapport_model::event_ref::{self, Tags};
pub use rapport_model::event_ref::{EventRef, NotAnEvent};

use crate::{event_type, time, v1::RecordedEvent};

impl<'a> From<&'a RecordedEvent> for EventRef<'a> {
    fn from(event: &'a RecordedEvent) -> Self {
        let actor = event.actor.as_ref();
        Self {
            id: &event.id,
            r#type: &event.r#type,
            customer: &event.customer,
            channel: &event.channel,
            actor_id: actor.map_or("", |actor| &actor.id),
            actor_role: actor.map_or("", |actor| &actor.role),
            actor_department: actor.map_or("", |actor| &actor.department),
            actor_branch: actor.map_or("", |actor| &actor.branch),
            position: event.position,
            stream: &event.stream,
            revision: event.revision,
            occurred_at: event.occurred_at.as_ref().and_then(time::from_proto),
            recorded_at: event.recorded_at.as_ref().and_then(time::from_proto),
            data_sha256: &event.data_sha256,
            personal_sha256: &event.personal_sha256,
            payload: &event.payload,
            tags: Tags::Decoded(&event.tags),
        }
    }
}

/// The number of the payload in an encoded `RecordedEvent`: see [`event_type::payload_field`].
#[must_use]
pub fn payload_field(event: &[u8]) -> Option<u32> {
    event_type::payload_field(event_ref::payload(event)?)
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use rapport_model::{Timestamp, event_ref::number};

    use super::*;
    use crate::json::descriptors;
    use crate::v1::{Actor, Payload, note_recorded::Personal, payload::Kind};

    fn event() -> RecordedEvent {
        let note = crate::v1::NoteRecorded {
            personal: Some(Personal { text: "long enough for a length of two bytes ".repeat(9) }),
            ..Default::default()
        };
        RecordedEvent {
            id: "0190".to_owned(),
            r#type: "note.recorded".to_owned(),
            customer: "Jānis".to_owned(),
            tags: vec!["deal:1".to_owned(), "agent:2".to_owned()],
            occurred_at: Some(time::to_proto(Timestamp::from_micros(-5_250_000))),
            recorded_at: Some(time::to_proto(Timestamp::from_micros(1_700_000_000_123_456))),
            actor: Some(Actor {
                id: "a".to_owned(),
                role: "r".to_owned(),
                department: "d".to_owned(),
                branch: "b".to_owned(),
                ..Actor::default()
            }),
            channel: "phone".to_owned(),
            source: "crm".to_owned(),
            payload: Payload { kind: Some(Kind::NoteRecorded(note)) }.encode_to_vec().into(),
            position: 3_000_000,
            revision: 7,
            stream: "s".to_owned(),
            data_sha256: vec![1; 32].into(),
            personal_sha256: vec![2; 32].into(),
            ..RecordedEvent::default()
        }
    }

    #[test]
    fn what_is_borrowed_is_what_decoding_gives() {
        for event in [event(), RecordedEvent::default()] {
            let bytes = event.encode_to_vec();
            let (borrowed, decoded) = (EventRef::parse(&bytes).unwrap(), EventRef::from(&event));
            let all = |event: &EventRef<'_>| format!("{:?}", EventRef { tags: Tags::Encoded(&[]), ..*event });
            assert_eq!(all(&borrowed), all(&decoded));
            assert!(borrowed.tags().eq(&event.tags) && decoded.tags().eq(&event.tags));
            assert_eq!(payload_field(&bytes), event_type::payload_field(&event.payload));
        }
        assert_eq!(payload_field(&event().encode_to_vec()), Some(44));
    }

    #[test]
    fn bytes_that_are_cut_off_or_of_other_kinds_are_no_event() {
        let bytes = event().encode_to_vec();
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert_eq!(EventRef::parse(cut).is_ok(), RecordedEvent::decode(cut).is_ok(), "{length} bytes");
        }
        for wrong in [
            &[0x08, 0x01][..],
            &[0x0a, 0x01, 0xff],
            &[0x82, 0x01, 0x00],
            &[0x2a, 0x02, 0x0a, 0x00],
            &[0x32, 0x01, 0x0a],
        ] {
            assert!(EventRef::parse(wrong).is_err() && RecordedEvent::decode(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_contract() {
        let message = descriptors().get_message_by_name("rapport.v1.RecordedEvent").unwrap();
        let of_name = |name: &str| message.get_field_by_name(name).unwrap().number();
        let numbers = [
            ("id", number::ID),
            ("type", number::TYPE),
            ("customer", number::CUSTOMER),
            ("tags", number::TAGS),
            ("occurred_at", number::OCCURRED_AT),
            ("actor", number::ACTOR),
            ("channel", number::CHANNEL),
            ("source", number::SOURCE),
            ("correlation_id", number::CORRELATION_ID),
            ("causation_id", number::CAUSATION_ID),
            ("payload", number::PAYLOAD),
            ("position", number::POSITION),
            ("stream", number::STREAM),
            ("revision", number::REVISION),
            ("recorded_at", number::RECORDED_AT),
            ("data_sha256", number::DATA_SHA256),
            ("personal_sha256", number::PERSONAL_SHA256),
        ];
        for (name, number) in numbers {
            assert_eq!(number, of_name(name), "{name}");
        }
        assert_eq!(
            numbers.len(),
            message.fields().len(),
            "a field of the envelope has no number in the model"
        );
    }
}
