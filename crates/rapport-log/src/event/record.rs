//! One event as it lies in a block: three lengths, then `head ‖ prefix ‖ data ‖ personal`, which is the encoding of
//! `rapport.v1.RecordedEvent`; reading one is taking a slice.

use rapport_model::NewEvent;

use crate::event::{
    envelope::{HeadRef, Place, put_head},
    split::Parts,
    wire::{self, Malformed},
};

/// Encodes records one after the other in the same allocations.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    parts: Parts,
    head: Vec<u8>,
    record: Vec<u8>,
}

impl Encoder {
    /// The record of an event at a place.
    pub(crate) fn encode(&mut self, event: &NewEvent, place: Place<'_>) -> &[u8] {
        self.encode_head(event, place);
        let Self { parts, head, record } = self;
        record.clear();
        for len in [head.len(), parts.prefix.len(), parts.data.len()] {
            wire::put_varint(record, len as u64);
        }
        for part in [&*head, &parts.prefix, &parts.data, &parts.personal] {
            record.extend_from_slice(part);
        }
        record
    }

    /// Whether the event offered is the one stored: the same id with the same content in the same stream.
    pub(crate) fn is_same(
        &mut self,
        offered: &NewEvent,
        stream: &str,
        stored: &Record<'_>,
    ) -> Result<bool, Malformed> {
        let head = stored.head()?;
        let place =
            Place { position: head.position, stream, revision: head.revision, recorded_at: head.recorded_at };
        self.encode_head(offered, place);
        Ok(self.head == stored.head)
    }

    fn encode_head(&mut self, event: &NewEvent, place: Place<'_>) {
        self.parts.split(&event.payload);
        self.head.clear();
        put_head(&mut self.head, event, &self.parts, place);
    }
}

/// A record, borrowed from its block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// The envelope.
    pub(crate) head: &'a [u8],
    /// The payload without its personal part.
    pub(crate) data: &'a [u8],
    /// What is personal.
    pub(crate) personal: &'a [u8],
    /// All of it as `rapport.v1.RecordedEvent`.
    pub(crate) wire: &'a [u8],
}

impl<'a> Record<'a> {
    /// Finds the parts.
    pub(crate) fn parse(mut rest: &'a [u8]) -> Result<Self, Malformed> {
        let mut len = || usize::try_from(wire::take_varint(&mut rest)?).map_err(|_| Malformed);
        let (head_len, prefix_len, data_len) = (len()?, len()?, len()?);
        let wire = rest;
        let (head, rest) = rest.split_at_checked(head_len).ok_or(Malformed)?;
        let (_, rest) = rest.split_at_checked(prefix_len).ok_or(Malformed)?;
        let (data, personal) = rest.split_at_checked(data_len).ok_or(Malformed)?;
        Ok(Self { head, data, personal, wire })
    }

    pub(crate) fn head(&self) -> Result<HeadRef<'a>, Malformed> {
        HeadRef::parse(self.head)
    }
}
