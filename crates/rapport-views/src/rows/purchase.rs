//! The rows of orders.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Index, Layout},
    words,
};

words! {
    /// What a line of an order did.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum PurchaseOp {
        /// It was ordered: the order is a purchase.
        Placed = "placed",
        /// The whole order was taken back.
        Cancelled = "cancelled",
        /// Goods came back: a difference, with a negative quantity.
        Returned = "returned",
        /// The order was changed: a difference.
        Amended = "amended",
    }
}

table! {
    /// One line of an order, as one event says.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct PurchaseLine in "purchase_line": Layout::OfLog, key ["line"],
        indexes [Index::Postgres(&["occurred_at"]), Index::Postgres(&["order_id"])], for people "purchase_lines";
    {
        /// The line, from 0: one event makes several rows.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The order, by id.
        pub order as "order_id": ObjectId = Holds::Name(Dictionary::Order),
        /// The product, by code; empty when the source has no lines, and for a cancellation.
        pub product: Symbol,
        /// Its category.
        pub category: Symbol,
        /// Pieces, in thousandths, rounded half to even; 0 without a line.
        pub quantity_milli: i64,
        /// At list price, in minor units; null where the event does not say it of this line.
        pub list_minor_units: Option<i64>,
        /// What was charged, in minor units; 0 where the event does not say it of this line.
        pub net_minor_units: i64,
        /// The currency of the event's amounts, ISO 4217; empty when it has none.
        pub currency: Symbol,
        /// How it came.
        pub channel: Symbol,
        /// Who took the order, by id.
        pub staff: Symbol,
        /// The branch of who took the order.
        pub branch: Symbol,
        /// placed, cancelled, returned or amended.
        pub op: PurchaseOp,
    }
}
