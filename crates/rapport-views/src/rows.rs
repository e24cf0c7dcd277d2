//! The rows that answers are made of, as the store hands them over for one moment (T, K): what had happened until T,
//! as believed at K.
//!
//! Texts that repeat (stages, currencies, reasons, waves, …) are symbols: numbers that a [`Symbols`] turns back into
//! texts. Objects (deals, parties) are numbers as well; only a drill-down asks for their names.

use std::{borrow::Cow, collections::HashMap};

use rapport_model::{Position, Timestamp};

/// A text that repeats, as a number. 0 is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(pub u32);

/// A party or a deal, as a number that the store gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectId(pub u64);

impl ObjectId {
    /// The party of rows that name none. Two such rows are not of one party.
    pub const NOBODY: Self = Self(0);
}

/// A text as rows hold it. PostgreSQL's texts cannot hold U+0000, so U+FFFD stands for it in rows and in questions, in
/// every store: two texts that differ in that alone are one.
#[must_use]
pub fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Numbers to texts and back.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    texts: Vec<String>,
    // Asked several times for every event: its hash is a quick one.
    numbers: hashbrown::HashMap<String, Symbol>,
}

impl Symbols {
    /// With the empty text as 0.
    #[must_use]
    pub fn new() -> Self {
        let mut symbols = Self::default();
        symbols.intern("");
        symbols
    }

    /// The number of a text as rows hold it, given now if it has none.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        if let Cow::Owned(text) = storable(text) {
            return self.intern(&text);
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), symbol);
        symbol
    }

    /// The number of a text, if it has one.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Symbol> {
        self.numbers.get(storable(text).as_ref()).copied()
    }

    /// The text of a number; empty for one that was never given.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", String::as_str)
    }

    /// How many texts have numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether no text has a number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

/// Whether a deal goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DealStatus {
    /// It goes on.
    Open,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

/// What began a span of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DealCause {
    /// `deal.opened`.
    Opened,
    /// `deal.stage_changed`.
    Moved,
    /// `deal.terms_changed`: the stage and its visit go on.
    TermsChanged,
    /// `deal.won`: the stage is the one it was won from.
    Won,
    /// `deal.lost`: the stage is the one it was lost from.
    Lost,
}

/// A deal from one event to the next on the occurred clock.
///
/// **Invariant:** the spans of a deal are ordered by `seq`, each begins where the one before ends, and only the last
/// one is open-ended. A span may be empty (two events at one instant): it is never seen in a snapshot, but its stage
/// was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealSpan {
    /// The order within the deal: by (occurred_at, position) of the events that begin the spans.
    pub seq: u32,
    /// The event that begins it.
    pub position: Position,
    /// What that event is.
    pub cause: DealCause,
    /// The stage; 0 when no event named one.
    pub stage: Symbol,
    /// Whether it goes on.
    pub status: DealStatus,
    /// The amount in minor units; 0 without a currency.
    pub amount_minor_units: i64,
    /// ISO 4217; 0 for a deal without an amount.
    pub currency: Symbol,
    /// With `Lost` and `Won`: why. Otherwise 0.
    pub reason: Symbol,
    /// Inclusive.
    pub valid_from: Timestamp,
    /// Exclusive; [`Timestamp::MAX`] while it lasts.
    pub valid_to: Timestamp,
}

/// A deal as believed at K, with its spans that begin until T.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealHistory {
    /// The deal.
    pub deal: ObjectId,
    /// Its customer, as recorded.
    pub customer: ObjectId,
    /// The pipeline; `default` when no event named one.
    pub pipeline: Symbol,
    /// In order; at least one.
    pub spans: Vec<DealSpan>,
    /// Who else was named until T: `deal.lost.competitor`, `deal.won.competitors`, and `objection.observed.competitor`
    /// of an event tagged with the deal.
    pub competitors: Vec<CompetitorRow>,
}

/// A competitor was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompetitorRow {
    /// The name.
    pub competitor: Symbol,
    /// By which event.
    pub position: Position,
    /// When.
    pub occurred_at: Timestamp,
}

/// Open deals of one stage and currency, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenDealsRow {
    /// The pipeline.
    pub pipeline: Symbol,
    /// The stage; 0 when no event named one.
    pub stage: Symbol,
    /// ISO 4217; 0 for deals without an amount.
    pub currency: Symbol,
    /// How many.
    pub deals: u64,
    /// Their amounts added, in minor units.
    pub amount_minor_units: i128,
}

