//! One event as it lies in a block: three lengths, then `envelope ‖ prefix ‖ data ‖ personal`, which is the encoding of
//! `rapport.v1.RecordedEvent`; reading one is taking a slice.

use rapport_model::{
    NewEvent,
    event_ref::NotAnEvent,
    wire::{self, Malformed},
};

use crate::event::{
    envelope::{Envelope, Place, put_envelope},
    split::Parts,
};

/// Encodes records one after the other in the same allocations.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    parts: Parts,
    envelope: Vec<u8>,
    record: Vec<u8>,
}

impl Encoder {
    /// The record of an event at a place.
    pub(crate) fn encode(&mut self, event: &NewEvent, place: Place<'_>) -> &[u8] {
        self.encode_envelope(event, place);
        let Self { parts, envelope, record } = self;
        record.clear();
        for len in [envelope.len(), parts.prefix.len(), parts.data.len()] {
            wire::put_varint(record, len as u64);
        }
        for part in [&*envelope, &parts.prefix, &parts.data, &parts.personal] {
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
    ) -> Result<bool, NotAnEvent> {
        let Envelope { position, revision, recorded_at, .. } = stored.envelope()?;
        let place = Place { position, stream, revision, recorded_at };
        self.encode_envelope(offered, place);
        Ok(self.envelope == stored.envelope)
    }

    fn encode_envelope(&mut self, event: &NewEvent, place: Place<'_>) {
        self.parts.split(&event.payload);
        self.envelope.clear();
        put_envelope(&mut self.envelope, event, &self.parts, place);
    }
}

/// A record, borrowed from its block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// The envelope.
    pub(crate) envelope: &'a [u8],
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
        let (envelope_len, prefix_len, data_len) = (len()?, len()?, len()?);
        let wire = rest;
        let (envelope, rest) = rest.split_at_checked(envelope_len).ok_or(Malformed)?;
        let (_, rest) = rest.split_at_checked(prefix_len).ok_or(Malformed)?;
        let (data, personal) = rest.split_at_checked(data_len).ok_or(Malformed)?;
        Ok(Self { envelope, data, personal, wire })
    }

    pub(crate) fn envelope(&self) -> Result<Envelope<'a>, NotAnEvent> {
        Envelope::parse(self.envelope)
    }
}
