//! A part of history: a journal with its index, and sled behind it.
//!
//! Appends go to the newest generation only, the live one. The others are read through [`Generation::block`],
//! [`Generation::record`] and the index alone, so that a segment file can take the place of both.

use std::{
    path::PathBuf,
    sync::{
        RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use rapport_model::{Position, Timestamp};

use crate::{
    disk::{
        block::Block,
        index::Index,
        journal::{Extent, Journal},
        settled,
        sled::Sled,
    },
    error::{CorruptError, Fault, ReadError, StorageError},
    lock,
};

/// See the module.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) number: u64,
    /// The position of its first event, or the one that its first event will have.
    pub(crate) first: Position,
    /// Its events by their place in it.
    pub(crate) index: RwLock<Index>,
    /// Of the checksums of its blocks.
    pub(crate) salt: u32,
    journal: Journal,
    dir: PathBuf,
    /// `None` while a generation that is not live is closed.
    sled: RwLock<Option<Sled>>,
    live: AtomicBool,
    read_bytes: AtomicU64,
    cold_cache_bytes_max: u64,
}

/// What a generation is made of.
#[derive(Debug)]
pub(crate) struct GenerationParts {
    pub(crate) sled: Sled,
    pub(crate) journal: Journal,
    pub(crate) index: Index,
}

impl Generation {
    pub(crate) fn new(
        number: u64,
        first: Position,
        dir: PathBuf,
        parts: GenerationParts,
        cache: u64,
    ) -> Self {
        let GenerationParts { sled, journal, index } = parts;
        Self {
            salt: sled.ready.salt,
            number,
            first,
            journal,
            index: RwLock::new(index),
            dir,
            sled: RwLock::new(Some(sled)),
            live: AtomicBool::new(true),
            read_bytes: AtomicU64::new(0),
            cold_cache_bytes_max: cache,
        }
    }

    /// The last position in it, durable or not; the one before the first when it is empty.
    pub(crate) fn last(&self) -> Position {
        Position(self.first.0 - 1 + u64::from(lock::read(&self.index).events()))
    }

    /// How many of its events are not after a position.
    pub(crate) fn events_until(&self, until: Position) -> u32 {
        u32::try_from((until.0 + 1).saturating_sub(self.first.0)).unwrap_or(u32::MAX)
    }

    /// The place of a position that is not before the first.
    pub(crate) fn place(&self, position: Position) -> u32 {
        u32::try_from(position.0.saturating_sub(self.first.0)).unwrap_or(u32::MAX)
    }

    pub(crate) const fn position(&self, place: u32) -> Position {
        Position(self.first.0 + place as u64)
    }

    /// The block that holds a position, which must be durable.
    pub(crate) fn block(&self, position: Position) -> Result<Block, ReadError> {
        let (first, extent) = self.extent(position)?;
        let block = self.journal.block(extent)?.map_err(|fault| self.corrupt(first, fault.into()))?;
        if block.first_position() == first { Ok(block) } else { Err(self.corrupt(first, Fault::Key).into()) }
    }

    /// The bytes of the record at a position, without reading the rest of its block.
    pub(crate) fn record(&self, position: Position) -> Result<Bytes, ReadError> {
        let (first, extent) = self.extent(position)?;
        let place = usize::try_from(position.0 - first.0).unwrap_or(usize::MAX);
        Ok(self.journal.record(extent, place)?.map_err(|fault| self.corrupt(position, fault.into()))?)
    }

    /// The position that the block of a position begins with, and where it lies.
    fn extent(&self, position: Position) -> Result<(Position, Extent), ReadError> {
        let found = lock::read(&self.index).block_of(self.place(position));
        let (place, extent) = found.ok_or_else(|| self.corrupt(position, Fault::Missing))?;
        Ok((self.position(place), extent))
    }

    /// The last block that begins before a moment.
    pub(crate) fn last_block_before(&self, moment: Timestamp) -> Option<Position> {
        lock::read(&self.index).last_block_before(moment).map(|place| self.position(place))
    }

    /// The bytes of a block as sled has them.
    pub(crate) fn stored(&self, first: Position) -> Result<Option<Bytes>, StorageError> {
        let bytes = self.with_sled(|sled| sled.block(first))??;
        self.forget_what_was_read(bytes.as_ref().map_or(0, Bytes::len));
        Ok(bytes)
    }

    /// Writes the blocks of a commit, which are in the index, to where readers find them; durable when
    /// [`Generation::sync`] returns.
    pub(crate) fn write(&self, blocks: &[(Position, Vec<u8>)]) -> Result<(), StorageError> {
        for (first, block) in blocks {
            let lies = self.extent(*first).ok();
            let lies = lies.filter(|(position, extent)| position == first && extent.len == block.len());
            // A block that the index does not know would be answered but not written.
            let unknown = || StorageError::io("writing a block")(std::io::ErrorKind::InvalidInput.into());
            self.journal.write(lies.ok_or_else(unknown)?.1.start, block)?;
        }
        Ok(())
    }

    /// Makes a commit durable, of so many bytes, that ends at a place of the journal.
    pub(crate) fn sync(&self, end: u64, bytes: usize) -> Result<(), StorageError> {
        self.journal.sync(end, bytes)
    }

    /// Stores blocks that are durable already; sled has them when it returns.
    pub(crate) fn settle(&self, blocks: &[(Position, Bytes)]) -> Result<(), StorageError> {
        self.with_sled(|sled| sled.write(blocks))?
    }

    /// Marks a generation that has ended, of which sled has everything, and gives back what appending took.
    pub(crate) fn end(&self) -> Result<(), StorageError> {
        self.live.store(false, Ordering::Relaxed);
        self.mark_settled()?;
        self.close();
        Ok(())
    }

    /// Marks where the journal ends, until [`Generation::begin`]: sled has all of it, and the appender has stopped.
    pub(crate) fn mark_settled(&self) -> Result<(), StorageError> {
        self.journal.end(lock::read(&self.index).blocks_len())?;
        settled::mark(&self.dir, self.last())
    }

    /// Prepares it for appends: cuts off what is behind the journal's last commit, upgrades the format to this program's,
    /// and deletes the mark of its end.
    pub(crate) fn begin(&self) -> Result<(), StorageError> {
        let written = lock::read(&self.index).blocks_len();
        self.journal.end(written)?;
        let ready = self.with_sled(|sled| sled.ready)?;
        if ready.is_earlier() {
            let upgraded = ready.upgraded().write(&self.dir);
            upgraded.map_err(StorageError::io("opening a generation"))?;
        }
        settled::forget(&self.dir)?;
        self.journal.lay_runway(&self.dir, written);
        Ok(())
    }

    pub(crate) fn corrupt(&self, position: Position, fault: Fault) -> CorruptError {
        CorruptError { generation: self.number, position, fault }
    }

    fn with_sled<R>(&self, work: impl FnOnce(&Sled) -> R) -> Result<R, StorageError> {
        loop {
            if let Some(sled) = lock::read(&self.sled).as_ref() {
                return Ok(work(sled));
            }
            let mut slot = lock::write(&self.sled);
            if slot.is_none() {
                let missing =
                    || StorageError::io("opening a generation")(std::io::ErrorKind::NotFound.into());
                *slot = Some(Sled::open(&self.dir)?.ok_or_else(missing)?);
            }
        }
    }

    /// sled keeps what it read; only closing it gives the memory back.
    fn forget_what_was_read(&self, bytes: usize) {
        let read = self.read_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        if read > self.cold_cache_bytes_max && !self.live.load(Ordering::Relaxed) {
            self.close();
        }
    }

    fn close(&self) {
        let mut slot = lock::write(&self.sled);
        self.read_bytes.store(0, Ordering::Relaxed);
        *slot = None;
    }
}
