//! The envelope: the encoding of `rapport.v1.RecordedEvent` without its field 12.
//!
//! A proof hashes the envelope, and the envelope holds the digests of the other two parts; so the bytes of a person can
//! go and every proof still holds. Two envelopes are equal exactly if the events are.

use rapport_model::{
    Actor, EventId, NewEvent, Position, Revision, Timestamp,
    event_ref::{EventRef, NotAnEvent, number},
    wire,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::event::split::Parts;

/// The place an event has or would have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) position: Position,
    pub(crate) stream: &'a str,
    pub(crate) revision: Revision,
    pub(crate) recorded_at: Timestamp,
}

/// Writes the envelope of an event at a place.
pub(crate) fn put_envelope(out: &mut Vec<u8>, event: &NewEvent, parts: &Parts, place: Place<'_>) {
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

/// The envelope of a stored event, borrowed; the payload is not looked at.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The event's id.
    pub id: EventId,
    /// Such as `deal.opened`.
    pub event_type: &'a str,
    /// Empty for events of the company itself.
    pub customer: &'a str,
    /// When it happened.
    pub occurred_at: Timestamp,
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
    event: EventRef<'a>,
}

impl<'a> Envelope<'a> {
    /// Reads an envelope, with or without the payload behind it; fails on bytes that this module did not write.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, NotAnEvent> {
        let event = EventRef::parse(bytes)?;
        if event.position == 0 || event.data_sha256.len() != 32 {
            return Err(NotAnEvent);
        }
        Ok(Self {
            id: event.id.parse().map_err(|_| NotAnEvent)?,
            event_type: event.r#type,
            customer: event.customer,
            occurred_at: event.occurred_at.ok_or(NotAnEvent)?,
            position: Position(event.position),
            stream: event.stream,
            revision: Revision(event.revision),
            recorded_at: event.recorded_at.ok_or(NotAnEvent)?,
            data_sha256: event.data_sha256,
            personal_sha256: Some(event.personal_sha256).filter(|digest| !digest.is_empty()),
            event,
        })
    }

    /// The tags, sorted, each once.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.event.tags()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event;

    #[test]
    fn an_envelope_reads_as_it_was_written() {
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
        put_envelope(&mut bytes, &event, &Parts { personal: vec![1], ..Parts::default() }, place);
        let found = Envelope::parse(&bytes).unwrap();
        assert_eq!((found.id, found.event_type, found.customer), (event.id, "deal.opened", "c-1"));
        assert_eq!((found.position, found.stream, found.revision), (Position(9), "deal-42", Revision(3)));
        assert_eq!((found.occurred_at, found.recorded_at), (Timestamp::from_micros(-1), place.recorded_at));
        assert_eq!(found.tags().collect::<Vec<_>>(), ["agent:ilze", "deal:42"]);
        assert_eq!((found.data_sha256.len(), found.personal_sha256.map(<[u8]>::len)), (32, Some(32)));
        let field =
            |number| wire::fields(&bytes).find_map(|field| field.ok().filter(|field| field.number == number));
        assert_eq!(field(number::ACTOR).unwrap().bytes().unwrap(), [0x0a, 4, b'i', b'l', b'z', b'e']);
        assert_eq!(field(number::SOURCE).unwrap().text().unwrap(), "webshop");
        assert_eq!(field(number::CHANNEL), None, "a text that is empty is not written");
    }

    #[test]
    fn bytes_without_a_place_are_not_an_envelope() {
        assert!(Envelope::parse(&[]).is_err());
        assert!(Envelope::parse(&[0x80, 0x01]).is_err());
    }
}
