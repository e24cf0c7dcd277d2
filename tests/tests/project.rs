//! Projector services: what they answer from PostgreSQL is what the ledger answers from its own views, as of any day,
//! while processes come, go and are killed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod projecting;

use std::{env, time::Instant};

use projecting::{
    PATIENCE, Story, append, assert_equal_answers, assert_nothing_is_missing, follow, positions, set_aside,
    wait_for,
};
use rapport_tests::{Broker, Database, Fsync, Ledger, Projector, get, shared_broker, shared_database};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};

#[test]
fn a_projector_of_a_ledger_answers_what_the_ledger_does() {
    let database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("project_grpc");
    let lines = story.lines(1_500);
    append(&ledger, folder.path(), &lines);
    let from = ledger.url.replace("http://", "grpc://");
    let projector = Projector::start(&from, &database.url(), &[]).unwrap();
    wait_for(&projector, &ledger);
    assert_equal_answers(&mut story.random, &ledger, &projector);
    // What comes after, and a view built anew beside the live one.
    let lines = story.lines(500);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    projector.run(["replay", "funnel"]).unwrap();
    assert_equal_answers(&mut story.random, &ledger, &projector);
    assert_eq!(projector.terminate().unwrap(), Some(0));
}

/// How often what was killed, by `kill -9`. With the server its publisher is.
#[derive(Debug, Default)]
struct Killed {
    projector: u64,
    database: u64,
    server: u64,
    broker: u64,
}

#[test]
fn projectors_that_come_go_and_are_killed_lose_nothing_and_have_nothing_twice() {
    let kills: u64 = env::var("RAPPORT_TEST_KILLS").map_or(24, |kills| kills.parse().unwrap());
    let mut broker = Broker::start().unwrap();
    let mut database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-partitions", "6"];
    let mut ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let mut story = Story::new("project_kafka");
    let (from, views) = (format!("kafka://{}", broker.bootstrap()), database.url());
    let flags = ["--kafka-property", "session.timeout.ms=6000"];
    let start = || Projector::start(&from, &views, &flags).unwrap();
    let mut projectors = vec![start(), start()];
    let mut killed = Killed::default();
    for kill in 0..kills {
        let lines = story.lines(150);
        append(&ledger, folder.path(), &lines);
        assert_nothing_is_missing(&database);
        // One of each kind comes early, so that a short run has them all.
        let chosen = if kill < 5 { kill } else { story.random.below(16) };
        match chosen {
            0 => {
                killed.database += 1;
                database.kill().unwrap();
                database.restart().unwrap();
            }
            1 => assert_eq!(projectors.remove(0).terminate().unwrap(), Some(0)),
            2 => {
                killed.server += 1;
                ledger = ledger.kill_and_restart().unwrap();
            }
            3 => {
                killed.broker += 1;
                broker.kill().unwrap();
                broker.restart().unwrap();
            }
            _ => {
                killed.projector += 1;
                projectors[(kill % 2) as usize].kill().unwrap();
            }
        }
        // Those that are there go on; what was killed comes back.
        projectors.retain(|projector| positions(&projector.url).is_some());
        while projectors.len() < 2 {
            projectors.push(start());
        }
        // A long run is compared on its way as well.
        if kill % 50 == 49 {
            wait_for(&projectors[0], &ledger);
            assert_equal_answers(&mut story.random, &ledger, &projectors[0]);
        }
    }
    eprintln!("{killed:?}");
    for projector in &projectors {
        wait_for(projector, &ledger);
        assert_equal_answers(&mut story.random, &ledger, projector);
    }
}

#[test]
fn what_is_no_event_is_set_aside_and_a_topic_made_anew_changes_nothing() {
    let broker = Broker::start().unwrap();
    let database = Database::start_with(Fsync::Off).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-partitions", "3"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let mut story = Story::new("project_poison");
    let lines = story.lines(300);
    append(&ledger, folder.path(), &lines);
    let from = format!("kafka://{}", broker.bootstrap());
    let projector = Projector::start(&from, &database.url(), &[]).unwrap();
    wait_for(&projector, &ledger);

    // Somebody else writes what is no event: bytes, and nothing at all.
    let stranger: BaseProducer = broker.client_config().create().unwrap();
    for value in [Some("no event"), None] {
        let mut record = BaseRecord::to("rapport.events").key("stranger").partition(1);
        record.payload = value;
        stranger.send(record).map_err(|(error, _)| error).unwrap();
    }
    stranger.flush(PATIENCE).unwrap();
    // And what was given up is not there at all.
    let mut config = broker.client_config();
    let stranger: BaseProducer = config.set("transactional.id", "stranger").create().unwrap();
    stranger.init_transactions(PATIENCE).unwrap();
    stranger.begin_transaction().unwrap();
    let given_up = BaseRecord::to("rapport.events").key("stranger").partition(1).payload("given up");
    stranger.send(given_up).map_err(|(error, _)| error).unwrap();
    stranger.flush(PATIENCE).unwrap();
    stranger.abort_transaction(PATIENCE).unwrap();
    let lines = story.lines(200);
    append(&ledger, folder.path(), &lines);
    wait_for(&projector, &ledger);
    let deadline = Instant::now() + PATIENCE;
    while set_aside(&projector) != [2; 5] {
        assert!(Instant::now() < deadline, "{:?}", set_aside(&projector));
    }
    assert!(
        get(&projector.http, "/metrics", None)
            .unwrap()
            .1
            .contains("rapport_source_unreadable_events_total 2\n")
    );
    assert!(get(&projector.http, "/readyz", None).unwrap() == (200, "ok\n".to_owned()));
    assert_equal_answers(&mut story.random, &ledger, &projector);

    // Deleted, the topic is made again and filled from the beginning.
    broker.delete_topic("rapport.events").unwrap();
    follow(&mut story, &ledger, folder.path(), &projector, 200);
    projector.run(["replay"]).unwrap();
    assert_equal_answers(&mut story.random, &ledger, &projector);
}

#[test]
fn another_database_gets_everything_whatever_the_group_has_read() {
    let broker = shared_broker().unwrap();
    let server = shared_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--kafka", broker.bootstrap(), "--kafka-topic", "another", "--kafka-partitions", "3"];
    let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
    let mut story = Story::new("project_another");
    let from = format!("kafka://{}/another", broker.bootstrap());
    for database in ["one", "other"] {
        let lines = story.lines(300);
        append(&ledger, folder.path(), &lines);
        // The same consumer group: its offsets are at the end when the other one begins.
        let flags = ["--group", "another"];
        let projector = Projector::start(&from, &server.create(database).unwrap(), &flags).unwrap();
        wait_for(&projector, &ledger);
        assert_equal_answers(&mut story.random, &ledger, &projector);
        wait_until_hinted(broker, "another");
        assert_eq!(projector.terminate().unwrap(), Some(0));
    }
}

/// Waits until the offsets committed to a group are the ends of its topic of the same name.
fn wait_until_hinted(broker: &Broker, topic: &str) {
    let mut config = broker.client_config();
    let reader: BaseConsumer = config.set("group.id", topic).create().unwrap();
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_range(topic, 0, 2);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let hints = reader.committed_offsets(partitions.clone(), PATIENCE).unwrap();
        // A commit marker follows the last event of each.
        let is_at_end = hints.elements().iter().all(|hint| {
            let (_, end) = reader.fetch_watermarks(topic, hint.partition(), PATIENCE).unwrap();
            hint.offset() == Offset::Offset(end - 1)
        });
        if is_at_end {
            return;
        }
        assert!(Instant::now() < deadline, "{hints:?}");
    }
}
