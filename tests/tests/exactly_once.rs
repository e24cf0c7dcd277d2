//! Publisher, server and broker are killed at random moments while events come in and a consumer reads: it sees each
//! event once, in the order of its customer.
//!
//! `RAPPORT_TEST_KILLS` is how many kills, `RAPPORT_TEST_SEED` which ones.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{
    collections::HashMap,
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use publishing::{
    Publish, assert_sound, committed, event, head, header, kafka, position, reader, wait_until,
};
use rapport_proto::v1::{AppendRequest, ledger_client::LedgerClient};
use rapport_tests::{Broker, Ledger, Random};
use rdkafka::{ClientConfig, Message};

const TOPIC: &str = "exactly-once";
/// So often a publisher is let be until something arrives: on a busy machine it may be killed before it publishes,
/// again and again.
const LET_BE: u64 = 10;
/// One kill in so many is the broker's: it takes seconds to come back.
const BROKER_SHARE: u64 = 10;
const SERVER_SHARE: u64 = 3;

/// What the test's threads share.
#[derive(Default)]
struct Shared {
    url: Mutex<String>,
    appended: AtomicU64,
    /// Events that the consumer has seen.
    consumed: AtomicU64,
    /// Nothing more is appended.
    is_over: AtomicBool,
    /// Everything that was published before the consumer ends.
    published: AtomicU64,
}

/// Appends small requests through every kill of the server; one that was not answered may be there or not.
fn append_all_the_while(shared: Arc<Shared>) -> JoinHandle<()> {
    let append = async move |shared: &Shared| {
        let mut number = 0;
        while !shared.is_over.load(Ordering::Relaxed) {
            let url = shared.url.lock().unwrap().clone();
            let Ok(mut client) = LedgerClient::connect(url).await else { continue };
            loop {
                let appends = (number..number + 5).map(|number| event(number, 40)).collect();
                let request = AppendRequest { appends, ..AppendRequest::default() };
                if shared.is_over.load(Ordering::Relaxed) || client.append(request).await.is_err() {
                    break;
                }
                number += 5;
                shared.appended.fetch_add(5, Ordering::Relaxed);
                // Without a break the log grows faster than a debug build publishes.
                tokio::time::timeout(Duration::from_millis(8), std::future::pending::<()>())
                    .await
                    .unwrap_err();
            }
        }
    };
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(append(&shared));
    })
}

/// A record as the consumer saw it: the position, the key, the event's id.
type Seen = (u64, Vec<u8>, String);

/// Reads committed records through every kill, until everything is seen.
fn consume_all_the_while(shared: Arc<Shared>, config: ClientConfig) -> JoinHandle<Vec<Seen>> {
    thread::spawn(move || {
        let consumer = reader(config, TOPIC);
        let mut seen = Vec::new();
        let mut heard = Instant::now();
        loop {
            let published = shared.published.load(Ordering::Relaxed);
            if published > 0 && seen.len() as u64 >= published && heard.elapsed() > Duration::from_secs(1) {
                return seen;
            }
            if published == 0 {
                // While there are kills, whoever kills sees to it that events arrive.
                heard = Instant::now();
            }
            assert!(
                heard.elapsed() < publishing::TIMEOUT,
                "the consumer sees nothing more after {}",
                seen.len()
            );
            if let Some(Ok(record)) = consumer.poll(Duration::from_millis(100)) {
                seen.push((
                    position(&record),
                    record.key().unwrap().to_vec(),
                    header(&record, "ce_id").unwrap(),
                ));
                shared.consumed.fetch_add(1, Ordering::Relaxed);
                heard = Instant::now();
            }
        }
    })
}

fn start(ledger: &Ledger, broker: &Broker) -> Publish {
    Publish::start(&ledger.url, &kafka(broker, TOPIC))
}

#[test]
fn killed_at_random_moments_each_event_is_published_once_and_in_order() {
    let kills: u64 = env::var("RAPPORT_TEST_KILLS").map_or(40, |kills| kills.parse().unwrap());
    let mut random = Random::seeded("exactly_once");
    let mut broker = Broker::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::start(folder.path()).unwrap();
    let mut publish = start(&ledger, &broker);
    wait_until("it publishes", || publish.is_publishing());

    let shared = Arc::new(Shared::default());
    ledger.url.clone_into(&mut shared.url.lock().unwrap());
    let appender = append_all_the_while(Arc::clone(&shared));
    let consumer = consume_all_the_while(Arc::clone(&shared), broker.client_config());
    let mut killed = (0, 0, 0);
    for kill in 0..kills {
        if kill % LET_BE == LET_BE - 1 {
            let before = shared.consumed.load(Ordering::Relaxed);
            wait_until("something arrives", || {
                thread::yield_now();
                shared.consumed.load(Ordering::Relaxed) > before
            });
        }
        // The moment is when the consumer has seen so many more, or so much time has passed: also while nothing is
        // published yet.
        let goal = shared.consumed.load(Ordering::Relaxed) + random.below(200);
        let deadline = Instant::now() + Duration::from_millis(random.below(1_500));
        while shared.consumed.load(Ordering::Relaxed) < goal && Instant::now() < deadline {
            thread::yield_now();
        }
        // The first ones of each kind come early, so that a short run has them all.
        if kill == 5 || (kill > 5 && random.one_in(BROKER_SHARE)) {
            killed.2 += 1;
            broker.kill().unwrap();
            broker.restart().unwrap();
        } else if kill == 2 || random.one_in(SERVER_SHARE) {
            killed.1 += 1;
            ledger = ledger.kill_and_restart().unwrap();
            ledger.url.clone_into(&mut shared.url.lock().unwrap());
            // It listens elsewhere now.
            publish.kill();
            publish = start(&ledger, &broker);
        } else {
            killed.0 += 1;
            // Now and then the next one is started before: then it is two at once.
            let next = random.one_in(3).then(|| start(&ledger, &broker));
            publish.kill();
            publish = next.unwrap_or_else(|| start(&ledger, &broker));
        }
    }
    shared.is_over.store(true, Ordering::Relaxed);
    appender.join().unwrap();
    let end = head(&ledger)["position"].as_str().unwrap().parse().unwrap();
    eprintln!("kills: publisher {}, server {}, broker {}; {end} events", killed.0, killed.1, killed.2);
    assert!(end >= shared.appended.load(Ordering::Relaxed));
    wait_until("everything is published", || {
        publishing::page(&publish.http, "/metrics").contains(&format!("rapport_publisher_position {end}\n"))
    });
    shared.published.store(end, Ordering::Relaxed);
    let seen = consumer.join().unwrap();

    let log = ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap();
    let log = rapport_tests::json_lines(&log).unwrap();
    assert_eq!((log.len() as u64, seen.len() as u64), (end, end), "each event once");
    let mut last_of_a_key = HashMap::new();
    let mut ids = HashMap::new();
    for (position, key, id) in seen {
        assert!(
            last_of_a_key.insert(key, position).is_none_or(|before| before < position),
            "{position} comes late"
        );
        assert!(ids.insert(position, id).is_none(), "{position} is there twice");
    }
    for event in &log {
        let position: u64 = event["position"].as_str().unwrap().parse().unwrap();
        assert_eq!(ids[&position], event["id"].as_str().unwrap());
    }
    assert_eq!(committed(broker.client_config(), TOPIC).len() as u64, end);
    assert_sound(&ledger.url, &kafka(&broker, TOPIC), end);
}
