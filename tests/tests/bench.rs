//! `rapport bench` beside a real broker and a real database, with tiny sizes: what it measures, what it says when it
//! cannot, and that it leaves nothing there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use postgres::{Client, NoTls};
use rapport_tests::{Broker, command, json_lines, run_ok, shared_broker, shared_database};
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(90);
/// Nobody listens there.
const NOBODY: &str = "127.0.0.1:1";

const TINY: [&str; 9] = ["bench", "--runs", "2", "--events", "400", "--rate", "50", "--output", "json"];

fn bench(flags: &[&str]) -> Vec<Value> {
    let flags = [&TINY[..], &["--seconds", "0.2"], flags].concat();
    json_lines(&run_ok(&mut command(flags).unwrap()).unwrap()).unwrap()
}

/// What a bench that fails says, and that it says it as other commands do.
fn refusal(flags: &[&str]) -> String {
    let output = command([&TINY[..], flags].concat()).unwrap().output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b""[..]), "{flags:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("no number `{key}` in {row}"))
}

/// Schemas of views in a database, and connections of a bench to it.
fn left(database: &str) -> (Vec<String>, i64) {
    let mut client = Client::connect(database, NoTls).unwrap();
    let schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rapport%' ORDER BY nspname";
    let schemas = client.query(schemas, &[]).unwrap();
    let connections = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'rapport%'";
    let connections = client.query_one(connections, &[]).unwrap().get(0);
    (schemas.iter().map(|row| row.get(0)).collect(), connections)
}

/// Waits until a broker has no topic of a bench: it forgets one a moment after it has said that it does.
fn wait_until_no_topics(broker: &Broker) {
    let consumer: BaseConsumer = broker.client_config().create().unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let metadata = consumer.fetch_metadata(None, PATIENCE).unwrap();
        let topics: Vec<_> = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
        if !topics.iter().any(|name| name.starts_with("rapport.bench.")) {
            return;
        }
        assert!(Instant::now() < deadline, "{topics:?}");
    }
}

fn assert_measured_beside(row: &Value, what: &str, limit: &str) {
    assert_eq!(row["what"], what, "{row}");
    let (runs, limits) = (row["runs"].as_array().unwrap(), row["limits"][limit].as_array().unwrap());
    assert_eq!((runs.len(), limits.len()), (2, 2), "{row}");
    assert!(runs.iter().chain(limits).all(|run| number(run, "rate") > 0.0), "{row}");
}

fn assert_followed(row: &Value) {
    assert_eq!(row["what"], "following 50 events/s", "{row}");
    for run in row["runs"].as_array().unwrap() {
        let [p50, p99] = ["p50_us", "p99_us"].map(|time| number(run, time));
        // Nothing gets there without a commit of each part, and nothing waits for long.
        assert!(100.0 < p50 && p50 <= p99 && p99 < PATIENCE.as_micros() as f64, "{row}");
    }
}

#[test]
fn publishing_is_measured_and_the_topics_are_deleted() {
    let broker = Broker::start().unwrap();
    let rows = bench(&["publish", "--kafka", broker.bootstrap()]);
    let [caught_up, followed] = &rows[..] else { panic!("{rows:?}") };
    assert_measured_beside(caught_up, "catching up", "bare-producer");
    assert_followed(followed);
    wait_until_no_topics(&broker);
}

