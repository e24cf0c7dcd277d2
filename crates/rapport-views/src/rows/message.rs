//! The rows of what was sent to whom, and how customers want to be addressed.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Index, Layout},
    words,
};

words! {
    /// Who addressed whom.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Direction {
        /// The event does not say it.
        Unsaid = "",
        /// The customer addressed the organisation.
        Inbound = "inbound",
        /// The organisation addressed the customer.
        Outbound = "outbound",
    }
}

words! {
    /// How a call went.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum CallOutcome {
        /// The event does not say it.
        Unsaid = "",
        /// Both sides talked.
        Reached = "reached",
        /// No answer.
        NoAnswer = "no_answer",
        /// One side hung up.
        HungUp = "hung_up",
    }
}

table! {
    /// The organisation addressed a customer: a message that it sent, or a call that it made.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct AddressedRow in "addressed": Layout::OfLog, key [],
        indexes [Index::Everywhere(&["customer"])], for people "addressed";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// As consents name it: email, sms, chat, post or phone.
        pub channel: Symbol,
        /// What it was for; empty when the event does not say it.
        pub purpose: Symbol,
        /// The campaign it belongs to, by id.
        pub campaign: Symbol,
        /// The consent event on which it relies, by id; empty when the event names none.
        pub consent_ref: Symbol,
        /// How many materials were sent along.
        pub materials: u32,
        /// Who of the organisation did it, by id.
        pub staff: Symbol,
        /// The branch of who did it.
        pub branch: Symbol,
    }
}

table! {
    /// A telephone or video call.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct CallRow in "call": Layout::OfLog, key [], indexes [], for people "calls";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// inbound or outbound; empty when the event does not say it.
        pub direction: Direction,
        /// reached, no_answer or hung_up; empty when the event does not say it.
        pub outcome: CallOutcome,
        /// How long it took, in microseconds; null when the event does not say it.
        pub duration_micros: Option<i64>,
        /// How long it rang, in microseconds; null when the event does not say it.
        pub waited_micros: Option<i64>,
        /// What it was for.
        pub purpose: Symbol,
        /// Who of the organisation took part, by id.
        pub staff: Symbol,
        /// The branch of who took part.
        pub branch: Symbol,
    }
}

table! {
    /// How a customer wants to be addressed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PreferenceRow in "preference": Layout::OfLog, key [], indexes [], for people "preferences";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// Topics of interest.
        pub topics: Box<[Symbol]>,
        /// At most this many messages a month; null without a cap.
        pub frequency_cap: Option<i64>,
        /// Hours without messages, such as 21:00-08:00.
        pub quiet_hours: Symbol,
        /// The channel that is liked best.
        pub preferred_channel: Symbol,
    }
}
