//! Cases: what goes through steps.

use rapport_model::{Position, Timestamp};

use super::definition::Definition;
use crate::{
    rows::{ObjectId, StepStatus, Symbol, Symbols},
    table::Dictionary,
};

/// When something happened, and by which event.
pub(super) type At = (Timestamp, Position);

/// A step that a case took. Its name is a number among [`Cases::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) at: At,
    pub(super) step: Symbol,
}

/// What a process says of a step of a case, done or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) at: At,
    pub(super) step: Symbol,
    pub(super) status: StepStatus,
    /// The day by which it was due, as recorded.
    pub(super) due: Symbol,
    pub(super) cause: Symbol,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Not yet.
    Open,
    /// It did.
    Closed,
    /// As a deal that is won.
    Won,
    /// As a deal that is lost.
    Lost,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) object: ObjectId,
    /// Of the first event that names one, merges resolved.
    pub(super) customer: ObjectId,
    /// Its first event.
    pub(super) begins: At,
    /// In the order in which they were taken.
    pub(super) steps: Vec<Taken>,
    pub(super) end: End,
    /// Of a process: what is recorded of its steps, in order.
    pub(super) recorded: Vec<Recorded>,
    /// Its events, in no order.
    pub(super) positions: Vec<Position>,
}

impl Case {
    pub(super) fn is_closed(&self) -> bool {
        self.end != End::Open
    }

    /// From the first step to the last one, in microseconds.
    pub(super) fn lasted(&self) -> i64 {
        let (first, last) = (self.steps.first(), self.steps.last());
        first.zip(last).map_or(0, |(first, last)| since(last.at, first.at))
    }
}

/// From an earlier moment to a later one, in microseconds.
pub(super) fn since(later: At, earlier: At) -> i64 {
    later.0.as_micros().saturating_sub(earlier.0.as_micros())
}

/// Those that were asked for.
#[derive(Debug)]
pub(super) struct Cases {
    /// What they are.
    pub(super) dictionary: Dictionary,
    /// The names of steps.
    pub(super) names: Symbols,
    pub(super) all: Vec<Case>,
    /// What was used: the process, the pipeline, the kind; empty for all.
    pub(super) code: String,
    /// Those that there are.
    pub(super) codes: Vec<String>,
    /// When the last of all began, also of those that are not chosen.
    pub(super) last_began: Option<Timestamp>,
    /// Of the process.
    pub(super) definition: Definition,
}
