//! The rows of contacts with customers.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Index, Layout},
    words,
};

words! {
    /// How a customer was met.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TouchKind {
        /// By telephone.
        Call = "call",
        /// By mail, letter, chat or SMS.
        Message = "message",
        /// At a meeting.
        Meeting = "meeting",
        /// In a shop, at an office, on the web.
        Visit = "visit",
    }
}

table! {
    /// A contact with a customer, or an attempt at one.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct TouchRow in "touch": Layout::OfLog, key [],
        // All that is read of who was met when: the rest of these many rows is not looked at.
        indexes [Index::PostgresWhere(
            "two_way",
            &["customer", "occurred_at", "position", "known_from", "known_to"],
        )],
        for people "touches";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// call, message, meeting or visit.
        pub kind: TouchKind,
        /// Whether both sides took part: a call reached, a message from the customer, a meeting held, a visit in person.
        pub two_way: bool,
        /// How it came: phone, web, …
        pub channel: Symbol,
        /// Who of the organisation took part, by id.
        pub staff: Symbol,
        /// What it was for.
        pub purpose: Symbol,
    }
}
