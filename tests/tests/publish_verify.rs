//! `rapport publish --verify` finds every way in which a topic can differ from the log, and nothing in one that does not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use publishing::{
    TIMEOUT, append_deals, assert_sound, committed, kafka, position, verify, wait_until_published,
};
use rapport_tests::{Broker, Ledger, shared_broker};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    message::{Header, Headers, OwnedHeaders, OwnedMessage},
    producer::{BaseProducer, BaseRecord, Producer},
};
use serde_json::Value;

const EVENTS: u64 = 300;

/// A ledger whose log is in a topic, and the records of that topic.
struct Published {
    ledger: Ledger,
    broker: &'static Broker,
    records: Vec<OwnedMessage>,
    checkpoint: OwnedMessage,
    _folder: tempfile::TempDir,
}

impl Published {
    fn new(topic: &str, value: &str) -> Self {
        let (broker, folder) = (shared_broker().unwrap(), tempfile::tempdir().unwrap());
        let flags = [kafka(broker, topic), vec!["--kafka-value".to_owned(), value.to_owned()]].concat();
        let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
        append_deals(&ledger, 1, EVENTS);
        wait_until_published(&ledger);
        assert_sound(&ledger.url, &flags, EVENTS);
        let records = committed(broker.client_config(), topic);
        let checkpoint = committed(broker.client_config(), &format!("{topic}.checkpoints")).pop().unwrap();
        Self { ledger, broker, records, checkpoint, _folder: folder }
    }

