//! The rules for every event of every log, in one place: opening a log, the tests and `rapport verify` use them.
//!
//! **Invariant:** positions are dense, from 1.
//! **Invariant:** `recorded_at` never goes backwards.
//! **Invariant:** data and personal part have the digests that the envelope says.
//! **Invariant:** revisions of a stream are dense, from 0, and the index finds every event by all its keys.

use rapport_model::{Position, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    disk::{
        block::Block,
        generation::Generation,
        index::{Index, Kind, RevisionPlace},
    },
    error::Fault,
    event::{envelope::Envelope, record::Record},
};

/// The place of the next event, and the clock that it must not fall behind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    next: Position,
    last_recorded_at: Option<Timestamp>,
}

impl Default for Chain {
    fn default() -> Self {
        Self { next: Position(1), last_recorded_at: None }
    }
}

impl Chain {
    pub(crate) const fn next(&self) -> Position {
        self.next
    }

    pub(crate) const fn last_recorded_at(&self) -> Option<Timestamp> {
        self.last_recorded_at
    }

    /// Checks that the block begins where the one before ended.
    pub(crate) fn check_block(&self, key: Position, block: &Block) -> Result<(), Fault> {
        if block.first_position() != key {
            return Err(Fault::Key);
        }
        if key != self.next { Err(Fault::Gap { expected: self.next }) } else { Ok(()) }
    }

    /// Checks the time at which the block says that it ends.
    pub(crate) fn check_block_end(&self, block: &Block) -> Result<(), Fault> {
        if self.last_recorded_at == Some(block.last_recorded_at) { Ok(()) } else { Err(Fault::Clock) }
    }

    /// Checks that the event is the next one.
    pub(crate) fn check_event(&mut self, envelope: &Envelope<'_>) -> Result<(), Fault> {
        if envelope.position != self.next {
            return Err(Fault::Gap { expected: self.next });
        }
        if self.last_recorded_at.is_some_and(|last| envelope.recorded_at < last) {
            return Err(Fault::Clock);
        }
        *self = Self { next: self.next.next(), last_recorded_at: Some(envelope.recorded_at) };
        Ok(())
    }

    /// Goes on behind a block that cannot be read.
    pub(crate) fn skip_to(&mut self, next: Position) {
        self.next = next;
    }
}

/// Checks the parts against the digests in the envelope.
pub(crate) fn check_digests(record: &Record<'_>, envelope: &Envelope<'_>) -> Result<(), Fault> {
    if Sha256::digest(record.data).as_slice() != envelope.data_sha256 {
        return Err(Fault::DataDigest);
    }
    let personal = (!record.personal.is_empty()).then(|| Sha256::digest(record.personal));
    let same = personal.as_ref().map(|digest| digest.as_slice()) == envelope.personal_sha256;
    if same { Ok(()) } else { Err(Fault::PersonalDigest) }
}

/// Checks that the index finds the event by all its keys and at its revision, and returns the number of its entries.
pub(crate) fn check_index(
    index: &Index,
    generation: &Generation,
    envelope: &Envelope<'_>,
) -> Result<u64, Fault> {
    let place = generation.place(envelope.position);
    if index.revision(envelope.stream, envelope.revision) != Some(RevisionPlace::At(place)) {
        return Err(Fault::Index);
    }
    let customer = (!envelope.customer.is_empty()).then_some((Kind::Customer, envelope.customer));
    let keys =
        [(Kind::Stream, envelope.stream), (Kind::Type, envelope.event_type)].into_iter().chain(customer);
    // The id is an entry, too.
    let mut entries = 1;
    for (kind, text) in keys.chain(envelope.tags().map(|tag| (Kind::Tag, tag))) {
        entries += 1;
        if !index.contains(kind, text, place) {
            return Err(Fault::Index);
        }
    }
    let found = index.candidates(envelope.id).any(|candidate| candidate == place);
    if found { Ok(entries) } else { Err(Fault::Index) }
}
