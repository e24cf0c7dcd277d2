//! What an order is at T.

use jiff::civil::Date;
use rapport_model::{Position, Timestamp};

use crate::rows::{ObjectId, Symbol};

/// When something happened, and its place in the log.
pub(super) type Place = (Timestamp, Position);

/// The day of a promise, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promised {
    pub(super) first: Date,
    pub(super) last: Date,
    /// Promises after the first.
    pub(super) again: u32,
    /// Of the last promise, where there was one before.
    pub(super) reason: Symbol,
}

/// How much of an order arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Nothing,
    /// Less than was ordered.
    Part(Date),
    /// All of it.
    Whole(Date),
    /// Goods, of an order of which it is not known what was ordered.
    Unknown(Date),
}

/// One order with all that was promised and arrived until T.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) order: ObjectId,
    /// Of the first event that names one, merges resolved.
    pub(super) customer: ObjectId,
    /// Who recorded the last arrival, or the last promise.
    pub(super) staff: Symbol,
    pub(super) branch: Symbol,
    /// The day that the customer asked for, as the last promise says that says one.
    pub(super) requested: Option<Date>,
    pub(super) promised: Option<Promised>,
    pub(super) came: Came,
    pub(super) is_cancelled: bool,
    /// Whether something arrived damaged; `None` where no arrival says a condition.
    pub(super) damaged: Option<bool>,
}

/// What an order of the period counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is measured: it arrived on this day, and in full or not.
    Measured { arrived: Date, in_full: bool, promised: Promised },
    /// It arrived without having been promised.
    WithoutPromise(Date),
    /// It was promised, and it is not known whether all arrived.
    Unknown(Date),
    /// It has not arrived, or more of it is to come.
    Open,
}

impl Delivery {
    /// Of which day and as what it counts. What arrived in part counts once the rest is overdue or cancelled.
    pub(super) fn state(&self, today: Date) -> State {
        match (self.came, self.promised) {
            (Came::Nothing, _) => State::Open,
            (Came::Part(day) | Came::Whole(day) | Came::Unknown(day), None) => State::WithoutPromise(day),
            (Came::Unknown(day), Some(_)) => State::Unknown(day),
            (Came::Whole(arrived), Some(promised)) => State::Measured { arrived, in_full: true, promised },
            (Came::Part(arrived), Some(promised)) if self.is_cancelled || self.is_overdue(today) => {
                State::Measured { arrived, in_full: false, promised }
            }
            (Came::Part(_), Some(_)) => State::Open,
        }
    }

    /// Whether it was to have arrived before this day, and is still awaited.
    pub(super) fn is_overdue(&self, today: Date) -> bool {
        self.is_awaited() && self.promised.is_some_and(|promised| promised.last < today)
    }

    /// Whether it, or more of it, is still to come.
    pub(super) const fn is_awaited(&self) -> bool {
        matches!(self.came, Came::Nothing | Came::Part(_)) && !self.is_cancelled
    }

    /// The day on which something arrived last.
    pub(super) const fn arrived(&self) -> Option<Date> {
        match self.came {
            Came::Nothing => None,
            Came::Part(day) | Came::Whole(day) | Came::Unknown(day) => Some(day),
        }
    }
}

impl State {
    /// The day on which it arrived, of what has.
    pub(super) const fn day(&self) -> Option<Date> {
        match self {
            Self::Measured { arrived: day, .. } | Self::WithoutPromise(day) | Self::Unknown(day) => {
                Some(*day)
            }
            Self::Open => None,
        }
    }
}
