//! What opening a log does with what it finds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rapport_log::{Fault, OpenError, ReadError, ReadRequest, open, verify, verify_closed};
use rapport_model::{ErrorClass, ExpectedRevision, Position};
use support::{append, at, one, open_small, request, small};

fn fill(dir: &Path, events: u128) {
    let (mut log, _reader) = open_small(dir);
    for id in 1..=events {
        assert!(log.commit(&[one(id)], at(1))[0].is_ok());
    }
}

#[test]
fn a_generation_that_was_being_made_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 45);
    // What a crash leaves before the file `ready` is written: some of the files, in some state.
    let unfinished = dir.path().join("generations/0000000003/sled/blobs");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.with_file_name("db"), b"torn").unwrap();
    let (mut log, reader) = open_small(dir.path());
    for id in 100..200 {
        assert!(log.commit(&[one(id)], at(2))[0].is_ok());
    }
    assert_eq!(reader.head().position, Position(145));
    assert!(reader.counters().generations >= 4);
    assert!(verify(&reader).unwrap().is_sound());
}

#[test]
fn a_generation_made_ahead_is_used() {
    let dir = tempfile::tempdir().unwrap();
    // Half full: the next one is made while the first is still live.
    fill(dir.path(), 30);
    assert!(dir.path().join("generations/0000000002/ready").exists());
    let (mut log, reader) = open_small(dir.path());
    assert!(log.commit(&[one(100)], at(2))[0].is_ok());
    assert_eq!((reader.head().position, reader.counters().generations), (Position(31), 2));
    assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 31);
}

#[test]
fn a_missing_generation_is_corruption_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 100);
    fs::remove_dir_all(dir.path().join("generations/0000000002")).unwrap();
    let error = open(dir.path(), small()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Corrupt);
    let OpenError::Corrupt(error) = error else { panic!("{error}") };
    assert_eq!((error.generation, error.fault), (3, Fault::Gap { expected: Position(41) }));
    assert!(error.to_string().contains("generation `3`") && error.to_string().contains("backup"), "{error}");
}

#[test]
fn a_ledger_without_its_description_is_not_taken_for_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 1);
    fs::remove_file(dir.path().join("ledger")).unwrap();
    let error = open(dir.path(), small()).unwrap_err();
    assert!(matches!(error, OpenError::NoLedger { .. }) && error.class() == ErrorClass::Corrupt, "{error}");
}

/// The files of a directory, with what is in them.
fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_store_that_forgot_its_end_after_a_crash_gets_it_back() {
    let (dir, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    {
        let (mut log, _reader) = open_small(dir.path());
        for id in 1..=30 {
            assert!(log.commit(&[one(id)], at(1))[0].is_ok());
        }
        // As a kill would leave it: everything is answered, nothing was closed.
        copied(dir.path(), crashed.path());
    }
    let db = crashed.path().join("generations/0000000001/sled/db");
    let mut bytes = fs::read(&db).unwrap();
    let (place, byte) = bytes.iter_mut().enumerate().skip(2_000).find(|(_, byte)| **byte != 0).unwrap();
    *byte ^= 1;
    fs::write(&db, bytes).unwrap();
    let (_log, reader) = open_small(crashed.path());
    assert_eq!(reader.head().position, Position(30), "byte {place} was flipped");
    assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 30);
    assert!(verify(&reader).unwrap().is_sound());
}

/// What a kill would leave of thirty commits of one event and one of eighteen, when sled had no time at all; and
/// the file `blocks`.
fn crashed_before_the_store_followed(crashed: &Path) -> (PathBuf, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _reader) = open_small(dir.path());
    copied(dir.path(), crashed);
    for id in 1..=30 {
        assert!(log.commit(&[one(id)], at(1))[0].is_ok());
    }
    let many = append("s", ExpectedRevision::Any, &(31..=48).collect::<Vec<_>>());
    assert!(log.commit(&[request(vec![many])], at(1))[0].is_ok());
    drop(log);
    let blocks = Path::new("generations/0000000001/blocks");
    let bytes = fs::read(dir.path().join(blocks)).unwrap();
    let path = crashed.join(blocks);
    fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

