//! The request of an append, and its answer.

use crate::{NewEvent, Position, Query, Revision, Timestamp};

/// One request: all of it is appended, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppendRequest {
    /// Streams in the order of the request; one stream may occur several times.
    pub appends: Vec<StreamAppend>,
    /// A rule that crosses streams.
    pub condition: Option<AppendCondition>,
    /// The recorded clock of a simulated ledger; `None` on any other.
    pub simulated_now: Option<Timestamp>,
}

/// Events for one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAppend {
    /// The stream's name.
    pub stream: String,
    /// The state that the stream must have.
    pub expected_revision: ExpectedRevision,
    /// In order, at least one.
    pub events: Vec<NewEvent>,
}

/// The state that a stream must have for an append to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpectedRevision {
    /// Any state.
    #[default]
    Any,
    /// It has no events.
    NoStream,
    /// It has events.
    StreamExists,
    /// Its last event has this revision.
    Exact(Revision),
}

/// The append is refused when an event after `after` matches the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendCondition {
    /// Selects the events that must not exist.
    pub fail_if_events_match: Query,
    /// Only later events count.
    pub after: Position,
}

/// The places of a request's events, which are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The first event's, in the order of the request.
    pub first_position: Position,
    /// The last event's.
    pub last_position: Position,
    /// When the ledger accepted the last of them.
    pub recorded_at: Timestamp,
    /// Indexes, in the order of the request, of the events that the log had already.
    pub duplicates: Vec<u32>,
    /// The position of each of those.
    pub duplicate_positions: Vec<Position>,
    /// The position of the first new event; the other new events follow it without a gap.
    pub first_new_position: Option<Position>,
    /// For each [`StreamAppend`], in order, the stream's last revision now.
    pub revisions: Vec<Revision>,
}
