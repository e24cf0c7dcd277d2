//! The closed set of what can be wrong.

/// What kind of thing went wrong; every error type of the workspace has one, and one function turns it into a
/// gRPC status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The request is wrong, and stays wrong when repeated.
    Invalid,
    /// What is asked for is not there.
    NotFound,
    /// The ledger moved on: read again and decide again.
    StaleRevision,
    /// A condition does not hold, or an id is taken by other content.
    ConditionFailed,
    /// Nobody knows who calls.
    Unauthenticated,
    /// The caller may not.
    Denied,
    /// Too much at once; repeat later.
    Busy,
    /// Not now; repeat after a restart or a pause.
    Unavailable,
    /// The answer did not come in time.
    TimedOut,
    /// Stored bytes are not what was written.
    Corrupt,
    /// A fault of the program.
    Internal,
}
