//! Checks the files of a ledger that no process has open, without opening it: opening repairs, and so hides, what is
//! derived.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use rapport_model::Position;

use super::{Verifier, VerifyReport};
use crate::{
    block::{Block, HEADER_LEN, length},
    directory::Directory,
    error::{CorruptError, Fault, OpenError, StorageError},
    store::Store,
};

/// Checks a ledger from its files: every block of the stores with its events, and that the files `blocks` have the
/// same. There is no index to check: it is rebuilt whenever the ledger is opened. `progress` is told the bytes read
/// and, as far as is known, of how many.
///
/// Nothing is written, except what the store below does when it is opened: after a crash it cuts off its torn end.
///
/// # Errors
/// A process has the ledger open, there is none, or the disk fails. What is only wrong is in the report.
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
            // Half made when a crash came: nothing was ever in it.
            continue;
        }
        let mut generation =
            Generation { number: *number, copy: CopyFile::open(&dir.join("blocks"))?, commit_last: None };
        generation.verify(&dir, &mut verifier, |bytes| progress(bytes, total))?;
        generation.check_end(&mut verifier, newest);
        verifier.report.generations += 1;
    }
    verifier.report.last = Position(verifier.chain.next().0 - 1);
    Ok(verifier.report)
}

struct Generation {
    number: u64,
    copy: CopyFile,
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
        let store = match Store::open(dir) {
            Ok(Some(store)) => store,
            Ok(None) => return self.without_store(verifier, Fault::Missing),
            Err(error) if error.is_corruption() => {
                let ready =
                    fs::read_to_string(dir.join("ready")).is_ok_and(|text| Store::is_description(&text));
                let fault = if ready { Fault::StoreUnreadable } else { Fault::Ready };
                return self.without_store(verifier, fault);
            }
            Err(error) => return Err(error),
        };
        for entry in store.blocks_from(Position::START) {
            let (key, bytes) = match entry {
                Ok(entry) => entry,
                Err(error) if error.is_corruption() => {
                    return self.without_store(verifier, Fault::StoreUnreadable);
                }
                Err(error) => return Err(error),
            };
            let same = self.copy.takes(&bytes)?;
            match Block::open(bytes) {
                Ok(block) => {
                    if !same {
                        self.fault(verifier, key, Fault::Copy);
                    }
                    self.block(verifier, key, &block);
                }
                Err(fault) => {
                    self.fault(verifier, key, fault.into());
                    verifier.hole = true;
                    // What comes next is told by its own key.
                    verifier.chain.skip_to(key);
                }
            }
            progress(verifier.report.bytes);
        }
        let lost_from = verifier.chain.next();
        if let Some(last) = self.copy.whole_commits_from(lost_from)? {
            self.fault(verifier, lost_from.max(begin), Fault::Lost { last });
            verifier.chain.skip_to(last.next());
        }
        Ok(())
    }

    /// The store is of no use: what the copy has of it is checked as far as it goes.
    fn without_store(&mut self, verifier: &mut Verifier, fault: Fault) -> Result<(), StorageError> {
        self.fault(verifier, verifier.chain.next(), fault);
        while let Some(block) =
            self.copy.next()?.filter(|block| block.first_position() == verifier.chain.next())
        {
            self.block(verifier, block.first_position(), &block);
        }
        verifier.hole = true;
        Ok(())
    }

    fn block(&mut self, verifier: &mut Verifier, key: Position, block: &Block) {
        if verifier.hole && key > verifier.chain.next() {
            // The gap is the hole, which was reported.
            verifier.chain.skip_to(key);
        }
        verifier.block(self.number, key, block, |_| Ok(0));
        self.commit_last = Some(block.commit_last);
    }

    /// A commit that is not whole is no fault at the very end: it was never answered, and opening removes it.
    fn check_end(&self, verifier: &mut Verifier, newest: bool) {
        let half = self.commit_last.is_some_and(|last| last.next() != verifier.chain.next());
        if half && !newest && !verifier.hole {
            self.fault(verifier, Position(verifier.chain.next().0 - 1), Fault::HalfCommit);
        }
    }

    fn fault(&self, verifier: &mut Verifier, position: Position, fault: Fault) {
        verifier.fault(CorruptError { generation: self.number, position, fault });
    }
}

/// The file `blocks`, read from its beginning; `None` where there is none.
struct CopyFile {
    file: Option<File>,
    len: u64,
    place: u64,
}

impl CopyFile {
    fn open(path: &Path) -> Result<Self, StorageError> {
        let file = match File::open(path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(reading(error)),
        };
        let len =
            file.as_ref().map_or(Ok(0), |file| file.metadata().map(|file| file.len())).map_err(reading)?;
        Ok(Self { file, len, place: 0 })
    }

    /// Steps over a block of the store; whether the same bytes are here.
    fn takes(&mut self, block: &[u8]) -> Result<bool, StorageError> {
        let found = self.read(self.place, block.len())?;
        self.place += block.len() as u64;
        Ok(found.is_some_and(|found| found == block))
    }

    /// The next block, if it is whole.
    fn next(&mut self) -> Result<Option<Block>, StorageError> {
        let header = self.read(self.place, HEADER_LEN)?;
        let Some(len) = header.as_deref().and_then(|header| header.first_chunk()).map(length) else {
            return Ok(None);
        };
        let block = self.read(self.place, len)?.and_then(|bytes| Block::open(bytes.into()).ok());
        self.place += block.as_ref().map_or(0, Block::len) as u64;
        Ok(block)
    }

    /// The last position of the whole commits that follow, when there are any and they begin with `key`.
    fn whole_commits_from(&mut self, mut key: Position) -> Result<Option<Position>, StorageError> {
        let mut last = None;
        while let Some(block) = self.next()?.filter(|block| block.first_position() == key) {
            key = block.last_position().next();
            if block.last_position() == block.commit_last {
                last = Some(block.commit_last);
            }
        }
        Ok(last)
    }

    /// `None` when the file ends before.
    fn read(&self, start: u64, len: usize) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(file) = self.file.as_ref().filter(|_| start.saturating_add(len as u64) <= self.len) else {
            return Ok(None);
        };
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, start).map_err(reading)?;
        Ok(Some(bytes))
    }
}

fn reading(error: io::Error) -> StorageError {
    StorageError::io("reading a block")(error)
}
