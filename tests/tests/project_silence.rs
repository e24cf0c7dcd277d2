//! A network that vanishes without a word: projector, publisher and `tail` notice it, say so, and go on by themselves on
//! a new connection; what merely takes long is waited for.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod projecting;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use projecting::{PATIENCE, Story, append, wait_for, wait_for_page};
use rapport_tests::{
    Broker, Ledger, Projector, Relay, command, get, hold_locked, shared_broker, shared_database,
};

/// Silence is asked about after a second.
const FLAGS: [&str; 2] = ["--keepalive-s", "1"];

fn is_ready(status: u16, page: &str) -> bool {
    (status, page) == (200, "ok\n")
}

fn relay_to(ledger: &Ledger) -> (Relay, String) {
    let relay = Relay::start(ledger.url.trim_start_matches("http://")).unwrap();
    let from = format!("grpc://{}", relay.address);
    (relay, from)
}

fn metric(http: &str, name: &str) -> f64 {
    let (status, page) = get(http, "/metrics", None).unwrap();
    assert_eq!(status, 200);
    let line = page.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

fn append_some(story: &mut Story, ledger: &Ledger, folder: &Path) {
    let lines = story.lines(100);
    append(ledger, folder, &lines);
}

#[test]
fn a_projector_notices_a_silent_ledger_and_tries_a_new_connection() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("silent_ledger");
    append_some(&mut story, &ledger, folder.path());
    let (relay, from) = relay_to(&ledger);
    let views = format!("sqlite:{}", folder.path().join("views").display());
    let log = folder.path().join("log");
    let projector = Projector::start_with_log(&from, &views, &FLAGS, "info", &log).unwrap();
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", is_ready);

    // Connections are forgotten; new ones would work.
    relay.forget_connections();
    append_some(&mut story, &ledger, folder.path());
    wait_for(&projector, &ledger);

    // Nothing works, and the ledger has events.
    relay.hold();
    append_some(&mut story, &ledger, folder.path());
    wait_for_page(&projector, "/readyz", |status, page| status == 503 && page.contains("does not answer"));
    wait_for_page(&projector, "/metrics", |_, _| {
        metric(&projector.http, "rapport_source_silence_seconds") > 10.0
            && metric(&projector.http, "rapport_view_failing_seconds{view=\"funnel\"}") > 5.0
    });
    let status = projector.run(["status"]).unwrap();
    assert!(status.contains("funnel does not come on: ") && status.contains("does not answer"), "{status}");
    // So long unheard, the lag is not said to be nothing.
    wait_for_page(&projector, "/metrics", |_, _| {
        metric(&projector.http, "rapport_view_lag_seconds{view=\"funnel\"}") > 30.0
    });
    relay.release();
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", is_ready);
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("has said nothing for"), "{log}");
    // A line for each change, not for each of the many tries.
    assert!(log.lines().filter(|line| line.contains("trying again")).count() <= 4, "{log}");
}

#[test]
fn a_projector_notices_a_silent_database_and_tries_a_new_connection() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("silent_database");
    append_some(&mut story, &ledger, folder.path());
    let url = shared_database().unwrap().create("silent").unwrap();
    let (before, after) = url.split_once('@').unwrap();
    let (address, database) = after.split_once('/').unwrap();
    let relay = Relay::start(address).unwrap();
    let views = format!("{before}@{}/{database}", relay.address);
    let from = ledger.url.replace("http://", "grpc://");
    let log = folder.path().join("log");
    let projector = Projector::start_with_log(&from, &views, &FLAGS, "info", &log).unwrap();
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", is_ready);

    relay.forget_connections();
    append_some(&mut story, &ledger, folder.path());
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", is_ready);

    relay.hold();
    append_some(&mut story, &ledger, folder.path());
    wait_for_page(&projector, "/readyz", |status, page| {
        status == 503 && page.contains("PostgreSQL failed") && page.contains("said nothing for")
    });
    relay.release();
    wait_for(&projector, &ledger);
    wait_for_page(&projector, "/readyz", is_ready);
    assert!(fs::read_to_string(log).unwrap().contains("said nothing for"));

    // A statement that waits for a lock is asked about, and is not given up.
    let log = folder.path().join("later-log");
    drop(projector);
    let projector = Projector::start_with_log(&from, &views, &FLAGS, "warn", &log).unwrap();
    wait_for_page(&projector, "/readyz", is_ready);
    hold_locked(&url, "rapport_funnel.meta", 3, || append_some(&mut story, &ledger, folder.path())).unwrap();
    wait_for(&projector, &ledger);
    assert_eq!(fs::read_to_string(log).unwrap(), "");
}