#[test]
fn projecting_into_postgresql_is_measured_from_a_ledger_from_kafka_and_from_an_append_on() {
    let (broker, database) = (Broker::start().unwrap(), shared_database().unwrap());
    let database = database.create("projected").unwrap();
    let rows = bench(&["project", "--views", &database, "--kafka", broker.bootstrap()]);
    let [ledger, kafka, followed] = &rows[..] else { panic!("{rows:?}") };
    for (row, what) in [(ledger, "PostgreSQL from ledger"), (kafka, "PostgreSQL from Kafka")] {
        assert_measured_beside(row, what, "bare-copy");
        let note = |name: &str| row["notes"][name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(note("events") > 0 && note("rows") > note("events"), "{row}");
        assert_eq!(row["work"], "project");
    }
    // One story, and the same events in it.
    assert_eq!(ledger["notes"]["events"], kafka["notes"]["events"]);
    assert_followed(followed);
    assert_eq!(left(&database), (Vec::new(), 0));
    wait_until_no_topics(&broker);
}

#[test]
fn without_a_broker_only_the_ledger_is_projected() {
    let database = shared_database().unwrap().create("from_ledger").unwrap();
    let rows = bench(&["project", "--views", &database]);
    let [ledger] = &rows[..] else { panic!("{rows:?}") };
    assert_measured_beside(ledger, "PostgreSQL from ledger", "bare-copy");
    assert_eq!(left(&database), (Vec::new(), 0));
}

#[test]
fn a_database_with_views_is_refused_and_stays_as_it_is() {
    let database = shared_database().unwrap().create("in_use").unwrap();
    let mut client = Client::connect(&database, NoTls).unwrap();
    client
        .batch_execute(
            "CREATE SCHEMA rapport_funnel;
             CREATE TABLE rapport_funnel.meta (name text);
             CREATE TABLE rapport_funnel.checkpoint (partition integer)",
        )
        .unwrap();
    let said = refusal(&["project", "--views", &database]);
    assert!(said.contains("`rapport_funnel`") && said.contains("give an empty database"), "{said}");
    assert_eq!(left(&database).0, ["rapport_funnel"]);
}

#[test]
fn what_cannot_be_measured_is_refused_with_what_to_do() {
    let database = shared_database().unwrap().create("untouched").unwrap();
    let nobody = format!("postgres://me:secret@{NOBODY}/views");
    let cases: [(&[&str], &[&str]); 10] = [
        (&["project", "--views", &nobody], &["--views", "refused", "start it"]),
        (&["project", "--views", "sqlite:views"], &["--views", "postgres://USER:PASSWORD@HOST/DATABASE"]),
        (&["project", "--views", &database, "--kafka", NOBODY], &["--kafka", NOBODY, "refused", "start it"]),
        (&["project", "--views", &database, "--kafka", "somewhere"], &["--kafka", "HOST:PORT"]),
        (&["project", "--kafka", NOBODY], &["--kafka", "--views URL"]),
        (&["project", "--views", &database, "--server", NOBODY], &["--server", "ledgers of their own"]),
        (&["publish", "--kafka", NOBODY], &["--kafka", NOBODY, "refused", "start it"]),
        (&["publish"], &["--kafka BROKERS"]),
        (&["publish", "--kafka", NOBODY, "--views", &database], &["--views is for `project`"]),
        (&["append", "--kafka", NOBODY], &["--kafka is for `publish` and `project`"]),
    ];
    for (flags, words) in cases {
        let said = refusal(flags);
        assert!(words.iter().all(|word| said.contains(word)), "{flags:?}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    assert_eq!(left(&database), (Vec::new(), 0));
}

#[test]
fn a_bench_that_is_interrupted_leaves_nothing() {
    let (broker, database) = (shared_broker().unwrap(), shared_database().unwrap());
    let database = database.create("interrupted").unwrap();
    let flags = ["project", "--views", &database, "--kafka", broker.bootstrap(), "--seconds", "3600"];
    let mut interrupted = command(TINY).unwrap();
    interrupted.args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = interrupted.spawn().unwrap();
    // Two rows, and it follows for an hour.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().is_some() && lines.next().is_some());
    let deadline = Instant::now() + PATIENCE;
    while left(&database).0.len() < 3 {
        assert!(Instant::now() < deadline, "it does not follow");
    }
    run_ok(Command::new("kill").args(["-INT", &child.id().to_string()])).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), lines.count()), (Some(2), 0), "{said}");
    assert!(said.contains("interrupted") && !said.contains("left"), "{said}");
    assert_eq!(left(&database), (Vec::new(), 0));
    wait_until_no_topics(broker);
}
