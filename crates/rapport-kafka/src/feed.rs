//! Where a publisher gets its events from.

use std::time::Duration;

use bytes::Bytes;
use rapport_model::Position;

/// Why a feed has no events.
pub type FeedError = Box<dyn std::error::Error + Send + Sync>;

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Its place.
    pub position: Position,
    /// A `rapport.v1.RecordedEvent`.
    pub bytes: Bytes,
}

/// How much is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLimits {
    /// Events.
    pub events_max: usize,
    /// Bytes; one event that is larger is read all the same.
    pub bytes_max: usize,
}

/// The log, as a publisher needs it: the ledger's own, or one over the network.
pub trait Feed {
    /// The last position.
    ///
    /// # Errors
    /// The log cannot be asked.
    fn head(&mut self) -> Result<Position, FeedError>;

    /// The events that follow a position, without gaps; waits so long for the first one, and none is no error.
    ///
    /// # Errors
    /// The log cannot be read.
    fn next(
        &mut self,
        after: Position,
        limits: FeedLimits,
        patience: Duration,
    ) -> Result<Vec<LogEvent>, FeedError>;
}
