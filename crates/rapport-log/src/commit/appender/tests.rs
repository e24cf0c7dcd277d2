use rapport_model::{ErrorClass, StreamAppend};

use super::*;
use crate::{open, testing::event};

fn request(id: u128) -> AppendRequest {
    let events = vec![event(id, "deal.opened", "c-1", &[])];
    let append = StreamAppend { stream: "s".into(), expected_revision: Default::default(), events };
    AppendRequest { appends: vec![append], ..AppendRequest::default() }
}

#[test]
fn a_write_that_fails_poisons_the_log_until_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let (mut appender, reader) = open(dir.path(), LogOptions::default()).unwrap();
    let now = Timestamp::from_micros(1);
    assert!(appender.commit(&[request(1)], now)[0].is_ok());
    appender.fail_next_write = true;
    let failed = appender.commit(&[request(2), request(1)], now);
    for answer in failed.into_iter().chain(appender.commit(&[request(3)], now)) {
        let error = answer.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable);
        assert!(error.to_string().contains("restart"), "{error}");
    }
    assert!(reader.counters().poisoned);
    // What was not made durable is not served, although the index knew of it.
    assert_eq!((reader.head().position, reader.stream_revision("s")), (Position(1), Some(Revision(0))));
    assert!(reader.by_id(rapport_model::EventId::from_u128(2)).unwrap().is_none());
    assert_eq!(reader.read(Default::default()).count(), 1);

    drop((appender, reader));
    let (mut appender, reader) = open(dir.path(), LogOptions::default()).unwrap();
    assert!(appender.commit(&[request(2)], now)[0].is_ok());
    assert_eq!(reader.head().position, Position(2));
}

#[test]
fn behind_a_commit_that_failed_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (mut appender, reader) = open(dir.path(), LogOptions::default()).unwrap();
    let now = Timestamp::from_micros(1);
    // As the writer's threads do it: the second commit is put together while the first one is flushed.
    let mut first = appender.draft(now).unwrap();
    appender.add(&mut first, &request(1)).unwrap();
    appender.fail_next_write = true;
    let first = appender.seal(first).unwrap();
    let mut second = appender.draft(now).unwrap();
    appender.add(&mut second, &request(2)).unwrap();
    assert_eq!(first.flush(), Err(Poisoned));
    assert!(appender.seal(second).is_err());
    drop((appender, reader));
    let (_appender, reader) = open(dir.path(), LogOptions::default()).unwrap();
    assert!(reader.head().position <= Position(1), "the second commit was written");
}
