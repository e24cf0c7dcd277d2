//! What the appender and the readers share: the generations, the head, the callbacks of commits.
//!
//! **Invariant:** the head moves when a commit is durable, and not before; everything up to it is in the index.

use std::{
    fmt,
    sync::{Arc, RwLock, atomic::Ordering},
};

use rapport_model::{Direction, EventId, Position, Query, Revision, Timestamp};

use crate::{
    counters::Counters,
    disk::{
        block::Block,
        directory::{Directory, Ledger},
        generation::Generation,
        index::{Source, Window},
    },
    error::{CorruptError, Fault, Poisoned, ReadError},
    event::{record::Record, recorded::Recorded},
    lock,
};

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogHead {
    /// The last durable position; 0 for an empty log.
    pub position: Position,
    /// When it was recorded; `None` for an empty log.
    pub recorded_at: Option<Timestamp>,
}

type Callback = Box<dyn Fn(Position) + Send + Sync>;

/// See the module.
pub(crate) struct Shared {
    pub(crate) ledger: Ledger,
    pub(crate) counters: Counters,
    head: RwLock<LogHead>,
    generations: RwLock<Vec<Arc<Generation>>>,
    callbacks: RwLock<Vec<Callback>>,
    /// Dropped last, so that every file is closed when the directory is unlocked.
    pub(crate) directory: Directory,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("ledger", &self.ledger)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(
        ledger: Ledger,
        directory: Directory,
        generations: Vec<Arc<Generation>>,
        head: LogHead,
    ) -> Self {
        Self {
            ledger,
            directory,
            counters: Counters { settled: head.position.0.into(), ..Counters::default() },
            head: RwLock::new(head),
            generations: RwLock::new(generations),
            callbacks: RwLock::new(Vec::new()),
        }
    }

    pub(crate) fn head(&self) -> LogHead {
        *lock::read(&self.head)
    }

    /// Moves the head and calls back everything that waits for it.
    pub(crate) fn publish(&self, head: LogHead) {
        debug_assert!(head.position >= self.head().position, "the head went backwards");
        *lock::write(&self.head) = head;
        for callback in lock::read(&self.callbacks).iter() {
            callback(head.position);
        }
    }

    /// Takes note that sled has everything up to a position.
    pub(crate) fn settled(&self, until: Position) {
        self.counters.settled.store(until.0, Ordering::Release);
    }

    /// The last position that sled has.
    pub(crate) fn settled_until(&self) -> Position {
        Position(self.counters.settled.load(Ordering::Acquire))
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.counters.poisoned.load(Ordering::Acquire)
    }

    /// Refuses everything until a restart: after a failed write it is unknown what the disk holds.
    pub(crate) fn poison(&self, error: &(dyn std::error::Error + 'static)) -> Poisoned {
        tracing::error!(error, "a write failed; no append is accepted until a restart");
        self.counters.poisoned.store(true, Ordering::Release);
        Poisoned
    }

    pub(crate) fn on_commit(&self, callback: Callback) {
        lock::write(&self.callbacks).push(callback);
    }

    pub(crate) fn add_generation(&self, generation: Arc<Generation>) {
        lock::write(&self.generations).push(generation);
    }

    pub(crate) fn generations(&self) -> Vec<Arc<Generation>> {
        lock::read(&self.generations).clone()
    }

    /// The generation that a position is or will be in.
    pub(crate) fn generation_of(&self, position: Position) -> Option<Arc<Generation>> {
        let generations = lock::read(&self.generations);
        let after = generations.partition_point(|generation| generation.first <= position);
        generations.get(after.checked_sub(1)?).cloned()
    }

    /// The block of a durable position.
    pub(crate) fn block(&self, position: Position) -> Result<Block, ReadError> {
        let generation = self.generation_of(position);
        // Positions begin with 1 and the first generation with it.
        generation.map_or_else(
            || Err(self.corrupt(position, Fault::Missing)),
            |generation| generation.block(position),
        )
    }

    /// The event at a durable position, read without its block.
    pub(crate) fn recorded(&self, position: Position) -> Result<Recorded, ReadError> {
        let generation =
            self.generation_of(position).ok_or_else(|| self.corrupt(position, Fault::Missing))?;
        let bytes = generation.record(position)?;
        let record = Record::parse(&bytes).map_err(|_| self.corrupt(position, Fault::Envelope))?;
        Ok(Recorded::new(position, &record, &bytes))
    }

    pub(crate) fn corrupt(&self, position: Position, fault: Fault) -> ReadError {
        let generation = self.generation_of(position).map_or(0, |generation| generation.number);
        CorruptError { generation, position, fault }.into()
    }

    /// Positions that may hold an event with this id, durable or not.
    pub(crate) fn candidates(&self, id: EventId) -> Vec<Position> {
        let mut found = Vec::new();
        for generation in lock::read(&self.generations).iter().rev() {
            found
                .extend(lock::read(&generation.index).candidates(id).map(|place| generation.position(place)));
        }
        found
    }

    /// The last revision of a stream up to a position.
    pub(crate) fn last_revision(&self, stream: &str, until: Position) -> Option<Revision> {
        let generations = lock::read(&self.generations);
        generations.iter().rev().find_map(|generation| {
            lock::read(&generation.index).last_revision(stream, generation.events_until(until))
        })
    }

    /// The first event after one position and up to another that a query selects.
    pub(crate) fn first_match(&self, query: &Query, after: Position, until: Position) -> Option<Position> {
        if after >= until {
            return None;
        }
        let source = Source::from(query.clone());
        if matches!(source, Source::Everything) {
            return Some(after.next());
        }
        let generations = lock::read(&self.generations);
        generations.iter().find_map(|generation| {
            let last =
                generation.events_until(until).min(lock::read(&generation.index).events()).checked_sub(1)?;
            let mut window = Window { first: generation.place(after.next()), last };
            while window.first <= last {
                let found = lock::read(&generation.index).select(&source, window, Direction::Forwards);
                if let Some(place) = found.events.first() {
                    return Some(generation.position(*place));
                }
                window.first = found.window.last + 1;
            }
            None
        })
    }

    /// The first position recorded at a moment or later; the one after the head when there is none.
    pub(crate) fn first_recorded_from(&self, moment: Timestamp) -> Result<Position, ReadError> {
        let head = self.head().position;
        for generation in self.generations().iter().rev() {
            let Some(first) = generation.last_block_before(moment).filter(|first| *first <= head) else {
                continue;
            };
            let block = generation.block(first)?;
            return first_in_block(&block, moment).map_err(|fault| generation.corrupt(first, fault).into());
        }
        Ok(Position::START.next())
    }
}

fn first_in_block(block: &Block, moment: Timestamp) -> Result<Position, Fault> {
    let (mut low, mut high) = (block.first_position().0, block.last_position().0 + 1);
    while low < high {
        let middle = low.midpoint(high);
        let record = block.record(Position(middle)).ok_or(Fault::Missing)??;
        if record.envelope().map_err(|_| Fault::Envelope)?.recorded_at < moment {
            low = middle + 1
        } else {
            high = middle
        }
    }
    Ok(Position(low))
}
