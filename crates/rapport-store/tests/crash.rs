//! kill -9 while applying and while rebuilding: what is there afterwards is a prefix of the log, whole, and nothing
//! that was said to be applied is missing.
//!
//! Run without arguments this starts itself as a child that applies a history and says how far it is, kills it
//! after some words, and looks at what is left.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "a test that fails says so by panicking"
)]

#[path = "store/support/mod.rs"]
mod support;

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use proptest::{strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};
use rapport_model::Position;
use rapport_store::{Store, View};
use support::{Log, chunks, dump, encoded, script};

const EVENTS: usize = 500;
const ROUNDS: usize = 40;

/// The same history in parent and child.
fn history() -> Log {
    let mut runner = TestRunner::deterministic();
    let steps = script::steps(EVENTS).new_tree(&mut runner).unwrap().current();
    script::log(&steps)
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "child") {
        Some(index) => child(Path::new(&arguments[index + 1])),
        None => parent(),
    }
}

/// Applies what is missing, and then builds everything anew, again and again.
fn child(dir: &Path) {
    let log = history();
    let store = Store::open(dir).unwrap();
    let mut out = std::io::stdout().lock();
    let missing = log.events.get(store.applied().0 as usize..).unwrap_or_default();
    for (index, batch) in missing.chunks(7).enumerate() {
        if index.is_multiple_of(3) {
            store.catch_up(chunks(batch, 2), &log).unwrap();
        } else {
            store.apply(&encoded(batch), &log).unwrap();
        }
        writeln!(out, "{}", store.position(View::Timeline).0).unwrap();
    }
    loop {
        let rebuild = store.rebuild(&View::ALL).unwrap();
        // Said while threads apply what was read before.
        let told = chunks(&log.events, 100).inspect(|_| writeln!(out, "{EVENTS}").unwrap());
        rebuild.catch_up(told, &log).unwrap();
        assert!(rebuild.finish().unwrap().is_none());
        writeln!(out, "{EVENTS}").unwrap();
    }
}

fn parent() {
    let log = history();
    let (dir, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut fresh_at = Position::START;
    let fresh_store = Store::open(fresh.path()).unwrap();
    for round in 0..ROUNDS {
        let words = 1 + round * 7 % 13;
        let said = killed_after(words, dir.path());
        let store = Store::open(dir.path()).unwrap();
        let positions = View::ALL.map(|view| store.position(view));
        let furthest = positions.into_iter().max().unwrap();
        assert!(
            store.position(View::Timeline) >= said,
            "round {round}: {said} was said, {positions:?} is there"
        );
        assert!(furthest >= fresh_at, "round {round}: went back from {fresh_at} to {positions:?}");

        // Views that were cut off earlier go on from where they are; then all are what a fresh replay gives.
        let until = furthest.0 as usize;
        store.apply(&encoded(&log.events[store.applied().0 as usize..until]), &log).unwrap();
        fresh_store.apply(&encoded(&log.events[fresh_at.0 as usize..until]), &log).unwrap();
        fresh_at = furthest;
        drop(store);
        assert!(
            dump(dir.path()) == dump(fresh.path()),
            "round {round}: differs from a fresh replay at {furthest}"
        );
    }
    assert_eq!(fresh_at, Position(EVENTS as u64), "the rounds should reach the end of the history");
    println!("{ROUNDS} kills, {EVENTS} events: every view as a fresh replay has it");
}

/// Lets a child work until it has said so many words, kills it, and gives the last position that it said.
fn killed_after(words: usize, dir: &Path) -> Position {
    let mut child = Command::new(env::current_exe().unwrap())
        .arg("child")
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Position::START;
    for _ in 0..words {
        let line = lines.next().expect("the child goes on until it is killed").unwrap();
        said = Position(line.parse().unwrap());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts as well.
    for line in lines.map_while(Result::ok) {
        said = line.parse().map_or(said, Position);
    }
    said
}
