//! Opens a log: locks it, repairs what a crash left, rebuilds the index.
//!
//! A crash can leave a generation that was being made (no `ready`: deleted), one that was made ahead and not yet
//! used (empty: it becomes the live one), at the end of a journal a commit that is not whole (never answered: removed),
//! and commits that the store does not have yet (stored).
//! A journal that is damaged is mended from the store, a store that lost its end from the journal.
//! Whatever else does not fit is corruption and is refused.

use std::{mem, path::Path, sync::Arc};

use bytes::Bytes;
use rapport_model::Position;

use crate::{
    appender::Appender,
    block::Block,
    directory::Directory,
    error::{CorruptError, Fault, OpenError, StorageError},
    generation::{Generation, GenerationParts},
    index::{Index, Keys},
    invariants::Chain,
    journal::Journal,
    options::LogOptions,
    reader::Reader,
    settle::Settler,
    settled::{self, Settled},
    shared::{LogHead, Shared},
    store::{self, Store},
};

/// Bytes of blocks that are stored with one flush when a log is opened.
const STORED_AT_ONCE: usize = 8 << 20;

/// Opens the log in a directory, or creates one there.
///
/// # Errors
/// Another process has it open, it was created with the other clock, its bytes are not what was written, or the
/// disk fails.
pub fn open(dir: &Path, options: LogOptions) -> Result<(Appender, Reader), OpenError> {
    let options = options.clamped();
    let directory = Directory::lock(dir)?;
    let ledger = directory.ledger(options.simulated_clock)?;
    let stores = stores(&directory, &options)?;
    let last_used = stores.iter().rposition(|(_, store)| matches!(store.last(), Ok(Some(_)))).unwrap_or(0);
    let (mut chain, mut live_bytes, mut generations) = (Chain::default(), 0, Vec::new());
    let newest = stores.len() - 1;
    for (nth, (number, store)) in stores.into_iter().enumerate() {
        if nth == last_used && store.is_earlier {
            remove_half_commit(number, &store)?;
        }
        let dir = directory.generation(number);
        if nth == newest && store.is_earlier {
            store.upgrade(&dir)?;
        }
        let first = chain.next();
        let journal = Journal::open(&dir)?;
        let index = load(number, &dir, &store, &journal, &mut chain)?;
        if index.events() == 0 && nth < newest {
            return Err(CorruptError { generation: number, position: first, fault: Fault::Missing }.into());
        }
        live_bytes = index.blocks_len();
        let parts = GenerationParts { store, journal, index };
        let generation = Generation::new(number, first, dir, parts, options.cold_cache_bytes_max);
        if nth < newest {
            generation.end()?;
        } else {
            generation.begin()?;
        }
        generations.push(Arc::new(generation));
    }
    let head = LogHead { position: Position(chain.next().0 - 1), recorded_at: chain.last_recorded_at() };
    tracing::info!(position = head.position.0, generations = generations.len(), "the log is open");
    let Some(live) = generations.last().map(Arc::clone) else {
        return Err(CorruptError { generation: 0, position: Position::START, fault: Fault::Missing }.into());
    };
    let shared = Arc::new(Shared::new(ledger, directory, generations, head));
    let reader = Reader::new(Arc::clone(&shared));
    let settler = Settler::spawn(Arc::clone(&shared), head.position);
    let settler = settler.map_err(StorageError::io("starting a thread of the log"))?;
    Ok((Appender::new(shared, options, live, live_bytes, settler), reader))
}

/// All generations with their numbers; a first one when there is none.
fn stores(directory: &Directory, options: &LogOptions) -> Result<Vec<(u64, Store)>, OpenError> {
    let numbers = directory.generations()?;
    let mut stores = Vec::with_capacity(numbers.len() + 1);
    for number in &numbers {
        match Store::open(&directory.generation(*number))? {
            Some(store) => stores.push((*number, store)),
            None if Some(number) == numbers.last() => store::remove(&directory.generation(*number))?,
            None => {
                let fault = Fault::Missing;
                return Err(CorruptError { generation: *number, position: Position::START, fault }.into());
            }
        }
    }
    if stores.is_empty() {
        stores.push((1, Store::create(&directory.generation(1), options.block_bytes_max)?));
    }
    Ok(stores)
}

/// Removes the blocks of a last commit that is not whole from a store of an earlier format, which was written before
/// the answer: that one was never given.
fn remove_half_commit(number: u64, store: &Store) -> Result<(), OpenError> {
    while let Some((key, bytes)) = store.last()? {
        let block = Block::open(bytes);
        let block =
            block.map_err(|fault| CorruptError { generation: number, position: key, fault: fault.into() })?;
        if block.last_position() == block.commit_last {
            break;
        }
        tracing::warn!(
            position = key.0,
            events = block.count(),
            "removed a part of a commit that was never answered"
        );
        store.remove(key)?;
    }
    Ok(())
}

