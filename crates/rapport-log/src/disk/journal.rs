//! The file `blocks` of a generation: its blocks one after the other, where a commit becomes durable and where
//! everything is read.
//!
//! A commit is one write at the file's end and one `fdatasync`; sled follows (`settle`). Readers take a record by
//! its place with two small reads, and the system's page cache is the only cache.
//!
//! **Invariant:** a commit is written when the one before it is durable. So a crash leaves at most one commit that is
//! not whole, and nothing behind it: [`Journal::later_commit`] tells that from damage.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::Mutex,
};

use bytes::Bytes;
use rapport_model::Position;

use crate::{
    disk::{
        block::{Block, ENTRY_LEN, HEADER_LEN, can_begin_commit, length},
        directory::sync_directory,
        runway::Runway,
    },
    error::{BlockFault, StorageError},
    lock,
};

/// The name of the file.
pub(crate) const NAME: &str = "blocks";
/// Bytes that a search reads at once.
const SCAN_BYTES: usize = 64 << 10;

/// Where a block lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: u64,
    pub(crate) len: usize,
    /// Its events.
    pub(crate) count: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// Of the checksums of its blocks.
    salt: u32,
    /// Of one that is appended to.
    runway: Mutex<Option<Runway>>,
}

impl Journal {
    /// Opens the file of a generation with this salt, or makes an empty one; its name is durable.
    pub(crate) fn open(dir: &Path, salt: u32) -> Result<Self, StorageError> {
        let open = || -> io::Result<File> {
            let path = dir.join(NAME);
            let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
            sync_directory(dir)?;
            Ok(file)
        };
        let file = open().map_err(StorageError::io("opening a generation"))?;
        Ok(Self { file, salt, runway: Mutex::default() })
    }

    /// Opens the file for reading; `None` where there is none.
    pub(crate) fn look(dir: &Path, salt: u32) -> Result<Option<Self>, StorageError> {
        match File::open(dir.join(NAME)) {
            Ok(file) => Ok(Some(Self { file, salt, runway: Mutex::default() })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("reading a block")(error)),
        }
    }

    /// Begins to prepare room ahead of what is written, so that commits take less time.
    pub(crate) fn lay_runway(&self, dir: &Path, written: u64) {
        *lock::mutex(&self.runway) = Some(Runway::lay(&dir.join(NAME), written));
    }

    /// Writes a block at its place; durable after [`Journal::sync`].
    pub(crate) fn write(&self, start: u64, block: &[u8]) -> Result<(), StorageError> {
        self.file.write_all_at(block, start).map_err(StorageError::io("writing a block"))
    }

    /// Makes what was written durable, with the file's length.
    pub(crate) fn sync_all(&self) -> Result<(), StorageError> {
        self.file.sync_all().map_err(StorageError::io("flushing a block"))
    }

    /// Makes a write durable, which ended at `end` and had this many bytes.
    pub(crate) fn sync(&self, end: u64, bytes: usize) -> Result<(), StorageError> {
        self.file.sync_data().map_err(StorageError::io("flushing a block"))?;
        if let Some(runway) = &*lock::mutex(&self.runway) {
            runway.written(end, bytes);
        }
        Ok(())
    }

    /// Cuts the file off at `len`, with the zeros that were prepared; durable when it returns.
    pub(crate) fn end(&self, len: u64) -> Result<(), StorageError> {
        drop(lock::mutex(&self.runway).take());
        if self.len()? == len {
            return Ok(());
        }
        self.file.set_len(len).map_err(StorageError::io("writing a block"))?;
        self.sync_all()
    }

    pub(crate) fn len(&self) -> Result<u64, StorageError> {
        Ok(self.file.metadata().map_err(StorageError::io("reading a block"))?.len())
    }

    /// Whether the file has these bytes at `start`.
    pub(crate) fn has(&self, start: u64, bytes: &[u8]) -> Result<bool, StorageError> {
        let mut found = vec![0; bytes.len()];
        Ok(self.read(start, &mut found)?.is_some() && found == bytes)
    }

