//! One value of sled: the events of a commit, or a part of them. `docs/log-format.md` has the layout.
//!
//! ```text
//! 0  crc32c of salt and what follows u32      24  first recorded_at                    i64
//! 4  format version u16, flags       u16      32  last recorded_at                     i64
//! 8  length of the block             u32      40  last position of the whole commit    u64
//! 12 count                           u32      48  records, one after the other
//! 16 first position                  u64      …   count × (end of the record u32, its crc32c u32)
//! ```
//! All numbers are little-endian; ends count from 48. A record has a checksum of its own so that it can be read
//! without its block.

use std::ops::RangeInclusive;

use bytes::Bytes;
use crc32c::crc32c_append;
use rapport_model::{Position, Timestamp};

use crate::{
    error::BlockFault,
    event::{record::Record, recorded::Recorded},
};

/// The only format so far: the lower half of its number in the header.
const FORMAT: u32 = 1;
/// The upper half are flags. This one: the block goes on with the commit of the block before.
const CONTINUES: u32 = 1 << 16;
/// Bytes before the records.
pub(crate) const HEADER_LEN: usize = 48;
/// Bytes of a record in the table at the end.
pub(crate) const ENTRY_LEN: usize = 8;

/// A block that is being filled.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    bytes: Vec<u8>,
    /// The end and the checksum of each record.
    table: Vec<(u32, u32)>,
    first_position: Position,
    first_recorded_at: Timestamp,
    last_recorded_at: Timestamp,
}

impl BlockBuilder {
    pub(crate) fn new(first_position: Position, recorded_at: Timestamp) -> Self {
        Self {
            bytes: vec![0; HEADER_LEN],
            table: Vec::new(),
            first_position,
            first_recorded_at: recorded_at,
            last_recorded_at: recorded_at,
        }
    }

    /// Bytes of the block if it were finished now.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + self.table.len() * ENTRY_LEN
    }

    pub(crate) const fn first_position(&self) -> Position {
        self.first_position
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.table.len()).unwrap_or(u32::MAX)
    }

    pub(crate) const fn first_recorded_at(&self) -> Timestamp {
        self.first_recorded_at
    }

    /// Appends a record.
    #[expect(clippy::cast_possible_truncation, reason = "`LogOptions::clamped` keeps blocks far below 4 GiB")]
    pub(crate) fn push(&mut self, record: &[u8], recorded_at: Timestamp) {
        debug_assert!(
            recorded_at >= self.last_recorded_at,
            "the recorded clock went backwards within a block"
        );
        self.bytes.extend_from_slice(record);
        self.table.push(((self.bytes.len() - HEADER_LEN) as u32, crc32c::crc32c(record)));
        self.last_recorded_at = recorded_at;
    }

    /// A record by its place in the block.
    pub(crate) fn record(&self, place: usize) -> Option<&[u8]> {
        let start =
            place.checked_sub(1).map_or(Some(0), |before| self.table.get(before).map(|(end, _)| *end))?;
        self.bytes.get(HEADER_LEN..)?.get(start as usize..self.table.get(place)?.0 as usize)
    }

    /// The bytes to store; of a commit from one position to another, in a generation with this salt.
    pub(crate) fn finish(mut self, commit: RangeInclusive<Position>, salt: u32) -> Vec<u8> {
        let flags = if self.first_position > *commit.start() { CONTINUES } else { 0 };
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend_from_slice(&[0; 4]);
        header.extend_from_slice(&(FORMAT | flags).to_le_bytes());
        header.extend_from_slice(&number(self.len()));
        header.extend_from_slice(&number(self.table.len()));
        header.extend_from_slice(&self.first_position.0.to_le_bytes());
        header.extend_from_slice(&self.first_recorded_at.as_micros().to_le_bytes());
        header.extend_from_slice(&self.last_recorded_at.as_micros().to_le_bytes());
        header.extend_from_slice(&commit.end().0.to_le_bytes());
        for (end, crc) in &self.table {
            self.bytes.extend_from_slice(&end.to_le_bytes());
            self.bytes.extend_from_slice(&crc.to_le_bytes());
        }
        if let Some(place) = self.bytes.get_mut(..HEADER_LEN) {
            place.copy_from_slice(&header);
        }
        let crc = crc32c_append(salt, self.bytes.get(4..).unwrap_or_default());
        if let Some(place) = self.bytes.get_mut(..4) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
        self.bytes
    }
}

/// A block as it was read, its checksum verified.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    bytes: Bytes,
    first_position: Position,
    count: u32,
    table_start: usize,
    /// When the first of its events was recorded.
    pub(crate) first_recorded_at: Timestamp,
    /// When the last of its events was recorded.
    pub(crate) last_recorded_at: Timestamp,
    /// The last position of the commit that it is part of.
    pub(crate) commit_last: Position,
    /// Whether it goes on with the commit of the block before.
    pub(crate) continues: bool,
}

