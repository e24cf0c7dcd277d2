//! The rows of invoices and payments.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Index, Layout},
    words,
};

words! {
    /// What an invoice does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum InvoiceKind {
        /// It charges.
        Invoice = "invoice",
        /// It takes back what was charged.
        CreditNote = "credit_note",
    }
}

table! {
    /// An invoice, or a credit note.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct InvoiceRow in "invoice": Layout::OfLog, key [],
        indexes [Index::Postgres(&["occurred_at"])], for people "invoices";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The invoice, by id.
        pub invoice as "invoice_id": ObjectId = Holds::Name(Dictionary::Invoice),
        /// invoice or credit_note.
        pub kind: InvoiceKind,
        /// What is to be paid, with tax, in minor units; negative for a credit note.
        pub total_minor_units: i64,
        /// The tax in it, in minor units.
        pub tax_minor_units: i64,
        /// ISO 4217.
        pub currency: Symbol,
        /// The day until which it is to be paid, ISO 8601; empty when it is not said.
        pub due: Symbol,
    }
}

table! {
    /// One line of an invoice or a credit note.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct InvoiceLine in "invoice_line": Layout::OfLog, key ["line"],
        indexes [Index::Postgres(&["occurred_at"])], for people "invoice_lines";
    {
        /// The line, from 0: one event makes several rows.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The invoice, by id.
        pub invoice as "invoice_id": ObjectId = Holds::Name(Dictionary::Invoice),
        /// invoice or credit_note.
        pub kind: InvoiceKind,
        /// The product, by code; empty when the event has no lines.
        pub product: Symbol,
        /// Its category.
        pub category: Symbol,
        /// Pieces, in thousandths, rounded half to even; 0 without a line.
        pub quantity_milli: i64,
        /// At list price, in minor units; null where the event does not say it.
        pub list_minor_units: Option<i64>,
        /// What was charged before tax, in minor units; negative for a credit note.
        pub net_minor_units: i64,
        /// The currency of the event's amounts, ISO 4217.
        pub currency: Symbol,
        /// How it came.
        pub channel: Symbol,
        /// Who issued it, by id.
        pub staff: Symbol,
        /// The branch of who issued it.
        pub branch: Symbol,
    }
}

table! {
    /// A payment: a row for each invoice that it pays, and one when it names none.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct PaymentRow in "payment": Layout::OfLog, key ["line"], indexes [], for people "payments";
    {
        /// The place among the invoices of the payment, from 0.
        pub line: u32,
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// An invoice that it pays, by id; empty when it names none.
        pub invoice as "invoice_id": ObjectId = Holds::Name(Dictionary::Invoice),
        /// The order that it pays, by id; empty when it names none.
        pub order as "order_id": ObjectId = Holds::Name(Dictionary::Order),
        /// What was paid in all, in minor units: on line 0, and 0 on the others.
        pub paid_minor_units: i64,
        /// ISO 4217.
        pub currency: Symbol,
        /// How, such as card.
        pub method: Symbol,
    }
}
