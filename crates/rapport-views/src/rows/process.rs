//! The rows of processes and documents: what goes through steps.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What became of a step.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum StepStatus {
        /// The process began: of no step.
        Started = "started",
        /// Done.
        Done = "done",
        /// Left out.
        Skipped = "skipped",
        /// Done otherwise.
        Deviated = "deviated",
    }
}

words! {
    /// The states of a document.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum DocumentState {
        /// The event does not say it.
        Unsaid = "",
        /// Being written.
        Draft = "draft",
        /// Being reviewed.
        Review = "review",
        /// Sent.
        Sent = "sent",
        /// Signed.
        Signed = "signed",
        /// Archived.
        Archived = "archived",
    }
}

table! {
    /// A process began for an object, or one of its steps was done, left out or done otherwise.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ProcessRow in "process_step": Layout::OfLog, key [], indexes [], for people "process_steps";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The process, by code.
        pub process: Symbol,
        /// The object that goes through it, as a tag.
        pub object: ObjectId = Holds::Name(Dictionary::Object),
        /// The step, by code; empty where the process begins.
        pub step: Symbol,
        /// started, done, skipped or deviated.
        pub status: StepStatus,
        /// The day by which it was due, ISO 8601; empty when it is not said.
        pub due: Symbol,
        /// Why it was left out or done otherwise.
        pub cause: Symbol,
        /// Who acted, by id.
        pub staff: Symbol,
        /// The branch of who acted.
        pub branch: Symbol,
    }
}

table! {
    /// A document reached a state.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DocumentRow in "document_step": Layout::OfLog, key [], indexes [], for people "document_steps";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The document, by id.
        pub document as "document_id": ObjectId = Holds::Name(Dictionary::Document),
        /// What sort of document; empty when the event does not say it.
        pub kind: Symbol,
        /// The state that it left; empty when the event does not say it.
        pub from_state: DocumentState,
        /// draft, review, sent, signed or archived.
        pub state: DocumentState,
        /// Who acted, by id.
        pub staff: Symbol,
        /// The branch of who acted.
        pub branch: Symbol,
    }
}
