//! Damaged files of views: however one is damaged, a question has the answer of an undamaged one or an error that says
//! what happens, and after the events were applied again all answers are those of an undamaged one.

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

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::support::{Asked as _, Log, NOW, as_of, ask, at, encoded, kinds::*};
use rapport_model::{ErrorClass, Position};
use rapport_proto::v1::TimelineRequest;
use rapport_store::{
    Applied, Condition, EventSource, EventsFile, PartitionBatch, ReadError, Rows, Store, StoreError,
    TypedRows as _, View, inspect, store_error,
};
use rapport_views::{
    rows::{KnownAsRow, ObjectId, PurchaseLine, Symbol},
    table::Filter,
};

/// Steps until a view is whole again; a failed one is followed by a step that mends it.
const STEPS_MAX: usize = 8;

fn history() -> Log {
    let mut log = Log::default();
    for number in 0..60 {
        let deal = format!("D{number}");
        let customer = format!("c{}", number % 7);
        log.add(&customer, number, number, opened(&deal, "lead", eur(number)));
        log.add(&customer, number + 1, number, won(&deal, None));
        log.add(&customer, number, number, nps(9.0, "Q1"));
    }
    log
}

/// What questions answer, one text a view.
fn answers(store: &Store, log: &Log) -> Result<[String; View::ALL.len()], ReadError> {
    let moments = [(at(20), at(30)), (NOW, NOW)];
    let [mut timeline, mut funnel, mut satisfaction, mut facts, mut directory] =
        [const { String::new() }; View::ALL.len()];
    for (t, k) in moments {
        let rows = store.rows(View::Timeline)?;
        for customer in 0..7 {
            let request = TimelineRequest { customer: format!("c{customer}"), ..TimelineRequest::default() };
            timeline += &format!("{:?}", ask(&rows, &request, t, k, log)?.entries);
        }
        let rows = store.rows(View::Funnel)?;
        rows.deal_histories(as_of(t, k), None, &mut |deal| funnel += &format!("{deal:?}"))?;
        for deal in 1..=60 {
            funnel += &rows.deal_name(ObjectId(deal))?;
        }
        funnel += &format!("{:?}{:?}", rows.sums(as_of(t, k))?, texts(&rows)?);
        let rows = store.rows(View::Satisfaction)?;
        satisfaction += &format!("{:?}{:?}", rows.answers(as_of(t, k), None)?, texts(&rows)?);
        let rows = store.rows(View::Facts)?;
        let lines = rows.all::<PurchaseLine>(&Filter::all(), as_of(t, k))?;
        facts += &format!("{lines:?}{:?}", texts(&rows)?);
        let rows = store.rows(View::Directory)?;
        directory += &format!("{:?}", rows.all::<KnownAsRow>(&Filter::all(), as_of(t, k))?);
    }
    Ok([timeline, funnel, satisfaction, facts, directory])
}

fn texts(rows: &impl Rows) -> Result<Vec<String>, ReadError> {
    let symbols = rows.symbols()?;
    Ok((0..symbols.len()).map(|number| symbols.text(Symbol(number as u32)).to_owned()).collect())
}

