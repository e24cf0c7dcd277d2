//! A commit that is complete and not yet durable.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use crate::{
    commit::settle::Bell,
    counters::add,
    disk::generation::Generation,
    error::{Poisoned, StorageError},
    shared::{LogHead, Shared},
};

/// See the module.
#[derive(Debug)]
#[must_use = "it is not durable before it is flushed"]
pub(crate) struct Sealed {
    pub(crate) shared: Arc<Shared>,
    pub(crate) generation: Arc<Generation>,
    pub(crate) bell: Bell,
    /// How many blocks and bytes, and where the last of them ends in the journal.
    pub(crate) blocks: usize,
    pub(crate) bytes: usize,
    pub(crate) end: u64,
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
        if self.blocks == 0 {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        self.make_durable().map_err(|error| shared.poison(&error))
    }

    fn make_durable(self) -> Result<(), StorageError> {
        let began = Instant::now();
        #[cfg(test)]
        if self.fails {
            return Err(StorageError::injected("flushing a block"));
        }
        self.generation.sync(self.end, self.bytes)?;
        let counters = &self.shared.counters;
        counters
            .flush_micros
            .fetch_add(u64::try_from(began.elapsed().as_micros()).unwrap_or(0), Ordering::Relaxed);
        counters.events.fetch_add(self.events, Ordering::Relaxed);
        add(&counters.commits, 1);
        add(&counters.blocks, self.blocks);
        add(&counters.bytes, self.bytes);
        self.shared.publish(self.head);
        self.bell.ring();
        Ok(())
    }
}
