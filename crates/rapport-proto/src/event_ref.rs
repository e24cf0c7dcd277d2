//! A recorded event without decoding it: what read models need of the envelope, borrowed from its bytes.
//!
//! A view looks at every event of the log; to decode one into owned strings costs more than to project it.

use std::str;

use rapport_model::Timestamp;

use crate::{
    event_type, time,
    v1::RecordedEvent,
    wire::{Field, Fields},
};

/// The number of `RecordedEvent.tags`.
const TAGS: u32 = 4;
/// The number of `RecordedEvent.payload`.
const PAYLOAD: u32 = 12;

/// Bytes that are no `RecordedEvent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no recorded event; run `rapport verify` and restore the ledger from a backup")]
pub struct NotAnEvent;

/// A recorded event as read models see it; texts that are absent are empty.
#[derive(Debug, Clone, Copy)]
pub struct EventRef<'a> {
    /// A UUID as text.
    pub id: &'a str,
    /// Such as `deal.opened`.
    pub r#type: &'a str,
    /// The party whose history it is; empty for events of the company itself.
    pub customer: &'a str,
    /// By which channel it came.
    pub channel: &'a str,
    /// Who did it, by id.
    pub actor_id: &'a str,
    /// The branch of who did it.
    pub actor_branch: &'a str,
    /// The place among all events.
    pub position: u64,
    /// The stream it was appended to.
    pub stream: &'a str,
    /// The place in its stream.
    pub revision: u64,
    /// When it happened, as it was recorded.
    pub occurred_at: Option<Timestamp>,
    /// When the ledger accepted it.
    pub recorded_at: Option<Timestamp>,
    /// The encoded `Payload`.
    pub payload: &'a [u8],
    tags: Tags<'a>,
}

/// Most events are projected without a look at their tags: they are read when asked for.
#[derive(Debug, Clone, Copy)]
enum Tags<'a> {
    Encoded(&'a [u8]),
    Decoded(&'a [String]),
}

impl<'a> EventRef<'a> {
    /// Looks through an encoded `RecordedEvent`; as in protobuf, the last of several values counts.
    ///
    /// # Errors
    /// The bytes are none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotAnEvent> {
        let mut event = Self {
            id: "",
            r#type: "",
            customer: "",
            channel: "",
            actor_id: "",
            actor_branch: "",
            position: 0,
            stream: "",
            revision: 0,
            occurred_at: None,
            recorded_at: None,
            payload: &[],
            tags: Tags::Encoded(bytes),
        };
        let mut fields = Fields(bytes);
        for field in &mut fields {
            match field.number {
                1 => event.id = text(&field)?,
                2 => event.r#type = text(&field)?,
                3 => event.customer = text(&field)?,
                5 => event.occurred_at = moment(&field)?,
                6 => event.read_actor(&field)?,
                7 => event.channel = text(&field)?,
                PAYLOAD => event.payload = field.bytes.ok_or(NotAnEvent)?,
                16 => event.position = field.varint.ok_or(NotAnEvent)?,
                17 => event.stream = text(&field)?,
                18 => event.revision = field.varint.ok_or(NotAnEvent)?,
                19 => event.recorded_at = moment(&field)?,
                _ => {}
            }
        }
        if fields.0.is_empty() { Ok(event) } else { Err(NotAnEvent) }
    }

    /// The other things it concerns.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (encoded, decoded) = match self.tags {
            Tags::Encoded(bytes) => (bytes, &[][..]),
            Tags::Decoded(tags) => (&[][..], tags),
        };
        let encoded = Fields(encoded).filter(|field| field.number == TAGS);
        encoded.filter_map(|field| text(&field).ok()).chain(decoded.iter().map(String::as_str))
    }

    fn read_actor(&mut self, actor: &Field<'a>) -> Result<(), NotAnEvent> {
        for field in Fields(actor.bytes.ok_or(NotAnEvent)?) {
            match field.number {
                1 => self.actor_id = text(&field)?,
                5 => self.actor_branch = text(&field)?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> From<&'a RecordedEvent> for EventRef<'a> {
    fn from(event: &'a RecordedEvent) -> Self {
        let actor = event.actor.as_ref();
        Self {
            id: &event.id,
            r#type: &event.r#type,
            customer: &event.customer,
            channel: &event.channel,
            actor_id: actor.map_or("", |actor| &actor.id),
            actor_branch: actor.map_or("", |actor| &actor.branch),
            position: event.position,
            stream: &event.stream,
            revision: event.revision,
            occurred_at: event.occurred_at.as_ref().and_then(time::from_proto),
            recorded_at: event.recorded_at.as_ref().and_then(time::from_proto),
            payload: &event.payload,
            tags: Tags::Decoded(&event.tags),
        }
    }
}

/// The number of the payload in an encoded `RecordedEvent`: see [`event_type::payload_field`].
#[must_use]
pub fn payload_field(event: &[u8]) -> Option<u32> {
    let payload = Fields(event).filter(|field| field.number == PAYLOAD).last()?;
    event_type::payload_field(payload.bytes?)
}

fn text<'a>(field: &Field<'a>) -> Result<&'a str, NotAnEvent> {
    str::from_utf8(field.bytes.ok_or(NotAnEvent)?).map_err(|_| NotAnEvent)
}

/// A `google.protobuf.Timestamp`; `None` outside the years 1 to 9999.
fn moment(field: &Field<'_>) -> Result<Option<Timestamp>, NotAnEvent> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in Fields(field.bytes.ok_or(NotAnEvent)?) {
        let value = field.varint.ok_or(NotAnEvent)?.cast_signed();
        match field.number {
            1 => seconds = value,
            2 => nanos = i32::try_from(value).map_err(|_| NotAnEvent)?,
            _ => {}
        }
    }
    Ok(Timestamp::from_seconds_and_nanos(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use rapport_model::Timestamp;

    use super::*;
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
            actor: Some(Actor { id: "a".to_owned(), branch: "b".to_owned(), ..Actor::default() }),
            channel: "phone".to_owned(),
            source: "crm".to_owned(),
            payload: Payload { kind: Some(Kind::NoteRecorded(note)) }.encode_to_vec().into(),
            position: 3_000_000,
            revision: 7,
            stream: "s".to_owned(),
            data_sha256: vec![1; 32].into(),
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
        for wrong in [&[0x08, 0x01][..], &[0x0a, 0x01, 0xff], &[0x82, 0x01, 0x00], &[0x2a, 0x02, 0x0a, 0x00]]
        {
            assert!(EventRef::parse(wrong).is_err() && RecordedEvent::decode(wrong).is_err(), "{wrong:?}");
        }
    }
}
