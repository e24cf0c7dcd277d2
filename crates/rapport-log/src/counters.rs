//! What the log counts, for metrics; since it was opened.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// See [`LogCounters`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) blocks: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) flush_micros: AtomicU64,
    pub(crate) poisoned: AtomicBool,
    /// The last position that sled has.
    pub(crate) settled: AtomicU64,
}

/// A reading of the log's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogCounters {
    /// Durable commits; one flush each.
    pub commits: u64,
    /// Events appended.
    pub events: u64,
    /// Blocks written.
    pub blocks: u64,
    /// Bytes of those blocks.
    pub bytes: u64,
    /// Requests refused.
    pub refused: u64,
    /// Events offered that were there already.
    pub duplicates: u64,
    /// Microseconds spent in writing and flushing.
    pub flush_micros: u64,
    /// Whether a write failed, so that no append is accepted until a restart.
    pub poisoned: bool,
    /// The last position that sled has as well; the journal is ahead.
    pub settled_position: u64,
    /// Generations, the live one included.
    pub generations: u64,
    /// Memory that the index occupies.
    pub index_bytes: u64,
}

impl Counters {
    pub(crate) fn read(&self, generations: u64, index_bytes: u64) -> LogCounters {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LogCounters {
            commits: get(&self.commits),
            events: get(&self.events),
            blocks: get(&self.blocks),
            bytes: get(&self.bytes),
            refused: get(&self.refused),
            duplicates: get(&self.duplicates),
            flush_micros: get(&self.flush_micros),
            poisoned: self.poisoned.load(Ordering::Relaxed),
            settled_position: get(&self.settled),
            generations,
            index_bytes,
        }
    }
}

pub(crate) fn add(counter: &AtomicU64, amount: usize) {
    counter.fetch_add(amount as u64, Ordering::Relaxed);
}
