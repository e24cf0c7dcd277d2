//! The rows of contracts and offers.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Index, Layout},
    words,
};

words! {
    /// What happened to a contract.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum ContractOp {
        /// It was signed.
        Signed = "signed",
        /// It was renewed.
        Renewed = "renewed",
        /// It was changed.
        Amended = "amended",
        /// It ended.
        Ended = "ended",
    }
}

table! {
    /// A change of a contract.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ContractRow in "contract_change": Layout::OfLog, key [], indexes [], for people "contracts";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The contract, by id.
        pub contract as "contract_id": ObjectId = Holds::Name(Dictionary::Contract),
        /// signed, renewed, amended or ended.
        pub op: ContractOp,
        /// The day on which it begins, ISO 8601; empty when it is not said.
        pub start: Symbol,
        /// The day on which it ends, ISO 8601; empty when it is not said.
        pub ends: Symbol,
        /// What it is worth over its whole term, in minor units; null where the event does not say it.
        pub worth_minor_units: Option<i64>,
        /// ISO 4217; empty without an amount.
        pub currency: Symbol,
        /// The products that it covers, by code.
        pub products: Box<[Symbol]>,
        /// Why it changed.
        pub cause: Symbol,
    }
}

table! {
    /// One line of an offer, as one version of it says.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct OfferLine in "offer_line": Layout::OfLog, key ["line"],
        indexes [Index::Postgres(&["occurred_at"])], for people "offer_lines";
    {
        /// The line, from 0: one event makes several rows.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The offer, by id.
        pub offer as "offer_id": ObjectId = Holds::Name(Dictionary::Offer),
        /// The version of the offer; 0 when it is not said.
        pub version: u32,
        /// The product, by code; empty when the event has no lines.
        pub product: Symbol,
        /// Its category.
        pub category: Symbol,
        /// Pieces, in thousandths, rounded half to even; 0 without a line.
        pub quantity_milli: i64,
        /// At list price, in minor units; null where the event does not say it.
        pub list_minor_units: Option<i64>,
        /// What was offered, in minor units; 0 where the event does not say it of this line.
        pub net_minor_units: i64,
        /// The currency of the event's amounts, ISO 4217; empty when it has none.
        pub currency: Symbol,
        /// Who offers, by id.
        pub staff: Symbol,
        /// The branch of who offers.
        pub branch: Symbol,
    }
}
