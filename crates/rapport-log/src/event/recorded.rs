//! An event as it is read.

use bytes::Bytes;
use rapport_model::Position;

use crate::event::{envelope::Envelope, record::Record};

/// An event of the log. Cheap to clone: the bytes are shared with the block they lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The place among all events.
    pub position: Position,
    /// The protobuf encoding of `rapport.v1.RecordedEvent`, payload included.
    pub bytes: Bytes,
}

/// The envelope of a record cannot be read, although its checksum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the envelope at position `{position}` cannot be read; run `rapport verify` and restore the ledger from a backup"
)]
pub struct EnvelopeError {
    /// Where it is.
    pub position: Position,
}

impl EnvelopeError {
    /// Always [`rapport_model::ErrorClass::Corrupt`].
    #[must_use]
    pub const fn class(&self) -> rapport_model::ErrorClass {
        rapport_model::ErrorClass::Corrupt
    }
}

impl Recorded {
    /// The event of a record that lies in `bytes`, which it shares.
    pub(crate) fn new(position: Position, record: &Record<'_>, bytes: &Bytes) -> Self {
        Self { position, bytes: bytes.slice_ref(record.wire) }
    }

    /// The envelope, borrowed; the payload is not decoded.
    ///
    /// # Errors
    /// The stored bytes are not an envelope.
    pub fn envelope(&self) -> Result<Envelope<'_>, EnvelopeError> {
        Envelope::parse(&self.bytes).map_err(|_| EnvelopeError { position: self.position })
    }
}
