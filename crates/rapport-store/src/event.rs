//! An event as the log stores it.

use bytes::Bytes;
use rapport_model::Position;
use rapport_proto::event_ref::{self, EventRef, NotAnEvent};

/// An encoded event with what tells a view whether to look into it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EncodedEvent {
    position: Position,
    payload_field: Option<u32>,
    bytes: Bytes,
}

impl EncodedEvent {
    /// The event at a position; `bytes` are a `rapport.v1.RecordedEvent`.
    #[must_use]
    pub fn new(position: Position, bytes: Bytes) -> Self {
        Self { position, payload_field: event_ref::payload_field(&bytes), bytes }
    }

    /// Its place.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
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
