//! The copy of the events: whatever order partitions come in, views built of it are those of the log.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that fails says so by panicking"
)]

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::{
    Log, dump, encoded,
    kinds::note,
    objects::objects,
    postgresql::{Delivery, partitions},
    script::{log, steps},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use rapport_model::Position;
use rapport_store::{
    Applied, EncodedEvent, EventSource, EventsFile, OrderedEvents, PartitionBatch, Store, StoreError, View,
};

fn notes(count: usize, customer: &str) -> Log {
    let mut log = Log::default();
    for at in 0..count {
        log.add(customer, at as i64, at as i64, note("n"));
    }
    log
}

/// The positions that are handed on after one.
fn handed_on(file: &EventsFile, after: u64) -> Vec<u64> {
    let chunks = file.chunks_after(Position(after)).map(Result::unwrap);
    chunks.flat_map(|chunk| chunk.iter().map(|event| event.position().0).collect::<Vec<_>>()).collect()
}

/// Hands on what is complete to the views, as a projector does.
fn follow(file: &EventsFile, store: &Store) {
    store.catch_up(file.chunks_after(store.applied()), file).unwrap();
}

/// The last position up to which all are there.
fn contiguous(positions: &BTreeSet<u64>) -> Position {
    let dense = (1..).zip(positions).take_while(|(expected, position)| expected == *position);
    Position(dense.count() as u64)
}

/// One partition, as a ledger is one.
fn batch(epoch: &str, from: i64, events: Vec<EncodedEvent>) -> PartitionBatch {
    let next_offset = from + events.len() as i64;
    PartitionBatch { partition: 0, epoch: epoch.to_owned(), from_offset: from, next_offset, events }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn views_of_the_copy_are_those_of_the_log(
        steps in steps(1..60),
        count in 1_usize..4,
        draws in prop::collection::vec((0_usize..4, 1_usize..9), 1..12),
        followed in prop::collection::vec(any::<bool>(), 1..9),
        again in any::<bool>(),
    ) {
        let log = log(&steps);
        let dir = tempfile::tempdir().unwrap();
        let parts = partitions(&log, count);
        let mut delivered = BTreeSet::new();
        let mut followed = followed.iter().cycle();
        let (mut file, mut store) =
            (EventsFile::open(dir.path()).unwrap(), Store::open(dir.path()).unwrap());
        // A topic that is made anew brings everything again.
        for epoch in if again { &["a", "b"][..] } else { &["a"] } {
            for batch in Delivery::new(epoch, &parts).all(&draws) {
                delivered.extend(batch.events.iter().map(|event| event.position().0));
                prop_assert_eq!(file.apply(&[batch]).unwrap(), Applied::Done);
                file.complete(contiguous(&delivered)).unwrap();
                if *followed.next().unwrap() {
                    follow(&file, &store);
                } else {
                    drop((file, store));
                    file = EventsFile::open(dir.path()).unwrap();
                    store = Store::open(dir.path()).unwrap();
                }
            }
        }
        follow(&file, &store);
        prop_assert_eq!(file.position().unwrap().0, log.events.len() as u64);
        assert_finds_by_tag(&file, &log);
        let by_log = tempfile::tempdir().unwrap();
        drop(log.project(by_log.path()));
        drop((store, file));
        prop_assert_eq!(dump(dir.path()), dump(by_log.path()));
    }
}

#[test]
fn what_is_not_complete_is_not_handed_on_and_what_never_came_is_without_a_content() {
    let dir = tempfile::tempdir().unwrap();
    let file = EventsFile::open(dir.path()).unwrap();
    let log = notes(5_000, "c");
    let mut events = encoded(&log.events);
    let missing: Vec<_> = events.drain(2_998..3_003).collect();
    assert_eq!(file.apply(&[batch("a", 0, events)]).unwrap(), Applied::Done);
    assert_eq!(handed_on(&file, 0), [0; 0]);
    file.complete(Position(2)).unwrap();
    assert_eq!(handed_on(&file, 0), [1, 2]);
    assert_eq!(handed_on(&file, 2), [0; 0]);
    file.complete(Position(5_000)).unwrap();
    file.complete(Position(7)).unwrap();
    assert_eq!(handed_on(&file, 0), (1..=5_000).collect::<Vec<_>>());
    assert_eq!(handed_on(&file, 4_998), [4_999, 5_000]);

    let store = Store::open(dir.path()).unwrap();
    follow(&file, &store);
    for view in View::ALL {
        let state = store.state(view);
        assert_eq!((state.position, state.set_aside), (Position(5_000), missing.len() as u64), "{view:?}");
    }
    let event = &log.events[41];
    assert_eq!(file.event(Position(42)).unwrap().as_ref(), Some(event));
    assert_eq!(file.event_by_id(&event.id.to_uppercase()).unwrap().as_ref(), Some(event));
    assert_eq!(file.event(Position(3_000)).unwrap(), None);
    assert_eq!(file.event_by_id("no id").unwrap(), None);
}

#[test]
fn a_batch_that_does_not_go_on_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = EventsFile::open(dir.path()).unwrap();
    let events = encoded(&notes(10, "c").events);
    assert_eq!(file.apply(&[batch("a", 0, events[..4].to_vec())]).unwrap(), Applied::Done);
    let checkpoints = file.checkpoints().unwrap();
    assert_eq!((checkpoints[0].next_offset, checkpoints[0].position), (4, Position(4)));
    for stale in [
        batch("a", 0, events[..4].to_vec()),
        batch("a", 6, events[6..].to_vec()),
        batch("b", 4, events[4..].to_vec()),
    ] {
        let stale = [batch("a", 4, events[4..5].to_vec()), stale];
        let Applied::Stale { checkpoints } = file.apply(&stale).unwrap() else { panic!("it was applied") };
        assert_eq!(checkpoints, file.checkpoints().unwrap());
        assert_eq!(checkpoints[0].next_offset, 4);
    }
    file.complete(Position(10)).unwrap();
    assert_eq!(file.event(Position(5)).unwrap(), None);
}

