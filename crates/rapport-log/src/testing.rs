//! Events for unit tests.

use rapport_model::{EventId, NewEvent};

/// An event with a payload `{50: {1: "2", 15: {1: "hi"}}}`.
pub(crate) fn event(id: u128, event_type: &str, customer: &str, tags: &[&str]) -> NewEvent {
    NewEvent {
        id: EventId::from_u128(id),
        event_type: event_type.to_owned(),
        customer: customer.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        occurred_at: None,
        actor: None,
        channel: String::new(),
        source: String::new(),
        correlation_id: String::new(),
        causation_id: String::new(),
        payload: bytes::Bytes::from_static(b"\x92\x03\x09\x0a\x012\x7a\x04\x0a\x02hi"),
    }
}
