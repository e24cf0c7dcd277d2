//! The rows of deals.

use rapport_model::{Position, Timestamp};

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Field as _, Filter, Holds, Layout},
    words,
};

words! {
    /// Whether a deal goes on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum DealStatus {
        /// It goes on.
        Open = "open",
        /// It was won.
        Won = "won",
        /// It was lost.
        Lost = "lost",
    }
}

words! {
    /// What began a span of a deal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum DealCause {
        /// `deal.opened`.
        Opened = "opened",
        /// `deal.stage_changed`.
        Moved = "moved",
        /// `deal.terms_changed`: the stage and its visit go on.
        TermsChanged = "terms_changed",
        /// `deal.won`: the stage is the one it was won from.
        Won = "won",
        /// `deal.lost`: the stage is the one it was lost from.
        Lost = "lost",
    }
}

impl DealStepRow {
    /// The openings alone.
    #[must_use]
    pub fn openings() -> Filter {
        Filter::all().and("cause", vec![DealCause::Opened.cell()])
    }
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

table! {
    /// A deal began, moved, was won or lost.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DealStepRow in "deal_step": Layout::OfLog, key [], indexes [], for people "deal_steps";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The deal, by id.
        pub deal: ObjectId = Holds::Name(Dictionary::Deal),
        /// opened, moved, won or lost.
        pub cause: DealCause,
        /// Of an opening: the pipeline, default when the event names none.
        pub pipeline: Symbol,
        /// Of an opening or a move: the stage.
        pub stage: Symbol,
        /// Of a win or a loss: why.
        pub reason: Symbol,
        /// Who did it, by id.
        pub staff: Symbol,
        /// Of an opening or a move: its time is that of its recording, so that it happened then or before.
        pub undated: bool,
    }
}

table! {
    /// When a deal is expected to be decided, from then on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ExpectedCloseRow in "deal_expected": Layout::OfLog, key [], indexes [], for people "expected_closes";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The deal, by id.
        pub deal: ObjectId = Holds::Name(Dictionary::Deal),
        /// The day, as 2026-03-31.
        pub day: Symbol,
        /// Who said so, by id.
        pub staff: Symbol,
    }
}

table! {
    /// What each event says of a deal, as believed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DealFactRow in "deal_fact": Layout::By(&["deal", "occurred_at"]), key [], indexes [];
    {
        /// The deal, by id.
        pub deal: ObjectId = Holds::Name(Dictionary::Deal),
        /// Which event it is.
        pub cause: DealCause,
        /// The party, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// default when the event names none.
        pub pipeline: Symbol,
        /// Empty when the event names none.
        pub stage: Symbol,
        /// Such as 1250 for 12.50; null when the event names no amount.
        pub amount_minor_units: Option<i64>,
        /// Of that amount, ISO 4217.
        pub currency: Option<Symbol>,
        /// Of a win or a loss: why.
        pub reason: Symbol,
        /// Of an opening or a move: its time is that of its recording, so that it happened then or before.
        pub undated: bool,
    }
}

table! {
    /// A deal from one event to the next: holds from valid_from until valid_to, believed from known_from until known_to
    /// (ends exclusive). valid_from is when its event happened; an opening at the latest with the first event of the
    /// deal, an undated move with the outcome that was recorded after it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DealStateRow in "deal_span" of states: Layout::By(&["deal", "valid_from"]), key [], indexes [];
    {
        /// The deal, by id.
        pub deal: ObjectId = Holds::Name(Dictionary::Deal),
        /// When the next event happened, exclusive; infinity while it lasts.
        pub valid_to: Timestamp,
        /// open, won or lost.
        pub status: DealStatus,
        /// default when no event named one.
        pub pipeline: Symbol,
        /// Empty when no event named one.
        pub stage: Symbol,
        /// Whether the stage counts as reached by this event.
        pub in_stage: bool,
        /// The stages reached until then, sorted; of deals that were ever won none is listed: they have reached all.
        pub reached: Box<[Symbol]>,
        /// Whether it was ever won, of deals of which a stage is known.
        pub ever_won: bool,
        /// ISO 4217; empty for a deal without an amount.
        pub currency: Symbol,
        /// Such as 1250 for 12.50; 0 without a currency.
        pub amount_minor_units: i64,
        /// Which event begins it.
        pub cause: DealCause,
        /// The party, as recorded by the first event that names one.
        pub customer: ObjectId,
        /// Of a closed deal: why.
        pub reason: Symbol,
        /// Whether the ledger ever believed the deal to be in more than one pipeline; the same in all its rows. Sums by
        /// pipeline count the past of such a deal in the pipeline that it has at the moment asked for.
        pub moved: bool,
    }
}

table! {
    /// Who else was named with a deal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct CompetitorRow in "competitor": Layout::By(&["deal"]), key ["competitor"], indexes [];
    {
        /// The deal, by id.
        pub deal: ObjectId = Holds::Name(Dictionary::Deal),
        /// The name.
        pub competitor: Symbol,
    }
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
