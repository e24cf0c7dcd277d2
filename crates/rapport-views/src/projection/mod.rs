//! Events to rows.
//!
//! First what is believed of each event ([`belief`]), then rows: occurrences (a lead's step, an answer) are what one
//! event says, with the belief's interval on the recorded clock; states (a deal in a stage) follow from all events of
//! one object ([`bitemporal`]), those of a deal at their settled times ([`settled`]). Nothing here depends on
//! the order in which events arrive.

pub mod answer;
pub mod belief;
pub mod bitemporal;
pub mod deal;
pub mod lead;
pub mod party;
pub mod purchase;
pub mod settled;
pub mod stage_set;

use rapport_model::{Position, Timestamp};
use rapport_proto::{event_ref::EventRef, time, v1::payload::Kind};

/// What is believed of an event: its envelope, with the time and the content that corrections gave it.
#[derive(Debug, Clone, Copy)]
pub struct Believed<'a> {
    /// The envelope. Its own payload and `occurred_at` are what was recorded, not what is believed.
    pub event: &'a EventRef<'a>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub kind: &'a Kind,
}

impl Believed<'_> {
    /// The event's place.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position(self.event.position)
    }
}

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
fn moment(wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    wire.and_then(time::from_proto)
}
