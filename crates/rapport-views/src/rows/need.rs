//! The rows of needs.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What became of a need.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum NeedStep {
        /// It became known.
        Identified = "identified",
        /// It was satisfied.
        Satisfied = "satisfied",
        /// It was not satisfied.
        Unmet = "unmet",
        /// It no longer exists.
        Obsolete = "obsolete",
    }
}

table! {
    /// A need became known, or ended.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct NeedRow in "need": Layout::OfLog, key [], indexes [], for people "needs";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The need, by id.
        pub need as "need_id": ObjectId = Holds::Name(Dictionary::Need),
        /// identified, satisfied, unmet or obsolete.
        pub step: NeedStep,
        /// What is needed, by code; empty where it ends.
        pub code: Symbol,
        /// Where it was learned.
        pub source: Symbol,
        /// To the customer, 0 to 1; null when it is not known.
        pub importance: Option<f64>,
        /// 0 to 1; null when it is not known.
        pub urgency: Option<f64>,
        /// Where it was satisfied: the product that did it, by code.
        pub product: Symbol,
        /// Who acted, by id.
        pub staff: Symbol,
    }
}

table! {
    /// An offer with a need that it names, a row each; an offer that names none has one row. The opening of a deal has rows of
    /// the needs that it names.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct NamedNeedRow in "named_need": Layout::OfLog, key ["line"], indexes [], for people "named_needs";
    {
        /// The place among the needs of the event, from 0.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The deal, by id; empty of an offer that belongs to none.
        pub deal: ObjectId = Holds::Name(Dictionary::Deal),
        /// The offer, by id; empty of the opening of a deal.
        pub offer as "offer_id": ObjectId = Holds::Name(Dictionary::Offer),
        /// The need, by id; empty of an offer that names none.
        pub need as "need_id": ObjectId = Holds::Name(Dictionary::Need),
        /// Who offers, by id.
        pub staff: Symbol,
    }
}
