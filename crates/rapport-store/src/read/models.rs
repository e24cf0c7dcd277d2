//! What the rows of a view can be asked, whichever store they are in.
//!
//! A value of these traits is one read transaction on one view: what it hands out belongs together and to one position,
//! whatever is written or rebuilt meanwhile. Numbers of parties, deals and texts mean something within it alone.

use std::ops::Deref;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    identity::{ContactEdge, MergeEdge},
    rows::{
        AnswerRow, DealHistory, DefinitionRow, FunnelSums, Identity, LeadRow, ObjectId, SentRow, Symbol,
        Symbols,
    },
};

use crate::{EventSource, ReadError, View};

/// The latest moment that can be asked for: in rows, the end of time stands for what still lasts.
pub const LATEST: Timestamp = Timestamp::from_micros(i64::MAX - 1);

/// The moment of a question, at most [`LATEST`] on both clocks.
pub fn bounded(as_of: AsOf) -> AsOf {
    AsOf {
        occurred_until: as_of.occurred_until.min(LATEST),
        recorded_until: as_of.recorded_until.min(LATEST),
    }
}

/// How far a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewState {
    /// The view.
    pub view: View,
    /// The last event whose rows can be read: of those before it none is missing.
    pub position: Position,
    /// Events that could not be read or stored.
    pub set_aside: u64,
    /// The last of these; the beginning when there is none.
    pub last_set_aside: Position,
    /// Corrections and retractions whose target the view has not got.
    pub waiting: u64,
    /// Whether it is built anew at the moment.
    pub rebuilding: bool,
    /// Whether that is so because its file was damaged: until it is built it answers nothing.
    pub damaged: bool,
}

/// An event that a view goes on without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its place; the beginning for what is no event.
    pub position: Position,
    /// Why; never anything that the event holds.
    pub reason: String,
}

/// How many of the events that were set aside are told.
pub const SET_ASIDE_TOLD: i64 = 10;

/// Where rows can be read: SQLite's files, or a PostgreSQL database. Calls block.
pub trait ReadModels: Send + Sync {
    /// How far a view is.
    ///
    /// # Errors
    /// The database failed.
    fn state(&self, view: View) -> Result<ViewState, ReadError>;

    /// The latest events that a view set aside, a few of them, the latest first.
    ///
    /// # Errors
    /// The database failed.
    fn last_set_aside(&self, view: View) -> Result<Vec<SetAside>, ReadError>;

    /// The last event whose rows can be read in a view.
    ///
    /// # Errors
    /// The database failed.
    fn position(&self, view: View) -> Result<Position, ReadError>;

    /// The timeline as it is committed now.
    ///
    /// # Errors
    /// The database failed.
    fn timeline(&self) -> Result<Box<dyn TimelineRows>, ReadError>;

    /// The funnel as it is committed now.
    ///
    /// # Errors
    /// The database failed.
    fn funnel(&self) -> Result<Box<dyn FunnelRows>, ReadError>;

    /// Satisfaction as it is committed now.
    ///
    /// # Errors
    /// The database failed.
    fn satisfaction(&self) -> Result<Box<dyn SatisfactionRows>, ReadError>;
}

/// What every view's rows can say.
pub trait ViewRows {
    /// The last event that the rows are of.
    fn position(&self) -> Position;

    /// When the ledger accepted that event: nothing here was known later.
    fn recorded_max(&self) -> Timestamp;

    /// The texts that symbols stand for.
    ///
    /// # Errors
    /// The database failed.
    fn symbols(&self) -> Result<Symbols, ReadError>;

    /// Who is who at (T, K).
    ///
    /// # Errors
    /// The database failed.
    fn identity(&self, as_of: AsOf) -> Result<Identity, ReadError>;

    /// The definitions of a kind in effect by T as believed at K, by code: the last of a code holds, those before it are
    /// for readers that cannot read it. Of one code by date of effect, then version, then event.
    ///
    /// # Errors
    /// The database failed.
    fn definitions(&self, as_of: AsOf, kind: &str) -> Result<Vec<DefinitionRow>, ReadError>;

    /// The id of a party, as events name it; empty for one that the view does not know.
    ///
    /// # Errors
    /// The database failed.
    fn party_name(&self, party: ObjectId) -> Result<String, ReadError>;

