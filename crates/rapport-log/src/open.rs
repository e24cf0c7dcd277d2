//! Opens a log: locks it, repairs what a crash left, rebuilds the index.
//!
//! A crash can leave a generation that was being made (no `ready`: deleted), one that was made ahead and not yet
//! used (empty: it becomes the live one), and blocks of a commit that is not whole (never answered: removed).
//! Whatever else does not fit is corruption and is refused.

use std::{path::Path, sync::Arc};

use rapport_model::Position;

use crate::{
    appender::Appender,
    block::Block,
    directory::Directory,
    error::{CorruptError, Fault, OpenError},
    generation::Generation,
    index::{Index, Keys},
    invariants::Chain,
    options::LogOptions,
    reader::Reader,
    shared::{LogHead, Shared},
    store::{self, Store},
};

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
        if nth == last_used {
            remove_half_commit(number, &store)?;
        }
        let first = chain.next();
        let (index, bytes) = load(number, &store, &mut chain)?;
        if index.events() == 0 && nth < newest {
            return Err(CorruptError { generation: number, position: first, fault: Fault::Missing }.into());
        }
        let dir = directory.generation(number);
        let generation = Generation::new(number, first, dir, store, index, options.cold_cache_bytes_max);
        if nth < newest {
            generation.end();
        }
        generations.push(Arc::new(generation));
        live_bytes = bytes;
    }
    let head = LogHead { position: Position(chain.next().0 - 1), recorded_at: chain.last_recorded_at() };
    tracing::info!(position = head.position.0, generations = generations.len(), "the log is open");
    let Some(live) = generations.last().map(Arc::clone) else {
        return Err(CorruptError { generation: 0, position: Position::START, fault: Fault::Missing }.into());
    };
    let shared = Arc::new(Shared::new(ledger, directory, generations, head));
    let reader = Reader::new(Arc::clone(&shared));
    Ok((Appender::new(shared, options, live, live_bytes), reader))
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

/// Removes the blocks of a last commit that is not whole. It was never answered: answers come after the flush.
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

/// Reads a generation; its index and the bytes of its blocks.
fn load(number: u64, store: &Store, chain: &mut Chain) -> Result<(Index, u64), OpenError> {
    let first = chain.next();
    let (mut index, mut bytes, mut commit_last) = (Index::default(), 0, None);
    for entry in store.blocks() {
        let (key, value) = entry?;
        let corrupt = |fault: Fault| CorruptError { generation: number, position: key, fault };
        let block = Block::open(value).map_err(|fault| corrupt(fault.into()))?;
        chain.check_block(key, &block).map_err(corrupt)?;
        index.insert_block(u32::try_from(key.0 - first.0).unwrap_or(u32::MAX), block.first_recorded_at);
        load_block(&block, &mut index, chain).map_err(corrupt)?;
        bytes += block.len() as u64;
        commit_last = Some((key, block.commit_last));
    }
    match commit_last {
        Some((key, last)) if last.next() != chain.next() => {
            Err(CorruptError { generation: number, position: key, fault: Fault::HalfCommit }.into())
        }
        Some(_) | None => Ok((index, bytes)),
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
