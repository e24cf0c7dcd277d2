//! The classes of errors, a closed set.

/// The class of an error. Every error type of the workspace has one, and one function turns it into a gRPC status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The request is wrong, and stays wrong when repeated.
    Invalid,
    /// The thing asked for does not exist.
    NotFound,
    /// The ledger moved on: read again and decide again.
    StaleRevision,
    /// A condition does not hold, or an id is taken by other content.
    ConditionFailed,
    /// The caller is not identified.
    Unauthenticated,
    /// The caller lacks the permission.
    Denied,
    /// Too much at once; repeat later.
    Busy,
    /// Not now; repeat after a restart or a pause.
    Unavailable,
    /// The answer did not come in time.
    TimedOut,
    /// Stored bytes are not as they were written.
    Corrupt,
    /// A fault of the program.
    Internal,
}