    /// The block that begins at `start`, if it is whole.
    pub(crate) fn block_at(&self, start: u64) -> Result<Option<Block>, StorageError> {
        let mut header = [0; HEADER_LEN];
        let Some(()) = self.read(start, &mut header)? else { return Ok(None) };
        let len = length(&header);
        if len as u64 > self.len()?.saturating_sub(start) {
            return Ok(None);
        }
        Ok(self.block(Extent { start, len, count: 0 })?.ok())
    }

    /// Where a commit after the one that begins with `next` lies, at `start` or behind it. Such a commit proves that the
    /// one with `next` was durable, and so answered. Without it, `start` has the commit that a crash cut off, or nothing.
    pub(crate) fn later_commit(&self, start: u64, next: Position) -> Result<Option<Position>, StorageError> {
        let (mut bytes, mut from) = (vec![0; SCAN_BYTES], start);
        let zeros = bytes.clone();
        let end = self.len()?;
        while from < end {
            let len = usize::try_from(end - from).unwrap_or(usize::MAX).min(bytes.len());
            let window = bytes.get_mut(..len).unwrap_or_default();
            let Some(()) = self.read(from, window)? else { break };
            // Most windows hold only zeros of the runway.
            let headers = if zeros.starts_with(window) { &[] } else { &*window }.windows(HEADER_LEN);
            for (place, header) in (from..).zip(headers) {
                if !can_begin_commit(header, next, end - place) {
                    continue;
                }
                let block = self.block_at(place)?.filter(|block| !block.continues);
                if let Some(block) = block.filter(|block| block.first_position() > next) {
                    return Ok(Some(block.first_position()));
                }
            }
            // A header may lie across two windows.
            from += (len + 1).saturating_sub(HEADER_LEN).max(1) as u64;
        }
        Ok(None)
    }

    /// A block, its checksum verified.
    pub(crate) fn block(&self, extent: Extent) -> Result<Result<Block, BlockFault>, StorageError> {
        let mut bytes = vec![0; extent.len];
        let read = self.read(extent.start, &mut bytes)?;
        Ok(read.ok_or(BlockFault::Truncated).and_then(|()| Block::open(bytes.into(), self.salt)))
    }

    /// One record of a block by its place there, its checksum verified.
    pub(crate) fn record(
        &self,
        extent: Extent,
        place: usize,
    ) -> Result<Result<Bytes, BlockFault>, StorageError> {
        let table = extent.start + (extent.len - extent.count * ENTRY_LEN) as u64;
        // The entry before says where the record begins; the first record's begins after the header.
        let before = place.saturating_sub(1);
        let mut entries = [0; 2 * ENTRY_LEN];
        let wanted = entries.get_mut(..(place - before + 1) * ENTRY_LEN).unwrap_or_default();
        let Some(()) = self.read(table + (before * ENTRY_LEN) as u64, wanted)? else {
            return Ok(Err(BlockFault::Truncated));
        };
        let number = |at: usize| {
            entries
                .get(at..)
                .and_then(|bytes| bytes.first_chunk())
                .map_or(0, |bytes| u32::from_le_bytes(*bytes))
        };
        let (begin, end, crc) =
            if place == 0 { (0, number(0), number(4)) } else { (number(0), number(8), number(12)) };
        let Some(len) = end.checked_sub(begin).filter(|len| *len as usize <= extent.len) else {
            return Ok(Err(BlockFault::Content));
        };
        let mut record = vec![0; len as usize];
        match self.read(extent.start + (HEADER_LEN + begin as usize) as u64, &mut record)? {
            None => Ok(Err(BlockFault::Truncated)),
            Some(()) if crc32c::crc32c(&record) != crc => Ok(Err(BlockFault::Checksum)),
            Some(()) => Ok(Ok(record.into())),
        }
    }

    /// `None` when the file ends before.
    fn read(&self, start: u64, bytes: &mut [u8]) -> Result<Option<()>, StorageError> {
        match self.file.read_exact_at(bytes, start) {
            Ok(()) => Ok(Some(())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(StorageError::io("reading a block")(error)),
        }
    }
}
