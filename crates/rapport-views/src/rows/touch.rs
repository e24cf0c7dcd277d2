//! The rows of contacts with customers.

use super::{Direction, ObjectId, Symbol};
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

words! {
    /// What became of a meeting.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum MeetingStatus {
        /// It is no meeting.
        NoMeeting = "",
        /// It is planned.
        Planned = "planned",
        /// It took place.
        Held = "held",
        /// The customer did not come.
        NoShow = "no_show",
    }
}

table! {
    /// A contact with a customer, or an attempt at one. What most questions ask, who was met when, comes first.
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
        /// inbound or outbound; empty of meetings and visits.
        pub direction: Direction,
        /// The initiative it belongs to.
        pub initiative: Symbol,
        /// The approach taken, by code.
        pub approach: Symbol,
        /// Of a meeting where it was; of a visit shop, office, site or web.
        pub place: Symbol,
        /// Of a meeting: planned, held or no_show.
        pub meeting: MeetingStatus,
        /// How long it took, in microseconds; null when the event does not say it.
        pub duration_micros: Option<i64>,
        /// In which role who took part was.
        pub role: Symbol,
        /// Of which department.
        pub department: Symbol,
        /// Of which branch.
        pub branch: Symbol,
    }
}
