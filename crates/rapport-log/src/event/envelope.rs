//! The envelope: the encoding of `rapport.v1.RecordedEvent` without its field 12.
//!
//! What is hashed into proofs is the head, and the head holds the digests of the other two parts; so the bytes of
//! a person can go and every proof still holds. Two heads are equal exactly if the events are.

use std::str::from_utf8;

use rapport_model::{Actor, EventId, NewEvent, Position, Revision, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::event::{
    split::Parts,
    wire::{self, Field, Malformed, Value},
};

/// Field numbers of `rapport.v1.RecordedEvent`.
mod number {
    pub(super) const ID: u32 = 1;
    pub(super) const TYPE: u32 = 2;
    pub(super) const CUSTOMER: u32 = 3;
    pub(super) const TAGS: u32 = 4;
    pub(super) const OCCURRED_AT: u32 = 5;
    pub(super) const ACTOR: u32 = 6;
    pub(super) const CHANNEL: u32 = 7;
    pub(super) const SOURCE: u32 = 8;
    pub(super) const CORRELATION_ID: u32 = 9;
    pub(super) const CAUSATION_ID: u32 = 10;
    pub(super) const POSITION: u32 = 16;
    pub(super) const STREAM: u32 = 17;
    pub(super) const REVISION: u32 = 18;
    pub(super) const RECORDED_AT: u32 = 19;
    pub(super) const DATA_SHA256: u32 = 20;
    pub(super) const PERSONAL_SHA256: u32 = 21;
}

/// The place an event has or would have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) position: Position,
    pub(crate) stream: &'a str,
    pub(crate) revision: Revision,
    pub(crate) recorded_at: Timestamp,
}

/// Writes the head of an event at a place.
pub(crate) fn put_head(out: &mut Vec<u8>, event: &NewEvent, parts: &Parts, place: Place<'_>) {
    let mut id = [0; 36];
    wire::put_text(out, number::ID, Uuid::from_u128(event.id.as_u128()).hyphenated().encode_lower(&mut id));
    wire::put_text(out, number::TYPE, &event.event_type);
    wire::put_text(out, number::CUSTOMER, &event.customer);
    for tag in &event.tags {
        wire::put_bytes(out, number::TAGS, tag.as_bytes());
    }
    put_time(out, number::OCCURRED_AT, event.occurred_at.unwrap_or(place.recorded_at));
    if let Some(actor) = &event.actor {
        put_actor(out, actor);
    }
    wire::put_text(out, number::CHANNEL, &event.channel);
    wire::put_text(out, number::SOURCE, &event.source);
    wire::put_text(out, number::CORRELATION_ID, &event.correlation_id);
    wire::put_text(out, number::CAUSATION_ID, &event.causation_id);
    wire::put_number(out, number::POSITION, place.position.0);
    wire::put_text(out, number::STREAM, place.stream);
    wire::put_number(out, number::REVISION, place.revision.0);
    put_time(out, number::RECORDED_AT, place.recorded_at);
    wire::put_bytes(out, number::DATA_SHA256, &Sha256::digest(&parts.data));
    if !parts.personal.is_empty() {
        wire::put_bytes(out, number::PERSONAL_SHA256, &Sha256::digest(&parts.personal));
    }
}

fn put_actor(out: &mut Vec<u8>, actor: &Actor) {
    let mut message = Vec::with_capacity(128);
    let texts =
        [&actor.id, &actor.display_name, &actor.role, &actor.department, &actor.branch, &actor.on_behalf_of];
    for (number, text) in (1..).zip(texts) {
        wire::put_text(&mut message, number, text);
    }
    wire::put_bytes(out, number::ACTOR, &message);
}

fn put_time(out: &mut Vec<u8>, number: u32, time: Timestamp) {
    let (seconds, nanos) = time.to_seconds_and_nanos();
    let (seconds, nanos) = (seconds.cast_unsigned(), u64::from(nanos.unsigned_abs()));
    let len = |value: u64| if value == 0 { 0 } else { 1 + wire::varint_len(value) };
    wire::put_len(out, number, len(seconds) + len(nanos));
    wire::put_number(out, 1, seconds);
    wire::put_number(out, 2, nanos);
}

/// A head, borrowed; the payload is not looked at.
#[derive(Debug, Clone)]
pub struct HeadRef<'a> {
    /// The event's id.
    pub id: EventId,
    /// Such as `deal.opened`.
    pub event_type: &'a str,
    /// Empty for events of the company itself.
    pub customer: &'a str,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The channel it came by.
    pub channel: &'a str,
    /// The system that offered it.
    pub source: &'a str,
    /// What belongs together across systems.
    pub correlation_id: &'a str,
    /// The id of the event that caused this one.
    pub causation_id: &'a str,
    /// The encoding of `rapport.v1.Actor`, when there is one.
    pub actor: Option<&'a [u8]>,
    /// The place among all events.
    pub position: Position,
    /// The stream.
    pub stream: &'a str,
    /// The place in the stream.
    pub revision: Revision,
    /// When the ledger accepted it.
    pub recorded_at: Timestamp,
    /// SHA-256 of the payload without its personal part.
    pub data_sha256: &'a [u8],
    /// SHA-256 of the personal part, when there is one.
    pub personal_sha256: Option<&'a [u8]>,
    bytes: &'a [u8],
}

