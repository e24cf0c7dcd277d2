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
