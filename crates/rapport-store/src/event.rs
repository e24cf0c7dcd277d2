//! An event as the log stores it.

use std::sync::Arc;

use bytes::Bytes;
use rapport_model::Position;
use rapport_proto::event_ref::{self, EventRef, NotAnEvent};

/// An encoded event with what tells a view whether to look into it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EncodedEvent {
    position: Position,
    offset: Option<i64>,
    payload_field: Option<u32>,
    bytes: Bytes,
    refused: Option<Arc<str>>,
}

impl EncodedEvent {
    /// The event at a position; `bytes` are a `rapport.v1.RecordedEvent`.
    #[must_use]
    pub fn new(position: Position, bytes: Bytes) -> Self {
        Self { position, offset: None, payload_field: event_ref::payload_field(&bytes), bytes, refused: None }
    }

    /// The same with its offset in a partition, which is named when the event cannot be read.
    #[must_use]
    pub fn at_offset(self, offset: i64) -> Self {
        Self { offset: Some(offset), ..self }
    }

    /// Its place.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Its offset, if its source has any.
    #[must_use]
    pub const fn offset(&self) -> Option<i64> {
        self.offset
    }

    /// The same as one that a store does not take, and why; a view sets it aside.
    pub(crate) fn refused_for(&self, reason: &str) -> Self {
        Self { refused: Some(reason.into()), ..self.clone() }
    }

    /// Why it is to be set aside.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// As it was given.
    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The number of its payload, which is that of its type; `None` when it has none.
    pub(crate) const fn payload_field(&self) -> Option<u32> {
        self.payload_field
    }

    /// The envelope.
    pub(crate) fn parse(&self) -> Result<EventRef<'_>, NotAnEvent> {
        EventRef::parse(&self.bytes)
    }
}
