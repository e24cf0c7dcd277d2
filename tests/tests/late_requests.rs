//! One request of the publisher is late: it reaches the broker when the publisher is further on. Kafka orders the
//! requests of one connection and not those of two, so a late end of a transaction ends a later one. Whatever the broker
//! makes of it, readers of committed records see each event once and in order, and `publish --verify` says so.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{
    process::Command,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use prost::Message as _;
use publishing::{Publish, TIMEOUT, append, assert_sound, committed, event, page, position, wait_until};
use rapport_proto::v1::{Custom, Event, Payload, StreamAppend, payload::Kind};
use rapport_tests::{Broker, DelayedBroker, Ledger, Random, Request, Rule, partitions_in_java};
use rdkafka::Message;

/// What the broker answers to a request that it takes.
const NONE: i16 = 0;
const PARTITIONS: i32 = 12;

/// One broker for all of them, one after the other: one proxy holds one request.
fn broker() -> MutexGuard<'static, DelayedBroker> {
    static SHARED: OnceLock<Mutex<DelayedBroker>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| Mutex::new(Broker::start_delayed().unwrap()));
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn only(one: Request) -> Rule {
    Box::new(move |request| request == one)
}

/// The second request of a kind from now on.
fn second(one: Request) -> Rule {
    let mut seen = 0;
    Box::new(move |request| {
        seen += u32::from(request == one);
        request == one && seen == 2
    })
}

/// A ledger, and a publisher that reaches the broker through the proxy.
struct Scenario<'a> {
    broker: &'a DelayedBroker,
    topic: &'static str,
    ledger: Ledger,
    publish: Publish,
    appended: u64,
    _folder: tempfile::TempDir,
}

impl<'a> Scenario<'a> {
    fn start(broker: &'a DelayedBroker, topic: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::start(folder.path()).unwrap();
        let publish = Publish::start(&ledger.url, &flags(broker.bootstrap(), topic));
        let mut scenario = Self { broker, topic, ledger, publish, appended: 0, _folder: folder };
        scenario.append(100);
        scenario.wait_until_published();
        scenario
    }

    fn append(&mut self, count: u64) {
        let numbers = self.appended..self.appended + count;
        self.append_all(numbers.map(|number| event(number, 60)).collect());
    }

    fn append_all(&mut self, appends: Vec<StreamAppend>) {
        self.appended += appends.len() as u64;
        append(&self.ledger.url, appends).unwrap();
    }

    fn position(&self) -> u64 {
        let metrics = page(&self.publish.http, "/metrics");
        let line = metrics.lines().find_map(|line| line.strip_prefix("rapport_publisher_position "));
        line.map_or(0, |position| position.parse().unwrap())
    }

    fn wait_until_published(&self) {
        wait_until("everything is published", || self.position() == self.appended);
    }

    /// Each position is there once, in the order of its partition, and the tool agrees.
    fn end(mut self) {
        self.append(50);
        self.wait_until_published();
        let (broker, topic) = (&self.broker.broker, self.topic);
        // Readers see everything from here on.
        assert_sound(&self.ledger.url, &flags(broker.bootstrap(), topic), self.appended);
        let records = committed(broker.client_config(), topic);
        let mut positions: Vec<_> = records.iter().map(position).collect();
        for two in records.windows(2).filter(|two| two[0].partition() == two[1].partition()) {
            assert!(position(&two[0]) < position(&two[1]), "{topic}: {} comes late", position(&two[1]));
        }
        positions.sort_unstable();
        assert_eq!(positions, (1..=self.appended).collect::<Vec<_>>(), "{topic}: each event once");
    }
}

fn flags(broker: &str, topic: &str) -> Vec<String> {
    let partitions = PARTITIONS.to_string();
    ["--kafka", broker, "--kafka-topic", topic, "--kafka-partitions", &partitions].map(str::to_owned).into()
}

/// The commit of a small transaction is held, and comes in the middle of the next, large one.
fn a_late_commit(topic: &'static str, release: Rule) {
    let broker = broker();
    let mut scenario = Scenario::start(&broker, topic);
    broker.arm(only(Request::Commit), release);
    scenario.append(1);
    scenario.append(3_000);
    assert_eq!(broker.delivered(TIMEOUT).unwrap(), NONE, "it ended a transaction");
    scenario.wait_until_published();
    scenario.end();
}

#[test]
fn a_late_commit_before_the_checkpoint_is_written_makes_nothing_twice() {
    a_late_commit("late-before-checkpoint", only(Request::Checkpoint));
}

