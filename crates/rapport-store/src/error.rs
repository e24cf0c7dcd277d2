//! What can go wrong.

use std::{io, path::PathBuf};

use rapport_model::{ErrorClass, Position};
use rapport_views::read::{ReadError, StoreFailure};

use crate::{SourceError, View, by_halves::Refusal, postgres::PostgresError};

/// Opening a store or swapping a view failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or a directory.
    #[error("cannot use `{}`; check that the directory exists, is writable and has space", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database.
    #[error("view `{}`: the database failed; see that the disk is healthy and has space", view.name())]
    Database {
        /// Which view.
        view: View,
        /// Why.
        source: rusqlite::Error,
    },
    /// A view's file, or the file that names it, cannot be read.
    #[error("view `{}`: `{}` is damaged: {why}; the store builds the view again from the log, and `rapport status` shows how far it is; ask again when it is built, and restart if the damage stays", view.name(), path.display())]
    Damaged {
        /// Which view.
        view: View,
        /// The file.
        path: PathBuf,
        /// What was found; never content.
        why: String,
    },
    /// The copy of the events.
    #[error("`{}`: the database failed; if it is damaged, restart the projector: it puts the file aside and reads everything again", path.display())]
    Events {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The directory of the views is in use, or holds other files.
    #[error("`{}` {reason}; name another directory", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What it is instead.
        reason: &'static str,
    },
    /// The views are of another ledger than the source.
    #[error(
        "{place} is of ledger `{owner}`, the source is ledger `{found}`; name another place for its views, or delete that one and start again"
    )]
    OtherLedger {
        /// Where the views are.
        place: String,
        /// The ledger whose views they are.
        owner: String,
        /// The ledger of the source.
        found: String,
    },
    /// The source has other events than before.
    #[error(
        "{place} has another event at position `{position}` than the source, because the ledger was set back; delete the views there and start again: the projector reads everything again"
    )]
    OtherHistory {
        /// The views.
        place: String,
        /// The first event that differs.
        position: Position,
    },
    /// The PostgreSQL database.
    #[error("view `{}`: PostgreSQL failed", view.name())]
    Postgres {
        /// Which view.
        view: View,
        /// Why.
        source: PostgresError,
    },
    /// The place of the PostgreSQL database.
    #[error("PostgreSQL cannot be asked")]
    Url {
        /// Why.
        source: PostgresError,
    },
    /// A prefix that names of schemas cannot have.
    #[error("`{prefix}` cannot be the prefix of schemas; use up to 40 small letters, digits and `_`")]
    SchemaPrefix {
        /// The prefix.
        prefix: String,
    },
    /// The tables do not exist, or are of an earlier release.
    #[error("view `{}`: there is no schema `{schema}` of this release; start a projector first, which makes it", view.name())]
    NoSchema {
        /// Which view.
        view: View,
        /// Its schema.
        schema: String,
    },
    /// The file of sorted rows of a view that is being built.
    #[error("view `{}`: rows on their way cannot be kept in a file; check that the directory of the views has space", view.name())]
    Runs {
        /// Which view.
        view: View,
        /// Why.
        source: io::Error,
    },
    /// Written by a later release.
    #[error("view `{}` has format `{found}`, this release reads up to `{supported}`; use the later release, or delete the view's files and start: it is built again", view.name())]
    Newer {
        /// Which view.
        view: View,
        /// Its format.
        found: i64,
        /// Ours.
        supported: i64,
    },
    /// A rebuild of this view is under way.
    #[error("view `{}` is being rebuilt already; wait until it is done", view.name())]
    Rebuilding {
        /// Which view.
        view: View,
    },
    /// The program failed at a view: it panicked.
    #[error("view `{}`: the program failed; report this with the log", view.name())]
    Stopped {
        /// Which view.
        view: View,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without a repair: the store cannot reach its place now.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let is_refusal = matches!(self, Self::Postgres { source, .. } if source.is_refusal());
        self.class() == ErrorClass::Unavailable && !is_refusal
    }

    /// Whether trying again does not help until something is changed: the place refuses its user, is damaged, holds what
    /// is not of this source or release, or the program fails.
    #[must_use]
    pub fn lasts(&self) -> bool {
        match self {
            Self::Directory { .. }
            | Self::OtherLedger { .. }
            | Self::OtherHistory { .. }
            | Self::Url { .. }
            | Self::SchemaPrefix { .. }
            | Self::Newer { .. }
            | Self::Damaged { .. }
            | Self::Stopped { .. } => true,
            Self::Postgres { source, .. } => source.is_refusal() || source.class() == ErrorClass::Corrupt,
            Self::Database { source, .. } | Self::Events { source, .. } => {
                database_class(source) == ErrorClass::Corrupt
            }
            Self::File { .. } | Self::NoSchema { .. } | Self::Runs { .. } | Self::Rebuilding { .. } => false,
        }
    }

    /// The view that failed, where it is one.
    #[must_use]
    pub const fn view(&self) -> Option<View> {
        match self {
            Self::Database { view, .. }
            | Self::Damaged { view, .. }
            | Self::Postgres { view, .. }
            | Self::NoSchema { view, .. }
            | Self::Runs { view, .. }
            | Self::Newer { view, .. }
            | Self::Rebuilding { view }
            | Self::Stopped { view } => Some(*view),
            Self::File { .. }
            | Self::Events { .. }
            | Self::Directory { .. }
            | Self::OtherLedger { .. }
            | Self::OtherHistory { .. }
            | Self::Url { .. }
            | Self::SchemaPrefix { .. } => None,
        }
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::File { .. } | Self::Runs { .. } | Self::Damaged { .. } => ErrorClass::Unavailable,
            Self::Database { source, .. } | Self::Events { source, .. } => database_class(source),
            Self::Directory { .. } | Self::OtherLedger { .. } | Self::OtherHistory { .. } => {
                ErrorClass::Invalid
            }
            Self::Postgres { source, .. } => source.class(),
            Self::Url { .. } | Self::SchemaPrefix { .. } => ErrorClass::Invalid,
            Self::NoSchema { .. } => ErrorClass::Unavailable,
            Self::Newer { .. } => ErrorClass::Invalid,
            Self::Rebuilding { .. } => ErrorClass::Busy,
            Self::Stopped { .. } => ErrorClass::Internal,
        }
    }
}

