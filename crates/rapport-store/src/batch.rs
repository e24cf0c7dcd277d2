//! What a projector hands over, and what it hears back.

use rapport_model::{Position, Timestamp};

use crate::EncodedEvent;

/// Events that follow each other in one partition.
#[derive(Debug, Clone)]
pub struct PartitionBatch {
    /// Which partition.
    pub partition: i32,
    /// Which incarnation of the topic: another one begins at offset 0 again.
    pub epoch: String,
    /// Where the batch begins: the checkpoint's `next_offset`.
    pub from_offset: i64,
    /// Where the next batch will begin.
    pub next_offset: i64,
    /// The events between, in the order of the partition.
    pub events: Vec<EncodedEvent>,
}

/// How far a partition has been applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which partition.
    pub partition: i32,
    /// Which incarnation of the topic.
    pub epoch: String,
    /// Where to go on.
    pub next_offset: i64,
    /// The last event applied; 0 before the first.
    pub position: Position,
    /// When the ledger accepted that event.
    pub recorded_at: Timestamp,
}

/// What became of batches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// Their rows and checkpoints are committed.
    Done,
    /// Somebody else has applied events of these partitions: nothing was changed.
    Stale {
        /// Every partition's checkpoint: go on there, if the partition is still yours.
        checkpoints: Vec<Checkpoint>,
    },
}