#[test]
fn a_late_commit_between_records_makes_nothing_twice() {
    a_late_commit("late-between-records", second(Request::Events));
}

#[test]
fn a_late_commit_and_a_publisher_that_is_killed_make_nothing_twice() {
    let broker = broker();
    let mut scenario = Scenario::start(&broker, "late-and-killed");
    let process = scenario.publish.child.id().to_string();
    let kill = move || assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
    broker.arm_and_then(only(Request::Commit), only(Request::AddsCheckpoint), Box::new(kill));
    scenario.append(1);
    scenario.append(3_000);
    assert_eq!(broker.delivered(TIMEOUT).unwrap(), NONE, "it ended a transaction");
    scenario.publish = Publish::start(&scenario.ledger.url, &flags(broker.bootstrap(), scenario.topic));
    scenario.wait_until_published();
    scenario.end();
}

/// While a publisher catches up, one transaction follows the other: then a late commit mostly meets one.
#[test]
fn commits_that_are_late_at_any_moment_make_nothing_twice() {
    let broker = broker();
    let mut scenario = Scenario::start(&broker, "late-at-any-moment");
    scenario.publish.kill();
    for _ in 0..8 {
        scenario.append(5_000);
    }
    let mut random = Random::seeded("late_requests");
    let (mut held, mut taken) = (0, 0);
    broker.arm(only(Request::Commit), Box::new(|_| false));
    scenario.publish = Publish::start(&scenario.ledger.url, &flags(broker.bootstrap(), scenario.topic));
    while scenario.position() < scenario.appended {
        let by = Duration::from_millis(random.below(300));
        if let Some(answer) = broker.deliver_late(by, Duration::from_secs(2)).unwrap() {
            held += 1;
            taken += u32::from(answer == NONE);
        }
        // The next one is the same commit, sent again.
        broker.arm(second(Request::Commit), Box::new(|_| false));
    }
    eprintln!("late commits: {held}, taken: {taken}");
    assert!(held > 0, "no commit was late");
    scenario.end();
}

/// An event whose text no compression makes small.
fn large(customer: &str) -> StreamAppend {
    let mut random = Random::seeded("late_requests");
    let text: String = (0..2_000).map(|_| random.uuid()).collect();
    let custom =
        Custom { content_type: "text/plain".to_owned(), data: text.into_bytes().into(), ..Custom::default() };
    let event = Event {
        r#type: "acme.large".to_owned(),
        customer: customer.to_owned(),
        payload: Payload { kind: Some(Kind::Custom(custom)) }.encode_to_vec().into(),
        ..Event::default()
    };
    StreamAppend { stream: "large".to_owned(), events: vec![event], ..StreamAppend::default() }
}

/// The large event is alone in its partition, and the others are in three: then few batches are on their way when it is
/// refused, and a client could go on in the same epoch.
#[test]
fn a_late_abort_after_a_refused_event_loses_nothing() {
    const SMALL: [(&str, &str); 2] = [("max.message.bytes", "20000"), ("retention.ms", "-1")];
    let broker = broker();
    broker.broker.create_topic("late-abort", PARTITIONS, &SMALL).unwrap();
    let mut scenario = Scenario::start(&broker, "late-abort");
    let names: Vec<_> = (0..100).map(|number| format!("kunde-{number}")).collect();
    let keys: Vec<_> = names.iter().map(String::as_str).collect();
    let partitions = partitions_in_java(PARTITIONS, &keys).unwrap();
    let of = |wanted: &[i32]| -> Vec<&str> {
        keys.iter().zip(&partitions).filter(|(_, at)| wanted.contains(at)).map(|(key, _)| *key).collect()
    };
    let (few, alone) = (of(&[1, 2, 3]), of(&[7])[0]);
    broker.arm(only(Request::Abort), only(Request::AddsCheckpoint));
    let mut appends: Vec<_> = (0..60_u64)
        .map(|number| {
            let mut deal = event(10_000 + number, 60);
            few[usize::try_from(number).unwrap() % few.len()].clone_into(&mut deal.events[0].customer);
            deal
        })
        .collect();
    appends.push(large(alone));
    scenario.append_all(appends);
    wait_until("what precedes it is published", || scenario.position() == scenario.appended - 1);
    broker.delivered(TIMEOUT).unwrap();
    wait_until("it is refused", || page(&scenario.publish.http, "/readyz").starts_with("refused: "));
    broker
        .broker
        .alter_topic("late-abort", &[("retention.ms", "-1"), ("max.message.bytes", "1000000")])
        .unwrap();
    scenario.wait_until_published();
    scenario.end();
}