/// Where each block of a journal begins.
fn begins(bytes: &[u8]) -> Vec<usize> {
    let length = |at: usize| u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
    let next = |at: &usize| Some(at + length(*at)).filter(|next| *next < bytes.len());
    std::iter::successors(Some(0), next).collect()
}

#[test]
fn what_the_store_had_no_time_for_is_in_the_journal() {
    let crashed = tempfile::tempdir().unwrap();
    let (path, bytes) = crashed_before_the_store_followed(crashed.path());
    assert!(verify_closed(crashed.path(), |_, _| ()).unwrap().is_sound(), "nothing is wrong after a crash");
    for _ in 0..2 {
        let (log, reader) = open_small(crashed.path());
        assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 48);
        assert!(verify(&reader).unwrap().is_sound());
        drop((log, reader));
        assert_eq!(fs::read(&path).unwrap(), bytes);
        // The second time sled has it.
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_commit_that_a_crash_cut_off_is_no_fault_wherever_it_was_cut() {
    let crashed = tempfile::tempdir().unwrap();
    let (path, bytes) = crashed_before_the_store_followed(crashed.path());
    let begins = begins(&bytes);
    let last_commit = begins[30];
    assert!(begins.len() > 32, "the last commit has several blocks");
    let cut = |torn: &[u8]| {
        let turn = tempfile::tempdir().unwrap();
        copied(crashed.path(), turn.path());
        fs::write(turn.path().join("generations/0000000001/blocks"), torn).unwrap();
        assert!(verify_closed(turn.path(), |_, _| ()).unwrap().is_sound());
        let (_log, reader) = open_small(turn.path());
        assert_eq!(reader.head().position, Position(30));
    };
    for place in (last_commit..bytes.len()).step_by(97) {
        cut(&bytes[..place]);
        // Pages of a write reach the disk in any order, into a file that was zeros.
        let mut torn = bytes.clone();
        torn[place..(place + 60).min(bytes.len())].fill(0);
        torn.extend([0; 10_000]);
        if torn[..bytes.len()] != bytes {
            cut(&torn);
        }
    }
    assert!(path.exists());
}

#[test]
fn damage_before_the_last_commit_of_a_journal_is_refused_and_located() {
    let crashed = tempfile::tempdir().unwrap();
    let (path, bytes) = crashed_before_the_store_followed(crashed.path());
    let begins = begins(&bytes);
    for position in [1_usize, 17, 30] {
        for place in [begins[position - 1], begins[position - 1] + 9, begins[position] - 1] {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            fs::write(&path, &damaged).unwrap();
            let report = verify_closed(crashed.path(), |_, _| ()).unwrap();
            assert_eq!((report.faults, report.first_faults[0].position.0), (1, position as u64));
            let OpenError::Corrupt(error) = open(crashed.path(), small()).unwrap_err() else {
                panic!("not corrupt")
            };
            assert_eq!((error.generation, error.position.0), (1, position as u64), "byte {place}");
            assert_eq!(fs::read(&path).unwrap(), damaged, "nothing is repaired");
        }
    }
}

#[test]
fn answered_events_that_neither_the_store_nor_the_journal_has_are_missed() {
    let dir = tempfile::tempdir().unwrap();
    {
        let (mut log, _reader) = open_small(dir.path());
        log.commit(&[one(1)], at(1));
        log.commit(&[request(vec![append("s", ExpectedRevision::Any, &(2..20).collect::<Vec<_>>())])], at(1));
    }
    let pop_block = || {
        let db = sled(dir.path());
        let last = trees(&db).into_iter().rfind(|tree| !tree.is_empty()).unwrap();
        assert!(last.pop_max().unwrap().is_some());
    };
    let generation = dir.path().join("generations/0000000001");
    pop_block();
    let report = verify_closed(dir.path(), |_, _| ()).unwrap();
    assert_eq!((report.faults, report.first_faults[0].fault), (1, Fault::Lost { last: Position(19) }));
    let (log, reader) = open_small(dir.path());
    assert_eq!(reader.head().position, Position(19), "the journal has the commit, and gives it back");
    drop((log, reader));
    assert!(verify_closed(dir.path(), |_, _| ()).unwrap().is_sound());

    pop_block();
    fs::remove_file(generation.join("blocks")).unwrap();
    assert!(!verify_closed(dir.path(), |_, _| ()).unwrap().is_sound());
    let error = open(dir.path(), small()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Corrupt, "the end of a log that was closed is known");
    fs::remove_file(generation.join("settled")).unwrap();
    assert!(!verify_closed(dir.path(), |_, _| ()).unwrap().is_sound());
    let error = open(dir.path(), small()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Corrupt, "sled is never ahead of the journal");
}

#[test]
fn a_half_commit_of_an_earlier_format_was_never_answered() {
    let dir = tempfile::tempdir().unwrap();
    {
        let (mut log, _reader) = open_small(dir.path());
        log.commit(&[one(1)], at(1));
        log.commit(&[request(vec![append("s", ExpectedRevision::Any, &(2..20).collect::<Vec<_>>())])], at(1));
    }
    make_earlier(dir.path(), 2);
    let db = sled(dir.path());
    let last = trees(&db).into_iter().rfind(|tree| !tree.is_empty()).unwrap();
    assert!(last.pop_max().unwrap().is_some());
    drop((last, db));
    fs::remove_file(dir.path().join("generations/0000000001/blocks")).unwrap();
    assert!(verify_closed(dir.path(), |_, _| ()).unwrap().first_faults.len() <= 5, "the journal is missing");
    let (mut log, reader) = open_small(dir.path());
    assert_eq!(reader.head().position, Position(1), "the whole commit goes, not a part of it");
    for id in 100..130 {
        assert!(log.commit(&[one(id)], at(2))[0].is_ok());
    }
    drop((log, reader));
    let (_log, reader) = open_small(dir.path());
    assert_eq!(reader.head().position, Position(31));
    assert!(verify(&reader).unwrap().is_sound());
}

#[test]
fn an_event_that_holds_a_block_does_not_look_like_one_after_a_crash() {
    let (dir, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut forged = vec![0_u8; 56];
    for (at, number) in [(4, 1_u32), (8, 56), (12, 1)] {
        forged[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    for at in [16, 40] {
        forged[at..at + 8].copy_from_slice(&1_000_000_000_000_u64.to_le_bytes());
    }
    let crc = crc32c::crc32c(&forged[4..]).to_le_bytes();
    forged[..4].copy_from_slice(&crc);
    {
        let (mut log, _reader) = open_small(dir.path());
        assert!(log.commit(&[one(1)], at(1))[0].is_ok());
        copied(dir.path(), crashed.path());
        let mut holding = one(2);
        holding.appends[0].events[0].payload =
            [b"\x92\x03\x3c\x0a\x3a".as_slice(), b"ab", &forged].concat().into();
        assert!(log.commit(&[holding], at(2))[0].is_ok());
    }
    let path = "generations/0000000001/blocks";
    let mut torn = fs::read(dir.path().join(path)).unwrap();
    assert!(torn.windows(forged.len()).any(|bytes| bytes == forged), "the block is in the journal as it is");
    torn.pop();
    fs::write(crashed.path().join(path), torn).unwrap();
    let (_log, reader) = open_small(crashed.path());
    assert_eq!(reader.head().position, Position(1));
}

#[test]
fn damage_to_both_copies_in_different_places_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 30);
    let generation = dir.path().join("generations/0000000001");
    change_the_store(dir.path(), 20);
    change_the_copy(dir.path(), 10);
    change_the_store(dir.path(), 30);
    {
        let (_log, reader) = open_small(dir.path());
        assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 30);
    }
    fs::remove_dir_all(generation.join("sled")).unwrap();
    let (_log, reader) = open_small(dir.path());
    assert_eq!(
        reader.read(ReadRequest::default()).filter(Result::is_ok).count(),
        30,
        "from the journal alone"
    );
    assert!(verify(&reader).unwrap().is_sound());
}

#[test]
fn nothing_is_cut_off_before_everything_fits_together() {
    let dir = tempfile::tempdir().unwrap();
    let crashed = tempfile::tempdir().unwrap();
    fill(dir.path(), 60);
    copied(dir.path(), crashed.path());
    let generation = crashed.path().join("generations/0000000001");
    // A crash while the sled of the first generation has nothing yet, and then damage to its last commit.
    fs::remove_file(generation.join("settled")).unwrap();
    fs::remove_dir_all(generation.join("sled")).unwrap();
    let mut bytes = fs::read(generation.join("blocks")).unwrap();
    let last = *begins(&bytes).last().unwrap();
    bytes[last + 60] ^= 1;
    fs::write(generation.join("blocks"), &bytes).unwrap();
    let error = open(crashed.path(), small()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Corrupt);
    assert_eq!(fs::read(generation.join("blocks")).unwrap(), bytes);
    assert!(!generation.join("settled").exists());
    bytes[last + 60] ^= 1;
    fs::write(generation.join("blocks"), &bytes).unwrap();
    let (_log, reader) = open_small(crashed.path());
    assert_eq!(reader.head().position, Position(60));
}

/// Flips a bit of the block of one of the thirty events in the file that readers read.
fn change_the_copy(dir: &Path, position: u64) {
    let path = dir.join("generations/0000000001/blocks");
    let mut bytes = fs::read(&path).unwrap();
    let block = bytes.len() / 30;
    bytes[block * (usize::try_from(position).unwrap() - 1) + 100] ^= 1;
    // In place: an open log goes on reading the same file.
    fs::OpenOptions::new().write(true).open(path).unwrap().write_all(&bytes).unwrap();
}

/// The sled of the first generation. After it is dropped, sled releases its file from another thread.
fn sled(dir: &Path) -> sled::Db {
    let path = dir.join("generations/0000000001/sled");
    let config = sled::Config::new().path(path).segment_size(512 << 10).flush_every_ms(None);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match config.open() {
            Err(sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                assert!(Instant::now() < deadline, "still locked: {error}");
                thread::yield_now();
            }
            opened => return opened.unwrap(),
        }
    }
}

