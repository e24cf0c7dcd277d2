//! The rows of what is in stock.

use super::Symbol;
use crate::{table, table::Layout};

table! {
    /// What was counted of a product at one place.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct StockRow in "stock": Layout::OfLog, key [], indexes [];
    {
        /// The product, by code.
        pub product: Symbol,
        /// Its category.
        pub category: Symbol,
        /// Pieces, in thousandths, rounded half to even.
        pub quantity_milli: i64,
        /// What they cost, in minor units; null when the event does not say it.
        pub stock_minor_units: Option<i64>,
        /// ISO 4217; empty without an amount.
        pub currency: Symbol,
        /// The warehouse or shop, by code.
        pub location: Symbol,
    }
}
