//! The rows of timelines.

use super::{ObjectId, Symbol};
use crate::{table, table::Layout};

table! {
    /// One row for each belief about each event.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct EntryRow in "entry": Layout::By(&["customer", "occurred_at"]), key [], indexes [], for people "timeline";
    {
        /// The party, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// Such as deal.won.
        pub event_type as "type": Symbol,
        /// How it came: phone, web, …
        pub channel: Symbol,
        /// Who did it, by id.
        pub actor: Symbol,
        /// Whether it is a contact that both sides took part in.
        pub two_way: bool,
        /// Whether it is believed not to have happened.
        pub retracted: bool,
    }
}
