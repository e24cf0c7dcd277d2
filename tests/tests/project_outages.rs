//! A projector service while the broker or the database is away: it says so, and why, answers what it can, and goes on
//! by itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod projecting;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use postgres::{Client, NoTls};
use projecting::{Story, append, follow, wait_for, wait_for_page};
use rapport_tests::{Broker, Database, Fsync, Ledger, Projector, command, get, shared_database};

const QUESTIONS: [&[&str]; 3] = [&["funnel"], &["satisfaction"], &["timeline", "c1"]];
/// The same whenever it is asked.
const MOMENT: [&str; 4] = ["--as-of", "2026-01-01", "--known-at", "2100-01-01"];

/// So soon a projector has ended, whatever is away.
const STOPPED: Duration = Duration::from_secs(30);

struct Parts {
    broker: Broker,
    database: Database,
    folder: tempfile::TempDir,
    ledger: Ledger,
    story: Story,
}

impl Parts {
    fn start(test: &str) -> Self {
        let broker = Broker::start().unwrap();
        let database = Database::start_with(Fsync::Off).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let flags = ["--kafka", broker.bootstrap(), "--kafka-partitions", "3"];
        let ledger = Ledger::start_with(&folder.path().join("data"), flags).unwrap();
        let mut parts = Self { broker, database, folder, ledger, story: Story::new(test) };
        parts.append();
        parts
    }

    fn append(&mut self) {
        let lines = self.story.lines(300);
        append(&self.ledger, self.folder.path(), &lines);
    }

    fn projector(&self) -> Projector {
        let from = format!("kafka://{}", self.broker.bootstrap());
        Projector::start(&from, &self.database.url(), &[]).unwrap()
    }

    /// What comes after an outage arrives.
    fn goes_on(&mut self, projector: &Projector) {
        wait_for_page(projector, "/readyz", |status, page| (status, page) == (200, "ok\n"));
        follow(&mut self.story, &self.ledger, self.folder.path(), projector, 300);
    }
}

/// One that need not become ready.
fn start(from: &str, views: &str) -> Child {
    let mut projector = command(["project", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]).unwrap();
    projector.args(["--from", from, "--views", views]).stdout(Stdio::piped()).stderr(Stdio::piped());
    projector.spawn().unwrap()
}

fn answers(projector: &Projector) -> [Result<String, String>; 3] {
    QUESTIONS.map(|question| {
        let asked = question.iter().chain(&MOMENT).chain(&["--output", "json"]);
        projector.run(asked).map_err(|error| error.to_string())
    })
}

fn metric(projector: &Projector, name: &str) -> String {
    let (status, page) = get(&projector.http, "/metrics", None).unwrap();
    assert_eq!(status, 200);
    page.lines().find(|line| line.starts_with(name)).unwrap().to_owned()
}

#[test]
fn while_the_broker_is_away_a_projector_says_so_and_answers_with_what_it_has() {
    let mut parts = Parts::start("project_broker_away");
    let (projector, leaving) = (parts.projector(), parts.projector());
    for projector in [&projector, &leaving] {
        wait_for(projector, &parts.ledger);
        wait_for_page(projector, "/readyz", |status, page| (status, page) == (200, "ok\n"));
        wait_for_page(projector, "/metrics", |_, page| !page.contains("\nrapport_source_partitions 0\n"));
    }
    let before = answers(&projector);
    assert!(before.iter().all(Result::is_ok), "{before:?}");

    parts.broker.kill().unwrap();
    let names_why = |status: u16, page: &str| status == 503 && page.contains("kafka: ");
    wait_for_page(&projector, "/readyz", names_why);
    assert_eq!(answers(&projector), before);
    assert_eq!(metric(&projector, "rapport_head_position "), "rapport_head_position 300");
    assert_eq!(get(&projector.http, "/healthz", None).unwrap(), (200, "ok\n".to_owned()));
    // One that is started meanwhile answers with what the database has.
    let other = parts.projector();
    wait_for_page(&other, "/readyz", names_why);
    assert_eq!(answers(&other), before);
    // The end of one that has partitions does not wait for a broker that it could give them back to.
    let begun = Instant::now();
    assert_eq!(leaving.terminate().unwrap(), Some(0));
    assert!(begun.elapsed() < STOPPED, "{:?}", begun.elapsed());

    parts.broker.restart().unwrap();
    parts.goes_on(&projector);
    parts.goes_on(&other);
}

