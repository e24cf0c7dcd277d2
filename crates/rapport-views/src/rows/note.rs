//! The rows of notes about the organisation itself.

use super::{ObjectId, Symbol};
use crate::{table, table::Layout};

table! {
    /// A note about the organisation itself, without its text.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct CompanyNoteRow in "company_note": Layout::OfLog, key [], indexes [], for people "company_notes";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// What sort of note, such as milestone.
        pub kind: Symbol,
        /// Its labels, with commas between them.
        pub labels: Symbol,
        /// Who recorded it, by id.
        pub staff: Symbol,
    }
}
