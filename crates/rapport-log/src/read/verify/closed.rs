//! Checks the files of a ledger that no process has open, without opening the log: opening would repair, and so hide,
//! damage.

use std::{fs, path::Path};

use rapport_model::Position;

use super::{Verifier, VerifyReport};
use crate::{
    disk::{
        block::Block,
        directory::Directory,
        journal::Journal,
        ready::Ready,
        settled::{self, Settled},
        sled::Sled,
    },
    error::{CorruptError, Fault, OpenError, StorageError},
};

/// Checks a ledger from its files: every block of sled with its events, that the journals have the same blocks, and the
/// blocks that they have beyond. The index is not checked: opening a ledger rebuilds it. `progress` gets the bytes read
/// and, as far as known, their total.
///
/// Writes nothing itself; sled, when it is opened after a crash, cuts off its torn end.
///
/// # Errors
/// A process has the ledger open, there is none, or the disk fails. Faults of the ledger are in the report, not errors.
pub fn verify_closed(dir: &Path, mut progress: impl FnMut(u64, u64)) -> Result<VerifyReport, OpenError> {
    let directory = Directory::lock_existing(dir)?;
    let numbers = directory.generations()?;
    let blocks = |number: u64| directory.generation(number).join("blocks");
    let total =
        numbers.iter().filter_map(|number| fs::metadata(blocks(*number)).ok()).map(|file| file.len()).sum();
    let mut verifier = Verifier::default();
    if !directory.is_described()? {
        verifier.fault(CorruptError { generation: 0, position: Position::START, fault: Fault::Description });
    }
    for number in &numbers {
        let dir = directory.generation(*number);
        let newest = Some(number) == numbers.last();
        if newest && !dir.join("ready").exists() {
            // A crash came while it was being made: it never held an event.
            continue;
        }
        let mut generation = Generation {
            number: *number,
            is_earlier: false,
            sled_is_lost: false,
            journal: Reading { journal: None, place: 0 },
            commit_last: None,
        };
        generation.verify(&dir, &mut verifier, |bytes| progress(bytes, total))?;
        generation.check_end(&mut verifier);
        verifier.report.generations += 1;
    }
    verifier.report.last = Position(verifier.chain.next().0 - 1);
    Ok(verifier.report)
}

struct Generation {
    number: u64,
    /// See [`Ready::is_earlier`].
    is_earlier: bool,
    /// Then it does not also count as a fault that sled lacks events.
    sled_is_lost: bool,
    journal: Reading,
    /// The end of the commit that the last block is of.
    commit_last: Option<Position>,
}

