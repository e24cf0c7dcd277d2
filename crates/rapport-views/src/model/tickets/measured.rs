//! How long a ticket took, and what became of what was promised.

use rapport_model::Timestamp;

use super::{levels::Level, ticket::Ticket};
use crate::{stats::kaplan_meier::Stay, working_time::WorkingTime};

/// A ticket, measured at T.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) ticket: Ticket,
    pub(super) first_response: Took,
    pub(super) resolution: Took,
    pub(super) first_response_promise: Promise,
    pub(super) resolution_promise: Promise,
    /// When what is not done is due first.
    pub(super) due: Option<Timestamp>,
}

/// How long it took until something was done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    pub(super) is_ended: bool,
    pub(super) elapsed: Stay,
    pub(super) working: Stay,
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    Kept,
    Breached,
    Pending,
    NotPromised,
}

impl Promise {
    /// All, in the order of answers.
    pub(super) const ALL: [Self; 4] = [Self::Kept, Self::Breached, Self::Pending, Self::NotPromised];

    /// As figures name it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Breached => "breached",
            Self::Pending => "pending",
            Self::NotPromised => "not_promised",
        }
    }

    /// `None` while it is pending, and where nothing was promised.
    const fn is_kept(self) -> Option<bool> {
        match self {
            Self::Kept => Some(true),
            Self::Breached => Some(false),
            Self::Pending | Self::NotPromised => None,
        }
    }

    fn of(due: Option<Timestamp>, done: Option<Timestamp>, until: Timestamp) -> Self {
        match (due, done) {
            (None, _) => Self::NotPromised,
            (Some(due), Some(done)) if due < done => Self::Breached,
            (Some(_), Some(_)) => Self::Kept,
            (Some(due), None) if due < until => Self::Breached,
            (Some(_), None) => Self::Pending,
        }
    }
}

impl Measured {
    /// At `until`, by what holds for its tier.
    pub(super) fn of(ticket: Ticket, level: Level<'_>, until: Timestamp) -> Self {
        let due = |work: Option<i64>| work.map(|work| level.working.after(ticket.opened, work));
        let (first_due, due_last) = (due(level.first_response), due(level.resolution));
        let solved = ticket.solution.map(|solution| solution.at);
        // Who is given the solution needs no response any more: the wait for one ends there.
        let waited = [ticket.responded, ticket.solved_first].into_iter().flatten().min();
        let is_answered = ticket.responded.is_some() && waited == ticket.responded;
        let took = |done, is_ended| Took::of(level.working, ticket.opened, done, is_ended);
        let open = |due: Option<Timestamp>, done: Option<Timestamp>| due.filter(|_| done.is_none());
        Self {
            first_response: took(waited.unwrap_or(until), is_answered),
            resolution: took(solved.unwrap_or(until), solved.is_some()),
            first_response_promise: Promise::of(first_due, waited, until),
            resolution_promise: Promise::of(due_last, solved, until),
            due: [open(first_due, waited), open(due_last, solved)].into_iter().flatten().min(),
            ticket,
        }
    }

    /// Whether the promise of a solution was kept, else that of a first response; `None` where neither is decided.
    pub(super) fn is_kept(&self) -> Option<bool> {
        self.resolution_promise.is_kept().or_else(|| self.first_response_promise.is_kept())
    }

    /// Whether a promise is broken.
    pub(super) fn is_breached(&self) -> bool {
        [self.first_response_promise, self.resolution_promise].contains(&Promise::Breached)
    }
}

impl Took {
    fn of(working: &WorkingTime, opened: Timestamp, until: Timestamp, is_ended: bool) -> Self {
        let stay = if is_ended { Stay::ended } else { Stay::censored };
        let elapsed = until.as_micros().saturating_sub(opened.as_micros());
        Self { is_ended, elapsed: stay(elapsed), working: stay(working.between(opened, until)) }
    }
}
