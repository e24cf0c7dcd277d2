//! The event as a client offers it.

use bytes::Bytes;

use crate::{EventId, Timestamp};

/// An event that passed validation and has no place yet.
///
/// **Invariant:** `id`, `event_type` and `payload` are not empty, `tags` are sorted and each there once, and every
/// text is within the limits that the wire contract states. `rapport-proto` makes these from what clients send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The client's id, or a UUIDv7 that the server gave.
    pub id: EventId,
    /// Such as `deal.opened`.
    pub event_type: String,
    /// The party whose history this is; empty for events of the company itself.
    pub customer: String,
    /// The other things it concerns, `key:value`.
    pub tags: Vec<String>,
    /// When it happened; `None` is the moment of recording.
    pub occurred_at: Option<Timestamp>,
    /// Who did it.
    pub actor: Option<Actor>,
    /// The channel it came by.
    pub channel: String,
    /// The system that offers it.
    pub source: String,
    /// What belongs together across systems.
    pub correlation_id: String,
    /// The id of the event that caused this one.
    pub causation_id: String,
    /// The protobuf bytes of `rapport.v1.Payload` as they came: one field, whose number is the type of the payload.
    pub payload: Bytes,
}

/// Who did it, as a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actor {
    /// Stable id within the organisation.
    pub id: String,
    /// The name to show.
    pub display_name: String,
    /// The role acted in.
    pub role: String,
    /// Department at that moment.
    pub department: String,
    /// Branch at that moment.
    pub branch: String,
    /// On whose behalf.
    pub on_behalf_of: String,
}
