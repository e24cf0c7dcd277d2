//! What an append is answered, rule by rule.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use rapport_log::{AppendError, LogOptions, OpenError, ReadRequest, open, verify};
use rapport_model::{
    AppendCondition, AppendRequest, ErrorClass, EventId, ExpectedRevision, Position, Query, QueryItem,
    Revision,
};
use support::{append, at, event, one, open_small, request};

#[test]
fn positions_and_revisions_are_dense_and_a_commit_has_one_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    let two = request(vec![
        append("a", ExpectedRevision::NoStream, &[1, 2]),
        append("b", ExpectedRevision::Any, &[3]),
    ]);
    let answers = log.commit(&[two, one(4)], at(10));
    let first = answers[0].as_ref().unwrap();
    assert_eq!((first.first_position, first.last_position), (Position(1), Position(3)));
    assert_eq!((first.revisions.clone(), first.recorded_at), (vec![Revision(1), Revision(0)], at(10)));
    assert_eq!(answers[1].as_ref().unwrap().first_position, Position(4));
    assert_eq!((reader.head().position, reader.head().recorded_at), (Position(4), Some(at(10))));
}

#[test]
fn recorded_at_goes_on_when_the_clock_goes_backwards() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    let mut times = Vec::new();
    for (id, now) in [(1, 100), (2, 50), (3, 100), (4, 500)] {
        times.push(log.commit(&[one(id)], at(now))[0].as_ref().unwrap().recorded_at);
    }
    drop((log, reader));
    let (mut log, _reader) = open_small(dir.path());
    times.push(log.commit(&[one(5)], at(0))[0].as_ref().unwrap().recorded_at);
    assert_eq!(times, [100, 101, 102, 500, 501].map(at));
}

#[test]
fn append_with_a_stale_revision_is_a_conflict() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _reader) = open_small(dir.path());
    let mut answer = |expected, id| {
        let answer = log.commit(&[request(vec![append("deal-17", expected, &[id])])], at(1)).remove(0);
        answer.map(|appended| appended.revisions[0]).map_err(|error| (error.class(), error.to_string()))
    };
    let conflict = |text: &str| {
        Err((ErrorClass::StaleRevision, format!("{text}; read the stream again and decide again")))
    };
    let exact = |revision| ExpectedRevision::Exact(Revision(revision));
    assert_eq!(
        answer(ExpectedRevision::StreamExists, 1),
        conflict("expected stream `deal-17` to exist, found no events")
    );
    assert_eq!(answer(exact(0), 1), conflict("expected revision `0` of stream `deal-17`, found no events"));
    assert_eq!(answer(ExpectedRevision::NoStream, 1), Ok(Revision(0)));
    assert_eq!(
        answer(ExpectedRevision::NoStream, 2),
        conflict("expected no stream `deal-17`, found revision `0`")
    );
    assert_eq!(answer(exact(4), 2), conflict("expected revision `4` of stream `deal-17`, found `0`"));
    assert_eq!(answer(exact(0), 2), Ok(Revision(1)));
    assert_eq!(answer(ExpectedRevision::StreamExists, 3), Ok(Revision(2)));
}

#[test]
fn a_stream_twice_in_a_request_is_checked_with_the_first_part_applied() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    let parts =
        |second| request(vec![append("s", ExpectedRevision::NoStream, &[1, 2]), append("s", second, &[3])]);
    let refused = log.commit(&[parts(ExpectedRevision::NoStream)], at(1)).remove(0);
    assert!(matches!(refused, Err(AppendError::StaleRevision { found: Some(Revision(1)), .. })));
    assert_eq!(reader.head().position, Position(0), "nothing of a refused request is stored");
    let accepted = log.commit(&[parts(ExpectedRevision::Exact(Revision(1)))], at(1)).remove(0).unwrap();
    assert_eq!(accepted.revisions, [Revision(2), Revision(2)]);
}

