//! The rows of steps before a deal.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// A step before the deal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum LeadStep {
        /// `contact_point.captured`.
        Captured = "captured",
        /// `lead.opened`.
        Opened = "opened",
        /// `lead.qualified` with result accepted.
        Accepted = "accepted",
        /// `lead.qualified` with result rejected.
        Rejected = "rejected",
        /// `lead.converted`.
        Converted = "converted",
    }
}

table! {
    /// Steps before a deal.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct LeadRow in "lead_step": Layout::OfLog, key [], indexes [];
    {
        /// The party that took it, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// Which step.
        pub step: LeadStep,
        /// The tag (lead:…, else deal:…) by which steps without a customer belong to others; empty without one.
        pub lead: String,
    }
}

table! {
    /// The same steps with all that is known of each.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct LeadToldRow in "lead": Layout::OfLog, key [], indexes [], for people "leads";
    {
        /// The party that took it, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// captured, opened, accepted, rejected or converted.
        pub step: LeadStep,
        /// The lead, as a tag (lead:…, else deal:…); empty without one.
        pub lead: ObjectId = Holds::Name(Dictionary::Object),
        /// Where it came from; of a contact point where it was found.
        pub origin: Symbol,
        /// The campaign that brought it, by id.
        pub campaign: Symbol,
        /// The page or place at which it came in.
        pub landing: Symbol,
        /// What it is interested in.
        pub interest: Symbol,
        /// The score given; null when there is none.
        pub score: Option<f64>,
        /// Why it was judged so.
        pub reason: Symbol,
        /// The deal it became, by id.
        pub deal as "deal_id": ObjectId = Holds::Name(Dictionary::Deal),
        /// The order it became, by id.
        pub order as "order_id": ObjectId = Holds::Name(Dictionary::Order),
        /// Who did it, by id.
        pub staff: Symbol,
        /// The branch of who did it.
        pub branch: Symbol,
    }
}
