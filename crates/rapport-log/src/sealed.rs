//! A commit that is complete and not yet durable.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use rapport_model::Position;

use crate::{
    counters::add,
    error::StorageError,
    generation::Generation,
    shared::{LogHead, Shared},
};

/// A write failed: nothing is appended until the log is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Poisoned;

/// See the module.
#[derive(Debug)]
#[must_use = "it is not durable before it is flushed"]
pub(crate) struct Sealed {
    pub(crate) shared: Arc<Shared>,
    pub(crate) generation: Arc<Generation>,
    /// The generation that ended before this commit; closed here, because its last commit is durable now.
    pub(crate) ended: Option<Arc<Generation>>,
    pub(crate) blocks: Vec<(Position, Vec<u8>)>,
    pub(crate) events: u64,
    /// The end of the log when this commit is durable.
    pub(crate) head: LogHead,
    #[cfg(test)]
    pub(crate) fails: bool,
}

impl Sealed {
    /// Makes the commit durable and moves the head. The commits sealed before must have been flushed.
    pub(crate) fn flush(self) -> Result<(), Poisoned> {
        if self.shared.is_poisoned() {
            return Err(Poisoned);
        }
        if let Some(ended) = &self.ended {
            ended.end();
        }
        if self.blocks.is_empty() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        self.store().map_err(|error| shared.poison(&error))
    }

    fn store(self) -> Result<(), StorageError> {
        let (count, bytes) = (self.blocks.len(), self.blocks.iter().map(|(_, block)| block.len()).sum());
        let began = Instant::now();
        #[cfg(test)]
        if self.fails {
            return Err(StorageError::injected("flushing a block"));
        }
        self.generation.store(self.blocks)?;
        let counters = &self.shared.counters;
        counters
            .flush_micros
            .fetch_add(u64::try_from(began.elapsed().as_micros()).unwrap_or(0), Ordering::Relaxed);
        counters.events.fetch_add(self.events, Ordering::Relaxed);
        add(&counters.commits, 1);
        add(&counters.blocks, count);
        add(&counters.bytes, bytes);
        self.shared.publish(self.head);
        Ok(())
    }
}