#[test]
fn the_same_event_again_answers_with_the_first_position() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    let first = request(vec![append("s", ExpectedRevision::NoStream, &[1, 2])]);
    log.commit(std::slice::from_ref(&first), at(5));
    // Enough for several generations between the event and its repetition.
    for id in 100..300 {
        log.commit(&[one(id)], at(6));
    }
    let head = reader.head();
    let again = log.commit(std::slice::from_ref(&first), at(9)).remove(0).unwrap();
    assert_eq!(
        (again.first_position, again.last_position, again.recorded_at),
        (Position(1), Position(2), at(5))
    );
    assert_eq!((again.duplicates, again.revisions), (vec![0, 1], vec![Revision(201)]));
    assert_eq!(again.duplicate_positions, [Position(1), Position(2)]);
    assert_eq!(again.first_new_position, None);
    assert_eq!(reader.head(), head);

    // The moment of recording given explicitly is the same content; any other moment is not.
    let mut explicit = first.clone();
    explicit.appends[0].events[0].occurred_at = Some(at(5));
    assert!(log.commit(&[explicit.clone()], at(9)).remove(0).is_ok());
    explicit.appends[0].events[0].occurred_at = Some(at(6));
    assert!(matches!(
        log.commit(&[explicit], at(9)).remove(0),
        Err(AppendError::IdTaken { position: Position(1), .. })
    ));

    // A mixture appends what is new, and is held against the stream as any append.
    let mixed = |expected| request(vec![append("s", expected, &[1, 2, 7])]);
    assert!(log.commit(&[mixed(ExpectedRevision::NoStream)], at(9)).remove(0).is_err());
    let mixed = log.commit(&[mixed(ExpectedRevision::Any)], at(9)).remove(0).unwrap();
    assert_eq!((mixed.duplicates, mixed.last_position), (vec![0, 1], head.position.next()));
    assert_eq!(mixed.first_new_position, Some(head.position.next()));
}

#[test]
fn an_id_with_other_content_or_in_another_stream_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    log.commit(&[one(1)], at(1));
    let mut titled = one(1);
    titled.appends[0].events[0].payload = support::payload("42", "another title").into();
    let moved = request(vec![append("t", ExpectedRevision::Any, &[1])]);
    let mut tagged = one(1);
    tagged.appends[0].events[0].tags.push("deal:42".into());
    for other in [titled, moved, tagged] {
        let error = log.commit(&[other], at(2)).remove(0).unwrap_err();
        assert!(matches!(error, AppendError::IdTaken { position: Position(1), .. }), "{error}");
        assert_eq!(error.class(), ErrorClass::ConditionFailed);
    }
    assert_eq!(reader.head().position, Position(1));
}

#[test]
fn an_id_twice_in_one_request_is_a_duplicate_or_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    let twice = log
        .commit(&[request(vec![append("s", ExpectedRevision::Any, &[1, 2, 1])])], at(1))
        .remove(0)
        .unwrap();
    assert_eq!((twice.first_position, twice.last_position), (Position(1), Position(1)));
    assert_eq!((twice.duplicates, reader.head().position), (vec![2], Position(2)));
    let elsewhere =
        request(vec![append("s", ExpectedRevision::Any, &[3]), append("t", ExpectedRevision::Any, &[3])]);
    let error = log.commit(&[elsewhere], at(1)).remove(0).unwrap_err();
    assert!(matches!(error, AppendError::IdRepeated { .. }) && error.class() == ErrorClass::Invalid);
    // In two requests of one commit, the second one finds the first one's event.
    let answers = log.commit(&[one(4), one(4)], at(2));
    assert_eq!(answers[1].as_ref().unwrap().duplicates, [0]);
}

