//! Why rows cannot be read, or a timeline cannot be made of them.

use std::fmt;

use rapport_model::{ErrorClass, Position};

use super::SourceError;
use crate::table::NotARow;

/// The error of a store, of either kind.
#[derive(Debug)]
pub struct StoreFailure {
    /// What kind of thing went wrong.
    pub class: ErrorClass,
    /// The store's own error.
    pub error: SourceError,
}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for StoreFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// Why an answer cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error(transparent)]
    Store(StoreFailure),
    /// A row holds what this release does not know.
    #[error(transparent)]
    Row(#[from] NotARow),
    /// The log could not be asked.
    #[error("the log could not be read")]
    Source(#[source] SourceError),
    /// The view has an event that the log has not.
    #[error(
        "the event at position `{position}` is not in the log; run `rapport verify`, then `rapport replay`"
    )]
    Missing {
        /// Which event.
        position: Position,
    },
    /// No event is about this party.
    #[error("no event is about this customer; check the id")]
    UnknownCustomer,
    /// No event names this object.
    #[error(
        "no event names this object; check the tag: the kind of object, a colon and its id, such as `deal:42`"
    )]
    UnknownObject,
    /// A model asks for a view that it does not name.
    #[error("the answer needs the view `{view}`, which its model does not name; this is a fault of Rapport")]
    NotBeside {
        /// Its name.
        view: &'static str,
    },
    /// The token is none of ours.
    #[error("expected `next_page_token` of the page before, as it came")]
    PageToken,
    /// The token is of an answer to something else.
    #[error(
        "expected the token of a page of this question, found that of another; ask with the same customer or object, filters, order and \
         moments as for the first page"
    )]
    PageOfAnotherQuestion,
}

impl ReadError {
    /// What kind of thing went wrong.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Store(failure) => failure.class,
            Self::Source(_) => ErrorClass::Unavailable,
            Self::NotBeside { .. } => ErrorClass::Internal,
            Self::Row(_) | Self::Missing { .. } => ErrorClass::Corrupt,
            Self::UnknownCustomer | Self::UnknownObject => ErrorClass::NotFound,
            Self::PageToken | Self::PageOfAnotherQuestion => ErrorClass::Invalid,
        }
    }
}
