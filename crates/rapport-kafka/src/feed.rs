//! Where a publisher gets its events from.

use std::time::Duration;

use bytes::Bytes;
use rapport_model::Position;

use crate::{FeedError, PublishError};

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

impl FeedLimits {
    /// The most that is read at once, and the most that one transaction holds.
    pub(crate) const AT_ONCE: Self = Self { events_max: 10_000, bytes_max: 8 << 20 };
}

/// The longest wait for an event that the log has.
const ANSWER: Duration = Duration::from_secs(10);

/// The events that follow `after`; none is an error.
pub(crate) fn must_follow(
    feed: &mut impl Feed,
    after: Position,
    limits: FeedLimits,
) -> Result<Vec<LogEvent>, PublishError> {
    let events = feed.next(after, limits, ANSWER).map_err(PublishError::Feed)?;
    if events.is_empty() {
        let silent = format!("the ledger does not give its event at position `{}`", after.next());
        return Err(PublishError::Feed(silent.into()));
    }
    Ok(events)
}

/// The log, as a publisher needs it: the ledger's own, or one over the network.
pub trait Feed {
    /// The last position.
    ///
    /// # Errors
    /// The log cannot be asked.
    fn head(&mut self) -> Result<Position, FeedError>;

    /// The events that follow a position, without gaps. Waits at most `patience` for the first one; the list is empty when
    /// none comes.
    ///
    /// # Errors
    /// The log cannot be read.
    fn next(
        &mut self,
        after: Position,
        limits: FeedLimits,
        patience: Duration,
    ) -> Result<Vec<LogEvent>, FeedError>;

    /// Tells the ledger that the topic has its events up to this position, which is beyond its end: the ledger then
    /// refuses appends. Does nothing for a ledger that reads the publisher's status.
    fn tell_behind(&mut self, published: Position);
}
