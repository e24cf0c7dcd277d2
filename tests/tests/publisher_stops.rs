//! A publisher that is to stop does so at once, whatever its broker does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod publishing;

use std::{fs, net::TcpListener, time::Instant};

use publishing::{Publish, append_deals, kafka, page, publisher, wait_until, wait_until_published};
use rapport_tests::{Broker, Ledger, Projector};

/// A transaction under way may be finished for two seconds; a busy machine takes a moment, too.
const SECONDS_MAX: u64 = 6;

/// SIGTERM, and how long it takes to end with 0.
fn seconds_to_end(end: impl FnOnce() -> Option<i32>) -> u64 {
    let since = Instant::now();
    assert_eq!(end(), Some(0));
    since.elapsed().as_secs()
}

#[test]
fn a_stop_does_not_wait_for_a_broker_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    // One that takes connections and says nothing, and one that is not there.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    for (number, brokers) in [silent.as_str(), "127.0.0.1:1"].into_iter().enumerate() {
        let flags: Vec<_> = ["--kafka", brokers].map(str::to_owned).into();
        let ledger = Ledger::start_with(&folder.path().join(number.to_string()), &flags).unwrap();
        append_deals(&ledger, 1, 10);
        let publish = Publish::start(&ledger.url, &flags);
        wait_until("it is in the middle of asking", || {
            page(&publish.http, "/metrics").contains("rapport_publisher_state")
        });
        assert!(seconds_to_end(|| publish.terminate()) < SECONDS_MAX, "publish, {brokers}");
        assert!(seconds_to_end(|| ledger.terminate().unwrap()) < SECONDS_MAX, "serve, {brokers}");
        let views = format!("sqlite:{}", folder.path().join(format!("views-{number}")).display());
        let (from, log) = (format!("kafka://{brokers}"), folder.path().join(format!("log-{number}")));
        let projector = Projector::start_with_log(&from, &views, &[], "warn", &log).unwrap();
        assert!(seconds_to_end(|| projector.terminate().unwrap()) < SECONDS_MAX, "project, {brokers}");
        // That it stops is no warning; that nobody listens may have been one before.
        let log = fs::read_to_string(&log).unwrap();
        assert!(log.lines().all(|line| line.contains("Connection refused")), "{brokers}: {log}");
    }
}

#[test]
fn a_stop_does_not_wait_for_a_broker_that_is_held_or_killed_in_the_middle_of_publishing() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start().unwrap();
    let of =
        |topic: &str| [kafka(&broker, topic), ["--verify-every", "2s"].map(str::to_owned).to_vec()].concat();
    let names = ["busy-and-held", "idle-and-held", "busy-and-killed", "idle-and-killed"];
    let mut running: Vec<_> = names
        .iter()
        .map(|name| {
            let ledger = Ledger::start_with(&folder.path().join(name), of(name)).unwrap();
            append_deals(&ledger, 1, 10);
            let publish = Publish::start(&ledger.url, &of(&format!("{name}-apart")));
            (*name, ledger, publish)
        })
        .collect();
    for (_, ledger, publish) in &running {
        wait_until_published(ledger);
        wait_until("it publishes", || publish.is_publishing());
    }
    broker.pause().unwrap();
    let mut end = |how: &str| {
        for (name, ledger, publish) in running.drain(..2) {
            if name.starts_with("busy") {
                append_deals(&ledger, 11, 10);
                // Both have what they cannot publish.
                wait_until("the server's waits", || publisher(&ledger)["state"] == "STATE_WAITING");
            }
            let (publish, serve) =
                (seconds_to_end(|| publish.terminate()), seconds_to_end(|| ledger.terminate().unwrap()));
            assert!(publish < SECONDS_MAX && serve < SECONDS_MAX, "{name}, {how}: {publish} s, {serve} s");
        }
    };
    end("held");
    broker.kill().unwrap();
    end("killed");
}