/// Applying events failed; nothing of the open transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log could not be asked.
    #[error("view `{}`: the log could not be read", view.name())]
    Source {
        /// Which view.
        view: View,
        /// Why.
        source: SourceError,
    },
    /// The events to apply could not be read.
    #[error("the log could not be read")]
    Log {
        /// Why.
        source: SourceError,
    },
    /// Events are missing between the view and the first event given.
    #[error("view `{}` is at position `{at}` and was given `{given}`; give the events after `Store::applied`", view.name())]
    Gap {
        /// Which view.
        view: View,
        /// Where it is.
        at: Position,
        /// The position that was given.
        given: Position,
    },
    /// Several views failed, each by itself.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<Self>),
}

impl ApplyError {
    /// Of views that were each given the same events.
    pub(crate) fn of_all(results: impl IntoIterator<Item = Result<(), Self>>) -> Result<(), Self> {
        let mut failed: Vec<Self> = results.into_iter().filter_map(Result::err).collect();
        match failed.pop() {
            None => Ok(()),
            Some(only) if failed.is_empty() => Err(only),
            Some(last) => {
                failed.push(last);
                Err(Self::Several(failed))
            }
        }
    }

    /// The failures one by one.
    #[must_use]
    pub fn each(&self) -> &[Self] {
        if let Self::Several(failed) = self { failed } else { std::slice::from_ref(self) }
    }

