//! Kills a process that appends, again and again: everything it acknowledged must be there, and no half request.
//!
//! The test runs its own executable as the child. The child writes a line for every answer; the parent kills it
//! after a random number of lines, or while it opens the log. `RAPPORT_SEED=… cargo test -p rapport-log --test crash`
//! repeats a run as far as the system's timing allows.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use rapport_log::{LogOptions, ReadFrom, ReadRequest, Reader, Writer, WriterOptions, open, verify};
use rapport_model::{AppendRequest, EventId, ExpectedRevision, Position};
use support::{Random, append, request};

const ROUNDS: u64 = 120;
/// Requests that a child makes beyond those after whose answers it is killed.
const REQUESTS_AHEAD: u64 = 150;
/// Rounds after which a fresh ledger begins, so that opening stays cheap.
const ROUNDS_A_LEDGER: u64 = 10;

fn options() -> LogOptions {
    LogOptions { generation_events_max: 400, block_bytes_max: 4 << 10, ..LogOptions::default() }
}

/// The nth request of a round: one to twenty events, for one stream or two.
fn nth_request(round: u64, nth: u64) -> AppendRequest {
    let mut random = Random(round << 32 | nth);
    let ids: Vec<_> = (0..=random.below(20)).map(|event| id(round, nth, event)).collect();
    let (one, other) = ids.split_at(usize::try_from(random.below(ids.len() as u64)).unwrap());
    let parts = [("a", one), ("b", other)].into_iter().filter(|(_, ids)| !ids.is_empty());
    request(parts.map(|(stream, ids)| append(stream, ExpectedRevision::Any, ids)).collect())
}

fn id(round: u64, nth: u64, event: u64) -> u128 {
    u128::from(round) << 64 | u128::from(nth) << 16 | u128::from(event)
}

fn child(dir: &Path, round: u64, requests: u64) {
    let (log, _reader) = open(dir, options()).unwrap();
    let writer =
        Writer::spawn(log, WriterOptions { queue_requests_max: 16, ..WriterOptions::default() }).unwrap();
    let mut nth = 0;
    while nth < requests {
        let said = move |answer: Result<rapport_model::Appended, _>| {
            let answer = answer.unwrap();
            let line = format!("{nth} {} {}\n", answer.first_position, answer.last_position);
            // The parent may be gone.
            drop(std::io::stdout().write_all(line.as_bytes()));
        };
        match writer.submit(nth_request(round, nth), said) {
            Ok(()) => nth += 1,
            Err(rapport_log::SubmitError::Busy) => std::thread::yield_now(),
            Err(rapport_log::SubmitError::Stopped) => return,
        }
    }
    // The kill is late: more would only take time to read.
    loop {
        std::thread::park();
    }
}

/// Answers by the number of their request.
type Answers = BTreeMap<u64, (Position, Position)>;

/// Lets a child append and kills it; what it acknowledged.
fn kill_a_child(dir: &Path, round: u64, after_answers: u64) -> Answers {
    let mut child = Command::new(env::current_exe().unwrap())
        .env("RAPPORT_CRASH_DIR", dir)
        .env("RAPPORT_CRASH_ROUND", round.to_string())
        .env("RAPPORT_CRASH_REQUESTS", (after_answers + REQUESTS_AHEAD).to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut answered: Vec<_> = lines.by_ref().take(usize::try_from(after_answers).unwrap()).collect();
    child.kill().unwrap();
    answered.extend(lines);
    child.wait().unwrap();
    answered.iter().filter_map(|line| parse(line)).collect()
}

/// A line that the kill cut off is no answer.
fn parse(line: &str) -> Option<(u64, (Position, Position))> {
    let mut numbers = line.split(' ').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some((next()?, (Position(next()?), Position(next()?))))
}

/// Holds what is stored since `before` against what was acknowledged.
fn check(reader: &Reader, round: u64, before: Position, answers: &Answers) {
    let from = ReadFrom::Position(before.next());
    let mut stored: BTreeMap<u64, Vec<(Position, u128)>> = BTreeMap::new();
    for recorded in reader.read(ReadRequest { from, ..ReadRequest::default() }) {
        let recorded = recorded.unwrap();
        let envelope = recorded.envelope().unwrap();
        assert_eq!((envelope.event_type, envelope.position), ("deal.opened", recorded.position));
        assert!(recorded.bytes.ends_with(&support::payload("42", "a title")));
        let id = envelope.id.as_u128();
        assert_eq!(u64::try_from(id >> 64).unwrap(), round, "an event of an earlier round is new");
        stored
            .entry(u64::try_from(id >> 16 & 0xffff_ffff).unwrap())
            .or_default()
            .push((recorded.position, id));
    }
    for (nth, events) in &stored {
        let request = nth_request(round, *nth);
        let ids: Vec<_> =
            request.appends.iter().flat_map(|part| &part.events).map(|event| event.id).collect();
        let found: Vec<_> = events.iter().map(|(_, id)| EventId::from_u128(*id)).collect();
        assert_eq!(found, ids, "request {nth} is there in part");
    }
    for (nth, (first, last)) in answers {
        let events = stored.get(nth).unwrap_or_else(|| panic!("acknowledged request {nth} is lost"));
        assert_eq!((events[0].0, events[events.len() - 1].0), (*first, *last), "request {nth} is elsewhere");
    }
}

fn parent() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let seed = env::var("RAPPORT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(u64::from(now));
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut dir = tempfile::tempdir().unwrap();
    let (mut head, mut acknowledged, mut stored) = (Position::START, 0, 0);
    for round in 0..ROUNDS {
        if round % ROUNDS_A_LEDGER == 0 {
            (dir, head) = (tempfile::tempdir().unwrap(), Position::START);
        }
        let after_answers = if random.below(8) == 0 { 0 } else { random.below(60) };
        let answers = kill_a_child(dir.path(), round, after_answers);
        assert!(answers.len() as u64 >= after_answers, "seed {seed}: the child ended by itself");
        let (log, reader) = open(dir.path(), options()).unwrap();
        check(&reader, round, head, &answers);
        if round % 5 == 4 {
            let report = verify(&reader).unwrap();
            assert!(report.is_sound(), "seed {seed}: {report:?}");
        }
        stored += reader.head().position.0 - head.0;
        (head, acknowledged) = (reader.head().position, acknowledged + answers.len());
        drop(log);
    }
    println!(
        "{ROUNDS} kills, {acknowledged} requests acknowledged, {stored} events stored, nothing lost, nothing half there"
    );
}

fn main() {
    let number = |name: &str| env::var(name).ok().and_then(|number| number.parse().ok());
    match (env::var_os("RAPPORT_CRASH_DIR"), number("RAPPORT_CRASH_ROUND"), number("RAPPORT_CRASH_REQUESTS"))
    {
        (Some(dir), Some(round), Some(requests)) => child(Path::new(&dir), round, requests),
        (_, _, _) => parent(),
    }
}
