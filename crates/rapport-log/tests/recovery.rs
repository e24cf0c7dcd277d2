//! What opening a log does with what it finds.

mod support;

use std::fs;

use rapport_log::{Fault, OpenError, ReadRequest, open, verify};
use rapport_model::{ErrorClass, ExpectedRevision, Position};
use support::{append, at, one, open_small, request, small};

fn fill(dir: &std::path::Path, events: u128) {
    let (mut log, _reader) = open_small(dir);
    for id in 1..=events {
        assert!(log.commit(vec![one(id)], at(1))[0].is_ok());
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
        assert!(log.commit(vec![one(id)], at(2))[0].is_ok());
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
    assert!(log.commit(vec![one(100)], at(2))[0].is_ok());
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

#[test]
fn a_half_commit_is_removed_at_the_end_and_refused_before_it() {
    let dir = tempfile::tempdir().unwrap();
    {
        let (mut log, _reader) = open_small(dir.path());
        log.commit(vec![one(1)], at(1));
        log.commit(
            vec![request(vec![append("s", ExpectedRevision::Any, &(2..20).collect::<Vec<_>>())])],
            at(1),
        );
    }
    let sled = |generation: &str| {
        let path = dir.path().join("generations").join(generation).join("sled");
        sled::Config::new().path(path).segment_size(512 << 10).flush_every_ms(None).open().unwrap()
    };
    let removed = sled("0000000001").pop_max().unwrap();
    assert!(removed.is_some());
    let (mut log, reader) = open_small(dir.path());
    assert_eq!(reader.head().position, Position(1), "the whole commit goes, not a part of it");
    for id in 100..160 {
        assert!(log.commit(vec![one(id)], at(2))[0].is_ok());
    }
    drop((log, reader));
    assert!(sled("0000000001").pop_max().unwrap().is_some());
    let error = open(dir.path(), small()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Corrupt);
}

#[test]
fn a_block_that_was_changed_is_located_and_never_served() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), 30);
    {
        let path = dir.path().join("generations/0000000001/sled");
        let db = sled::Config::new().path(path).segment_size(512 << 10).flush_every_ms(None).open().unwrap();
        let key = 17_u64.to_be_bytes();
        let mut block = db.get(key).unwrap().unwrap().to_vec();
        block[100] ^= 1;
        db.insert(key, block).unwrap();
        db.flush().unwrap();
    }
    let OpenError::Corrupt(error) = open(dir.path(), small()).unwrap_err() else { panic!("not corrupt") };
    assert_eq!((error.generation, error.position), (1, Position(17)));
}