#[test]
fn while_the_database_is_away_a_projector_says_so() {
    let mut parts = Parts::start("project_database_away");
    let projector = parts.projector();
    wait_for(&projector, &parts.ledger);
    wait_for_page(&projector, "/readyz", |status, page| (status, page) == (200, "ok\n"));
    let before = answers(&projector);

    parts.database.kill().unwrap();
    wait_for_page(&projector, "/readyz", |status, page| status == 503 && page.contains("Connection refused"));
    for answer in answers(&projector) {
        assert!(answer.as_ref().is_err_and(|said| said.contains("PostgreSQL failed")), "{answer:?}");
    }
    assert_eq!(metric(&projector, "rapport_source_events_total "), "rapport_source_events_total 300");
    assert_eq!(get(&projector.http, "/healthz", None).unwrap(), (200, "ok\n".to_owned()));

    // One that is started meanwhile waits for it.
    let mut early = start(&format!("kafka://{}", parts.broker.bootstrap()), &parts.database.url());
    let mut log = BufReader::new(early.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(log.any(|line| line.contains("the database cannot be reached")));

    parts.database.restart().unwrap();
    wait_for_page(&projector, "/readyz", |status, page| (status, page) == (200, "ok\n"));
    assert_eq!(answers(&projector), before);
    let mut printed = BufReader::new(early.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(printed.any(|line| line.starts_with("ready ")));
    early.kill().unwrap();
    early.wait().unwrap();
    parts.goes_on(&projector);
}

#[test]
fn a_database_that_lets_nobody_in_ends_a_projector_with_what_to_do() {
    let database = shared_database().unwrap();
    let url = database.create("strict").unwrap();
    let mut owner = Client::connect(&url, NoTls).unwrap();
    owner.batch_execute("CREATE ROLE guest LOGIN PASSWORD 'guest'").unwrap();
    let (_, place) = url.split_once('@').unwrap();
    let refused = [
        (
            format!("postgres://guest:hunter2@{place}"),
            ["password authentication failed", "check user and password"],
        ),
        (format!("{url}-not"), ["does not exist", "make the database first"]),
        (
            format!("postgres://guest:guest@{place}"),
            ["permission denied for database", "must own the database"],
        ),
    ];
    for (views, expected) in refused {
        let mut projector = start("grpc://127.0.0.1:1", &views);
        let deadline = Instant::now() + STOPPED;
        while projector.try_wait().unwrap().is_none() && Instant::now() < deadline {
            thread::yield_now();
        }
        projector.kill().unwrap();
        let ended = projector.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(expected.iter().all(|words| said.contains(words)), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_topic_made_anew_is_read_although_its_leaders_begin_at_an_earlier_epoch() {
    let mut parts = Parts::start("project_made_anew");
    let (projector, other) = (parts.projector(), parts.projector());
    wait_for(&projector, &parts.ledger);
    // Leaders have an epoch, which grows when a broker comes back; it begins again in a topic that is made anew.
    for _ in 0..2 {
        parts.broker.kill().unwrap();
        parts.broker.restart().unwrap();
        parts.goes_on(&projector);
    }
    for topic in ["rapport.events", "rapport.events.checkpoints"] {
        parts.broker.delete_topic(topic).unwrap();
    }
    parts.append();
    for projector in [&projector, &other] {
        parts.goes_on(projector);
    }
    // What is built anew has the events of the new topic.
    projector.run(["replay"]).unwrap();
    parts.goes_on(&projector);
}
