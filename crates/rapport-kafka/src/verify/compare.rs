//! A record against the event that it should be.

use rapport_proto::event_ref::NotAnEvent;
use rdkafka::message::{Headers, Message};

use crate::{
    LogEvent, ValueFormat,
    read::merged::Front,
    topic::{
        partitions::partition_of,
        record::{self, Record},
    },
};

/// The record that an event makes.
pub(super) struct Expected {
    record: Record,
    partition: i32,
}

impl Expected {
    /// In the format that the record found says it has: a topic may hold both, from one day on the other.
    pub(super) fn new(
        event: &LogEvent,
        source: &str,
        partitions: usize,
        found: &Front,
    ) -> Result<Self, NotAnEvent> {
        let format = if record::is_json(&found.record) { ValueFormat::Json } else { ValueFormat::Protobuf };
        let record = record::write(event, source, format)?;
        let partition = partition_of(record.key.as_bytes(), partitions);
        Ok(Self { record, partition })
    }

    /// What is different, by name; never the content.
    pub(super) fn difference(&self, found: &Front) -> Option<String> {
        let found = &found.record;
        let mut different = Vec::new();
        if found.key() != Some(self.record.key.as_bytes()) {
            different.push("the key".to_owned());
        }
        if found.partition() != self.partition {
            different.push(format!("the partition: its key belongs to {}", self.partition));
        }
        if !self.has_value(found.payload().unwrap_or_default()) {
            different.push("the value".to_owned());
        }
        different.extend(self.headers(found));
        (!different.is_empty()).then(|| different.join("; "))
    }

    fn has_value(&self, found: &[u8]) -> bool {
        let expected = &self.record.value;
        // Another release may have written the same JSON in another order.
        let json = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
        found == &**expected || json(found).is_some_and(|found| Some(found) == json(expected))
    }

    fn headers(&self, found: &impl Message) -> Vec<String> {
        let of = |name: &str| found.headers()?.iter().find(|header| header.key == name)?.value;
        let expected = self.record.headers.iter();
        let mut different: Vec<_> = expected
            .filter(|header| of(header.key) != header.value)
            .map(|header| format!("the header `{}`", header.key))
            .collect();
        if found.headers().map_or(0, Headers::count) > self.record.headers.count() {
            different.push("more headers than an event has".to_owned());
        }
        different
    }
}
