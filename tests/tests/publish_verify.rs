//! `rapport publish --verify` finds every way in which a topic can differ from the log, and nothing in one that does not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use publishing::{
    Publish, TIMEOUT, append_deals, assert_sound,
    copies::{EVENTS, Published, changed, send},
    kafka, page, position, verify, wait_until, wait_until_published,
};
use rapport_tests::{Ledger, command};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    message::{Header, Headers, OwnedHeaders},
    producer::{BaseProducer, Producer},
};
use serde_json::Value;

/// Of all kinds but `checkpoint`.
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

#[test]
fn a_topic_without_a_checkpoint_cannot_be_compared_and_what_is_not_published_is_said() {
    let published = Published::new("unfinished", "protobuf");
    let (ledger, broker) = (&published.ledger.url, published.broker);
    append_deals(&published.ledger, 10_000, 1_200);
    // A copy of what was there before: its publisher is behind, and says nothing.
    let said = published.said_of("behind", &published.records);
    assert_eq!((&said["sound"], &said["unpublished"]["events"]), (&true.into(), &1_200.into()), "{said}");
    assert_eq!(said["unpublished"]["logEnd"], EVENTS + 1_200);
    let mut verify_table = command(["publish", "--verify", "--server", ledger]).unwrap();
    let table = rapport_tests::run_ok(verify_table.args(kafka(broker, "behind"))).unwrap();
    assert!(
        table.contains("200 events, the log ends at position") && table.ends_with("\nsound\n"),
        "{table}"
    );
    broker.delete_topic("behind.checkpoints").unwrap();
    let (code, said) = verify(ledger, &kafka(broker, "behind"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.to_string().contains("`behind.checkpoints` has no checkpoint"), "{said}");
    broker.create_topic("behind.checkpoints", 1, &[("cleanup.policy", "compact")]).unwrap();
    let (code, said) = verify(ledger, &kafka(broker, "behind"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.to_string().contains("`behind.checkpoints` has no checkpoint"), "{said}");
}

#[test]
fn what_is_wrong_behind_the_checkpoint_is_found_as_well() {
    let published = Published::new("tail", "protobuf");
    let records = &published.records;
    let (before, behind): (Vec<_>, Vec<_>) =
        records.iter().cloned().partition(|record| position(record) <= 200);
    // Nothing is wrong with events that are seen before their checkpoint.
    let said = published.said_with("tail-seen", &before, 200, &behind);
    assert_eq!((totals(&said), &said["unpublished"]["events"]), ([0; 5], &0.into()), "{said}");
    let some: Vec<_> = behind.iter().filter(|record| record.partition() == 0).cloned().collect();
    let said = published.said_with("tail-torn", &before, 200, &some);
    let unpublished = EVENTS - 200 - some.len() as u64;
    assert_eq!((totals(&said), &said["unpublished"]["events"]), ([0; 5], &unpublished.into()), "{said}");
    // Each of them twice.
    let doubled: Vec<_> = behind.iter().chain(&behind).cloned().collect();
    let said = published.said_with("tail-doubled", &before, 200, &doubled);
    assert_eq!(totals(&said), [0, behind.len() as u64, 0, 0, 0], "{said}");
    let remedy = said["faults"][0]["remedy"].as_str().unwrap();
    assert!(remedy.contains("`rapport_position`"), "{remedy}");
    let reversed: Vec<_> = behind.iter().rev().cloned().collect();
    let said = published.said_with("tail-reversed", &before, 200, &reversed);
    assert!(totals(&said)[2] > 0 && totals(&said)[0] == 0, "{said}");
}

#[test]
fn a_checkpoint_before_what_the_publisher_says_is_a_fault() {
    let published = Published::new("claimed", "protobuf");
    // Somebody sets the checkpoint back, and the publisher does not notice.
    let mut checkpoint: Value = serde_json::from_slice(published.checkpoint.payload().unwrap()).unwrap();
    checkpoint["position"] = 200.into();
    let producer = published.producer("claimed-by-somebody");
    producer.begin_transaction().unwrap();
    let value = serde_json::to_vec(&checkpoint).unwrap();
    let made = changed(&published.checkpoint, None, Some(value), OwnedHeaders::new());
    send(&producer, "claimed.checkpoints", &made);
    producer.commit_transaction(TIMEOUT).unwrap();
    let said = published.said("claimed");
    let fault = &said["faults"][0];
    assert_eq!((&fault["fault"], &fault["first"]), (&"checkpoint".into(), &201.into()), "{said}");
    assert_eq!((&fault["last"], totals(&said)), (&EVENTS.into(), [0; 5]), "{said}");
}

#[test]
fn a_comparison_beside_the_publishing_is_in_metrics_status_and_log() {
    let published = Published::new("watched", "protobuf");
    let flags = [kafka(published.broker, "watched-copy"), vec!["--verify-every".to_owned(), "1s".to_owned()]];
    let flags = flags.concat();
    let mut doubled = published.records.clone();
    doubled.push(published.records[0].clone());
    assert_eq!(totals(&published.said_of("watched-copy", &doubled))[1], 1);
    let publish = Publish::start(&published.ledger.url, &flags);
    let found = "rapport_publisher_comparisons_total{outcome=\"unsound\"} ";
    let metrics = || page(&publish.http, "/metrics");
    wait_until("it is compared", || {
        metrics().lines().any(|line| line.strip_prefix(found).is_some_and(|count| count != "0"))
    });
    assert!(metrics().contains("rapport_publisher_faults 1\n"), "{}", metrics());
    let since = std::time::Instant::now();
    assert_eq!(publish.terminate(), Some(0));
    assert!(since.elapsed().as_secs() < 10, "{:?}", since.elapsed());

    // The server's own publisher, of a topic that is sound at first.
    let folder = tempfile::tempdir().unwrap();
    let flags = [kafka(published.broker, "own"), vec!["--verify-every".to_owned(), "1s".to_owned()]].concat();
    let ledger = Ledger::start_with(folder.path(), &flags).unwrap();
    append_deals(&ledger, 1, 20);
    let sound = "rapport_publisher_comparisons_total{outcome=\"sound\"} ";
    wait_until("it is compared", || {
        let metrics = page(&ledger.http, "/metrics");
        metrics.lines().any(|line| line.strip_prefix(sound).is_some_and(|count| count != "0"))
    });
    // Somebody else writes to it.
    let producer = published.producer("own-by-somebody");
    producer.begin_transaction().unwrap();
    let foreign = changed(&published.records[0], None, Some(b"hello".to_vec()), OwnedHeaders::new());
    send(&producer, "own", &foreign);
    producer.commit_transaction(TIMEOUT).unwrap();
    wait_until("it is said", || {
        let status = ledger.run(["status"]).unwrap();
        status.contains("`own` is not the log: 1 foreign; `rapport publish --verify` says where")
    });
    assert!(page(&ledger.http, "/metrics").contains("rapport_publisher_faults 1\n"));
}

/// The broker marks the end of a transaction in one partition after the other, so a checkpoint may be seen before its events.
/// An open transaction of another program has the same effect for longer.
#[test]
fn events_that_wait_for_the_end_of_a_transaction_are_not_called_missing() {
    let published = Published::new("open", "protobuf");
    let mut config = published.broker.client_config();
    config.set("transactional.id", "stranger").set("transaction.timeout.ms", "600000");
    let stranger: BaseProducer = config.create().unwrap();
    stranger.init_transactions(TIMEOUT).unwrap();
    stranger.begin_transaction().unwrap();
    let record = &published.records[0];
    send(&stranger, "open", record);
    stranger.flush(TIMEOUT).unwrap();
    append_deals(&published.ledger, 1_000, 50);
    wait_until_published(&published.ledger);
    let flags = kafka(published.broker, "open");
    let (code, said) = verify(&published.ledger.url, &flags);
    let open = format!("a transaction is open in partition `{}` of `open`", record.partition());
    assert!(code == Some(2) && said.as_str().is_some_and(|said| said.contains(&open)), "{code:?}: {said}");
    stranger.abort_transaction(TIMEOUT).unwrap();
    assert_sound(&published.ledger.url, &flags, EVENTS + 50);
}