#[test]
fn a_condition_sees_what_came_after_and_the_requests_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, _reader) = open_small(dir.path());
    let accept = |id: u128, after| {
        let item = QueryItem {
            types: vec!["offer.accepted".into()],
            tags: vec!["offer:7".into()],
            ..QueryItem::default()
        };
        let condition =
            AppendCondition { fail_if_events_match: Query { items: vec![item] }, after: Position(after) };
        let mut request = AppendRequest { condition: Some(condition), ..one(id) };
        request.appends[0].events[0].event_type = "offer.accepted".into();
        request.appends[0].events[0].tags = vec!["offer:7".into()];
        request
    };
    let answers = log.commit(&[accept(1, 0), accept(2, 0)], at(1));
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(AppendError::ConditionFailed { position: Position(1) })));
    assert!(log.commit(&[accept(1, 0)], at(2))[0].is_ok(), "a repetition is not held against itself");
    assert!(log.commit(&[accept(2, 0)], at(2))[0].is_err());
    assert!(log.commit(&[accept(2, 1)], at(2))[0].is_ok());
    let nothing_new = Some(AppendCondition { fail_if_events_match: Query::default(), after: Position(1) });
    let answer = log.commit(&[AppendRequest { condition: nothing_new, ..one(3) }], at(3)).remove(0);
    assert!(matches!(answer, Err(AppendError::ConditionFailed { position: Position(2) })));
    for after in [3, u64::MAX] {
        let answer = log.commit(&[accept(4, after)], at(4)).remove(0);
        assert!(
            matches!(answer, Err(AppendError::ConditionBeyondEnd { end: Position(2), .. })),
            "{answer:?}"
        );
    }
    assert!(log.commit(&[accept(1, 9)], at(4))[0].is_ok(), "a repetition was decided when it was new");
}

#[test]
fn what_is_empty_or_too_large_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options =
        LogOptions { event_bytes_max: 1_000, request_events_max: 3, name_bytes_max: 20, ..support::small() };
    let (mut log, reader) = open(dir.path(), options).unwrap();
    let mut large = one(1);
    large.appends[0].events[0].payload = vec![0; 2_000].into();
    let wrong = [
        request(vec![]),
        request(vec![append("s", ExpectedRevision::Any, &[])]),
        request(vec![append("", ExpectedRevision::Any, &[1])]),
        request(vec![append("s", ExpectedRevision::Any, &[1, 2, 3, 4])]),
        request(vec![append(&"s".repeat(21), ExpectedRevision::Any, &[1])]),
        large,
        AppendRequest { simulated_now: Some(at(1)), ..one(1) },
    ];
    for answer in log.commit(&wrong, at(1)) {
        assert_eq!(answer.unwrap_err().class(), ErrorClass::Invalid);
    }
    assert_eq!(reader.head().position, Position(0));
}

#[test]
fn a_simulated_ledger_takes_its_time_from_the_requests_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let simulated = LogOptions { simulated_clock: true, ..support::small() };
    let (mut log, reader) = open(dir.path(), simulated.clone()).unwrap();
    let timed = |id, now| AppendRequest { simulated_now: Some(at(now)), ..one(id) };
    let answers = log.commit(&[timed(1, 70), timed(2, 90), timed(3, 80), one(4)], at(1_000));
    let times: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map(|appended| appended.recorded_at).ok()).collect();
    assert_eq!(times, [Some(at(70)), Some(at(90)), Some(at(90)), None]);
    assert!(matches!(answers[3], Err(AppendError::Clock { simulated: true })));
    let id = reader.ledger_id();
    drop((log, reader));
    let error = open(dir.path(), support::small()).unwrap_err();
    assert!(
        matches!(error, OpenError::OtherClock { simulated: true }) && error.class() == ErrorClass::Invalid
    );
    let (_log, reader) = open(dir.path(), simulated).unwrap();
    assert_eq!((reader.ledger_id(), reader.is_simulated()), (id, true));
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    drop(log);
    // A reader holds the ledger, too: its generations may be opened again at any time.
    let error = open(dir.path(), support::small()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }) && error.class() == ErrorClass::Unavailable);
    drop(reader);
    assert!(open(dir.path(), support::small()).is_ok());
}

#[test]
fn an_event_larger_than_a_block_and_a_commit_of_many_blocks_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, reader) = open_small(dir.path());
    let mut large = event(1);
    large.payload = vec![0x5a; 3 << 20].into();
    let mut part = append("s", ExpectedRevision::Any, &(2..500).collect::<Vec<_>>());
    part.events.insert(7, large.clone());
    assert!(log.commit(&[request(vec![part])], at(1))[0].is_ok());
    drop((log, reader));
    let (_log, reader) = open_small(dir.path());
    let found = reader.by_id(EventId::from_u128(1)).unwrap().unwrap();
    assert_eq!(found.position, Position(8));
    assert!(found.bytes.ends_with(&large.payload));
    assert_eq!(reader.read(ReadRequest::default()).filter(Result::is_ok).count(), 499);
    assert!(verify(&reader).unwrap().is_sound());
}