/// The trees that hold blocks, ascending.
fn trees(db: &sled::Db) -> Vec<sled::Tree> {
    let mut names: Vec<_> = db.tree_names().into_iter().filter(|name| name.len() == 8).collect();
    names.sort_unstable();
    names.into_iter().map(|name| db.open_tree(name).unwrap()).collect()
}

/// Makes the first generation one of an earlier format, in which checksums had no salt and nothing marked its end.
fn make_earlier(dir: &Path, format: u32) {
    let generation = dir.join("generations/0000000001");
    let (db, mut journal) = (sled(dir), Vec::new());
    for tree in trees(&db) {
        for entry in tree.iter().map(Result::unwrap).collect::<Vec<_>>() {
            let (key, mut block) = (entry.0, entry.1.to_vec());
            let crc = crc32c::crc32c(&block[4..]).to_le_bytes();
            block[..4].copy_from_slice(&crc);
            tree.insert(key, block.as_slice()).unwrap();
            journal.extend(block);
        }
    }
    db.flush().unwrap();
    fs::write(generation.join("blocks"), journal).unwrap();
    let text = fs::read_to_string(generation.join("ready")).unwrap();
    let segment_bytes = text.lines().nth(1).unwrap();
    let text = format!("rapport generation {format}\n{segment_bytes}\n");
    fs::write(generation.join("ready"), text).unwrap();
    fs::remove_file(generation.join("settled")).unwrap();
}