#[test]
fn events_of_another_history_are_refused_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let file = EventsFile::open(dir.path()).unwrap();
    let ours = encoded(&notes(4, "c").events);
    assert_eq!(file.apply(&[batch("a", 0, ours.clone())]).unwrap(), Applied::Done);
    let mut other = notes(6, "c");
    other.events[2].id = "0190b6f0-0000-7000-8000-000000000001".to_owned();
    let error = file.apply(&[batch("b", 0, encoded(&other.events))]).unwrap_err();
    assert!(matches!(error, StoreError::OtherHistory { position: Position(3), .. }), "{error}");
    assert!(error.to_string().contains("position `3`"), "{error}");
    assert_eq!(file.checkpoints().unwrap()[0].epoch, "a");
    assert_eq!(file.event(Position(5)).unwrap(), None);
    // The same events of a topic that was made anew.
    assert_eq!(file.apply(&[batch("b", 0, ours)]).unwrap(), Applied::Done);
    file.belong_to("first").unwrap();
    file.belong_to("first").unwrap();
    let error = file.belong_to("second").unwrap_err().to_string();
    assert!(error.contains("`first`") && error.contains("`second`"), "{error}");
    // An event that is at another place.
    let mut moved = notes(5, "c");
    moved.events[4].id = moved.events[0].id.clone();
    let error = file.apply(&[batch("b", 4, encoded(&moved.events[4..]))]).unwrap_err();
    assert!(matches!(error, StoreError::OtherHistory { position: Position(5), .. }), "{error}");
}

#[test]
fn a_directory_is_of_one_process_and_of_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| EventsFile::open(path).err().unwrap().to_string();
    let own = dir.path().join("own");
    let file = EventsFile::open(&own).unwrap();
    assert!(refusal(&own).contains("used by another process"), "{}", refusal(&own));
    drop(file);
    EventsFile::open(&own).unwrap();

    // What is left of one that was killed before it had written anything.
    let killed = dir.path().join("killed");
    fs::create_dir(&killed).unwrap();
    fs::write(killed.join("events.sqlite"), "").unwrap();
    assert_eq!(EventsFile::open(&killed).unwrap().position().unwrap(), Position::START);

    // A ledger's views.
    let theirs = dir.path().join("theirs");
    drop(Store::open(&theirs).unwrap());
    let before = fs::read_dir(&theirs).unwrap().count();
    assert!(refusal(&theirs).contains("something else"), "{}", refusal(&theirs));
    assert_eq!(fs::read_dir(&theirs).unwrap().count(), before);

    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(refusal(&file).contains("check that the directory"), "{}", refusal(&file));
    fs::write(own.join("events.sqlite"), "no database at all, and long enough to be read as one").unwrap();
    // What was ours and is damaged is begun anew.
    assert_eq!(EventsFile::open(&own).unwrap().position().unwrap(), Position::START);
    assert!(own.join("events.damaged").exists());
}