impl<'a> HeadRef<'a> {
    /// Reads a head; fails on what this module did not write.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut head = Self {
            id: EventId::from_u128(0),
            event_type: "",
            customer: "",
            occurred_at: Timestamp::MIN,
            channel: "",
            source: "",
            correlation_id: "",
            causation_id: "",
            actor: None,
            position: Position::START,
            stream: "",
            revision: Revision(0),
            recorded_at: Timestamp::MIN,
            data_sha256: &[],
            personal_sha256: None,
            bytes,
        };
        for field in wire::fields(bytes) {
            head.set(field?)?;
        }
        let placed = head.position > Position::START && head.recorded_at > Timestamp::MIN;
        if placed && head.data_sha256.len() == 32 { Ok(head) } else { Err(Malformed) }
    }

    fn set(&mut self, field: Field<'a>) -> Result<(), Malformed> {
        match (field.number, field.value) {
            (number::ID, Value::Bytes(text)) => {
                self.id = Uuid::try_parse_ascii(text).map_err(|_| Malformed)?.into();
            }
            (number::TYPE, Value::Bytes(text)) => self.event_type = utf8(text)?,
            (number::CUSTOMER, Value::Bytes(text)) => self.customer = utf8(text)?,
            (number::OCCURRED_AT, Value::Bytes(time)) => self.occurred_at = parse_time(time)?,
            (number::ACTOR, Value::Bytes(actor)) => self.actor = Some(actor),
            (number::CHANNEL, Value::Bytes(text)) => self.channel = utf8(text)?,
            (number::SOURCE, Value::Bytes(text)) => self.source = utf8(text)?,
            (number::CORRELATION_ID, Value::Bytes(text)) => self.correlation_id = utf8(text)?,
            (number::CAUSATION_ID, Value::Bytes(text)) => self.causation_id = utf8(text)?,
            (number::POSITION, Value::Varint(position)) => self.position = Position(position),
            (number::STREAM, Value::Bytes(text)) => self.stream = utf8(text)?,
            (number::REVISION, Value::Varint(revision)) => self.revision = Revision(revision),
            (number::RECORDED_AT, Value::Bytes(time)) => self.recorded_at = parse_time(time)?,
            (number::DATA_SHA256, Value::Bytes(digest)) => self.data_sha256 = digest,
            (number::PERSONAL_SHA256, Value::Bytes(digest)) => self.personal_sha256 = Some(digest),
            // Tags are read when asked for; fields of a later version are kept and not looked at.
            (_, Value::Bytes(_) | Value::Varint(_) | Value::Fixed) => {}
        }
        Ok(())
    }

    /// The tags, sorted, each once.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        wire::fields(self.bytes).filter_map(|field| match field {
            Ok(Field { number: number::TAGS, value: Value::Bytes(text), .. }) => from_utf8(text).ok(),
            Ok(_) | Err(Malformed) => None,
        })
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    from_utf8(bytes).map_err(|_| Malformed)
}

fn parse_time(message: &[u8]) -> Result<Timestamp, Malformed> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in wire::fields(message) {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Varint(value)) => seconds = value.cast_signed(),
            (2, Value::Varint(value)) => nanos = value.cast_signed(),
            (_, Value::Bytes(_) | Value::Varint(_) | Value::Fixed) => return Err(Malformed),
        }
    }
    seconds
        .checked_mul(1_000_000)
        .and_then(|micros| micros.checked_add(nanos / 1_000))
        .map(Timestamp::from_micros)
        .ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event;

    #[test]
    fn a_head_reads_as_it_was_written() {
        let mut event = event(7, "deal.opened", "c-1", &["agent:ilze", "deal:42"]);
        event.occurred_at = Some(Timestamp::from_micros(-1));
        event.actor = Some(Actor { id: "ilze".into(), ..Actor::default() });
        event.source = "webshop".into();
        let place = Place {
            position: Position(9),
            stream: "deal-42",
            revision: Revision(3),
            recorded_at: Timestamp::from_micros(1_700_000_000_000_001),
        };
        let mut bytes = Vec::new();
        put_head(&mut bytes, &event, &Parts { personal: vec![1], ..Parts::default() }, place);
        let head = HeadRef::parse(&bytes).unwrap();
        assert_eq!((head.id, head.event_type, head.customer), (event.id, "deal.opened", "c-1"));
        assert_eq!((head.position, head.stream, head.revision), (Position(9), "deal-42", Revision(3)));
        assert_eq!((head.occurred_at, head.recorded_at), (Timestamp::from_micros(-1), place.recorded_at));
        assert_eq!(head.tags().collect::<Vec<_>>(), ["agent:ilze", "deal:42"]);
        assert_eq!((head.source, head.channel), ("webshop", ""));
        assert_eq!(head.actor, Some([0x0a, 4, b'i', b'l', b'z', b'e'].as_slice()));
        assert_eq!((head.data_sha256.len(), head.personal_sha256.map(<[u8]>::len)), (32, Some(32)));
    }

    #[test]
    fn what_lacks_a_place_is_no_head() {
        assert!(HeadRef::parse(&[]).is_err());
        assert!(HeadRef::parse(&[0x80, 0x01]).is_err());
    }
}