#[test]
fn a_projector_whose_database_hangs_answers_at_once_whatever_is_asked_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("hanging_database");
    append_some(&mut story, &ledger, folder.path());
    let url = shared_database().unwrap().create("hanging").unwrap();
    let (before, after) = url.split_once('@').unwrap();
    let (address, database) = after.split_once('/').unwrap();
    let relay = Relay::start(address).unwrap();
    let views = format!("{before}@{}/{database}", relay.address);
    // No connection is given up before the test ends: what waits for the database waits for ever.
    let flags = ["--keepalive-s", "3600"];
    let projector = Projector::start(&ledger.url.replace("http://", "grpc://"), &views, &flags).unwrap();
    wait_for(&projector, &ledger);
    relay.hold();
    for output in ["table", "json", "csv"] {
        let status = projector.run(["status", "--output", output]).unwrap();
        assert!(status.contains("funnel") && status.contains("100"), "{status}");
    }
    wait_for_page(&projector, "/readyz", |status, page| status == 503 && page.contains("has not answered"));
    wait_for_page(&projector, "/metrics", |status, page| {
        status == 200 && page.contains("rapport_view_position{view=\"funnel\"} 100\n")
    });
    wait_for_page(&projector, "/healthz", |status, _| status == 200);
    let status = projector.run(["status"]).unwrap();
    assert!(status.contains("funnel does not come on: the views' store has not answered"), "{status}");
    for question in [&["funnel"][..], &["satisfaction"], &["timeline", "c1"]] {
        let refusal = projector.run(question).unwrap_err().to_string();
        assert!(refusal.contains("cannot be read: the views' store has not answered"), "{refusal}");
    }
    relay.release();
    wait_for_page(&projector, "/readyz", is_ready);
    assert!(projector.run(["funnel"]).is_ok());
}

#[test]
fn tail_goes_on_behind_what_it_printed_when_its_connection_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("silent_tail");
    append_some(&mut story, &ledger, folder.path());
    let (relay, _) = relay_to(&ledger);
    let mut tail = command(["tail", "--from", "1", "--follow", "--output", "csv"]).unwrap();
    tail.args(FLAGS).args(["--server", &format!("http://{}", relay.address)]);
    let mut tail = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines().map_while(Result::ok).skip(1);
    let mut next = |from: u64| {
        for position in from..from + 100 {
            let line = lines.next().unwrap();
            assert!(line.starts_with(&format!("{position},")), "{position}: {line}");
        }
    };
    next(1);
    relay.forget_connections();
    append_some(&mut story, &ledger, folder.path());
    next(101);
    tail.kill().unwrap();
    let said = tail.wait_with_output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("connection to the server was lost"), "{said}");
}

#[test]
fn tail_goes_on_when_its_ledger_was_killed_and_is_started_again_at_the_same_address() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut ledger = Ledger::start(&data).unwrap();
    let mut story = Story::new("killed_tail");
    append_some(&mut story, &ledger, folder.path());
    let mut tail = ledger.command(["tail", "--from", "1", "--follow", "--output", "csv"]).unwrap();
    let mut tail = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines().map_while(Result::ok).skip(1);
    for position in 1..=100 {
        assert!(lines.next().unwrap().starts_with(&format!("{position},")));
    }
    ledger.kill().unwrap();
    // It is told before there is anything to go on with.
    let mut said = BufReader::new(tail.stderr.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().contains("connecting again"));
    let address = ledger.url.trim_start_matches("http://");
    let mut again = command(["serve", "--grpc", address, "--http", "127.0.0.1:0", "--data"]).unwrap();
    let mut again = again.arg(&data).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    assert!(BufReader::new(again.stdout.take().unwrap()).lines().next().unwrap().unwrap().contains("ready"));
    append_some(&mut story, &ledger, folder.path());
    assert!(lines.next().unwrap().starts_with("101,"));
    tail.kill().unwrap();
    tail.wait().unwrap();
    again.kill().unwrap();
    again.wait().unwrap();
}

#[test]
fn a_publisher_notices_a_silent_ledger_and_tries_a_new_connection() {
    let broker: &Broker = shared_broker().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(&folder.path().join("data")).unwrap();
    let mut story = Story::new("silent_publisher");
    append_some(&mut story, &ledger, folder.path());
    let (relay, _) = relay_to(&ledger);
    let mut publisher =
        command(["publish", "--kafka", broker.bootstrap(), "--kafka-topic", "silent"]).unwrap();
    publisher.args(FLAGS).args(["--http", "127.0.0.1:0", "--server", &format!("http://{}", relay.address)]);
    let mut publisher = publisher.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(publisher.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ready = lines.find(|line| line.contains("http=")).unwrap();
    let http = format!("http://{}", ready.split("http=").nth(1).unwrap().trim());
    let published = |position: f64| {
        let deadline = Instant::now() + PATIENCE;
        while metric(&http, "rapport_publisher_position") < position {
            assert!(Instant::now() < deadline, "{}", metric(&http, "rapport_publisher_position"));
            std::thread::yield_now();
        }
    };
    published(100.0);
    relay.forget_connections();
    append_some(&mut story, &ledger, folder.path());
    let begun = Instant::now();
    published(200.0);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    relay.hold();
    append_some(&mut story, &ledger, folder.path());
    let deadline = Instant::now() + PATIENCE;
    while get(&http, "/readyz", None).unwrap().0 == 200 {
        assert!(Instant::now() < deadline, "a publisher that hears nothing is not ready");
        std::thread::yield_now();
    }
    relay.release();
    published(300.0);
    publisher.kill().unwrap();
    publisher.wait().unwrap();
}