/// Reads a generation and rebuilds its index: from the journal as far as that is whole, then from the store, with
/// which the journal is mended, and then what the journal has beyond the store.
fn load(
    number: u64,
    dir: &Path,
    store: &Store,
    journal: &Journal,
    chain: &mut Chain,
) -> Result<Index, OpenError> {
    let mut loader = Loader { number, index: Index::default(), chain, commit_last: None };
    let end = match store.last()? {
        Some((key, bytes)) => loader.open_block(key, bytes)?.last_position(),
        None => Position(loader.chain.next().0 - 1),
    };
    while loader.chain.next() <= end {
        let key = loader.chain.next();
        let Some(block) = journal.block_at(loader.index.blocks_len())? else { break };
        if block.first_position() != key || block.last_position() > end {
            break;
        }
        loader.add(key, &block)?;
    }
    if loader.chain.next() <= end {
        tracing::warn!(
            generation = number,
            position = loader.chain.next().0,
            "blocks are copied again from the store"
        );
        for entry in store.blocks_from(loader.chain.next()) {
            let (key, bytes) = entry?;
            let start = loader.index.blocks_len();
            let block = loader.open_block(key, bytes.clone())?;
            loader.add(key, &block)?;
            journal.write(start, &bytes)?;
        }
    }
    loader.add_what_is_only_in(journal, store)?;
    loader.check_end(dir, journal, store.is_earlier)?;
    journal.end(loader.index.blocks_len())?;
    loader.finish()
}

struct Loader<'a> {
    number: u64,
    index: Index,
    chain: &'a mut Chain,
    /// The last block's key and the end of its commit.
    commit_last: Option<(Position, Position)>,
}

impl Loader<'_> {
    fn open_block(&self, key: Position, bytes: Bytes) -> Result<Block, CorruptError> {
        Block::open(bytes).map_err(|fault| self.corrupt(key, fault.into()))
    }

    fn add(&mut self, key: Position, block: &Block) -> Result<(), CorruptError> {
        let Self { number, index, chain, commit_last } = self;
        let corrupt = |fault: Fault| CorruptError { generation: *number, position: key, fault };
        chain.check_block(key, block).map_err(corrupt)?;
        index.insert_block(block.count(), block.first_recorded_at, block.len());
        load_block(block, index, chain).map_err(corrupt)?;
        *commit_last = Some((key, block.commit_last));
        Ok(())
    }

    /// Stores what the journal has beyond the store: commits that the store had no time for, or that it lost with a
    /// damaged byte, behind which it takes everything for a torn end. What was never answered may be among it, and does
    /// no harm. A commit that is not whole is left.
    fn add_what_is_only_in(&mut self, journal: &Journal, store: &Store) -> Result<(), OpenError> {
        let before = self.chain.next();
        let (mut start, mut key) = (self.index.blocks_len(), before);
        let (mut commit, mut missing, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(block) = journal.block_at(start)?.filter(|block| block.first_position() == key) {
            (start, key) = (start + block.len() as u64, block.last_position().next());
            bytes += block.len();
            let whole = block.last_position() == block.commit_last;
            commit.push(block);
            if whole {
                for block in &commit {
                    self.add(block.first_position(), block)?;
                    missing.push((block.first_position(), block.bytes().clone()));
                }
                commit.clear();
            }
            if bytes >= STORED_AT_ONCE {
                store.write(&mem::take(&mut missing))?;
                bytes = 0;
            }
        }
        if self.chain.next() > before {
            store.write(&missing)?;
            tracing::info!(
                generation = self.number,
                events = self.chain.next().0 - before.0,
                "events that only the journal had are in the store"
            );
        }
        Ok(())
    }

    /// The generation ends where a crash can have left it, or where its end was marked; else answered events are gone.
    fn check_end(&self, dir: &Path, journal: &Journal, is_earlier: bool) -> Result<(), OpenError> {
        let next = self.chain.next();
        let lost = match settled::read(dir)? {
            Settled::Until(last) => last >= next,
            Settled::Unreadable => {
                tracing::warn!(
                    generation = self.number,
                    "the file `settled` is damaged; it is written again"
                );
                false
            }
            Settled::Unknown => false,
        };
        // Earlier formats kept no order between the journal's blocks that could be asked for.
        if lost || (!is_earlier && journal.later_commit(self.index.blocks_len(), next)?.is_some()) {
            return Err(self.corrupt(next, Fault::Missing).into());
        }
        Ok(())
    }

    fn finish(self) -> Result<Index, OpenError> {
        match self.commit_last {
            Some((key, last)) if last.next() != self.chain.next() => {
                Err(self.corrupt(key, Fault::HalfCommit).into())
            }
            Some(_) | None => Ok(self.index),
        }
    }

    const fn corrupt(&self, position: Position, fault: Fault) -> CorruptError {
        CorruptError { generation: self.number, position, fault }
    }
}

fn load_block(block: &Block, index: &mut Index, chain: &mut Chain) -> Result<(), Fault> {
    for position in block.first_position().0..=block.last_position().0 {
        let record = block.record(Position(position)).ok_or(Fault::Missing)??;
        let head = record.head().map_err(|_| Fault::Head)?;
        chain.check_event(&head)?;
        let keys = Keys {
            id: head.id,
            event_type: head.event_type,
            customer: head.customer,
            stream: head.stream,
            revision: head.revision,
        };
        index.insert(keys, head.tags());
    }
    chain.check_block_end(block)
}
