//! An event as a record of the topic, by the Kafka binding of CloudEvents 1.0 in binary mode.
//!
//! ```text
//! key      the customer; the stream where there is none. UTF-8
//! value    the event: protobuf or JSON, as `content-type` says
//! headers  ce_specversion, ce_id, ce_source, ce_type, ce_time, ce_subject, content-type,
//!          rapport_position, rapport_stream, rapport_revision, rapport_recorded_at
//! ```
//!
//! The value is the whole event, so a reader needs no header; headers are for routing and filtering.

use bytes::Bytes;
use prost::Message as _;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_ref::{EventRef, NotAnEvent},
    event_type, json,
    v1::RecordedEvent,
};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};

use crate::{LogEvent, ValueFormat};

const RECORDED_EVENT: &str = "rapport.v1.RecordedEvent";
const CONTENT_TYPE: &str = "content-type";
const PROTOBUF: &str = "application/protobuf";
const JSON: &str = "application/json";
pub(crate) const POSITION: &str = "rapport_position";

/// The number of `Payload.custom`, whose events have types of the organisation's own.
const CUSTOM: u32 = 1;

/// A record on its way to Kafka.
#[derive(Debug)]
pub struct Record {
    /// The key, which decides the partition.
    pub key: String,
    /// CloudEvents' attributes and the event's place.
    pub headers: OwnedHeaders,
    /// The event.
    pub value: Bytes,
    /// When the ledger accepted it: the record's timestamp, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

/// A record that is not an event of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No value.
    #[error("it has no value")]
    Empty,
    /// The value does not decode.
    #[error("its value is not a recorded event")]
    Value,
    /// Header and value have different positions.
    #[error("its header says position `{header}`, its value `{value}`")]
    Position {
        /// The position in the header.
        header: String,
        /// The position in the value.
        value: Position,
    },
}

/// The record of an event; `source` names the ledger ([`source`]).
///
/// # Errors
/// The bytes are not a recorded event.
pub fn write(event: &LogEvent, source: &str, format: ValueFormat) -> Result<Record, NotAnEvent> {
    let parsed = EventRef::parse(&event.bytes)?;
    let (value, content_type) = match format {
        ValueFormat::Json if is_known(&parsed) => (text(&event.bytes)?, JSON),
        ValueFormat::Json | ValueFormat::Protobuf => (event.bytes.clone(), PROTOBUF),
    };
    let key = key_of(&parsed);
    let recorded_at = parsed.recorded_at.unwrap_or_default();
    let occurred_at = parsed.occurred_at.unwrap_or(recorded_at);
    let attributes = [
        ("ce_specversion", "1.0"),
        ("ce_id", parsed.id),
        ("ce_source", source),
        ("ce_type", parsed.r#type),
        ("ce_time", &occurred_at.to_string()),
        ("ce_subject", key),
        (CONTENT_TYPE, content_type),
        (POSITION, &event.position.to_string()),
        ("rapport_stream", parsed.stream),
        ("rapport_revision", &parsed.revision.to_string()),
        ("rapport_recorded_at", &recorded_at.to_string()),
    ];
    let empty = OwnedHeaders::new_with_capacity(attributes.len());
    let headers = attributes
        .into_iter()
        .fold(empty, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    Ok(Record { key: key.to_owned(), headers, value, timestamp_ms: milliseconds(recorded_at) })
}

/// The key of an event, which decides its partition.
pub(crate) fn key(event: &LogEvent) -> Result<String, NotAnEvent> {
    Ok(key_of(&EventRef::parse(&event.bytes)?).to_owned())
}

fn key_of<'a>(event: &EventRef<'a>) -> &'a str {
    if event.customer.is_empty() { event.stream } else { event.customer }
}

/// Whether a record says that its value is JSON.
pub(crate) fn is_json(record: &impl Message) -> bool {
    header(record, CONTENT_TYPE).is_some_and(|content_type| content_type.starts_with(JSON))
}

/// The position of the event in a value.
pub(crate) fn position(record: &impl Message) -> Option<Position> {
    if is_json(record) {
        return read(record).ok().map(|event| event.position);
    }
    let event = EventRef::parse(record.payload()?).ok()?;
    (event.position > 0).then_some(Position(event.position))
}

/// The event of a record.
///
/// # Errors
/// The record is not an event.
pub fn read(record: &impl Message) -> Result<LogEvent, Unreadable> {
    let value = record.payload().ok_or(Unreadable::Empty)?;
    let bytes = if is_json(record) {
        let text = std::str::from_utf8(value).map_err(|_| Unreadable::Value)?;
        let event: RecordedEvent = json::from_json(RECORDED_EVENT, text).map_err(|_| Unreadable::Value)?;
        Bytes::from(event.encode_to_vec())
    } else {
        Bytes::copy_from_slice(value)
    };
    let position = Position(EventRef::parse(&bytes).map_err(|_| Unreadable::Value)?.position);
    if position == Position::START {
        return Err(Unreadable::Value);
    }
    match header(record, POSITION) {
        Some(header) if header.parse() != Ok(position.0) => {
            Err(Unreadable::Position { header: header.to_owned(), value: position })
        }
        Some(_) | None => Ok(LogEvent { position, bytes }),
    }
}

/// What CloudEvents call the source: the ledger, as a URN.
#[must_use]
pub fn source(ledger_id: &str) -> String {
    format!("urn:uuid:{ledger_id}")
}

pub(crate) fn header<'a>(record: &'a impl Message, name: &str) -> Option<&'a str> {
    let headers = record.headers()?;
    let found = headers.iter().find(|header| header.key == name)?;
    std::str::from_utf8(found.value?).ok()
}

/// Whether this build can show all of it as JSON.
fn is_known(event: &EventRef<'_>) -> bool {
    let is_known = |number| number == CUSTOM || event_type::name_of_field(number).is_some();
    event_type::payload_field(event.payload).is_some_and(is_known)
}

fn text(event: &[u8]) -> Result<Bytes, NotAnEvent> {
    let value = json::bytes_to_json(RECORDED_EVENT, event).map_err(|_| NotAnEvent)?;
    Ok(Bytes::from(value.to_string()))
}

const fn milliseconds(moment: Timestamp) -> i64 {
    moment.as_micros().div_euclid(1_000)
}
