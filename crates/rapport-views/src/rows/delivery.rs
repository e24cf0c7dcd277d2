//! The rows of deliveries and projects.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What an event says of a delivery.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum DeliveryStep {
        /// A day was promised.
        Promised = "promised",
        /// An order arrived, or a part of it.
        Completed = "completed",
    }
}

words! {
    /// Why a milestone slipped.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum SlipCause {
        /// The event does not say it.
        Unsaid = "",
        /// Material.
        Material = "material",
        /// Our people.
        Staff = "staff",
        /// The customer.
        Customer = "customer",
        /// Something else.
        Other = "other",
    }
}

table! {
    /// A day of delivery was promised, or an order or a part of it arrived.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DeliveryRow in "delivery": Layout::OfLog, key [], indexes [], for people "deliveries";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The order, by id.
        pub order as "order_id": ObjectId = Holds::Name(Dictionary::Order),
        /// promised or completed.
        pub step: DeliveryStep,
        /// Of a promise: the day that the customer asked for, ISO 8601; empty when it is not said.
        pub requested: Symbol,
        /// Of a promise: the day that was promised. Of an arrival: the day of it; empty when it is that of occurred_at.
        pub day: Symbol,
        /// Of a promise: whether it replaces an earlier one.
        pub is_reschedule: bool,
        /// Of a promise: why it was moved.
        pub reason: Symbol,
        /// Of an arrival: whether the whole order arrived, because the event lists no goods.
        pub is_whole: bool,
        /// Of an arrival: whether it was installed.
        pub installed: bool,
        /// Of an arrival: good, damaged, …
        pub condition: Symbol,
        /// Who acted, by id.
        pub staff: Symbol,
        /// The branch of who acted.
        pub branch: Symbol,
    }
}

table! {
    /// Goods that arrived with an order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DeliveredLine in "delivered_line": Layout::OfLog, key ["line"], indexes [], for people "delivered_lines";
    {
        /// The place among the goods of the event, from 0.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The order, by id.
        pub order as "order_id": ObjectId = Holds::Name(Dictionary::Order),
        /// The product, by code.
        pub product: Symbol,
        /// Pieces, in thousandths, rounded half to even.
        pub quantity_milli: i64,
    }
}

table! {
    /// A milestone of a project is planned, or was reached.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct MilestoneRow in "milestone": Layout::OfLog, key [], indexes [], for people "milestones";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The project, as a tag.
        pub project: ObjectId = Holds::Name(Dictionary::Object),
        /// The milestone, by code.
        pub milestone: Symbol,
        /// The day planned, ISO 8601; empty when the event does not say it.
        pub planned: Symbol,
        /// The day on which it was reached, ISO 8601; empty while it is not.
        pub actual: Symbol,
        /// material, staff, customer or other; empty when the event does not say it.
        pub cause: SlipCause,
    }
}
