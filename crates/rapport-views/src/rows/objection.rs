//! The rows of what speaks against buying.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What a factor stands in the way of (Ram and Sheth).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Barrier {
        /// The event does not say it.
        Unsaid = "",
        /// It does not fit the customer's way of working.
        Usage = "usage",
        /// It is not worth its price.
        Value = "value",
        /// It may go wrong.
        Risk = "risk",
        /// It breaks with habits.
        Tradition = "tradition",
        /// It has a bad name.
        Image = "image",
    }
}

table! {
    /// A factor spoke against buying: the customer said so, or a deal was lost by it.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ObjectionRow in "objection": Layout::OfLog, key ["line"], indexes [], for people "objections";
    {
        /// The place among the factors of its event, from 0.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The deal, by id; empty when the event names none.
        pub deal as "deal_id": ObjectId = Holds::Name(Dictionary::Deal),
        /// Whether a deal was lost by it; otherwise it was observed.
        pub of_a_loss: bool,
        /// The factor, by code.
        pub factor: Symbol,
        /// usage, value, risk, tradition or image; empty when the event does not say it.
        pub barrier: Barrier,
        /// Who was preferred, by code.
        pub competitor: Symbol,
        /// By how much the competitor is cheaper, in minor units; null when the event does not say it.
        pub gap_minor_units: Option<i64>,
        /// ISO 4217; empty without an amount.
        pub currency: Symbol,
        /// 0 to 1; null when it is not known.
        pub strength: Option<f64>,
        /// Who recorded it, by id.
        pub staff: Symbol,
    }
}
