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
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use projecting::{PATIENCE, Story, append, wait_for, wait_for_page};
use rapport_tests::{
    Broker, Ledger, Projector, Relay, command, get, hold_locked, shared_broker, shared_database,
};
use tempfile::TempDir;

/// Silence is asked about after a second.
const FLAGS: [&str; 2] = ["--keepalive-s", "1"];

fn is_ready(status: u16, page: &str) -> bool {
    (status, page) == (200, "ok\n")
}

/// A ledger with some events.
struct Scene {
    folder: TempDir,
    ledger: Ledger,
    story: Story,
}

impl Scene {
    fn of(test: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::start(&folder.path().join("data")).unwrap();
        let mut scene = Self { folder, ledger, story: Story::new(test) };
        scene.append();
        scene
    }

    /// A hundred events more.
    fn append(&mut self) {
        let lines = self.story.lines(100);
        append(&self.ledger, self.folder.path(), &lines);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The network to the ledger.
    fn relay(&self) -> Relay {
        Relay::start(self.ledger.url.trim_start_matches("http://")).unwrap()
    }

    /// A projector that follows the ledger, once it is ready.
    fn projector(&self, views: &str, flags: &[&str], level: &str, log: &str) -> Projector {
        let from = self.ledger.url.replace("http://", "grpc://");
        let projector = Projector::start_with_log(&from, views, flags, level, &self.path(log)).unwrap();
        wait_for(&projector, &self.ledger);
        wait_for_page(&projector, "/readyz", is_ready);
        projector
    }
}

/// A database of this name: its URL, the network to it, and its URL by that network.
fn database(name: &str) -> (String, Relay, String) {
    let url = shared_database().unwrap().create(name).unwrap();
    let (before, after) = url.split_once('@').unwrap();
    let (address, database) = after.split_once('/').unwrap();
    let relay = Relay::start(address).unwrap();
    let by_relay = format!("{before}@{}/{database}", relay.address);
    (url, relay, by_relay)
}

fn metric(http: &str, name: &str) -> f64 {
    let (status, page) = get(http, "/metrics", None).unwrap();
    assert_eq!(status, 200);
    let line = page.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_projector_notices_a_silent_ledger_and_tries_a_new_connection() {
    let mut scene = Scene::of("silent_ledger");
    let relay = scene.relay();
    let (from, log) = (format!("grpc://{}", relay.address), scene.path("log"));
    let views = format!("sqlite:{}", scene.path("views").display());
    let projector = Projector::start_with_log(&from, &views, &FLAGS, "info", &log).unwrap();
    wait_for(&projector, &scene.ledger);
    wait_for_page(&projector, "/readyz", is_ready);

    // Connections are forgotten; new ones would work.
    relay.forget_connections();
    scene.append();
    wait_for(&projector, &scene.ledger);

    // Nothing works, and the ledger has events.
    relay.hold();
    scene.append();
    wait_for_page(&projector, "/readyz", |status, page| status == 503 && page.contains("sends nothing back"));
    wait_for_page(&projector, "/metrics", |_, _| {
        metric(&projector.http, "rapport_source_silence_seconds") > 10.0
            && metric(&projector.http, "rapport_view_failing_seconds{view=\"funnel\"}") > 5.0
    });
    let status = projector.run(["status"]).unwrap();
    assert!(
        status.contains("timeline, funnel, satisfaction, facts, directory do not advance: ")
            && status.contains("sends nothing back"),
        "{status}"
    );
    // So long unheard, the lag is not said to be nothing.
    wait_for_page(&projector, "/metrics", |_, _| {
        metric(&projector.http, "rapport_view_lag_seconds{view=\"funnel\"}") > 30.0
    });
    relay.release();
    wait_for(&projector, &scene.ledger);
    wait_for_page(&projector, "/readyz", is_ready);
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("has said nothing for"), "{log}");
    // A line for each change, not for each of the many tries.
    assert!(log.lines().filter(|line| line.contains("trying again")).count() <= 4, "{log}");
}

#[test]
fn a_projector_notices_a_silent_database_and_tries_a_new_connection() {
    let mut scene = Scene::of("silent_database");
    let (url, relay, views) = database("silent");
    let projector = scene.projector(&views, &FLAGS, "info", "log");
    relay.forget_connections();
    scene.append();
    wait_for(&projector, &scene.ledger);
    wait_for_page(&projector, "/readyz", is_ready);

    relay.hold();
    scene.append();
    wait_for_page(&projector, "/readyz", |status, page| {
        status == 503 && page.contains("PostgreSQL failed") && page.contains("said nothing for")
    });
    relay.release();
    wait_for(&projector, &scene.ledger);
    wait_for_page(&projector, "/readyz", is_ready);
    assert!(fs::read_to_string(scene.path("log")).unwrap().contains("said nothing for"));

    // A statement that waits for a lock is asked about, and is not given up.
    drop(projector);
    let projector = scene.projector(&views, &FLAGS, "warn", "later-log");
    hold_locked(&url, "rapport_funnel.meta", 3, || scene.append()).unwrap();
    wait_for(&projector, &scene.ledger);
    assert_eq!(fs::read_to_string(scene.path("later-log")).unwrap(), "");
}

#[test]
fn a_projector_whose_database_hangs_answers_at_once_whatever_is_asked_of_it() {
    let scene = Scene::of("hanging_database");
    let (_, relay, views) = database("hanging");
    // No connection is given up before the test ends: a statement waits until the network is back.
    let projector = scene.projector(&views, &["--keepalive-s", "3600"], "warn", "log");
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
    assert!(status.contains("not advance: the views' store has not answered"), "{status}");
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
    let mut scene = Scene::of("silent_tail");
    let relay = scene.relay();
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
    scene.append();
    next(101);
    tail.kill().unwrap();
    let said = tail.wait_with_output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("connection to the server was lost"), "{said}");
}

#[test]
fn tail_goes_on_when_its_ledger_was_killed_and_is_started_again_at_the_same_address() {
    let mut scene = Scene::of("killed_tail");
    let mut tail = scene.ledger.command(["tail", "--from", "1", "--follow", "--output", "csv"]).unwrap();
    let mut tail = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines().map_while(Result::ok).skip(1);
    for position in 1..=100 {
        assert!(lines.next().unwrap().starts_with(&format!("{position},")));
    }
    scene.ledger.kill().unwrap();
    // It is told before there is anything to go on with.
    let mut said = BufReader::new(tail.stderr.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().contains("connecting again"));
    let address = scene.ledger.url.trim_start_matches("http://");
    let mut again = command(["serve", "--grpc", address, "--http", "127.0.0.1:0", "--data"]).unwrap();
    let mut again =
        again.arg(scene.path("data")).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    assert!(BufReader::new(again.stdout.take().unwrap()).lines().next().unwrap().unwrap().contains("ready"));
    scene.append();
    assert!(lines.next().unwrap().starts_with("101,"));
    tail.kill().unwrap();
    tail.wait().unwrap();
    again.kill().unwrap();
    again.wait().unwrap();
}

#[test]
fn a_publisher_notices_a_silent_ledger_and_tries_a_new_connection() {
    let broker: &Broker = shared_broker().unwrap();
    let mut scene = Scene::of("silent_publisher");
    let relay = scene.relay();
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
    scene.append();
    let begun = Instant::now();
    published(200.0);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    relay.hold();
    scene.append();
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
