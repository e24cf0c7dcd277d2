//! The errors of the log, one type for each operation.

mod fault;

use std::{io, path::PathBuf};

use rapport_model::{ErrorClass, EventId, ExpectedRevision, Position, Revision};

pub use self::fault::{BlockFault, CorruptError, Fault};

/// The log's sled or its files failed.
#[derive(Debug, thiserror::Error)]
#[error("{doing} failed; {}, then restart", .source.remedy())]
pub struct StorageError {
    /// What was being done.
    pub doing: &'static str,
    #[source]
    source: StorageSource,
}

#[derive(Debug, thiserror::Error)]
enum StorageSource {
    #[error(transparent)]
    Sled(sled::Error),
    #[error(transparent)]
    Io(io::Error),
    #[error("a thread panicked")]
    Panicked,
    #[cfg(test)]
    #[error("a test let it fail")]
    Injected,
}

impl StorageSource {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "see that this user may read and write the ledger's directory and all in it"
            }
            _ => "see that the disk is healthy and has space",
        }
    }
}

impl StorageError {
    pub(crate) fn sled(doing: &'static str) -> impl FnOnce(sled::Error) -> Self {
        move |source| Self { doing, source: StorageSource::Sled(source) }
    }

    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { doing, source: StorageSource::Io(source) }
    }

    pub(crate) const fn panicked(doing: &'static str) -> Self {
        Self { doing, source: StorageSource::Panicked }
    }

    #[cfg(test)]
    pub(crate) const fn injected(doing: &'static str) -> Self {
        Self { doing, source: StorageSource::Injected }
    }

    /// Whether the bytes are damaged, and not the disk failing to read them.
    pub(crate) fn is_corruption(&self) -> bool {
        match &self.source {
            StorageSource::Sled(sled::Error::Io(error)) | StorageSource::Io(error) => {
                matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
            }
            // sled has several errors for bytes that it does not understand.
            StorageSource::Sled(_) | StorageSource::Panicked => true,
            #[cfg(test)]
            StorageSource::Injected => false,
        }
    }

    /// Always [`ErrorClass::Unavailable`].
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Unavailable
    }
}

/// The log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("`{}` is in use by another process; stop that one, or give this one a directory of its own", .directory.display())]
    Locked {
        /// The directory of the ledger.
        directory: PathBuf,
    },
    /// A ledger keeps the clock it was created with.
    #[error(
        "this ledger runs on {}, or create another ledger in another directory",
        if *.simulated { "a simulated clock; open it with `rapport serve --simulated-clock`" }
        else { "the system clock; open it without `--simulated-clock`" }
    )]
    OtherClock {
        /// How the ledger was created.
        simulated: bool,
    },
    /// The directory has no ledger.
    #[error("there is no ledger; give the directory that `rapport serve --data` is given")]
    NotThere,
    /// The file `ledger` is damaged, or of a later format.
    #[error("`{}` is not the description of a ledger that this program reads; use a newer program or restore the file from a backup", .path.display())]
    NoLedger {
        /// The file.
        path: PathBuf,
    },
    /// Stored bytes are not what was written.
    #[error(transparent)]
    Corrupt(#[from] CorruptError),
    /// The sled of a generation cannot be read, and its journal does not have everything either.
    #[error(
        "sled in `{}` is damaged, and the file `blocks` beside it cannot stand in for it, at position `{}`: {}; keep \
         a copy of the ledger's directory as it is, and restore it from a backup; `rapport verify` of the stopped ledger \
         tells all that is wrong", .sled.display(), .fault.position, .fault.fault
    )]
    BothDamaged {
        /// sled's folder.
        sled: PathBuf,
        /// What the journal lacks.
        fault: CorruptError,
        /// What is wrong with sled.
        source: Box<StorageError>,
    },
    /// The sled of a generation cannot be opened, and its bytes are not to blame.
    #[error("sled in `{}` cannot be opened: {source}", .sled.display())]
    Sled {
        /// sled's folder.
        sled: PathBuf,
        /// Why.
        source: Box<StorageError>,
    },
    /// sled or a file failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenError {
    /// The class of this error.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Locked { .. } => ErrorClass::Unavailable,
            Self::OtherClock { .. } => ErrorClass::Invalid,
            Self::NotThere => ErrorClass::NotFound,
            Self::NoLedger { .. } | Self::Corrupt(_) | Self::BothDamaged { .. } => ErrorClass::Corrupt,
            Self::Storage(error) => error.class(),
            Self::Sled { source, .. } => source.class(),
        }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Corrupt(error) => Self::Corrupt(error),
            ReadError::Storage(error) => Self::Storage(error),
        }
    }
}

