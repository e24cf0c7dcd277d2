//! Events, requests and small logs for the tests of the log.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;

use rapport_log::{Appender, LogOptions, Reader, open};
use rapport_model::{AppendRequest, EventId, ExpectedRevision, NewEvent, StreamAppend, Timestamp};

/// Generations of some dozen events and blocks of a kilobyte, so that a test meets many of them.
pub(crate) fn small() -> LogOptions {
    LogOptions {
        generation_events_max: 40,
        block_bytes_max: 1 << 10,
        cold_cache_bytes_max: 4 << 10,
        ..LogOptions::default()
    }
}

pub(crate) fn open_small(dir: &Path) -> (Appender, Reader) {
    open(dir, small()).unwrap()
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// The bytes of `Payload { deal_opened: { deal_id, personal: { title } } }`, made by hand.
pub(crate) fn payload(deal: &str, title: &str) -> Vec<u8> {
    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(value.len()).unwrap()];
        bytes.extend_from_slice(value);
        bytes
    }
    let mut deal = field(1, deal.as_bytes());
    deal.extend(field(15, &field(1, title.as_bytes())));
    let mut payload = vec![0x92, 0x03, u8::try_from(deal.len()).unwrap()];
    payload.extend(deal);
    payload
}

pub(crate) fn event(id: u128) -> NewEvent {
    NewEvent {
        id: EventId::from_u128(id),
        event_type: "deal.opened".into(),
        customer: String::new(),
        tags: vec![],
        occurred_at: None,
        actor: None,
        channel: String::new(),
        source: String::new(),
        correlation_id: String::new(),
        causation_id: String::new(),
        payload: payload("42", "a title").into(),
    }
}

pub(crate) fn append(stream: &str, expected_revision: ExpectedRevision, ids: &[u128]) -> StreamAppend {
    StreamAppend {
        stream: stream.into(),
        expected_revision,
        events: ids.iter().map(|id| event(*id)).collect(),
    }
}

pub(crate) fn request(appends: Vec<StreamAppend>) -> AppendRequest {
    AppendRequest { appends, ..AppendRequest::default() }
}

/// A request of one event for stream `s`.
pub(crate) fn one(id: u128) -> AppendRequest {
    request(vec![append("s", ExpectedRevision::Any, &[id])])
}

/// Numbers that a seed decides (SplitMix64).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
