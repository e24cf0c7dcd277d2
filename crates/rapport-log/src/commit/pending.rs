//! The blocks of a commit that is being put together: encoded, in the index, not yet in sled.

use rapport_model::{Position, Timestamp};

use crate::{
    disk::block::{BlockBuilder, ENTRY_LEN},
    event::record::Record,
};

/// Encoded events that wait for the flush.
#[derive(Debug)]
pub(crate) struct Pending {
    blocks: Vec<BlockBuilder>,
    first: Position,
    next: Position,
    block_bytes_max: usize,
}

impl Pending {
    pub(crate) const fn new(first: Position, block_bytes_max: usize) -> Self {
        Self { blocks: Vec::new(), first, next: first, block_bytes_max }
    }

    pub(crate) const fn next_position(&self) -> Position {
        self.next
    }

    /// For each block, how many events it has and when the first was recorded.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (u32, Timestamp)> {
        self.blocks.iter().map(|block| (block.count(), block.first_recorded_at()))
    }

    /// Appends a record at the next position, in a new block when the last one is full.
    pub(crate) fn push(&mut self, record: &[u8], recorded_at: Timestamp) {
        let fits = |block: &&mut BlockBuilder| block.len() + record.len() + ENTRY_LEN <= self.block_bytes_max;
        if let Some(block) = self.blocks.last_mut().filter(fits) {
            block.push(record, recorded_at);
        } else {
            let mut block = BlockBuilder::new(self.next, recorded_at);
            block.push(record, recorded_at);
            self.blocks.push(block);
        }
        self.next = self.next.next();
    }

    /// A record of this commit; `None` when the position is not in it.
    pub(crate) fn record(&self, position: Position) -> Option<Record<'_>> {
        if position < self.first {
            return None;
        }
        let block = self.blocks.partition_point(|block| block.first_position() <= position);
        let block = self.blocks.get(block.checked_sub(1)?)?;
        let place = usize::try_from(position.0 - block.first_position().0).ok()?;
        Record::parse(block.record(place)?).ok()
    }

    /// The blocks to write, by first position, with the salt of their generation.
    pub(crate) fn finish(self, salt: u32) -> Vec<(Position, Vec<u8>)> {
        let commit = self.first..=Position(self.next.0 - 1);
        self.blocks
            .into_iter()
            .map(|block| (block.first_position(), block.finish(commit.clone(), salt)))
            .collect()
    }
}
