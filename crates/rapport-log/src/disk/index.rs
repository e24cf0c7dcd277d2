//! The index of one generation: event id, stream and revision, customer, tag, type and recorded time → events.
//!
//! It knows events by their place in the generation, from 0. It is in memory and rebuilt from the blocks when the
//! log is opened; readers ask only what is public here, so that an index on disk can take its place.
//!
//! **Invariant:** an event is in the index before it is durable; a reader cuts its answer at the head.

mod ids;
mod postings;
mod select;
mod terms;

use std::collections::HashMap;

use rapport_model::{EventId, Revision, Timestamp};

use self::{ids::Ids, terms::Terms};
use crate::disk::journal::Extent;

pub(crate) use self::{
    select::{Source, Window},
    terms::Kind,
};

/// The keys that find an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys<'a> {
    pub(crate) id: EventId,
    pub(crate) event_type: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) stream: &'a str,
    pub(crate) revision: Revision,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ids: Ids,
    terms: Terms,
    /// For each event the term of its stream.
    streams: Vec<u32>,
    /// The revision of a stream's first event here, where it is not 0.
    stream_bases: HashMap<u32, u64>,
    /// For each block the place of its first event, and when that was recorded.
    block_places: Vec<u32>,
    block_times: Vec<Timestamp>,
    /// Where each block ends in the file of blocks.
    block_ends: Vec<u64>,
    /// Events in those blocks; those of a commit that is being put together are in none.
    block_events: u32,
}

impl Index {
    /// Events in the index.
    #[expect(clippy::cast_possible_truncation, reason = "a generation is closed far below 2^32 events")]
    pub(crate) fn events(&self) -> u32 {
        self.streams.len() as u32
    }

    /// Adds the next event.
    pub(crate) fn insert<'a>(&mut self, keys: Keys<'_>, tags: impl Iterator<Item = &'a str>) {
        let event = self.events();
        self.ids.insert(keys.id, event);
        let stream = self.terms.post(Kind::Stream, keys.stream, event);
        if keys.revision.0 > 0 && self.terms.list_of(stream).len() == 1 {
            self.stream_bases.insert(stream, keys.revision.0);
        }
        self.streams.push(stream);
        self.terms.post(Kind::Type, keys.event_type, event);
        if !keys.customer.is_empty() {
            self.terms.post(Kind::Customer, keys.customer, event);
        }
        for tag in tags {
            self.terms.post(Kind::Tag, tag, event);
        }
    }

    /// Adds the next block.
    pub(crate) fn insert_block(&mut self, events: u32, first_recorded_at: Timestamp, len: usize) {
        self.block_places.push(self.block_events);
        self.block_events += events;
        self.block_times.push(first_recorded_at);
        self.block_ends.push(self.blocks_len() + len as u64);
    }

    /// Bytes of all blocks.
    pub(crate) fn blocks_len(&self) -> u64 {
        self.block_ends.last().copied().unwrap_or(0)
    }

    /// Events that may have this id; compare the stored id.
    pub(crate) fn candidates(&self, id: EventId) -> impl Iterator<Item = u32> {
        self.ids.candidates(id)
    }

    /// The last revision of a stream among the first `until` events; `None` when it has none of them.
    pub(crate) fn last_revision(&self, stream: &str, until: u32) -> Option<Revision> {
        let (base, list) = self.stream(stream)?;
        let events = list.partition_point(|event| *event < until) as u64;
        events.checked_sub(1).map(|last| Revision(base + last))
    }

    /// Where a revision of a stream is: an event here, or after or before all of them.
    pub(crate) fn revision(&self, stream: &str, revision: Revision) -> Option<RevisionPlace> {
        let (base, list) = self.stream(stream)?;
        let Some(nth) = revision.0.checked_sub(base) else { return Some(RevisionPlace::Before) };
        let event = usize::try_from(nth).ok().and_then(|nth| list.get(nth));
        Some(event.map_or(RevisionPlace::After, |event| RevisionPlace::At(*event)))
    }

    /// The first event of the block that holds an event, and where that block lies.
    pub(crate) fn block_of(&self, event: u32) -> Option<(u32, Extent)> {
        let nth = self.block_places.partition_point(|first| *first <= event).checked_sub(1)?;
        let first = *self.block_places.get(nth)?;
        let next = self.block_places.get(nth + 1).copied().unwrap_or(self.block_events);
        let start = nth.checked_sub(1).map_or(Some(0), |before| self.block_ends.get(before).copied())?;
        let len = usize::try_from(self.block_ends.get(nth)? - start).ok()?;
        Some((first, Extent { start, len, count: (next - first) as usize }))
    }

    /// The place of the first event of the block after the one that holds an event.
    pub(crate) fn next_block_after(&self, event: u32) -> Option<u32> {
        self.block_places.get(self.block_places.partition_point(|first| *first <= event)).copied()
    }

    /// The place of the first event of the last block that begins before this moment.
    pub(crate) fn last_block_before(&self, moment: Timestamp) -> Option<u32> {
        let after = self.block_times.partition_point(|time| *time < moment);
        self.block_places.get(after.checked_sub(1)?).copied()
    }

    /// The events with a tag, ascending.
    pub(crate) fn tagged(&self, tag: &str) -> &[u32] {
        self.terms.list(Kind::Tag, tag).unwrap_or_default()
    }

    /// Whether the event is found by a term.
    pub(crate) fn contains(&self, kind: Kind, text: &str, event: u32) -> bool {
        self.terms.list(kind, text).is_some_and(|list| list.binary_search(&event).is_ok())
    }

    /// Entries in all lists; a check compares them with the events.
    pub(crate) fn entries(&self) -> u64 {
        self.terms.entries() + self.ids.len() as u64
    }

    /// Memory that the index occupies; room that was reserved and never touched is not counted.
    pub(crate) fn bytes(&self) -> usize {
        let blocks = self.block_places.len() * 20;
        self.ids.bytes()
            + self.terms.bytes()
            + self.streams.len() * 4
            + self.stream_bases.capacity() * 17
            + blocks
    }

    fn stream(&self, stream: &str) -> Option<(u64, &[u32])> {
        let term = self.terms.find(Kind::Stream, stream)?;
        Some((self.stream_bases.get(&term).copied().unwrap_or(0), self.terms.list_of(term)))
    }
}

/// See [`Index::revision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RevisionPlace {
    /// Earlier than every event of the stream here.
    Before,
    /// This event.
    At(u32),
    /// Later than every event of the stream here.
    After,
}

#[cfg(test)]
mod tests;