#[test]
fn some_views_are_kept_and_the_others_come_when_they_are_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let file = EventsFile::open(dir.path()).unwrap();
    let log = notes(20, "c");
    assert_eq!(file.apply(&[batch("a", 0, encoded(&log.events))]).unwrap(), Applied::Done);
    file.complete(Position(20)).unwrap();
    let only = Store::open_only(dir.path(), &[View::Funnel]).unwrap();
    follow(&file, &only);
    assert_eq!((only.visible(), only.position(View::Timeline)), (Position(20), Position::START));
    drop(only);
    let all = Store::open(dir.path()).unwrap();
    assert_eq!(all.visible(), Position::START);
    follow(&file, &all);
    assert_eq!(all.visible(), Position(20));
}

/// The tags of a file as a log has them.
fn assert_finds_by_tag(file: &EventsFile, log: &Log) {
    for tag in objects(log) {
        let sorted = |source: &dyn EventSource| {
            let mut positions = source.positions_tagged(&tag).unwrap();
            positions.sort_unstable();
            positions
        };
        assert_eq!(sorted(file), sorted(log), "{tag}");
    }
}

#[test]
fn a_file_of_an_earlier_format_gets_the_tags_and_checksums_of_its_events() {
    let log = log(&steps(80).new_tree(&mut TestRunner::deterministic()).unwrap().current());
    let dir = tempfile::tempdir().unwrap();
    let batch = |from: usize, to: usize| batch("a", from as i64, encoded(&log.events[from..to]));
    let file = EventsFile::open(dir.path()).unwrap();
    assert_eq!(file.apply(&[batch(0, 60)]).unwrap(), Applied::Done);
    drop(file);
    let connection = rusqlite::Connection::open(dir.path().join("events.sqlite")).unwrap();
    let as_before = "DROP TABLE event_tag; ALTER TABLE event DROP COLUMN checksum;
                     UPDATE meta SET value = 1 WHERE name = 'format'";
    connection.execute_batch(as_before).unwrap();
    drop(connection);

    let file = EventsFile::open(dir.path()).unwrap();
    assert_eq!(file.apply(&[batch(60, 80)]).unwrap(), Applied::Done);
    assert_finds_by_tag(&file, &log);
    drop(file);
    // One that was cut off while it got them begins again.
    let connection = rusqlite::Connection::open(dir.path().join("events.sqlite")).unwrap();
    let cut_off = "DELETE FROM event_tag WHERE position > 30;
                   UPDATE event SET checksum = NULL WHERE position > 20;
                   UPDATE meta SET value = 1 WHERE name = 'format'";
    connection.execute_batch(cut_off).unwrap();
    drop(connection);
    let file = EventsFile::open(dir.path()).unwrap();
    assert_finds_by_tag(&file, &log);
    file.complete(Position(80)).unwrap();
    assert_eq!(handed_on(&file, 0), (1..=80).collect::<Vec<_>>());
    drop(file);
    // A later release's is left alone.
    let connection = rusqlite::Connection::open(dir.path().join("events.sqlite")).unwrap();
    connection.execute("UPDATE meta SET value = 4 WHERE name = 'format'", []).unwrap();
    drop(connection);
    let error = EventsFile::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("later release"), "{error}");
}

#[test]
fn bytes_that_changed_in_the_file_are_never_handed_on_and_the_next_start_reads_everything_again() {
    let log = notes(5, "c");
    let changes = [
        // One bit: the bytes may well be an event still.
        "UPDATE event SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'6d' AS BLOB) WHERE position = 3",
        "UPDATE event SET bytes = x'ff' WHERE position = 3",
        "UPDATE event SET bytes = x'' WHERE position = 3",
        "UPDATE event SET position = 6 WHERE position = 3",
        "UPDATE event SET checksum = checksum + 1 WHERE position = 3",
        "UPDATE event SET checksum = NULL WHERE position = 3",
    ];
    for change in changes {
        let dir = tempfile::tempdir().unwrap();
        let file = EventsFile::open(dir.path()).unwrap();
        assert_eq!(file.apply(&[batch("a", 0, encoded(&log.events))]).unwrap(), Applied::Done);
        file.complete(Position(6)).unwrap();
        let connection = rusqlite::Connection::open(dir.path().join("events.sqlite")).unwrap();
        assert_eq!(connection.execute(change, []).unwrap(), 1, "{change}");
        drop(connection);
        let at = Position(if change.contains("position = 6") { 6 } else { 3 });
        assert!(file.event(at).is_err() && file.event_by_id(&log.events[2].id).is_err(), "{change}");
        assert!(file.chunks_after(Position(0)).next().unwrap().is_err(), "{change}");
        assert!(file.event(Position(2)).unwrap().is_some());
        drop(file);
        assert_eq!(EventsFile::open(dir.path()).unwrap().position().unwrap(), Position::START, "{change}");
        assert!(dir.path().join("events.damaged").exists());
    }
}
