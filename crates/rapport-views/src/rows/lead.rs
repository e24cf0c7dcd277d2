//! The rows of steps before a deal.

use super::ObjectId;
use crate::{table, table::Layout, words};

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
