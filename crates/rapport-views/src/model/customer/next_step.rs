//! What is to be done first: the earliest day that something open has.

use jiff::{civil::Date, tz::TimeZone};
use rapport_model::{Position, Timestamp};
use rapport_proto::v1::CustomerNextStep;

use super::things::is_over;

/// What has a day, in the order that decides between two of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A promise.
    Agreement,
    /// A meeting.
    Meeting,
    /// A deal's expected close.
    Deal,
    /// A contract's last day.
    Contract,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Meeting => "meeting",
            Self::Deal => "deal",
            Self::Contract => "contract",
        }
    }
}

/// Steps that there are.
#[derive(Debug, Default)]
pub(super) struct Steps(Vec<Step>);

/// The day, what it is, its id, the event that says so, and with whom it is.
type Step = (Date, What, String, Position, String);

impl Steps {
    /// Adds a step on a day (ISO 8601) with a party; an empty day adds nothing. `tag` is `deal:42`, or empty.
    pub(super) fn add(&mut self, what: What, day: &str, tag: &str, (position, party): (u64, &str)) {
        let Ok(day) = day.parse::<Date>() else { return };
        let id = tag.split_once(':').map_or("", |(_, id)| id);
        self.0.push((day, what, id.to_owned(), Position(position), party.to_owned()));
    }

    /// The first of them.
    pub(super) fn first(self, until: Timestamp, zone: &TimeZone) -> Option<CustomerNextStep> {
        let (day, what, id, position, party) = self.0.into_iter().min()?;
        let due = day.to_string();
        let is_overdue = is_over(&due, until, zone);
        let kind = what.word().to_owned();
        Some(CustomerNextStep { kind, id, due, is_overdue, position: position.0, party })
    }
}
