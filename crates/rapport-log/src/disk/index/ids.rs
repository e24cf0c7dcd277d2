//! Event id → the event, in 8 bytes and a control byte an event: a fingerprint of the id and the event's place.
//! Two ids can share a fingerprint, so what is found is a candidate, to be compared with the stored id.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use rapport_model::EventId;

#[derive(Debug, Clone, Copy)]
struct Entry {
    fingerprint: u32,
    event: u32,
}

/// The ids of an index.
#[derive(Debug, Default)]
pub(super) struct Ids {
    hasher: DefaultHashBuilder,
    table: HashTable<Entry>,
}

impl Ids {
    pub(super) fn insert(&mut self, id: EventId, event: u32) {
        let fingerprint = self.fingerprint(id);
        self.table.insert_unique(spread(fingerprint), Entry { fingerprint, event }, |entry| {
            spread(entry.fingerprint)
        });
    }

    /// Events that may have this id; nearly always none or one.
    pub(super) fn candidates(&self, id: EventId) -> impl Iterator<Item = u32> {
        let fingerprint = self.fingerprint(id);
        let same = move |entry: &&Entry| entry.fingerprint == fingerprint;
        self.table.iter_hash(spread(fingerprint)).filter(same).map(|entry| entry.event)
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.allocation_size()
    }

    fn fingerprint(&self, id: EventId) -> u32 {
        let hash = self.hasher.hash_one(id.as_u128());
        u32::try_from(hash >> 32).unwrap_or(0)
    }
}

/// The table looks at the highest and the lowest bits of 64.
const fn spread(fingerprint: u32) -> u64 {
    (fingerprint as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
