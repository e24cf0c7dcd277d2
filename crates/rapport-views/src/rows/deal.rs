//! The rows of deals.

use rapport_model::{Position, Timestamp};

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
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