/// Closed deals that reached the same stages, counted. Deals that reached none are in no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedDealsRow {
    /// The pipeline.
    pub pipeline: Symbol,
    /// The stages; `None` for deals that were ever won, which have reached all.
    pub reached: Option<Vec<Symbol>>,
    /// Whether they are won.
    pub won: bool,
    /// How many.
    pub deals: u64,
}

/// When a deal of the pipeline first entered a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstReachedRow {
    /// The pipeline.
    pub pipeline: Symbol,
    /// The stage; 0 for deals without one: the pipeline is there.
    pub stage: Symbol,
    /// When.
    pub at: Timestamp,
    /// By which event.
    pub by: Position,
}

/// What the snapshot of the funnel is made of, added up over all deals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunnelSums {
    /// By pipeline, stage and currency.
    pub open: Vec<OpenDealsRow>,
    /// By pipeline, stages reached and outcome.
    pub closed: Vec<ClosedDealsRow>,
    /// By pipeline and stage; the earliest of several rows counts.
    pub reached: Vec<FirstReachedRow>,
}

/// A step before the deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeadStep {
    /// `contact_point.captured`.
    Captured,
    /// `lead.opened`.
    Opened,
    /// `lead.qualified` with result accepted.
    Accepted,
    /// `lead.qualified` with result rejected.
    Rejected,
    /// `lead.converted`.
    Converted,
}

/// A step was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadRow {
    /// The party, as recorded; 0 when the event names none.
    pub customer: ObjectId,
    /// The tag by which a step that names no customer belongs to others; empty without one.
    pub lead: String,
    /// The event.
    pub position: Position,
    /// When.
    pub occurred_at: Timestamp,
    /// Which step.
    pub step: LeadStep,
}

/// The kinds of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instrument {
    /// 0 to 10.
    Nps,
    /// 1 to 5.
    Csat,
    /// 1 to 7.
    Ces,
    /// Anything else.
    Custom,
}

/// One answer to one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerRow {
    /// The party that answered, as recorded.
    pub customer: ObjectId,
    /// The event.
    pub position: Position,
    /// When.
    pub occurred_at: Timestamp,
    /// The kind of question.
    pub instrument: Instrument,
    /// The question's code.
    pub question: Symbol,
    /// The round of asking.
    pub wave: Symbol,
    /// Within the scale.
    pub value: f64,
    /// The scale's lowest value.
    pub scale_min: f64,
    /// The scale's highest value.
    pub scale_max: f64,
    /// Whether high values are good.
    pub high_is_better: bool,
    /// The product it is about.
    pub product: Symbol,
    /// The customer's tier.
    pub tier: Symbol,
    /// The event's channel.
    pub channel: Symbol,
    /// The event's actor, by id.
    pub staff: Symbol,
    /// The actor's branch.
    pub branch: Symbol,
    /// -1 worse than expected, 0 as expected, 1 better.
    pub expectation: Option<i8>,
    /// 0 to 1.
    pub importance: Option<f64>,
}

/// A customer was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentRow {
    /// The party that was asked, as recorded.
    pub customer: ObjectId,
    /// The event.
    pub position: Position,
    /// When.
    pub occurred_at: Timestamp,
    /// The kind of question.
    pub instrument: Instrument,
    /// The round of asking.
    pub wave: Symbol,
}

/// A published definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionRow {
    /// Such as `pipeline`.
    pub kind: String,
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: u32,
    /// From when it holds.
    pub effective_from: Timestamp,
    /// The event.
    pub position: Position,
    /// JSON.
    pub body: String,
}

/// Who is who at (T, K): merges resolved, and which persons act for which organisation.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    canonical: HashMap<ObjectId, ObjectId>,
    organisations: HashMap<ObjectId, ObjectId>,
}

impl Identity {
    /// From the parties that are read as others, and the organisations that persons act for (both by canonical id).
    #[must_use]
    pub fn new(canonical: HashMap<ObjectId, ObjectId>, organisations: HashMap<ObjectId, ObjectId>) -> Self {
        Self { canonical, organisations }
    }

    /// The party that stands for this one.
    #[must_use]
    pub fn canonical(&self, party: ObjectId) -> ObjectId {
        self.canonical.get(&party).copied().unwrap_or(party)
    }

    /// The parties that were merged: those that are read as others, and those that stand for them.
    pub fn merged(&self) -> impl Iterator<Item = ObjectId> {
        self.canonical.iter().flat_map(|(party, stands_for)| [*party, *stands_for])
    }

    /// The organisation that this party acts for, if it is a contact of one.
    #[must_use]
    pub fn organisation(&self, party: ObjectId) -> Option<ObjectId> {
        self.organisations.get(&self.canonical(party)).copied()
    }
}
