//! Events to rows.
//!
//! First what is believed of each event ([`belief`]), then rows: occurrences (a lead's step, a response) are what one
//! event says, with the belief's interval on the recorded clock; states (a deal in a stage) follow from all events of
//! one object ([`bitemporal`]), those of a deal at their settled times ([`settled`]). Nothing here depends on
//! the order in which events arrive.

pub mod agreement;
pub mod belief;
pub mod bitemporal;
pub mod contract;
pub mod cost;
pub mod deal;
pub mod deal_states;
pub mod delivery;
pub mod directory;
pub mod entry;
pub mod invoice;
pub mod lead;
pub mod marketing;
pub mod need;
pub mod object;
pub mod objection;
pub mod party;
pub mod process;
pub mod purchase;
pub mod response;
pub mod settled;
pub mod staff;
pub mod stage_set;
pub mod standing;
pub mod stock;
pub mod ticket;
pub mod touch;

mod clocks;
mod lines;

use rapport_model::{Position, Timestamp};
use rapport_proto::{event_ref::EventRef, v1::payload::Kind};

pub use self::clocks::{occurred_at, recorded_at};

use self::belief::Version;
use crate::table::{Out, Place};

/// A group of events as rows of one event each.
#[derive(Debug)]
pub struct Projection {
    /// The types of which it makes rows. A type that is missing here is never given to it.
    pub reads: &'static [u32],
    /// Puts the rows of one belief.
    pub rows: fn(&Believed<'_>, &mut Out<'_>),
}

/// One belief about one event, and how long it is held on the recorded clock.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The envelope. Its own payload and `occurred_at` are what was recorded, not what is believed.
    pub event: &'a EventRef<'a>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened; `None` for a type that this build does not know, or whose content was not needed.
    pub kind: Option<&'a Kind>,
    /// It is not believed to have happened.
    pub retracted: bool,
    /// From when this is believed, inclusive.
    pub known_from: Timestamp,
    /// Until when, exclusive.
    pub known_to: Timestamp,
}

/// Whether a row, or what rows are made of, appears or goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// It appears.
    Add,
    /// It goes away.
    Remove,
}

/// What a new adjustment changes: the beliefs about an event that are no longer held so go away, then the others appear.
pub fn changes<'a>(
    event: &'a EventRef<'a>,
    before: &'a [Version],
    after: &'a [Version],
) -> impl Iterator<Item = (Item<'a>, Op)> {
    let gone = before.iter().filter(|version| !after.contains(version)).map(|version| (version, Op::Remove));
    let come = after.iter().filter(|version| !before.contains(version)).map(|version| (version, Op::Add));
    gone.chain(come).map(|(version, op)| (Item::version(event, version), op))
}

impl<'a> Item<'a> {
    /// An event as it was recorded, which nothing has corrected yet.
    #[must_use]
    pub fn recorded(event: &'a EventRef<'a>, kind: Option<&'a Kind>) -> Self {
        Self {
            event,
            occurred_at: occurred_at(event),
            kind,
            retracted: false,
            known_from: recorded_at(event),
            known_to: Timestamp::MAX,
        }
    }

    /// A belief that corrections made.
    #[must_use]
    pub fn version(event: &'a EventRef<'a>, version: &'a Version) -> Self {
        Self {
            event,
            occurred_at: version.belief.occurred_at,
            kind: version.belief.kind.as_ref(),
            retracted: version.belief.retracted,
            known_from: version.known_from,
            known_to: version.known_to,
        }
    }

    /// What happened, unless it is unknown or retracted.
    #[must_use]
    pub fn believed(&self) -> Option<Believed<'a>> {
        let kind = self.kind.filter(|_| !self.retracted)?;
        Some(Believed { event: self.event, occurred_at: self.occurred_at, kind })
    }

    /// What its rows begin with.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place {
            position: Position(self.event.position),
            known_from: self.known_from,
            known_to: self.known_to,
            begins: self.occurred_at,
        }
    }
}

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
