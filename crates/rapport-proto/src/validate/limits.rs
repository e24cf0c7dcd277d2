//! How large requests and names may be.

use crate::v1;

/// How large requests and their parts may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Encoded bytes of one event's payload.
    pub payload_bytes_max: usize,
    /// Events in one request.
    pub request_events_max: usize,
    /// Encoded bytes of all payloads of one request.
    pub request_bytes_max: usize,
    /// Bytes of one message; the transport refuses a larger one.
    pub message_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes_max: 1 << 20,
            request_events_max: 10_000,
            request_bytes_max: 4 << 20,
            message_bytes_max: 8 << 20,
        }
    }
}

impl From<Limits> for v1::Limits {
    fn from(limits: Limits) -> Self {
        Self {
            payload_bytes_max: limits.payload_bytes_max as u64,
            request_events_max: limits.request_events_max as u64,
            request_bytes_max: limits.request_bytes_max as u64,
            message_bytes_max: limits.message_bytes_max as u64,
        }
    }
}

impl From<Option<v1::Limits>> for Limits {
    /// What a server says of itself; the defaults of one that does not say.
    fn from(limits: Option<v1::Limits>) -> Self {
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        limits.map_or_else(Self::default, |limits| Self {
            payload_bytes_max: size(limits.payload_bytes_max),
            request_events_max: size(limits.request_events_max),
            request_bytes_max: size(limits.request_bytes_max),
            message_bytes_max: size(limits.message_bytes_max),
        })
    }
}

/// A name (stream, customer, id) may have so many bytes.
pub const NAME_BYTES_MAX: usize = 200;
