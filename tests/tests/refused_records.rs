//! Records that the broker refuses whenever they come: for their size, for their time, for the size of a segment. What
//! precedes them is published, they are named with what to do, and once that is done everything is.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{fs, path::Path};

use prost::Message as _;
use publishing::{Publish, append, assert_sound, event, kafka, page, publisher, trouble, wait_until};
use rapport_proto::v1::{Custom, Event, Payload, StreamAppend, payload::Kind};
use rapport_tests::{Ledger, Random, shared_broker};

/// An event of so many bytes, which no compression makes smaller.
fn large(stream: &str, bytes: usize) -> StreamAppend {
    let mut random = Random::seeded("refused_records");
    let text: String = (0..bytes / 36).map(|_| random.uuid()).collect();
    let custom =
        Custom { content_type: "text/plain".to_owned(), data: text.into_bytes().into(), ..Custom::default() };
    let event = Event {
        r#type: "acme.large".to_owned(),
        customer: "kliente-ņ-3".to_owned(),
        payload: Payload { kind: Some(Kind::Custom(custom)) }.encode_to_vec().into(),
        ..Event::default()
    };
    StreamAppend { stream: stream.to_owned(), events: vec![event], ..StreamAppend::default() }
}

fn deals(first: u64, count: u64) -> Vec<StreamAppend> {
    (first..first + count).map(|number| event(number, 10)).collect()
}

/// Waits until a publisher is refused, and gives what it says and how far it is.
fn refused(publish: &Publish, of: &str) -> (String, u64) {
    wait_until("it is refused", || {
        let ready = page(&publish.http, "/readyz");
        ready.starts_with("refused: ") && ready.contains(of)
    });
    let metrics = page(&publish.http, "/metrics");
    let position = metrics.lines().find_map(|line| line.strip_prefix("rapport_publisher_position "));
    (page(&publish.http, "/readyz"), position.unwrap().parse().unwrap())
}

#[test]
fn of_one_append_what_precedes_an_event_that_is_too_large_is_published_and_then_the_rest() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let small = |bytes: &'static str| [("max.message.bytes", bytes), ("retention.ms", "-1")];
    broker.create_topic("one-append", 4, &small("20000")).unwrap();
    let flags = kafka(broker, "one-append");
    let ledger = Ledger::start(folder.path()).unwrap();
    let mut all = deals(1, 400);
    all.push(large("first", 60_000));
    all.extend(deals(1_000, 50));
    all.push(large("second", 200_000));
    all.extend(deals(2_000, 50));
    append(&ledger.url, all).unwrap();
    let publish = Publish::start(&ledger.url, &flags);
    let (said, position) = refused(&publish, "`401`");
    assert!(said.contains("the event at position `401` is larger than `one-append` takes"), "{said}");
    assert_eq!(position, 400);
    assert_sound(&ledger.url, &flags, 400);
    // The next one is named when its turn has come; also by a publisher that begins anew.
    broker.alter_topic("one-append", &small("100000")).unwrap();
    assert_eq!(publish.terminate(), Some(0));
    let publish = Publish::start(&ledger.url, &flags);
    let (said, position) = refused(&publish, "`452`");
    assert!(said.contains("`max.message.bytes`"), "{said}");
    assert_eq!(position, 451);
    broker.alter_topic("one-append", &small("1000000")).unwrap();
    wait_until("everything is published", || {
        page(&publish.http, "/metrics").contains("rapport_publisher_position 502\n")
    });
    wait_until("it says so", || publish.is_publishing());
    assert_sound(&ledger.url, &flags, 502);
}

#[test]
fn an_event_that_is_larger_than_a_segment_is_named() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = [("max.message.bytes", "33554432"), ("segment.bytes", "1048576"), ("retention.ms", "-1")];
    broker.create_topic("segments", 4, &settings).unwrap();
    let flags = [kafka(broker, "segments"), ["--kafka-value", "json"].map(str::to_owned).to_vec()].concat();
    let ledger = Ledger::start(folder.path()).unwrap();
    append(&ledger.url, [deals(1, 20), vec![large("large", 1_000_000)]].concat()).unwrap();
    let publish = Publish::start(&ledger.url, &flags);
    let (said, position) = refused(&publish, "`21`");
    assert!(said.contains("`segment.bytes`"), "{said}");
    assert_eq!(position, 20);
    assert_sound(&ledger.url, &flags, 20);
}

/// Appends at a moment of the simulated clock.
fn at(ledger: &Ledger, folder: &Path, moment: jiff::Timestamp, number: u64) {
    let file = folder.join("event.json");
    let line = format!(
        r#"{{"stream":"s-{number}","customer":"c-{number}","payload":{{"noteRecorded":{{"kind":"visit"}}}}}}"#
    );
    fs::write(&file, line).unwrap();
    ledger.run(["append", file.to_str().unwrap(), "--simulated-now", &moment.to_string()]).unwrap();
}

fn hours(hours: i64) -> jiff::Timestamp {
    jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours)
}

#[test]
fn what_is_recorded_ahead_of_the_broker_or_long_ago_is_published_to_a_topic_of_ours() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = kafka(broker, "ahead-of-time");
    let simulated = [flags.clone(), vec!["--simulated-clock".to_owned()]].concat();
    let ledger = Ledger::start_with(&folder.path().join("data"), &simulated).unwrap();
    for (number, ahead) in (0..).zip([-24 * 365 * 30, 0, 3, 24 * 365]) {
        at(&ledger, folder.path(), hours(ahead), number);
    }
    publishing::wait_until_published(&ledger);
    assert_eq!(publisher(&ledger)["warnings"], serde_json::Value::Null, "{}", publisher(&ledger));
    assert_sound(&ledger.url, &flags, 4);
}

#[test]
fn what_is_recorded_ahead_of_the_broker_is_named_where_the_topic_does_not_take_it() {
    let broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kept = [("max.message.bytes", "33554432"), ("retention.ms", "-1")];
    broker.create_topic("timely", 1, &kept).unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-topic", "timely", "--kafka-partitions", "1"];
    let flags = flags.map(str::to_owned).to_vec();
    let simulated = [flags.clone(), vec!["--simulated-clock".to_owned()]].concat();
    let data = folder.path().join("data");
    let ledger = Ledger::start_with(&data, ["--simulated-clock"]).unwrap();
    at(&ledger, folder.path(), hours(-1), 1);
    at(&ledger, folder.path(), hours(0), 2);
    at(&ledger, folder.path(), hours(3), 3);
    at(&ledger, folder.path(), hours(4), 4);
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    // All of it in one transaction.
    let ledger = Ledger::start_with(&data, &simulated).unwrap();
    let said = trouble(&ledger, "STATE_REFUSED");
    assert!(said.contains("the event at position `3`"), "{said}");
    assert!(said.contains("set its `message.timestamp.after.max.ms`"), "{said}");
    assert_eq!(publisher(&ledger)["position"], "2");
    let status = ledger.run(["status"]).unwrap();
    assert!(status.contains("`timely` has `message.timestamp.after.max.ms` = 3600000"), "{status}");
    assert_sound(&ledger.url, &flags, 2);
    let all = [kept[0], kept[1], ("message.timestamp.after.max.ms", "9223372036854775807")];
    broker.alter_topic("timely", &all).unwrap();
    publishing::wait_until_published(&ledger);
    assert_sound(&ledger.url, &flags, 4);
}