/// What a projector does, until all is applied and answered.
fn mended(dir: &Path, log: &Log, expected: &[String; View::ALL.len()], what: &str) -> Store {
    let store = Store::open(dir).unwrap_or_else(|error| panic!("{what}: {error}"));
    let head = Position(log.events.len() as u64);
    for _ in 0..STEPS_MAX {
        store.mend(head).unwrap_or_else(|error| panic!("{what}: {error}"));
        let from = store.applied().0 as usize;
        if let Err(error) = store.apply(&encoded(&log.events[from..]), log) {
            assert!(error.to_string().contains("is damaged"), "{what}: {error}");
            assert!(!error.is_of_content(), "{what}: {error}");
            continue;
        }
        match answers(&store, log) {
            Ok(found) => {
                assert!(&found == expected, "{what}: other answers");
                store.mend(head).unwrap();
                assert!(View::ALL.iter().all(|view| !store.state(*view).damaged), "{what}");
                return store;
            }
            Err(error) if matches!(store_error(&error), Some(StoreError::Damaged { .. })) => {
                assert_eq!(error.class(), ErrorClass::Unavailable);
                assert!(error.to_string().contains("builds the view again from the log"), "{what}: {error}");
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }
    panic!("{what}: not mended after {STEPS_MAX} steps");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A directory of whole views, and what they answer.
fn whole(log: &Log) -> (tempfile::TempDir, [String; View::ALL.len()]) {
    let dir = tempfile::tempdir().unwrap();
    let store = log.project(dir.path());
    let expected = answers(&store, log).unwrap();
    drop(store);
    for view in View::ALL {
        // Everything is in the one file then.
        let file = rusqlite::Connection::open(dir.path().join(format!("{}-1.sqlite", view.name()))).unwrap();
        file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
    (dir, expected)
}

/// Ways to damage a file of these bytes, with a name each.
fn damages(whole: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut damages = Vec::new();
    for length in [0, 1, 15, 99, 100, 511, 512, 4095, 4096, 4097, 8192, whole.len() / 2, whole.len() - 1] {
        damages.push((format!("cut to {length}"), whole[..length].to_vec()));
    }
    damages.push(("zeros".to_owned(), vec![0; whole.len()]));
    damages.push(("garbage".to_owned(), (0..whole.len()).map(|at| (at * 31 % 251) as u8).collect()));
    damages.push(("a text".to_owned(), b"not a database\n".repeat(1000)));
    for at in [0, 15].into_iter().chain(16..32).chain(44..64).chain([92, 99, 100, 101, 103, 105, 107]) {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 0xff;
        damages.push((format!("byte {at} changed"), bytes));
    }
    for page in 0..whole.len() / 4096 {
        let place = page * 4096..(page + 1) * 4096;
        let mut flipped = whole.to_vec();
        flipped[place.clone()].iter_mut().for_each(|byte| *byte ^= 0xff);
        damages.push((format!("page {page} flipped"), flipped));
        let mut zeroed = whole.to_vec();
        zeroed[place].fill(0);
        damages.push((format!("page {page} zeroed"), zeroed));
    }
    damages
}

#[test]
fn however_a_views_file_is_damaged_it_is_put_aside_and_built_again() {
    let log = history();
    let (dir, expected) = whole(&log);
    for view in View::ALL {
        let name = format!("{}-1.sqlite", view.name());
        let bytes = fs::read(dir.path().join(&name)).unwrap();
        for (what, damaged) in damages(&bytes) {
            let what = format!("{name}: {what}");
            let damaged_dir = tempfile::tempdir().unwrap();
            copy(dir.path(), damaged_dir.path());
            fs::write(damaged_dir.path().join(&name), &damaged).unwrap();
            drop(mended(damaged_dir.path(), &log, &expected, &what));
            // The damaged file is kept where the view was built again.
            let aside = damaged_dir.path().join(format!("{}.damaged", view.name()));
            let was_built = !damaged_dir.path().join(&name).exists();
            if was_built && !damaged.is_empty() && !what.contains("changed") {
                assert!(aside.exists(), "{what}");
            }
            drop(mended(damaged_dir.path(), &log, &expected, &what));
        }
    }
}

#[test]
fn a_file_that_does_not_name_the_live_one_is_damage_too() {
    let log = history();
    let (dir, expected) = whole(&log);
    let garbage: [&[u8]; 8] =
        [b"", b" \n", b"x", b"-1", b"7", b"18446744073709551615", b"\xff\xfe", &[0; 40]];
    for bytes in garbage {
        for view in View::ALL {
            let damaged = tempfile::tempdir().unwrap();
            copy(dir.path(), damaged.path());
            fs::write(damaged.path().join(format!("{}.live", view.name())), bytes).unwrap();
            let condition =
                inspect(damaged.path()).unwrap().into_iter().find(|(of, _)| *of == view).unwrap().1;
            assert!(!matches!(condition, Condition::Sound(_)), "{bytes:?}");
            let store = Store::open(damaged.path()).unwrap();
            assert!(store.state(view).damaged && store.state(view).rebuilding);
            drop(store);
            drop(mended(damaged.path(), &log, &expected, &format!("{bytes:?}")));
        }
    }
}

/// As a kill leaves them: the log of writes beside the file, copied while the store is open.
#[test]
fn however_a_write_ahead_log_is_damaged_the_answers_are_those_of_the_events() {
    let log = history();
    let (_dir, expected) = whole(&log);
    for checkpointed in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let events = encoded(&log.events);
        for (number, events) in events.chunks(7).enumerate() {
            store.apply(events, &log).unwrap();
            // In the middle, so that the log begins anew over pages that the file has; and at the end, so that the file
            // has more than a log that is cut.
            if checkpointed && (number == 12 || events.last().unwrap().position().0 == 180) {
                for view in View::ALL {
                    let path = dir.path().join(format!("{}-1.sqlite", view.name()));
                    let connection = rusqlite::Connection::open(path).unwrap();
                    connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())).unwrap();
                }
            }
        }
        let killed = tempfile::tempdir().unwrap();
        copy(dir.path(), killed.path());
        let wal = "funnel-1.sqlite-wal";
        let bytes = fs::read(killed.path().join(wal)).unwrap();
        let mut variants = vec![
            ("none".to_owned(), Vec::new()),
            ("garbage".to_owned(), b"garbage".repeat(5_000)),
            ("zeros".to_owned(), vec![0; bytes.len()]),
        ];
        for part in 1..40 {
            let place = bytes.len() * part / 40;
            variants.push((format!("cut to {place}"), bytes[..place].to_vec()));
            let mut flipped = bytes.clone();
            flipped[place] ^= 0xff;
            variants.push((format!("byte {place} changed"), flipped));
        }
        for (what, damaged) in variants {
            let what = format!("{wal}, {what}, checkpointed: {checkpointed}");
            let damaged_dir = tempfile::tempdir().unwrap();
            copy(killed.path(), damaged_dir.path());
            fs::remove_file(damaged_dir.path().join("funnel-1.sqlite-shm")).unwrap();
            fs::write(damaged_dir.path().join(wal), damaged).unwrap();
            let state = Store::open(damaged_dir.path()).unwrap().state(View::Funnel);
            // What the file has already never goes back: its pages would be of two moments.
            assert!(!checkpointed || state.damaged || state.position == Position(180), "{what}: {state:?}");
            drop(mended(damaged_dir.path(), &log, &expected, &what));
        }
    }
}

#[test]
fn a_place_that_is_taken_away_or_newer_is_not_damage() {
    let log = history();
    let (dir, _) = whole(&log);
    let path = |dir: &Path| -> PathBuf { dir.join("funnel-1.sqlite") };
    let refused = |dir: &Path, what: &str| {
        let error = Store::open(dir).err().unwrap_or_else(|| panic!("{what}: it was opened"));
        assert!(!matches!(error, StoreError::Damaged { .. }), "{what}: {error}");
        assert!(path(dir).exists() && !dir.join("funnel.damaged").exists(), "{what}");
    };
    // A folder in its place cannot be opened.
    let folder = tempfile::tempdir().unwrap();
    copy(dir.path(), folder.path());
    fs::remove_file(path(folder.path())).unwrap();
    fs::create_dir(path(folder.path())).unwrap();
    refused(folder.path(), "a folder");
    // Another process writes.
    let locked = tempfile::tempdir().unwrap();
    copy(dir.path(), locked.path());
    let other = rusqlite::Connection::open(path(locked.path())).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    refused(locked.path(), "locked");
    drop(other);
    let newer = tempfile::tempdir().unwrap();
    copy(dir.path(), newer.path());
    let connection = rusqlite::Connection::open(path(newer.path())).unwrap();
    connection.execute("UPDATE meta SET value = 99 WHERE name = 'format'", []).unwrap();
    drop(connection);
    refused(newer.path(), "newer");
    // Rights do not hold for root.
    let forbidden = tempfile::tempdir().unwrap();
    copy(dir.path(), forbidden.path());
    fs::set_permissions(path(forbidden.path()), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(path(forbidden.path())).is_err() {
        refused(forbidden.path(), "forbidden");
    }
}

fn batch(log: &Log, from: usize) -> PartitionBatch {
    let events = encoded(&log.events[from..]);
    let (from_offset, next_offset) = (from as i64, log.events.len() as i64);
    PartitionBatch { partition: 0, epoch: "one".to_owned(), from_offset, next_offset, events }
}

#[test]
fn however_the_copy_of_the_events_is_damaged_everything_is_read_again() {
    let log = history();
    let dir = tempfile::tempdir().unwrap();
    let head = Position(log.events.len() as u64);
    let file = EventsFile::open(dir.path()).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(file.apply(&[batch(&log, 0)]).unwrap(), Applied::Done);
    file.complete(head).unwrap();
    store.apply(&encoded(&log.events), &log).unwrap();
    drop((file, store));
    let bytes = fs::read(dir.path().join("events.sqlite")).unwrap();
    for (what, damaged) in damages(&bytes) {
        let damaged_dir = tempfile::tempdir().unwrap();
        copy(dir.path(), damaged_dir.path());
        fs::write(damaged_dir.path().join("events.sqlite"), &damaged).unwrap();
        let read_all = |file: &EventsFile| {
            let found = (1..=head.0).map(|position| file.event(Position(position)).map(Option::unwrap));
            found.collect::<Result<Vec<_>, _>>()
        };
        // Twice: what is found while it is used is put aside by the next start.
        let mut done = false;
        for _ in 0..2 {
            let file = EventsFile::open(damaged_dir.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
            let Ok(next) = file.checkpoints().map(|found| found.first().map_or(0, |at| at.next_offset))
            else {
                continue;
            };
            if next < head.0 as i64
                && file.apply(&[batch(&log, next as usize)]).and_then(|_| file.complete(head)).is_err()
            {
                continue;
            }
            match read_all(&file) {
                Ok(found) => {
                    assert!(found == log.events, "{what}");
                    done = true;
                    break;
                }
                Err(error) => assert!(error.to_string().contains("restart the projector"), "{what}: {error}"),
            }
        }
        assert!(done, "{what}: not read again");
    }
}
