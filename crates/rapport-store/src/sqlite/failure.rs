//! Why a view takes no more events.

use std::io;

use rapport_model::Position;

use crate::{ApplyError, SourceError, StoreError, View};

/// Why a projection stops.
#[derive(Debug)]
pub(super) enum Failure {
    Database(rusqlite::Error),
    Source(SourceError),
    Runs(io::Error),
    Gap { at: Position, given: Position },
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// The error of a view.
    pub(super) fn in_view(self, view: View) -> ApplyError {
        match self {
            Self::Database(source) => ApplyError::Store(StoreError::Database { view, source }),
            Self::Source(source) => ApplyError::Source { view, source },
            Self::Runs(source) => ApplyError::Store(StoreError::Runs { view, source }),
            Self::Gap { at, given } => ApplyError::Gap { view, at, given },
        }
    }
}
