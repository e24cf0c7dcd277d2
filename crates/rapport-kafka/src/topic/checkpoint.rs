//! How far a topic is, as a record of the transaction that got it there.

use rapport_model::Position;
use rapport_proto::event_ref::{EventRef, NotAnEvent};
use serde::{Deserialize, Serialize};

use crate::LogEvent;

/// How far the topic is. The value of a record is its JSON; the topic is compacted, its only key is the name of the
/// topic of the events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose events they are.
    pub ledger_id: String,
    /// Changes when the topic was made anew and everything is published again.
    pub epoch: String,
    /// Which process wrote it.
    pub publisher: String,
    /// Everything up to here is in the topic.
    pub position: u64,
    /// The id of the event there, and when it was recorded: a ledger that was set back has another one. Empty before the
    /// first event.
    #[serde(default)]
    pub event_id: String,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub recorded_at: String,
    /// For each partition the offset behind its last event. A reader up to these offsets has every event up to `position`.
    pub offsets: Vec<i64>,
}

impl Checkpoint {
    /// The position.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position(self.position)
    }

    /// The checkpoint behind an event that follows.
    pub(crate) fn behind(&self, last: &LogEvent) -> Result<Self, NotAnEvent> {
        let event = EventRef::parse(&last.bytes)?;
        let recorded_at = event.recorded_at.unwrap_or_default().to_string();
        let (position, event_id) = (last.position.0, event.id.to_owned());
        Ok(Self { position, event_id, recorded_at, ..self.clone() })
    }

    /// Whether a topic ends before the offsets of this checkpoint, and is therefore another topic of that name.
    pub(crate) fn is_of_another_topic(&self, ends: &[i64]) -> bool {
        self.offsets.iter().zip(ends).any(|(known, end)| end < known) || ends.len() < self.offsets.len()
    }
}
