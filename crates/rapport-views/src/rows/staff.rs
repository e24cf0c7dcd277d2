//! The rows of the organisation's own people.

use rapport_model::Timestamp;

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What became of a member of staff.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum StaffStatus {
        /// Joined.
        Joined = "joined",
        /// Left.
        Left = "left",
        /// Is away.
        Absent = "absent",
        /// Is back.
        Returned = "returned",
    }
}

words! {
    /// A step of a handover.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum HandoverStep {
        /// It began.
        Started = "started",
        /// The successor acknowledged an item.
        Acknowledged = "acknowledged",
        /// It is done.
        Completed = "completed",
    }
}

table! {
    /// A member of staff joined, left, was away or came back.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct StaffRow in "staff_status": Layout::OfLog, key [], indexes [];
    {
        /// Who, by id.
        pub staff: Symbol,
        /// joined, left, absent or returned.
        pub status: StaffStatus,
        /// The deputy, by id; empty when the event names none.
        pub substitute: Symbol,
        /// From when, inclusive.
        pub begins: Timestamp,
        /// Until when, exclusive; infinity when it is open.
        pub ends: Timestamp,
        /// Of an event that names it: the department of who recorded it.
        pub department: Symbol,
        /// The branch of who recorded it.
        pub branch: Symbol,
    }
}

table! {
    /// A handover to a successor began, went on or was done.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct HandoverRow in "handover": Layout::OfLog, key [], indexes [], for people "handovers";
    {
        /// The customer of the event, as recorded; empty when it names none.
        pub customer: ObjectId,
        /// The handover, as a tag.
        pub handover: ObjectId = Holds::Name(Dictionary::Object),
        /// started, acknowledged or completed.
        pub step: HandoverStep,
        /// What was acknowledged, as a tag; empty when the event names nothing.
        pub item: ObjectId = Holds::Name(Dictionary::Object),
        /// Who did it, by id.
        pub staff: Symbol,
    }
}

table! {
    /// A member of staff earned a bonus.
    #[derive(Debug, Clone, PartialEq)]
    pub struct IncentiveRow in "incentive": Layout::OfLog, key [], indexes [];
    {
        /// Who, by id.
        pub staff: Symbol,
        /// The scheme, by code.
        pub scheme: Symbol,
        /// Its version; 0 when the event does not say it.
        pub version: u32,
        /// What was measured.
        pub metric: Symbol,
        /// The value measured; null when the event does not say it.
        pub value: Option<f64>,
        /// In minor units; null without an amount.
        pub bonus_minor_units: Option<i64>,
        /// ISO 4217; empty without an amount.
        pub currency: Symbol,
        /// The ids of the events for which it was earned.
        pub evidence: Box<[Symbol]>,
    }
}
