use rapport_model::{AppendRequest, EventId, StreamAppend, Timestamp};

use super::*;
use crate::{
    Appender, BlockFault, LogOptions,
    disk::block::BlockBuilder,
    event::{envelope::Place, record::Encoder},
    open,
    testing::event,
};

fn log_of_three(dir: &std::path::Path) -> (Appender, Reader) {
    let (mut log, reader) = open(dir, LogOptions::default()).unwrap();
    for id in 1..=3 {
        let events = vec![event(id, "deal.opened", "c-1", &["deal:42"])];
        let append = StreamAppend { stream: "s".into(), expected_revision: Default::default(), events };
        let request = AppendRequest { appends: vec![append], ..AppendRequest::default() };
        assert!(log.commit(&[request], Timestamp::from_micros(10))[0].is_ok());
    }
    // sled gets no more blocks when a test changes it.
    while reader.shared.settled_until() < Position(3) {
        std::thread::yield_now();
    }
    assert!(verify(&reader).unwrap().is_sound());
    (log, reader)
}

/// Puts another block in the place of the second event's, with a checksum that fits.
fn replace_second(reader: &Reader, change: impl FnOnce(&mut Place<'_>, &mut Vec<u8>, &mut EventId)) {
    let mut offered = event(2, "deal.opened", "c-1", &["deal:42"]);
    let recorded_at = Timestamp::from_micros(11);
    let mut place = Place { position: Position(2), stream: "s", revision: Revision(1), recorded_at };
    let mut tail = Vec::new();
    change(&mut place, &mut tail, &mut offered.id);
    let mut record = Encoder::default().encode(&offered, place).to_vec();
    let keep = record.len() - tail.len();
    record.truncate(keep);
    record.extend(tail);
    let mut block = BlockBuilder::new(Position(2), place.recorded_at);
    block.push(&record, place.recorded_at);
    let bytes = block.finish(Position(2)..=Position(2), reader.shared.generations()[0].salt);
    write(&reader.shared.generations()[0], bytes);
}

/// Puts bytes in the place of the block of the second event, where they are kept and where they are read.
fn write(generation: &Generation, bytes: Vec<u8>) {
    generation.write(&[(Position(2), bytes.clone())]).unwrap();
    generation.settle(&[(Position(2), bytes.into())]).unwrap();
}

fn faults(reader: &Reader) -> Vec<(Position, Fault)> {
    let report = verify(reader).unwrap();
    assert_eq!(report.faults, report.first_faults.len() as u64);
    report.first_faults.iter().map(|found| (found.position, found.fault)).collect()
}

#[test]
fn the_same_block_again_is_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    replace_second(&reader, |_, _, _| ());
    assert_eq!(faults(&reader), []);
}

#[test]
fn a_personal_part_that_was_changed_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    replace_second(&reader, |_, tail, _| tail.extend(b"ho"));
    assert_eq!(faults(&reader), [(Position(2), Fault::PersonalDigest)]);
}

#[test]
fn data_that_was_changed_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    replace_second(&reader, |_, tail, _| tail.extend(b"3\x7a\x04\x0a\x02hi"));
    assert_eq!(faults(&reader), [(Position(2), Fault::DataDigest)]);
}

#[test]
fn a_clock_that_went_backwards_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    replace_second(&reader, |place, _, _| place.recorded_at = Timestamp::from_micros(9));
    assert_eq!(faults(&reader)[0], (Position(2), Fault::Clock));
}

#[test]
fn a_gap_in_positions_or_revisions_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    replace_second(&reader, |place, _, _| place.position = Position(7));
    assert_eq!(faults(&reader)[0], (Position(2), Fault::Gap { expected: Position(2) }));
    replace_second(&reader, |place, _, _| place.revision = Revision(7));
    assert_eq!(faults(&reader)[0], (Position(2), Fault::Revision { expected: Revision(1) }));
}

#[test]
fn an_event_that_the_index_does_not_find_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    replace_second(&reader, |_, _, id| *id = EventId::from_u128(99));
    assert_eq!(faults(&reader), [(Position(2), Fault::Index)]);
}

#[test]
fn a_torn_block_is_found_and_refused_and_the_rest_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, reader) = log_of_three(dir.path());
    let generation = reader.shared.generations()[0].clone();
    let len = generation.block(Position(2)).unwrap().len();
    write(&generation, vec![0; len]);
    assert_eq!(faults(&reader), [(Position(2), Fault::Block(BlockFault::Checksum))]);
    let error = reader.by_position(Position(2)).unwrap_err();
    assert_eq!(error.class(), rapport_model::ErrorClass::Corrupt);
    assert!(reader.by_position(Position(3)).unwrap().is_some());
    let read: Vec<_> = reader.read(Default::default()).map(|recorded| recorded.is_ok()).collect();
    assert_eq!(read, [true, false], "a read ends at what it cannot read");
}