impl Generation {
    fn verify(
        &mut self,
        dir: &Path,
        verifier: &mut Verifier,
        mut progress: impl FnMut(u64),
    ) -> Result<(), StorageError> {
        let begin = verifier.chain.next();
        let ready = match Ready::read(dir) {
            Ok(Some(ready)) => ready,
            Ok(None) => {
                self.without_anything(verifier, Fault::Missing);
                return Ok(());
            }
            // Without the salt nothing can be checked.
            Err(error) if error.is_corruption() => {
                self.without_anything(verifier, Fault::Ready);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.is_earlier = ready.is_earlier();
        self.journal.journal = Journal::look(dir, ready.salt)?;
        let sled = match Sled::open_with(dir, ready) {
            Ok(sled) => sled,
            Err(error) if error.is_corruption() => return self.without_sled(dir, begin, verifier),
            Err(error) => return Err(error),
        };
        for entry in sled.blocks_from(Position::START) {
            let (key, bytes) = match entry {
                Ok(entry) => entry,
                Err(error) if error.is_corruption() => return self.without_sled(dir, begin, verifier),
                Err(error) => return Err(error),
            };
            let same = self.journal.takes(&bytes)?;
            match Block::open(bytes, ready.salt) {
                Ok(block) => {
                    if !same {
                        self.fault(verifier, key, Fault::Journal);
                    }
                    self.block(verifier, key, &block);
                }
                Err(fault) => {
                    self.fault(verifier, key, fault.into());
                    verifier.hole = true;
                    // The key of the next block tells its position.
                    verifier.chain.skip_to(key);
                }
            }
            progress(verifier.report.bytes);
        }
        self.beyond_sled(dir, begin, verifier)
    }

    /// Checks the blocks that the journal has beyond sled: after a crash there may be some, after a clean stop sled has
    /// lost them.
    fn beyond_sled(
        &mut self,
        dir: &Path,
        begin: Position,
        verifier: &mut Verifier,
    ) -> Result<(), StorageError> {
        let stored = verifier.chain.next();
        while let Some(commit) = self.journal.next_commit(verifier.chain.next())? {
            for block in commit {
                self.block(verifier, block.first_position(), &block);
            }
        }
        let next = verifier.chain.next();
        match settled::read(dir)? {
            Settled::Until(last) if last >= next => self.fault(verifier, next, Fault::Missing),
            Settled::Until(_) if next > stored && !self.sled_is_lost => {
                self.fault(verifier, stored.max(begin), Fault::Lost { last: Position(next.0 - 1) });
            }
            Settled::Unreadable => self.fault(verifier, begin, Fault::Settled),
            // sled is never ahead: a journal that is shorter was cut, and with it perhaps more.
            Settled::Unknown if !self.is_earlier && self.journal.is_short()? => {
                self.fault(verifier, next, Fault::Missing);
            }
            Settled::Until(_) | Settled::Unknown => {}
        }
        if let Some(journal) = self.journal.journal.as_ref().filter(|_| !self.is_earlier)
            && let Some(later) = journal.later_commit(self.journal.place, next)?
        {
            self.fault(verifier, next, Fault::Missing);
            verifier.hole = true;
            verifier.chain.skip_to(later);
        }
        Ok(())
    }

    /// Nothing of the generation can be read.
    fn without_anything(&self, verifier: &mut Verifier, fault: Fault) {
        self.fault(verifier, verifier.chain.next(), fault);
        verifier.hole = true;
    }

    /// sled cannot be read from here on; the journal must have the rest.
    fn without_sled(
        &mut self,
        dir: &Path,
        begin: Position,
        verifier: &mut Verifier,
    ) -> Result<(), StorageError> {
        let fault = if self.is_earlier { Fault::OnlySledUnreadable } else { Fault::SledUnreadable };
        self.fault(verifier, verifier.chain.next(), fault);
        self.sled_is_lost = true;
        let faults = verifier.report.faults;
        self.beyond_sled(dir, begin, verifier)?;
        verifier.hole |= verifier.report.faults > faults;
        Ok(())
    }

    fn block(&mut self, verifier: &mut Verifier, key: Position, block: &Block) {
        if verifier.hole && key > verifier.chain.next() {
            // The gap is the hole that was reported.
            verifier.chain.skip_to(key);
        }
        verifier.block(self.number, key, block, |_| Ok(0));
        self.commit_last = Some(block.commit_last);
    }

    /// In earlier formats a commit that is not whole is allowed at the very end: it was never answered, and opening
    /// removes it. Before the end, the gap at the next generation's beginning is the fault.
    fn check_end(&self, verifier: &mut Verifier) {
        let half = self.commit_last.is_some_and(|last| last.next() != verifier.chain.next());
        if half && !self.is_earlier && !verifier.hole {
            self.fault(verifier, Position(verifier.chain.next().0 - 1), Fault::HalfCommit);
        }
    }

    fn fault(&self, verifier: &mut Verifier, position: Position, fault: Fault) {
        verifier.fault(CorruptError { generation: self.number, position, fault });
    }
}

/// The journal, read from its beginning; empty where there is no file.
struct Reading {
    journal: Option<Journal>,
    place: u64,
}

impl Reading {
    /// Steps over a block of sled, and returns whether the journal has the same bytes.
    fn takes(&mut self, block: &[u8]) -> Result<bool, StorageError> {
        let place = self.place;
        self.place += block.len() as u64;
        self.journal.as_ref().map_or(Ok(false), |journal| journal.has(place, block))
    }

    /// Whether the file ends before what sled has.
    fn is_short(&self) -> Result<bool, StorageError> {
        Ok(match &self.journal {
            Some(journal) => journal.len()? < self.place,
            None => true,
        })
    }

    /// The next block, if it is whole and begins with a position.
    fn next(&mut self, key: Position) -> Result<Option<Block>, StorageError> {
        let Some(journal) = &self.journal else { return Ok(None) };
        let block = journal.block_at(self.place)?.filter(|block| block.first_position() == key);
        self.place += block.as_ref().map_or(0, Block::len) as u64;
        Ok(block)
    }

    /// The blocks of the next commit, if it is whole and goes on with a position.
    fn next_commit(&mut self, mut key: Position) -> Result<Option<Vec<Block>>, StorageError> {
        let (mut commit, begin) = (Vec::new(), self.place);
        while let Some(block) = self.next(key)? {
            key = block.last_position().next();
            let whole = block.last_position() == block.commit_last;
            commit.push(block);
            if whole {
                return Ok(Some(commit));
            }
        }
        self.place = begin;
        Ok(None)
    }
}
