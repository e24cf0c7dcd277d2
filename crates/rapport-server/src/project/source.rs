//! Where a projector service gets its events from: the partitions of a topic, or a ledger.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use rapport_kafka::PublishError;
use rapport_model::Position;
use rapport_store::{Checkpoint, EncodedEvent};

/// Why a source has no events.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// What is read of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The partitions that fall to this process.
    Shared,
    /// All of them, from their beginnings and outside the group: for rebuilding views, and for files, which belong to
    /// one process.
    All,
}

/// Opens the source anew, after it failed as well.
pub type OpenSource = Arc<dyn Fn(Reading) -> Result<Box<dyn PartitionSource>, SourceError> + Send + Sync>;

/// Whether a source ended because the process stops.
pub(crate) fn is_stop(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(PublishError::Stopped))
}

/// A source that does not have what the views have of it. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SetBack(pub String);

/// Events of one partition that follow each other.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Which partition.
    pub partition: i32,
    /// Each with its offset, ascending.
    pub events: Vec<EncodedEvent>,
    /// Behind the last one.
    pub next_offset: i64,
}

/// What came at once.
#[derive(Debug, Default)]
pub struct Arrived {
    /// Partitions that this process has from now on. They are to be placed before anything else.
    pub assigned: Vec<i32>,
    /// Partitions that it has no longer.
    pub revoked: Vec<i32>,
    /// Events, one stretch a partition.
    pub stretches: Vec<Stretch>,
}

/// Partitions of events. A ledger is one partition.
pub trait PartitionSource: Send {
    /// The events that have come; waits at most `patience` for the first one.
    ///
    /// # Errors
    /// The source cannot be reached, refuses, or is another one than was opened: open it again.
    fn poll(&mut self, patience: Duration) -> Result<Arrived, SourceError>;

    /// Goes on from an offset of a partition.
    ///
    /// # Errors
    /// The source does not let it.
    fn place(&mut self, partition: i32, offset: i64) -> Result<(), SourceError>;

    /// Whose events they are.
    fn ledger_id(&self) -> &str;

    /// Which incarnation of the topic it is.
    fn epoch(&self) -> &str;

    /// The last position that there is, as far as is known.
    fn head(&self) -> Option<Position>;

    /// When it last said anything: a source that has nothing new is asked now and then.
    fn heard(&self) -> Instant;

    /// Whether it has the event up to which a checkpoint of its own says that it was read.
    ///
    /// # Errors
    /// [`SetBack`]: it does not have the event, or has another one. Or it cannot be asked.
    fn knows(&mut self, checkpoint: &Checkpoint) -> Result<(), SourceError>;

    /// The position up to which nothing is missing when each partition is applied up to its offset.
    fn complete(&mut self, offsets: &BTreeMap<i32, i64>) -> Option<Position>;

    /// Reports what was applied to the source, where operators can watch it.
    fn applied(&mut self, offsets: &BTreeMap<i32, i64>);
}
