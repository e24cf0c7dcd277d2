//! Reads a whole log and checks it by every rule of `invariants`: an open log here, the files of a closed one in
//! `closed`.

mod closed;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use rapport_model::{Position, Revision};

use crate::{
    disk::{block::Block, generation::Generation},
    error::{CorruptError, Fault, ReadError, StorageError},
    event::envelope::Envelope,
    lock,
    read::{
        invariants::{Chain, check_digests, check_index},
        reader::Reader,
    },
};

pub use self::closed::verify_closed;

/// Faults that are listed; more are counted.
const FAULTS_LISTED: usize = 100;

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Generations read.
    pub generations: u64,
    /// Blocks read.
    pub blocks: u64,
    /// Bytes of those blocks.
    pub bytes: u64,
    /// Events read.
    pub events: u64,
    /// The last position that is there.
    pub last: Position,
    /// All faults.
    pub faults: u64,
    /// The first of them, where and what.
    pub first_faults: Vec<CorruptError>,
}

impl VerifyReport {
    /// Whether the log is as it was written.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.faults == 0
    }
}

/// Checks everything up to the head: that sled has what the journal has, checksums, density,
/// clocks, revisions, digests, and that the index finds each event by all its keys and nothing else. Takes 8 to 16
/// bytes of memory a stream.
///
/// # Errors
/// The disk fails. Faults of the log are in the report, not errors.
pub fn verify(reader: &Reader) -> Result<VerifyReport, StorageError> {
    let head = reader.head().position;
    let mut verifier = Verifier { settled: reader.shared.settled_until(), ..Verifier::default() };
    for generation in reader.shared.generations() {
        verifier.generation(&generation, head)?;
    }
    if verifier.chain.next() != head.next() {
        let fault = Fault::Gap { expected: verifier.chain.next() };
        verifier.fault(CorruptError { generation: 0, position: head, fault });
    }
    verifier.report.last = head;
    Ok(verifier.report)
}

#[derive(Default)]
struct Verifier {
    report: VerifyReport,
    /// What sled must have.
    settled: Position,
    chain: Chain,
    hasher: RandomState,
    /// The next revision by the hash of the stream's name.
    revisions: HashMap<u64, u64>,
    /// A block could not be read, so the revisions behind it are unknown.
    hole: bool,
}

impl Verifier {
    fn generation(&mut self, generation: &Generation, head: Position) -> Result<(), StorageError> {
        self.report.generations += 1;
        if self.chain.next() != generation.first {
            self.fault(generation.corrupt(generation.first, Fault::Gap { expected: self.chain.next() }));
            self.chain.skip_to(generation.first);
        }
        let last = generation.last().min(head);
        let (mut entries, faults) = (0, self.report.faults);
        while self.chain.next() <= last {
            let key = self.chain.next();
            match generation.block(key) {
                Ok(block) => {
                    let settled = key <= self.settled;
                    if settled && generation.stored(key)?.is_none_or(|stored| stored != *block.bytes()) {
                        self.fault(generation.corrupt(key, Fault::Sled));
                    }
                    entries += self.block(generation.number, key, &block, |envelope| {
                        check_index(&lock::read(&generation.index), generation, envelope)
                    });
                }
                Err(ReadError::Storage(error)) => return Err(error),
                Err(ReadError::Corrupt(fault)) => {
                    self.fault(fault);
                    let next = lock::read(&generation.index).next_block_after(generation.place(key));
                    self.chain.skip_to(next.map_or_else(|| last.next(), |place| generation.position(place)));
                    self.hole = true;
                }
            }
        }
        let index = lock::read(&generation.index);
        // The count holds only if every event was read and none is being appended.
        let all_read = self.report.faults == faults && generation.place(last.next()) == index.events();
        if all_read && entries != index.entries() {
            self.fault(generation.corrupt(generation.first, Fault::Index));
        }
        Ok(())
    }

    /// Entries of the index that the events of a block account for; `found` looks one event up there.
    fn block(
        &mut self,
        generation: u64,
        key: Position,
        block: &Block,
        found: impl Fn(&Envelope<'_>) -> Result<u64, Fault>,
    ) -> u64 {
        self.report.blocks += 1;
        self.report.bytes += block.len() as u64;
        let corrupt = |position, fault| CorruptError { generation, position, fault };
        if let Err(fault) = self.chain.check_block(key, block) {
            self.fault(corrupt(key, fault));
            self.chain.skip_to(block.first_position());
        }
        let mut entries = 0;
        for position in block.first_position().0..=block.last_position().0 {
            match self.event(block, Position(position), &found) {
                Ok(found) => entries += found,
                Err(fault) => self.fault(corrupt(Position(position), fault)),
            }
            self.chain.skip_to(Position(position + 1));
        }
        if let Err(fault) = self.chain.check_block_end(block) {
            self.fault(corrupt(key, fault));
        }
        entries
    }

    fn event(
        &mut self,
        block: &Block,
        position: Position,
        found: impl Fn(&Envelope<'_>) -> Result<u64, Fault>,
    ) -> Result<u64, Fault> {
        self.report.events += 1;
        let record = block.record(position).ok_or(Fault::Missing)??;
        let envelope = record.envelope().map_err(|_| Fault::Envelope)?;
        self.chain.check_event(&envelope)?;
        let stream = self.hasher.hash_one(envelope.stream);
        let expected = self.revisions.insert(stream, envelope.revision.0 + 1).unwrap_or(0);
        if envelope.revision.0 != expected && !self.hole {
            return Err(Fault::Revision { expected: Revision(expected) });
        }
        check_digests(&record, &envelope)?;
        found(&envelope)
    }

    fn fault(&mut self, fault: CorruptError) {
        self.report.faults += 1;
        if self.report.first_faults.len() < FAULTS_LISTED {
            self.report.first_faults.push(fault);
        }
    }
}

#[cfg(test)]
mod tests;