    /// The view that failed, where it is one.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        match self {
            Self::Store(error) => error.view(),
            Self::Source { view, .. } | Self::Gap { view, .. } => Some(*view),
            Self::Log { .. } | Self::Several(_) => None,
        }
    }

    /// As [`StoreError::lasts`].
    #[must_use]
    pub fn lasts(&self) -> bool {
        match self {
            Self::Store(error) => error.lasts(),
            Self::Source { .. } | Self::Log { .. } | Self::Gap { .. } => false,
            Self::Several(failed) => failed.iter().any(Self::lasts),
        }
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(error) => error.class(),
            Self::Source { .. } | Self::Log { .. } => ErrorClass::Unavailable,
            Self::Gap { .. } => ErrorClass::Internal,
            Self::Several(failed) => failed.first().map_or(ErrorClass::Internal, Self::class),
        }
    }

    /// Whether the content of an event may have caused it. Applying the events in smaller parts then finds that event
    /// and sets it aside.
    #[must_use]
    pub fn is_of_content(&self) -> bool {
        self.of_content().is_some()
    }
}

impl Refusal for StoreError {
    fn of_content(&self) -> Option<String> {
        match self {
            Self::Postgres { source, .. } => source.is_of_content().then(|| source.to_string()),
            Self::Database { source, .. } => is_of_content(source).then(|| source.to_string()),
            Self::Stopped { .. } => Some("the program failed at it; report this with the log".to_owned()),
            Self::File { .. }
            | Self::Damaged { .. }
            | Self::Events { .. }
            | Self::Directory { .. }
            | Self::OtherLedger { .. }
            | Self::OtherHistory { .. }
            | Self::Url { .. }
            | Self::SchemaPrefix { .. }
            | Self::NoSchema { .. }
            | Self::Runs { .. }
            | Self::Newer { .. }
            | Self::Rebuilding { .. } => None,
        }
    }
}

impl Refusal for ApplyError {
    fn of_content(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.of_content(),
            Self::Source { .. } | Self::Log { .. } | Self::Gap { .. } => None,
            Self::Several(failed) => failed.iter().find_map(Self::of_content),
        }
    }
}

/// The store's own error behind one of reading, if it is one.
#[must_use]
pub fn store_error(error: &ReadError) -> Option<&StoreError> {
    match error {
        ReadError::Store(failure) => failure.error.downcast_ref(),
        ReadError::Row(_)
        | ReadError::Source(_)
        | ReadError::Missing { .. }
        | ReadError::NotBeside { .. }
        | ReadError::UnknownCustomer
        | ReadError::UnknownObject
        | ReadError::PageToken
        | ReadError::PageOfAnotherQuestion => None,
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(StoreFailure { class: error.class(), error: Box::new(error) })
    }
}

/// Whether SQLite refuses a value, and not its file or its user.
fn is_of_content(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error, ErrorCode};
    let refusals = [
        ErrorCode::ConstraintViolation,
        ErrorCode::TooBig,
        ErrorCode::TypeMismatch,
        ErrorCode::ParameterOutOfRange,
    ];
    match error.sqlite_error_code() {
        Some(code) => refusals.contains(&code),
        None => matches!(
            error,
            Error::ToSqlConversionFailure(_)
                | Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::NulError(_)
                | Error::Utf8Error(..)
        ),
    }
}

fn database_class(error: &rusqlite::Error) -> ErrorClass {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorClass::Corrupt,
        Some(
            ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory,
        ) => ErrorClass::Unavailable,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorClass::Busy,
        Some(_) | None => ErrorClass::Internal,
    }
}

/// Adds the view to the error of a database.
pub(crate) trait InView<T> {
    /// The same result with the view in the error.
    fn in_view(self, view: View) -> Result<T, StoreError>;
}

impl<T> InView<T> for rusqlite::Result<T> {
    fn in_view(self, view: View) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Database { view, source })
    }
}

impl<T> InView<T> for Result<T, PostgresError> {
    fn in_view(self, view: View) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Postgres { view, source })
    }
}
