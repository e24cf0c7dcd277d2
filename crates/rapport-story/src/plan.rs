//! What decides a story, and the moments to point at in it.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rapport_model::Timestamp;

use crate::world::calendar::{DAY, HOUR};

/// What decides a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many persons and organisations come; contacts of organisations are not counted.
    pub customers: u32,
    /// The story ends as this day begins (UTC), and began two years before.
    pub until: Date,
}

/// The moments of a story that a guide points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestones {
    /// The first moment.
    pub start: Timestamp,
    /// The moment after the last.
    pub end: Timestamp,
    /// One year before the end. Before it, a branch kept its deals on paper; after it, they were recorded.
    pub year_ago: Timestamp,
    /// When a win was recorded with a digit too many.
    pub mistake: Timestamp,
    /// When that was put right.
    pub correction: Timestamp,
}

impl Plan {
    /// The moments to point at; `None` when the end is too near to an end of the calendar.
    #[must_use]
    pub fn milestones(&self) -> Option<Milestones> {
        let moment = |date: Date| Some(Timestamp::from(date.to_zoned(TimeZone::UTC).ok()?.timestamp()));
        let end = moment(self.until)?;
        let start = moment(self.until.checked_sub(2.years()).ok()?)?;
        let year_ago = moment(self.until.checked_sub(1.year()).ok()?)?;
        let before_end =
            |days: i64, hours: i64| Timestamp::from_micros(end.as_micros() - days * DAY + hours * HOUR);
        Some(Milestones { start, end, year_ago, mistake: before_end(200, 11), correction: before_end(47, 9) })
    }
}
