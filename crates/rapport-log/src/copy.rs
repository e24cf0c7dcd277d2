//! The blocks of a generation once more, in a plain file: what readers read.
//!
//! The store makes a commit durable, but it reads a node of a megabyte and a half to give one block, and forgets
//! nothing of what it read. So blocks are also appended to a file, unsynced, and read by position from there: a
//! record takes two small reads, and the system's page cache is the only cache. The file is derived: it is held
//! against the store when the log is opened, and what is missing or wrong is copied again.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use bytes::Bytes;

use crate::{
    block::{Block, BlockFault, ENTRY_LEN, HEADER_LEN, length},
    error::StorageError,
};

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
pub(crate) struct Copy {
    file: File,
}

impl Copy {
    pub(crate) fn open(dir: &Path) -> Result<Self, StorageError> {
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(dir.join("blocks"));
        Ok(Self { file: file.map_err(StorageError::io("opening a generation"))? })
    }

    /// Writes a block at its place.
    pub(crate) fn write(&self, start: u64, block: &[u8]) -> Result<(), StorageError> {
        self.file.write_all_at(block, start).map_err(StorageError::io("writing a block"))
    }

    /// Forgets everything from here on.
    pub(crate) fn truncate(&self, len: u64) -> Result<(), StorageError> {
        self.file.set_len(len).map_err(StorageError::io("writing a block"))
    }

    /// The block that begins here, if it is whole.
    pub(crate) fn block_at(&self, start: u64) -> Result<Option<Block>, StorageError> {
        let mut header = [0; HEADER_LEN];
        let Some(()) = self.read(start, &mut header)? else { return Ok(None) };
        let left =
            self.file.metadata().map_err(StorageError::io("reading a block"))?.len().saturating_sub(start);
        let len = length(&header);
        if len as u64 > left {
            return Ok(None);
        }
        Ok(self.block(Extent { start, len, count: 0 })?.ok())
    }

    /// A block, its checksum verified.
    pub(crate) fn block(&self, extent: Extent) -> Result<Result<Block, BlockFault>, StorageError> {
        let mut bytes = vec![0; extent.len];
        let read = self.read(extent.start, &mut bytes)?;
        Ok(read.ok_or(BlockFault::Truncated).and_then(|()| Block::open(bytes.into())))
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