/// An event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Stored bytes are not what was written.
    #[error(transparent)]
    Corrupt(#[from] CorruptError),
    /// sled or a file failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ReadError {
    /// The class of this error.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Corrupt(error) => error.class(),
            Self::Storage(error) => error.class(),
        }
    }
}

/// A stream cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no stream `{stream}`; a stream begins with the first event appended to it")]
pub struct NoSuchStream {
    /// The name asked for.
    pub stream: String,
}

impl NoSuchStream {
    /// Always [`ErrorClass::NotFound`].
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::NotFound
    }
}

/// An append was refused; nothing of its request is stored.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A request without events, or a part of one.
    #[error("`{path}` is empty; give at least one")]
    Empty {
        /// Where in the request.
        path: &'static str,
    },
    /// A limit of [`crate::LogOptions`].
    #[error("`{what}` is `{found}`, the limit is `{limit}`; split the request or shorten the event")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How much it is.
        found: usize,
        /// How much it may be.
        limit: usize,
    },
    /// A simulated ledger needs the time, any other has its own.
    #[error(
        "{}",
        if *.simulated { "this ledger runs on a simulated clock; give `simulated_now`" }
        else { "this ledger runs on the system clock; leave `simulated_now` out" }
    )]
    Clock {
        /// How the ledger was created.
        simulated: bool,
    },
    /// The stream is not what it was expected to be.
    #[error("{}", stale(.stream, *.expected, *.found))]
    StaleRevision {
        /// The stream.
        stream: String,
        /// What was expected.
        expected: ExpectedRevision,
        /// Its last revision; `None` without events.
        found: Option<Revision>,
    },
    /// An event matches the condition of the request.
    #[error(
        "the condition does not hold: the event at position `{position}` matches it; read again and decide again"
    )]
    ConditionFailed {
        /// Where the first such event is.
        position: Position,
    },
    /// The condition names a position that the ledger never had.
    #[error(
        "the condition is about events after position `{after}`, the ledger's last position is `{end}`; is it the right \
         ledger, or was it set back?"
    )]
    ConditionBeyondEnd {
        /// The condition's position.
        after: Position,
        /// The last position, with the requests before this one.
        end: Position,
    },
    /// The id is in the ledger with other content.
    #[error(
        "event id `{id}` is taken by other content at position `{position}`; give a new event an id of its own"
    )]
    IdTaken {
        /// The id.
        id: EventId,
        /// Where it is.
        position: Position,
    },
    /// The id occurs twice in the request with different content.
    #[error(
        "event id `{id}` is in the request twice with different content; give each event an id of its own"
    )]
    IdRepeated {
        /// The id.
        id: EventId,
    },
    /// A write failed earlier, and what the disk holds is known only after a restart.
    #[error(
        "the log accepts no appends since a write failed; restart the server, and see that the disk is healthy and has space"
    )]
    Poisoned,
    /// The log cannot read what it needs to decide.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl AppendError {
    /// The class of this error.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Empty { .. }
            | Self::Limit { .. }
            | Self::Clock { .. }
            | Self::ConditionBeyondEnd { .. }
            | Self::IdRepeated { .. } => ErrorClass::Invalid,
            Self::StaleRevision { .. } => ErrorClass::StaleRevision,
            Self::ConditionFailed { .. } | Self::IdTaken { .. } => ErrorClass::ConditionFailed,
            Self::Poisoned => ErrorClass::Unavailable,
            Self::Read(error) => error.class(),
        }
    }
}

fn stale(stream: &str, expected: ExpectedRevision, found: Option<Revision>) -> String {
    let found = found.map_or_else(|| "no events".to_owned(), |revision| format!("`{revision}`"));
    let again = "read the stream again and decide again";
    match expected {
        ExpectedRevision::Exact(revision) => {
            format!("expected revision `{revision}` of stream `{stream}`, found {found}; {again}")
        }
        ExpectedRevision::NoStream => {
            format!("expected no stream `{stream}`, found revision {found}; {again}")
        }
        ExpectedRevision::StreamExists => {
            format!("expected stream `{stream}` to exist, found {found}; {again}")
        }
        ExpectedRevision::Any => format!("stream `{stream}` has {found}"),
    }
}

/// A write failed: nothing is appended until the log is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Poisoned;

/// A request was not taken into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full.
    #[error("too many appends wait; repeat after a short pause")]
    Busy,
    /// The writer was closed.
    #[error("the log is closing; repeat when the server is back")]
    Stopped,
}

impl SubmitError {
    /// The class of this error.
    #[must_use]
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::Busy => ErrorClass::Busy,
            Self::Stopped => ErrorClass::Unavailable,
        }
    }
}
