//! Building views anew beside the live ones.

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

use std::fs;

use crate::support::{Log, NOW, as_of, chunks, dump, encoded, kinds::*};
use rapport_model::Position;
use rapport_store::{ApplyError, Rows, Store, StoreError, View};

fn history() -> Log {
    let mut log = Log::default();
    for number in 0..50 {
        let deal = format!("D{number}");
        log.add("c", number, number, opened(&deal, "lead", eur(number)));
        log.add("c", number + 1, number, won(&deal, None));
        log.add("c", number, number, nps(9.0, "Q1"));
    }
    log
}

fn files(dir: &std::path::Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".sqlite")).collect();
    names.sort();
    names
}

#[test]
fn a_rebuilt_view_is_the_same_and_takes_the_place_of_the_old_one() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let before = dump(dir.path());
    let old_snapshot = store.rows(View::Funnel).unwrap();

    let rebuild = store.rebuild(&[View::Funnel, View::Timeline]).unwrap();
    assert!(store.state(View::Funnel).rebuilding && !store.state(View::Satisfaction).rebuilding);
    rebuild.catch_up(chunks(&log.events[..20], 3), &log).unwrap();
    // The live view answers meanwhile.
    assert_eq!(store.position(View::Funnel), Position(150));
    let rebuild = rebuild.finish().unwrap().expect("it is behind the live view");
    rebuild.catch_up(chunks(&log.events[20..], 7), &log).unwrap();
    assert!(rebuild.finish().unwrap().is_none());

    assert!(!store.state(View::Funnel).rebuilding);
    assert_eq!(dump(dir.path()), before);
    // Who reads the old one goes on; then it goes.
    let mut deals = 0;
    old_snapshot.deal_histories(as_of(NOW, NOW), None, &mut |_| deals += 1).unwrap();
    assert_eq!(deals, 50);
    drop(old_snapshot);
    assert_eq!(
        files(dir.path()),
        [
            "directory-1.sqlite",
            "facts-1.sqlite",
            "funnel-2.sqlite",
            "satisfaction-1.sqlite",
            "timeline-2.sqlite"
        ]
    );
    drop(store);
    assert_eq!(Store::open(dir.path()).unwrap().applied(), Position(150));
}

#[test]
fn a_rebuild_given_up_leaves_the_live_view_and_no_file() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let rebuild = store.rebuild(&[View::Funnel]).unwrap();
    rebuild.catch_up(chunks(&log.events[..20], 3), &log).unwrap();
    assert!(matches!(store.rebuild(&View::ALL), Err(StoreError::Rebuilding { view: View::Funnel })));
    assert!(!store.state(View::Timeline).rebuilding);
    drop(rebuild);
    assert_eq!(
        files(dir.path()),
        [
            "directory-1.sqlite",
            "facts-1.sqlite",
            "funnel-1.sqlite",
            "satisfaction-1.sqlite",
            "timeline-1.sqlite"
        ]
    );
    assert!(store.rebuild(&View::ALL).is_ok());
}

#[test]
fn what_a_crash_left_of_a_rebuild_is_deleted_at_the_next_start() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let rebuild = store.rebuild(&[View::Funnel]).unwrap();
    rebuild.catch_up(chunks(&log.events[..20], 3), &log).unwrap();
    // As after a kill: nothing is dropped.
    std::mem::forget((rebuild, store));
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.position(View::Funnel), Position(150));
    assert_eq!(
        files(dir.path()),
        [
            "directory-1.sqlite",
            "facts-1.sqlite",
            "funnel-1.sqlite",
            "satisfaction-1.sqlite",
            "timeline-1.sqlite"
        ]
    );
}

#[test]
fn a_build_that_failed_takes_no_more_and_leaves_the_live_view_and_no_file() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let before = dump(dir.path());
    let rebuild = store.rebuild(&[View::Funnel]).unwrap();
    rebuild.catch_up(chunks(&log.events[..10], 3), &log).unwrap();
    let refused = rebuild.catch_up(chunks(&log.events[11..], 3), &log);
    assert!(matches!(refused, Err(ApplyError::Gap { at: Position(10), given: Position(12), .. })));
    // Nothing may be built on what is left of it: there was no journal.
    let stopped = rebuild.catch_up(chunks(&log.events[10..], 3), &log);
    assert!(matches!(stopped, Err(ApplyError::Store(StoreError::Stopped { view: View::Funnel }))));
    let stopped = rebuild.finish();
    assert!(matches!(stopped, Err(ApplyError::Store(StoreError::Stopped { view: View::Funnel }))));
    assert_eq!(dump(dir.path()), before);
    assert_eq!(
        files(dir.path()),
        [
            "directory-1.sqlite",
            "facts-1.sqlite",
            "funnel-1.sqlite",
            "satisfaction-1.sqlite",
            "timeline-1.sqlite"
        ]
    );
    assert!(!store.state(View::Funnel).rebuilding);
}

#[test]
fn missing_events_are_refused_and_repeated_ones_change_nothing() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.apply(&encoded(&log.events[..10]), &log).unwrap();
    let refused = store.apply(&encoded(&log.events[11..]), &log).unwrap_err();
    let gap =
        |error: &ApplyError| matches!(error, ApplyError::Gap { at: Position(10), given: Position(12), .. });
    assert!(refused.each().iter().all(gap), "{refused}");
    assert_eq!(refused.each().iter().map(ApplyError::view).collect::<Vec<_>>(), View::ALL.map(Some));
    assert_eq!(store.applied(), Position(10));
    let before = dump(dir.path());
    store.apply(&encoded(&log.events[..10]), &log).unwrap();
    assert_eq!(dump(dir.path()), before);
    assert_eq!(store.apply(&encoded(&log.events[5..]), &log).unwrap(), Position(150));
}

#[test]
fn a_file_of_a_later_release_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let connection = rusqlite::Connection::open(dir.path().join("funnel-1.sqlite")).unwrap();
    connection.execute("UPDATE meta SET value = 99 WHERE name = 'format'", []).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(StoreError::Newer { view: View::Funnel, found: 99, .. })));
}

#[test]
fn a_file_of_an_earlier_format_is_built_again() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    drop(log.project(dir.path()));
    let before = dump(dir.path());
    for view in ["funnel", "timeline"] {
        let connection = rusqlite::Connection::open(dir.path().join(format!("{view}-1.sqlite"))).unwrap();
        connection.execute("UPDATE meta SET value = value - 1 WHERE name = 'format'", []).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    assert_eq!((store.applied(), store.position(View::Satisfaction)), (Position::START, Position(150)));
    assert_eq!(
        files(dir.path()),
        [
            "directory-1.sqlite",
            "facts-1.sqlite",
            "funnel-2.sqlite",
            "satisfaction-1.sqlite",
            "timeline-2.sqlite"
        ]
    );
    store.apply(&encoded(&log.events), &log).unwrap();
    drop(store);
    assert_eq!(dump(dir.path()), before);
    assert_eq!(Store::open(dir.path()).unwrap().applied(), Position(150));
}