/// Flips a bit of the block of an event in sled.
fn change_the_store(dir: &Path, position: u64) {
    let (db, key) = (sled(dir), position.to_be_bytes());
    let tree = trees(&db).into_iter().find(|tree| tree.contains_key(key).unwrap()).unwrap();
    let mut block = tree.get(key).unwrap().unwrap().to_vec();
    block[100] ^= 1;
    tree.insert(key, block).unwrap();
    db.flush().unwrap();
}

#[test]
fn a_store_of_format_1_is_read_and_goes_on_as_format_3() {
    let dir = tempfile::tempdir().unwrap();
    let ready = dir.path().join("generations/0000000001/ready");
    fill(dir.path(), 20);
    make_earlier(dir.path(), 1);
    {
        // Format 1 had all blocks in one tree.
        let db = sled(dir.path());
        for tree in trees(&db) {
            tree.iter().map(Result::unwrap).for_each(|(key, block)| drop(db.insert(key, block).unwrap()));
            assert!(db.drop_tree(tree.name()).unwrap());
        }
        assert_eq!((db.len(), trees(&db).len()), (20, 0));
        db.flush().unwrap();
    }
    for events in [25, 30] {
        let (mut log, reader) = open_small(dir.path());
        assert!(fs::read_to_string(&ready).unwrap().starts_with("rapport generation 3\n"));
        while reader.head().position < Position(events) {
            assert!(log.commit(&[one(u128::from(reader.head().position.0) + 1)], at(1))[0].is_ok());
        }
        assert!(verify(&reader).unwrap().is_sound());
        assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count() as u64, events);
    }
    fs::remove_file(dir.path().join("generations/0000000001/blocks")).unwrap();
    let (_log, reader) = open_small(dir.path());
    assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 30, "from sled alone");
}

