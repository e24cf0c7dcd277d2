//! The moments that an event and its payload give, as they were recorded.

use rapport_model::Timestamp;
use rapport_proto::{event_ref::EventRef, time};

/// When an event happened, as it was recorded.
#[must_use]
pub fn occurred_at(event: &EventRef<'_>) -> Timestamp {
    event.occurred_at.unwrap_or_else(|| recorded_at(event))
}

/// When the ledger accepted an event; the beginning of time for an event that has no place yet.
#[must_use]
pub fn recorded_at(event: &EventRef<'_>) -> Timestamp {
    event.recorded_at.unwrap_or(Timestamp::MIN)
}

/// A moment of a payload, if it is given and one.
pub(super) fn moment(wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    wire.and_then(time::from_proto)
}
