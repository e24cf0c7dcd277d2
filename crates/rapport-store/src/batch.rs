//! Batches that a projector hands to a store, and the store's reply.

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
    /// The offset from which the partition resumes.
    pub next_offset: i64,
    /// The last event applied; 0 before the first.
    pub position: Position,
    /// When the ledger accepted that event.
    pub recorded_at: Timestamp,
}

/// What the store did with batches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// Their rows and checkpoints are committed.
    Done,
    /// Another projector has applied events of these partitions: the store changed nothing.
    Stale {
        /// Every partition's checkpoint: a projector that still has the partition resumes there.
        checkpoints: Vec<Checkpoint>,
    },
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Forgotten {
    /// Rows that forgetting has deleted.
    pub rows: u64,
    /// Whether nothing of them is left in the files of the view. While a question is answered, a file holds what was there
    /// when it began: forget again afterwards. Of a database this is not known.
    pub is_without_residue: bool,
}