#[test]
fn a_copy_that_was_changed_cut_or_deleted_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 30);
    let path = dir.path().join("generations/0000000001/blocks");
    let whole = fs::read(&path).unwrap();
    for damage in 0..4 {
        match damage {
            0 => change_the_copy(dir.path(), 17),
            1 => fs::write(&path, &whole[..whole.len() / 2 + 7]).unwrap(),
            2 => fs::write(&path, [whole.as_slice(), b"torn"].concat()).unwrap(),
            _ => fs::remove_file(&path).unwrap(),
        }
        let (log, reader) = open_small(dir.path());
        assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 30);
        assert!(verify(&reader).unwrap().is_sound());
        drop((log, reader));
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn a_block_that_was_changed_in_both_places_is_located() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 30);
    change_the_store(dir.path(), 17);
    {
        let (_log, reader) = open_small(dir.path());
        let report = verify(&reader).unwrap();
        assert_eq!((report.faults, report.first_faults[0].position), (1, Position(17)));
        assert_eq!(report.first_faults[0].fault, Fault::Sled);
    }
    change_the_copy(dir.path(), 17);
    let OpenError::Corrupt(error) = open(dir.path(), small()).unwrap_err() else { panic!("not corrupt") };
    assert_eq!((error.generation, error.position), (1, Position(17)));
}

#[test]
fn bytes_that_change_under_an_open_log_are_never_served() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 30);
    let (_log, reader) = open_small(dir.path());
    change_the_copy(dir.path(), 17);
    for position in 1..=30 {
        assert_eq!(reader.by_position(Position(position)).is_ok(), position != 17);
    }
    let ReadError::Corrupt(error) = reader.read(ReadRequest::default()).find_map(Result::err).unwrap() else {
        panic!("not corrupt")
    };
    assert_eq!((error.generation, error.position), (1, Position(17)));
}
