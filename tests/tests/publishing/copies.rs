//! Topics made by hand of the records of a published one.

use rapport_tests::{Broker, Ledger, shared_broker};
use rdkafka::{
    Message,
    message::{OwnedHeaders, OwnedMessage},
    producer::{BaseProducer, BaseRecord, Producer},
};
use serde_json::Value;

use super::{
    TIMEOUT, append_deals, assert_sound, committed, header, kafka, position, verify, wait_until_published,
};

pub(crate) const EVENTS: u64 = 300;

/// A ledger whose log is in a topic, and the records of that topic.
pub(crate) struct Published {
    pub ledger: Ledger,
    pub broker: &'static Broker,
    pub records: Vec<OwnedMessage>,
    pub checkpoint: OwnedMessage,
    pub folder: tempfile::TempDir,
}

impl Published {
    pub(crate) fn new(topic: &str, value: &str) -> Self {
        let (broker, folder) = (shared_broker().unwrap(), tempfile::tempdir().unwrap());
        let flags = [kafka(broker, topic), vec!["--kafka-value".to_owned(), value.to_owned()]].concat();
        let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
        append_deals(&ledger, 1, EVENTS);
        wait_until_published(&ledger);
        assert_sound(&ledger.url, &flags, EVENTS);
        let records = committed(broker.client_config(), topic);
        let checkpoint = committed(broker.client_config(), &format!("{topic}.checkpoints")).pop().unwrap();
        Self { ledger, broker, records, checkpoint, folder }
    }

    /// A topic with these records and the checkpoint, and what is said of it.
    pub(crate) fn said_of(&self, topic: &str, records: &[OwnedMessage]) -> Value {
        self.broker.create_topic(topic, 4, &[]).unwrap();
        let checkpoints = format!("{topic}.checkpoints");
        self.broker.create_topic(&checkpoints, 1, &[("cleanup.policy", "compact")]).unwrap();
        let producer = self.producer(topic);
        // What is not committed is not seen.
        producer.begin_transaction().unwrap();
        records.iter().take(50).for_each(|record| send(&producer, topic, record));
        producer.flush(TIMEOUT).unwrap();
        producer.abort_transaction(TIMEOUT).unwrap();
        producer.begin_transaction().unwrap();
        records.iter().for_each(|record| send(&producer, topic, record));
        send(&producer, &checkpoints, &self.checkpoint);
        producer.commit_transaction(TIMEOUT).unwrap();
        self.said(topic)
    }

    /// The same for a topic whose checkpoint is at a position, with records that are seen without one.
    pub(crate) fn said_with(
        &self,
        topic: &str,
        before: &[OwnedMessage],
        until: u64,
        behind: &[OwnedMessage],
    ) -> Value {
        self.make(topic, before, until, behind);
        self.said(topic)
    }

    /// Makes a topic of records before a checkpoint at a position, and of others behind it.
    pub(crate) fn make(&self, topic: &str, before: &[OwnedMessage], until: u64, behind: &[OwnedMessage]) {
        self.broker.create_topic(topic, 4, &[("retention.ms", "-1")]).unwrap();
        let checkpoints = format!("{topic}.checkpoints");
        self.broker.create_topic(&checkpoints, 1, &[("cleanup.policy", "compact")]).unwrap();
        let producer = self.producer(topic);
        producer.begin_transaction().unwrap();
        before.iter().for_each(|record| send(&producer, topic, record));
        let mut checkpoint: Value = serde_json::from_slice(self.checkpoint.payload().unwrap()).unwrap();
        let last = self.records.iter().find(|record| position(*record) == until).unwrap();
        checkpoint["position"] = until.into();
        checkpoint["event_id"] = header(last, "ce_id").unwrap().into();
        checkpoint["recorded_at"] = header(last, "rapport_recorded_at").unwrap().into();
        // Records of one partition are at offsets from 0 on.
        let offset = |partition: i32| before.iter().filter(|record| record.partition() == partition).count();
        checkpoint["offsets"] = (0..4).map(offset).collect();
        let value = serde_json::to_vec(&checkpoint).unwrap();
        let mut made = BaseRecord::to(&checkpoints).partition(0).payload(value.as_slice());
        made = made.key(topic.as_bytes());
        producer.send::<[u8], [u8]>(made).map_err(|(error, _)| error).unwrap();
        producer.commit_transaction(TIMEOUT).unwrap();
        producer.begin_transaction().unwrap();
        behind.iter().for_each(|record| send(&producer, topic, record));
        producer.commit_transaction(TIMEOUT).unwrap();
    }

    pub(crate) fn said(&self, topic: &str) -> Value {
        let (code, said) = verify(&self.ledger.url, &kafka(self.broker, topic));
        let is_sound = said["sound"].as_bool().unwrap_or_else(|| panic!("{said}"));
        assert_eq!(code, Some(if is_sound { 0 } else { 1 }), "{said}");
        said
    }

    pub(crate) fn producer(&self, id: &str) -> BaseProducer {
        let producer: BaseProducer =
            self.broker.client_config().set("transactional.id", id).create().unwrap();
        producer.init_transactions(TIMEOUT).unwrap();
        producer
    }

    /// Two records of one partition, the first one before the second.
    pub(crate) fn neighbours(&self) -> (usize, usize) {
        let first = self.records.windows(2).position(|two| two[0].partition() == two[1].partition()).unwrap();
        (first, first + 1)
    }
}

pub(crate) fn send(producer: &BaseProducer, topic: &str, record: &OwnedMessage) {
    let mut made = BaseRecord::to(topic).partition(record.partition());
    made = made.key(record.key().unwrap_or_default()).payload(record.payload().unwrap_or_default());
    if let Some(headers) = record.headers() {
        made = made.headers(headers.clone());
    }
    producer.send::<[u8], [u8]>(made).map_err(|(error, _)| error).unwrap();
}

/// A record with something else in it.
pub(crate) fn changed(
    record: &OwnedMessage,
    key: Option<&str>,
    value: Option<Vec<u8>>,
    headers: OwnedHeaders,
) -> OwnedMessage {
    OwnedMessage::new(
        value.or_else(|| record.payload().map(<[u8]>::to_vec)),
        key.map(|key| key.as_bytes().to_vec()).or_else(|| record.key().map(<[u8]>::to_vec)),
        record.topic().to_owned(),
        record.timestamp(),
        record.partition(),
        record.offset(),
        Some(headers),
    )
}