    /// The number of a party; `None` when no event of this view names it.
    ///
    /// # Errors
    /// The database failed.
    fn party(&self, name: &str) -> Result<Option<ObjectId>, ReadError>;
}

/// Whatever points to rows.
impl<P: Deref<Target: ViewRows>> ViewRows for P {
    fn position(&self) -> Position {
        (**self).position()
    }

    fn recorded_max(&self) -> Timestamp {
        (**self).recorded_max()
    }

    fn symbols(&self) -> Result<Symbols, ReadError> {
        (**self).symbols()
    }

    fn identity(&self, as_of: AsOf) -> Result<Identity, ReadError> {
        (**self).identity(as_of)
    }

    fn definitions(&self, as_of: AsOf, kind: &str) -> Result<Vec<DefinitionRow>, ReadError> {
        (**self).definitions(as_of, kind)
    }

    fn party_name(&self, party: ObjectId) -> Result<String, ReadError> {
        (**self).party_name(party)
    }

    fn party(&self, name: &str) -> Result<Option<ObjectId>, ReadError> {
        (**self).party(name)
    }
}

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
pub type Place = (Timestamp, Position);

/// Which page of a timeline.
#[derive(Debug, Clone, Copy)]
pub struct EntryPage {
    /// The last entry of the page before.
    pub after: Option<Place>,
    /// Entries.
    pub size: u32,
    /// Whether the oldest come first.
    pub oldest_first: bool,
}

/// The rows that timelines are made of.
pub trait TimelineRows: ViewRows {
    /// The merges in force that lead, over any number of parties, to one of these.
    ///
    /// # Errors
    /// The database failed.
    fn merges_around(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<MergeEdge>, ReadError>;

    /// What was said of who acts for one of these organisations.
    ///
    /// # Errors
    /// The database failed.
    fn contacts_of(&self, organisations: &[ObjectId], as_of: AsOf) -> Result<Vec<ContactEdge>, ReadError>;

    /// The entries of these parties, counted.
    ///
    /// # Errors
    /// The database failed.
    fn counts(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError>;

    /// The places of a page's entries in order, and whether more follow.
    ///
    /// # Errors
    /// The database failed.
    fn places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<Place>, bool), ReadError>;

    /// The events that say who a party is, in the order in which they happened.
    ///
    /// # Errors
    /// The database failed.
    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<Place>, ReadError>;

    /// What acts on these events, ascending: the event, the place of each adjustment, and of its own target.
    ///
    /// # Errors
    /// The database failed.
    fn adjustment_places(&self, roots: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError>;

    /// The events, when the store keeps them; otherwise they are in the log.
    fn own_events(&self) -> Option<&dyn EventSource> {
        None
    }
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

/// The rows that the funnel is made of.
pub trait FunnelRows: ViewRows {
    /// Every deal that began until T as believed at K, one after the other; with a pipeline, only those in it. The
    /// spans are what the events until T add up to: the last one is open-ended. `take` may keep a history by swapping
    /// another one into its place, whose room is used for the next deal.
    ///
    /// # Errors
    /// The database failed.
    fn deal_histories(
        &self,
        as_of: AsOf,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError>;

    /// Every step before a deal that was taken until T as believed at K, in the order of the log.
    ///
    /// # Errors
    /// The database failed.
    fn leads(&self, as_of: AsOf) -> Result<Vec<LeadRow>, ReadError>;

    /// What the snapshot of the funnel at (T, K) is made of, added up.
    ///
    /// # Errors
    /// The database failed.
    fn sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError>;

    /// The id of a deal, as events name it; empty for one that the view does not know.
    ///
    /// # Errors
    /// The database failed.
    fn deal_name(&self, deal: ObjectId) -> Result<String, ReadError>;
}

/// The rows that satisfaction is made of.
pub trait SatisfactionRows: ViewRows {
    /// Every answer given until T as believed at K, of all surveys or of one, in the order of the log.
    ///
    /// # Errors
    /// The database failed.
    fn answers(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<AnswerRow>, ReadError>;

    /// Every question sent until T as believed at K, of all surveys or of one, in the order of the log.
    ///
    /// # Errors
    /// The database failed.
    fn sents(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<SentRow>, ReadError>;
}
