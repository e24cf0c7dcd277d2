//! A recorded event without decoding it: its envelope, borrowed from the encoding of `rapport.v1.RecordedEvent`.
//!
//! The log reads its own records with this, and a view every event of the log; to decode one into owned strings costs
//! more than to project it.

use crate::{
    Timestamp,
    wire::{self, Field, Malformed},
};

/// Field numbers of `rapport.v1.RecordedEvent`.
pub mod number {
    #![expect(missing_docs, reason = "each is the field of that name")]
    pub const ID: u32 = 1;
    pub const TYPE: u32 = 2;
    pub const CUSTOMER: u32 = 3;
    pub const TAGS: u32 = 4;
    pub const OCCURRED_AT: u32 = 5;
    pub const ACTOR: u32 = 6;
    pub const CHANNEL: u32 = 7;
    pub const SOURCE: u32 = 8;
    pub const CORRELATION_ID: u32 = 9;
    pub const CAUSATION_ID: u32 = 10;
    pub const PAYLOAD: u32 = 12;
    pub const POSITION: u32 = 16;
    pub const STREAM: u32 = 17;
    pub const REVISION: u32 = 18;
    pub const RECORDED_AT: u32 = 19;
    pub const DATA_SHA256: u32 = 20;
    pub const PERSONAL_SHA256: u32 = 21;
}

/// Bytes that are not a `RecordedEvent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a recorded event; run `rapport verify` and restore the ledger from a backup")]
pub struct NotAnEvent;

impl From<Malformed> for NotAnEvent {
    fn from(_: Malformed) -> Self {
        Self
    }
}

/// A recorded event as the log and the read models see it; texts and digests that are absent are empty.
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
    /// The role the actor acted in.
    pub actor_role: &'a str,
    /// The department of who did it.
    pub actor_department: &'a str,
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
    /// SHA-256 of the payload without its personal part.
    pub data_sha256: &'a [u8],
    /// SHA-256 of the personal part.
    pub personal_sha256: &'a [u8],
    /// The encoded `Payload`.
    pub payload: &'a [u8],
    /// Where [`EventRef::tags`] reads them.
    pub tags: Tags<'a>,
}

/// Most events are projected without a look at their tags: they are read when asked for.
#[derive(Debug, Clone, Copy)]
pub enum Tags<'a> {
    /// In the encoded `RecordedEvent`.
    Encoded(&'a [u8]),
    /// Beside it.
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
            actor_role: "",
            actor_department: "",
            actor_branch: "",
            position: 0,
            stream: "",
            revision: 0,
            occurred_at: None,
            recorded_at: None,
            data_sha256: &[],
            personal_sha256: &[],
            payload: &[],
            tags: Tags::Encoded(bytes),
        };
        for field in wire::fields(bytes) {
            let field = field?;
            match field.number {
                number::ID => event.id = field.text()?,
                number::TYPE => event.r#type = field.text()?,
                number::CUSTOMER => event.customer = field.text()?,
                number::OCCURRED_AT => event.occurred_at = moment(&field)?,
                number::ACTOR => event.read_actor(&field)?,
                number::CHANNEL => event.channel = field.text()?,
                number::PAYLOAD => event.payload = field.bytes()?,
                number::POSITION => event.position = field.varint()?,
                number::STREAM => event.stream = field.text()?,
                number::REVISION => event.revision = field.varint()?,
                number::RECORDED_AT => event.recorded_at = moment(&field)?,
                number::DATA_SHA256 => event.data_sha256 = field.bytes()?,
                number::PERSONAL_SHA256 => event.personal_sha256 = field.bytes()?,
                _ => {}
            }
        }
        Ok(event)
    }

    /// The other things it concerns.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (encoded, decoded) = match self.tags {
            Tags::Encoded(bytes) => (bytes, &[][..]),
            Tags::Decoded(tags) => (&[][..], tags),
        };
        let encoded = wire::fields(encoded).map_while(Result::ok);
        let encoded = encoded.filter(|field| field.number == number::TAGS);
        encoded.filter_map(|field| field.text().ok()).chain(decoded.iter().map(String::as_str))
    }

    fn read_actor(&mut self, actor: &Field<'a>) -> Result<(), NotAnEvent> {
        for field in wire::fields(actor.bytes()?) {
            let field = field?;
            match field.number {
                1 => self.actor_id = field.text()?,
                3 => self.actor_role = field.text()?,
                4 => self.actor_department = field.text()?,
                5 => self.actor_branch = field.text()?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The encoded `Payload` of an encoded `RecordedEvent`, found without a look at the rest; `None` when it has none.
#[must_use]
pub fn payload(event: &[u8]) -> Option<&[u8]> {
    let fields = wire::fields(event).map_while(Result::ok);
    fields.filter(|field| field.number == number::PAYLOAD).last()?.bytes().ok()
}

/// A `google.protobuf.Timestamp`; `None` outside the years 1 to 9999.
fn moment(field: &Field<'_>) -> Result<Option<Timestamp>, NotAnEvent> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in wire::fields(field.bytes()?) {
        let field = field?;
        let value = field.varint()?.cast_signed();
        match field.number {
            1 => seconds = value,
            2 => nanos = i32::try_from(value).map_err(|_| NotAnEvent)?,
            _ => {}
        }
    }
    Ok(Timestamp::from_seconds_and_nanos(seconds, nanos))
}
