//! The trees of a generation's sled: each takes a few blocks, then the next one begins.
//!
//! sled writes a leaf again as a whole when it splits or has changed some ten times. With all blocks in one tree it
//! wrote every block twice at 96 kB and three times at 600 bytes; with eight a tree, once (ARCHITECTURE.md,
//! Decisions). A tree is named by the first position it may hold, so the trees in the order of their names are the
//! blocks in the order of theirs. Stores of format 1 have all blocks in sled's default tree.

use rapport_model::Position;

/// Blocks that a leaf takes without being written again.
const BLOCKS: usize = 8;
/// A tree with less than this part of a segment takes more blocks: with each new tree sled writes down all trees again.
const SEGMENT_PART: usize = 16;

/// See the module.
#[derive(Debug)]
pub(super) struct Trees {
    /// Ascending; the first one holds everything before the second one's name.
    trees: Vec<(Position, sled::Tree)>,
    /// Blocks and bytes of the last tree; `None` when it takes no more.
    last: Option<(usize, usize)>,
    segment_bytes: usize,
}

impl Trees {
    pub(super) fn open(db: &sled::Db, segment_bytes: usize) -> sled::Result<Self> {
        let mut trees = vec![(Position::START, (**db).clone())];
        for name in db.tree_names() {
            // The default tree has a longer name.
            if let Ok(first) = <[u8; 8]>::try_from(name.as_ref()) {
                trees.push((Position(u64::from_be_bytes(first)), db.open_tree(name)?));
            }
        }
        trees.sort_unstable_by_key(|(first, _)| *first);
        Ok(Self { trees, last: None, segment_bytes })
    }

    /// The tree for a block that comes after all others, whose place in it is now taken.
    pub(super) fn take_next(
        &mut self,
        db: &sled::Db,
        first: Position,
        len: usize,
    ) -> sled::Result<sled::Tree> {
        let (blocks, bytes) = match self.last {
            Some((blocks, bytes)) if blocks < BLOCKS || bytes < self.segment_bytes / SEGMENT_PART => {
                (blocks, bytes)
            }
            Some(_) | None => {
                // A crash, or the removal of a commit that was not whole, can have left empty trees from here on.
                while let Some((name, _)) = self.trees.pop_if(|(name, _)| *name >= first) {
                    db.drop_tree(name.0.to_be_bytes())?;
                }
                self.trees.push((first, db.open_tree(first.0.to_be_bytes())?));
                (0, 0)
            }
        };
        self.last = Some((blocks + 1, bytes + len));
        Ok(self.tree_of(first, db).clone())
    }

    /// The tree that holds a block if any does.
    pub(super) fn tree_of<'a>(&'a self, first: Position, db: &'a sled::Db) -> &'a sled::Tree {
        let after = self.trees.partition_point(|(name, _)| *name <= first);
        after.checked_sub(1).and_then(|nth| self.trees.get(nth)).map_or(db, |(_, tree)| tree)
    }

    /// The trees from the one that holds a position, ascending.
    pub(super) fn from(&self, key: Position) -> Vec<sled::Tree> {
        let after = self.trees.partition_point(|(name, _)| *name <= key);
        self.trees.iter().skip(after.saturating_sub(1)).map(|(_, tree)| tree.clone()).collect()
    }

    /// All trees, the last one first.
    pub(super) fn backwards(&self) -> impl Iterator<Item = &sled::Tree> {
        self.trees.iter().rev().map(|(_, tree)| tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{disk::sled::Sled, lock};

    #[test]
    fn blocks_are_found_in_their_order_over_many_trees() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("generation");
        let block = |position: u64| vec![u8::try_from(position % 251).unwrap(); 7_000];
        let mut sled = Sled::create(&dir, 1 << 10).unwrap();
        for (first, last) in [(1_u64, 3_u64), (4, 60), (61, 61), (62, 100)] {
            let blocks: Vec<_> =
                (first..=last).map(|position| (Position(position), block(position).into())).collect();
            sled.write(&blocks).unwrap();
            if first == 61 {
                drop(sled);
                sled = Sled::open(&dir).unwrap().unwrap();
            }
        }
        assert!(lock::read(&sled.trees).trees.len() > 10);
        for from in [0, 1, 8, 9, 37, 61, 62, 99, 100, 101] {
            let found: Vec<_> = sled.blocks_from(Position(from)).map(Result::unwrap).collect();
            assert!(found.iter().map(|(first, _)| first.0).eq(from.max(1)..=100), "from {from}");
            assert!(found.iter().all(|(first, bytes)| *bytes == block(first.0)));
        }
        for position in 1..=100 {
            assert_eq!(sled.block(Position(position)).unwrap().unwrap(), block(position));
        }
        for position in (80..=100).rev() {
            assert_eq!(sled.last().unwrap().unwrap().0, Position(position));
            sled.remove(Position(position)).unwrap();
        }
        sled.write(&[(Position(80), block(1).into())]).unwrap();
        assert_eq!(sled.last().unwrap().unwrap(), (Position(80), block(1).into()));
        assert_eq!(sled.block(Position(81)).unwrap(), None);
    }
}
