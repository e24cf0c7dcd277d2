//! The rows of what was promised, attached and disclosed.

use rapport_model::Timestamp;

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What became of a promise.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum AgreementStatus {
        /// It was made.
        Made = "made",
        /// It was kept.
        Kept = "kept",
        /// It was broken.
        Broken = "broken",
        /// It was withdrawn.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// To whom a record was disclosed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum DisclosedTo {
        /// An auditor.
        Auditor = "auditor",
        /// The person the data is about.
        Subject = "subject",
        /// A public authority.
        Authority = "authority",
    }
}

table! {
    /// A promise was made, kept, broken or withdrawn.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct AgreementRow in "agreement": Layout::OfLog, key [], indexes [], for people "agreements";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The agreement, as a tag.
        pub agreement: ObjectId = Holds::Name(Dictionary::Object),
        /// made, kept, broken or withdrawn.
        pub status: AgreementStatus,
        /// The day by which it must be kept, as 2026-03-31; empty when the event does not say it.
        pub due: Symbol,
        /// The agreement that it replaces, as a tag; empty when it replaces none.
        pub supersedes: ObjectId = Holds::Name(Dictionary::Object),
        /// Who recorded it, by id.
        pub staff: Symbol,
    }
}

table! {
    /// A file was attached to a history.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ArtifactRow in "artifact": Layout::OfLog, key [], indexes [], for people "artifacts";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// SHA-256 of the file, in hexadecimal digits.
        pub sha256: Symbol,
        /// Its media type, such as image/jpeg.
        pub media_type: Symbol,
        /// The event it belongs to, by id; empty when the event names none.
        pub linked_to: Symbol,
        /// The result, by code.
        pub outcome: Symbol,
        /// Who attached it, by id.
        pub staff: Symbol,
    }
}

table! {
    /// A record was shown to somebody.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DisclosedRow in "disclosed": Layout::OfLog, key [], indexes [], for people "disclosures";
    {
        /// The customer of the record, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// auditor, subject or authority.
        pub to as "recipient": DisclosedTo,
        /// The moment as of which the answer was given; infinity when the event does not say it.
        pub as_of as "answered_as_of": Timestamp,
        /// SHA-256 of the answer, in hexadecimal digits.
        pub result_hash: Symbol,
        /// Who disclosed it, by id.
        pub staff: Symbol,
    }
}
