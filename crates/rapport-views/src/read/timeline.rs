//! What entries can be asked.

use rapport_model::{Position, Timestamp};

/// What a request for a timeline lets through; an empty list lets everything through.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Types of event.
    pub types: Vec<String>,
    /// Channels.
    pub channels: Vec<String>,
    /// Actors, by id.
    pub actors: Vec<String>,
    /// Inclusive.
    pub occurred_from: Option<Timestamp>,
}

/// How many entries a timeline has, over all pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryCounts {
    /// Those that the filter lets through.
    pub total: u64,
    /// Those that it does not.
    pub left_out_by_filter: u64,
    /// Those that are not believed to have happened.
    pub retracted: u64,
    /// When both sides last took part in a contact.
    pub last_two_way_touch: Option<Timestamp>,
}

/// When an event happened, and which it is.
pub type EntryPlace = (Timestamp, Position);

/// Which page of a timeline.
#[derive(Debug, Clone, Copy)]
pub struct EntryPage {
    /// The last entry of the page before.
    pub after: Option<EntryPlace>,
    /// Entries.
    pub size: u32,
    /// Whether the oldest come first.
    pub oldest_first: bool,
}

/// Where an adjustment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdjustmentPlace {
    /// The event that it acts on in the end.
    pub root: Position,
    /// Its own place.
    pub position: Position,
    /// The place of the event that it names.
    pub target: Position,
}
