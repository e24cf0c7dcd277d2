//! The rows of what a customer costs.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What a cost is for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum CostKind {
        /// The goods that were sold.
        Goods = "cogs",
        /// Serving the customer.
        Service = "service",
        /// Winning the customer.
        Acquisition = "acquisition",
        /// Keeping the customer.
        Retention = "retention",
        /// Delivering.
        Delivery = "delivery",
    }
}

words! {
    /// What was granted.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ConcessionKind {
        /// A lower price.
        Discount = "discount",
        /// Better terms.
        Terms = "terms",
        /// A service.
        Service = "service",
    }
}

table! {
    /// A cost that was allocated to a customer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct CostRow in "cost": Layout::OfLog, key [], indexes [], for people "costs";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// cogs, service, acquisition, retention or delivery.
        pub kind: CostKind,
        /// In minor units.
        pub cost_minor_units: i64,
        /// ISO 4217.
        pub currency: Symbol,
        /// The product whose cost it is, by code; empty when the event names none.
        pub product: Symbol,
    }
}

table! {
    /// A concession to a customer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ConcessionRow in "concession": Layout::OfLog, key [], indexes [], for people "concessions";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// discount, terms or service.
        pub kind: ConcessionKind,
        /// What it is worth, in minor units; null where the event does not say it.
        pub worth_minor_units: Option<i64>,
        /// ISO 4217; empty without an amount.
        pub currency: Symbol,
        /// Who approved it, by id; empty when the event names nobody.
        pub approver: Symbol,
        /// Who granted it, by id.
        pub staff: Symbol,
        /// The deal that it was granted in, by id; empty when the event names none.
        pub deal as "deal_id": ObjectId = Holds::Name(Dictionary::Deal),
    }
}