impl Block {
    /// Checks the checksum, which begins with the salt of the generation, and the header.
    pub(crate) fn open(bytes: Bytes, salt: u32) -> Result<Self, BlockFault> {
        let (crc, rest) = bytes.split_first_chunk::<4>().ok_or(BlockFault::Truncated)?;
        let mut header = bytes.get(4..HEADER_LEN).ok_or(BlockFault::Truncated)?;
        if crc32c_append(salt, rest) != u32::from_le_bytes(*crc) {
            return Err(BlockFault::Checksum);
        }
        let format = take_u32(&mut header)?;
        if format & !CONTINUES != FORMAT {
            return Err(BlockFault::Format { found: format, read: FORMAT });
        }
        let length = take_u32(&mut header)?;
        let count = take_u32(&mut header)?;
        let first_position = Position(take_u64(&mut header)?);
        let first_recorded_at = Timestamp::from_micros(take_u64(&mut header)?.cast_signed());
        let last_recorded_at = Timestamp::from_micros(take_u64(&mut header)?.cast_signed());
        let commit_last = Position(take_u64(&mut header)?);
        let table_len = (count as usize).checked_mul(ENTRY_LEN).ok_or(BlockFault::Content)?;
        let table_start = bytes.len().checked_sub(table_len).filter(|start| *start >= HEADER_LEN);
        let table_start = table_start.ok_or(BlockFault::Content)?;
        let block = Self {
            bytes,
            first_position,
            count,
            table_start,
            first_recorded_at,
            last_recorded_at,
            commit_last,
            continues: format & CONTINUES != 0,
        };
        let whole = length as usize == block.bytes.len()
            && count > 0
            && first_position.0 > 0
            && first_position.0.checked_add(u64::from(count)).is_some()
            && block.last_position() <= commit_last;
        if whole { Ok(block) } else { Err(BlockFault::Content) }
    }

    pub(crate) const fn first_position(&self) -> Position {
        self.first_position
    }

    pub(crate) const fn last_position(&self) -> Position {
        Position(self.first_position.0 + self.count as u64 - 1)
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(crate) fn contains(&self, position: Position) -> bool {
        (self.first_position..=self.last_position()).contains(&position)
    }

    /// The record at a position, in constant time; `None` when it is not in this block.
    pub(crate) fn record(&self, position: Position) -> Option<Result<Record<'_>, BlockFault>> {
        let place = usize::try_from(position.0.checked_sub(self.first_position.0)?).ok()?;
        (place < self.count as usize).then(|| self.record_at(place).ok_or(BlockFault::Content))
    }

    /// The event at a position, sharing the bytes of the block; `None` when it is not in this block.
    pub(crate) fn recorded(&self, position: Position) -> Option<Result<Recorded, BlockFault>> {
        let record = self.record(position)?;
        Some(record.map(|record| Recorded::new(position, &record, &self.bytes)))
    }

    fn record_at(&self, place: usize) -> Option<Record<'_>> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.end(before))?;
        let records = self.bytes.get(HEADER_LEN..self.table_start)?;
        Record::parse(records.get(start..self.end(place)?)?).ok()
    }

    fn end(&self, place: usize) -> Option<usize> {
        let bytes = self.bytes.get(self.table_start + place * ENTRY_LEN..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }
}

/// The length of the block that begins with these bytes, unverified.
pub(crate) fn length(header: &[u8; HEADER_LEN]) -> usize {
    header
        .get(8..12)
        .and_then(|length| length.first_chunk())
        .map_or(0, |length| u32::from_le_bytes(*length) as usize)
}

/// Whether a header can be that of the first block of a commit that begins after the position `next` and lies in so
/// many bytes; [`Block::open`] decides whether it is one.
pub(crate) fn can_begin_commit(header: &[u8], next: Position, bytes: u64) -> bool {
    let fits = |mut header: &[u8]| -> Result<bool, BlockFault> {
        let (_crc, format) = (take_u32(&mut header)?, take_u32(&mut header)?);
        let (length, count) = (u64::from(take_u32(&mut header)?), u64::from(take_u32(&mut header)?));
        let first = take_u64(&mut header)?;
        let commit_last = header.get(16..24).and_then(|bytes| bytes.first_chunk());
        let commit_last = commit_last.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Ok(format == FORMAT
            && count > 0
            && first > next.0
            && first.checked_add(count - 1).is_some_and(|last| last <= commit_last)
            && length <= bytes
            && HEADER_LEN as u64 + count * ENTRY_LEN as u64 <= length)
    };
    fits(header).unwrap_or(false)
}

fn take_u32(bytes: &mut &[u8]) -> Result<u32, BlockFault> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(BlockFault::Truncated)?;
    *bytes = rest;
    Ok(u32::from_le_bytes(*taken))
}

fn take_u64(bytes: &mut &[u8]) -> Result<u64, BlockFault> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(BlockFault::Truncated)?;
    *bytes = rest;
    Ok(u64::from_le_bytes(*taken))
}

#[cfg(test)]
mod tests;