    /// A topic with these records and the checkpoint, and what is said of it.
    fn said_of(&self, topic: &str, records: &[OwnedMessage]) -> Value {
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

    fn said(&self, topic: &str) -> Value {
        let (code, said) = verify(&self.ledger.url, &kafka(self.broker, topic));
        let is_sound = said["sound"].as_bool().unwrap_or_else(|| panic!("{said}"));
        assert_eq!(code, Some(if is_sound { 0 } else { 1 }), "{said}");
        said
    }

    fn producer(&self, id: &str) -> BaseProducer {
        let producer: BaseProducer =
            self.broker.client_config().set("transactional.id", id).create().unwrap();
        producer.init_transactions(TIMEOUT).unwrap();
        producer
    }

    /// Two records of one partition, the first one before the second.
    fn neighbours(&self) -> (usize, usize) {
        let first = self.records.windows(2).position(|two| two[0].partition() == two[1].partition()).unwrap();
        (first, first + 1)
    }
}

fn send(producer: &BaseProducer, topic: &str, record: &OwnedMessage) {
    let mut made = BaseRecord::to(topic).partition(record.partition());
    made = made.key(record.key().unwrap_or_default()).payload(record.payload().unwrap_or_default());
    if let Some(headers) = record.headers() {
        made = made.headers(headers.clone());
    }
    producer.send::<[u8], [u8]>(made).map_err(|(error, _)| error).unwrap();
}

/// A record with something else in it.
fn changed(
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

fn totals(said: &Value) -> [u64; 5] {
    ["missing", "twice", "out of order", "different", "foreign"]
        .map(|kind| said["totals"][kind].as_u64().unwrap())
}

#[test]
fn a_copy_is_sound_and_every_change_is_found() {
    let published = Published::new("verified", "protobuf");
    let records = &published.records;
    assert_eq!(totals(&published.said_of("copied", records)), [0; 5]);

    let (first, second) = published.neighbours();
    let mut left_out = records.clone();
    let gone = position(&left_out.remove(second));
    let said = published.said_of("left-out", &left_out);
    assert_eq!((totals(&said), &said["faults"][0]["first"]), ([1, 0, 0, 0, 0], &gone.into()), "{said}");

    let mut doubled = records.clone();
    doubled.insert(second, records[first].clone());
    let said = published.said_of("doubled", &doubled);
    assert_eq!(
        (totals(&said), &said["faults"][0]["first"]),
        ([0, 1, 0, 0, 0], &position(&records[first]).into())
    );
    assert_eq!(said["faults"][0]["partition"], records[first].partition());

    let mut swapped = records.clone();
    swapped.swap(first, second);
    let said = published.said_of("swapped", &swapped);
    assert_eq!(
        (totals(&said), &said["faults"][0]["first"]),
        ([0, 0, 1, 0, 0], &position(&records[first]).into())
    );
}

#[test]
fn what_is_different_is_named_and_never_shown() {
    let published = Published::new("compared", "json");
    let records = &published.records;
    let headers = |index: usize| records[index].headers().unwrap().clone();
    let mut different = records.clone();
    different[3] = changed(&records[3], Some("s3cret-key"), None, headers(3));
    let mut value: Value = serde_json::from_slice(records[4].payload().unwrap()).unwrap();
    value["channel"] = "s3cret-value".into();
    different[4] = changed(&records[4], None, Some(value.to_string().into_bytes()), headers(4));
    let others = headers(5).iter().fold(OwnedHeaders::new(), |made, header| {
        let value = if header.key == "ce_time" { Some(b"s3cret-header".as_slice()) } else { header.value };
        made.insert(Header { key: header.key, value })
    });
    different[5] = changed(&records[5], None, None, others);
    let said = published.said_of("different", &different);
    assert_eq!(totals(&said), [0, 0, 0, 3, 0], "{said}");
    let mut details: Vec<_> =
        said["faults"].as_array().unwrap().iter().map(|fault| &fault["detail"]).collect();
    details.sort_by_key(|detail| detail.to_string());
    assert_eq!(details, ["the header `ce_time`", "the key", "the value"]);
    assert!(!said.to_string().contains("s3cret"), "{said}");

    let mut foreign = records.clone();
    foreign.insert(7, changed(&records[7], None, Some(b"hello".to_vec()), OwnedHeaders::new()));
    let mut value: Value = serde_json::from_slice(records[8].payload().unwrap()).unwrap();
    value["position"] = "999999".into();
    let others = headers(8).iter().fold(OwnedHeaders::new(), |made, header| {
        let value = if header.key == "rapport_position" { Some(b"999999".as_slice()) } else { header.value };
        made.insert(Header { key: header.key, value })
    });
    foreign.push(changed(&records[8], None, Some(value.to_string().into_bytes()), others));
    let said = published.said_of("foreign", &foreign);
    assert_eq!(totals(&said), [0, 0, 0, 0, 2], "{said}");
}

#[test]
fn a_retention_that_deleted_the_beginning_is_named() {
    let published = Published::new("retained", "protobuf");
    assert_eq!(totals(&published.said_of("cut", &published.records)), [0; 5]);
    let admin: AdminClient<DefaultClientContext> = published.broker.client_config().create().unwrap();
    let first =
        published.records.iter().find(|record| record.partition() == published.records[0].partition());
    let partition = first.unwrap().partition();
    let mut until = TopicPartitionList::new();
    // The aborted records are before, and their marker.
    until.add_partition_offset("cut", partition, Offset::Offset(60)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(admin.delete_records(&until, &AdminOptions::new())).unwrap();
    let said = published.said("cut");
    assert_eq!(totals(&said), [0; 5], "{said}");
    let deleted = &said["deletedByRetention"];
    let in_it: Vec<_> = published.records.iter().filter(|record| record.partition() == partition).collect();
    let count = deleted["events"].as_u64().unwrap();
    assert!(count > 0 && count < in_it.len() as u64, "{said}");
    assert_eq!(deleted["lastPosition"], position(in_it[usize::try_from(count).unwrap() - 1]), "{said}");
}

#[test]
fn a_topic_that_cannot_be_compared_is_a_failure() {
    let published = Published::new("failing", "protobuf");
    let (code, said) = verify(&published.ledger.url, &kafka(published.broker, "nowhere"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.to_string().contains("there is no topic `nowhere`"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let other = Ledger::start(folder.path()).unwrap();
    let (code, said) = verify(&other.url, &kafka(published.broker, "failing"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.to_string().contains("`failing` holds the events of the ledger "), "{said}");
}
