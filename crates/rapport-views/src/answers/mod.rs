//! Answers: rows at one moment (T, K) become the messages of the `Views` service.
//!
//! `docs/views-funnel.md` and `docs/views-satisfaction.md` define each figure. A builder takes the rows one by one and
//! keeps counts, never the rows. If the question names a figure, the same pass collects the counted objects, so that a
//! drill-down cannot disagree with its count.
//!
//! **Invariant:** the objects collected for a figure are as many as its count.
//!
//! Begin with [`funnel::FunnelBuilder`] and [`satisfaction::SatisfactionBuilder`].

pub mod figure;
pub mod funnel;
pub mod satisfaction;

mod ask;
pub(crate) mod definition;
mod error;
pub(crate) mod joining;
pub(crate) mod kept;
pub(crate) mod sums;
mod tally;
pub(crate) mod window;

pub use crate::read::AsOf;
pub use ask::{Answered, AskError, Asked};
pub use error::AnswerError;
pub use kept::{Keeping, Kept};

use crate::{rows::ObjectId, table::Dictionary};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A party: `party:7` on the wire.
    Party,
    /// An event that is counted itself, by position: `event:17` on the wire.
    Event,
    /// A product, by the number of its code's symbol: `product:GTX` on the wire.
    Product,
    /// A deal, an order, a ticket, …: its tag on the wire, `order:17`.
    Named(Dictionary),
}

/// One thing that a figure counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureHit {
    /// The object; of an event its position. Figures that count entries (`balance`) or responses name an object once for
    /// each.
    pub object: ObjectId,
    /// What it is.
    pub kind: ObjectKind,
    /// The customer it belongs to, merges resolved; 0 when there is none.
    pub customer: ObjectId,
    /// The events that make it count, ascending.
    pub positions: Vec<u64>,
}
