//! The writer's threads: order, bounds, closing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use std::{collections::HashMap, sync::mpsc};

use rapport_log::{AppendError, ReadFrom, ReadRequest, SubmitError, Writer, WriterOptions};
use rapport_model::{ExpectedRevision, Position, Revision};
use support::{append, one, open_small, request};

#[test]
fn everything_submitted_gets_its_place_in_order_and_is_answered_before_close_returns() {
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    let (woken, wakes) = mpsc::channel();
    reader.on_commit(move |position| woken.send(position).unwrap());
    let writer = Writer::spawn(log, WriterOptions::default()).unwrap();
    let (answered, answers) = mpsc::channel();
    for id in 0..500 {
        let answered = answered.clone();
        writer
            .submit(one(id), move |answer| answered.send((id, answer.unwrap().last_position)).unwrap())
            .unwrap();
    }
    writer.close();
    drop(answered);
    // Two commits may be answered at the same time.
    let mut answers: Vec<_> = answers.iter().collect();
    answers.sort_unstable();
    assert_eq!(answers, (0..500).zip((1..).map(Position)).collect::<Vec<_>>());
    assert_eq!(
        writer.submit(one(501), |_| panic!("refused requests are not answered")),
        Err(SubmitError::Stopped)
    );
    let wakes: Vec<_> = wakes.try_iter().collect();
    assert!(wakes.is_sorted() && wakes.last() == Some(&Position(500)), "{wakes:?}");
    assert!(reader.counters().commits <= 500 && reader.counters().events == 500);
    // The threads have let go of the log.
    drop(reader);
    assert_eq!(open_small(dir.path()).1.head().position, Position(500));
}

#[test]
fn a_full_queue_says_busy_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    let options = WriterOptions { queue_requests_max: 3, ..WriterOptions::default() };
    let writer = Writer::spawn(log, options).unwrap();
    let (entered, inside) = mpsc::channel();
    let mut holds = Vec::new();
    // Each of the two threads is inside an answer: what is submitted then waits.
    for id in [1, 2] {
        let (hold, held) = mpsc::channel::<()>();
        let entered = entered.clone();
        let answer = move |_| {
            entered.send(()).unwrap();
            held.recv().unwrap();
        };
        writer.submit(one(id), answer).unwrap();
        inside.recv().unwrap();
        holds.push(hold);
    }
    let taken =
        (3..10).filter(|id| writer.submit(one(*id), |answer| assert!(answer.is_ok())) == Ok(())).count();
    assert_eq!((taken, writer.waiting().0), (3, 3));
    assert_eq!(writer.submit(one(99), |_| ()), Err(SubmitError::Busy));
    holds.iter().for_each(|hold| hold.send(()).unwrap());
    writer.close();
    assert_eq!(reader.head().position, Position(5));
}

#[test]
fn a_panic_in_an_answer_harms_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    let writer = Writer::spawn(log, WriterOptions::default()).unwrap();
    let (answered, answers) = mpsc::channel();
    writer.submit(one(1), |_| panic!("a caller's mistake")).unwrap();
    writer.submit(one(2), move |answer| answered.send(answer.is_ok()).unwrap()).unwrap();
    assert_eq!(answers.recv(), Ok(true));
    drop(writer);
    assert_eq!(reader.head().position, Position(2));
}

#[test]
fn a_reader_that_follows_the_writer_misses_nothing_and_sees_nothing_twice() {
    const EVENTS: u64 = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    let (woken, wakes) = mpsc::channel();
    reader.on_commit(move |position| {
        // The follower may have seen everything and gone.
        let _gone = woken.send(position);
    });
    let writer = Writer::spawn(log, WriterOptions::default()).unwrap();
    let follow = std::thread::spawn(move || {
        let (mut ids, mut next) = (Vec::new(), Position(1));
        while next.0 <= EVENTS {
            let head = wakes.recv().unwrap();
            let read = reader.read(ReadRequest { from: ReadFrom::Position(next), ..ReadRequest::default() });
            assert!(read.until() >= head, "a wake comes after what it tells of is there");
            next = read.until().next();
            ids.extend(read.map(|recorded| recorded.unwrap().envelope().unwrap().id.as_u128()));
        }
        ids
    });
    for id in 0..u128::from(EVENTS) {
        writer.submit(one(id), |answer| assert!(answer.is_ok())).unwrap();
    }
    writer.close();
    assert!(follow.join().unwrap().into_iter().eq(0..u128::from(EVENTS)));
}

#[test]
fn threads_that_race_for_ids_and_revisions_get_answers_that_fit_together() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 400;
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    let writer = Writer::spawn(log, WriterOptions::default()).unwrap();
    let (answered, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (writer, answered) = (&writer, answered.clone());
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    // All offer the same event; and each its own, of which one a round can be the next of the stream.
                    let same = u128::from(round);
                    let own = u128::from(1_000 * (1 + thread) + round);
                    let expected = round
                        .checked_sub(1)
                        .map_or(ExpectedRevision::NoStream, |last| ExpectedRevision::Exact(Revision(last)));
                    let race = request(vec![append("race", expected, &[own])]);
                    for (id, offer) in [(same, one(same)), (own, race)] {
                        let answered = answered.clone();
                        let tell = move |answer| answered.send((id, answer)).unwrap();
                        writer.submit(offer, tell).unwrap();
                    }
                    // The next round begins when this one's race is decided.
                    let (told, wait) = mpsc::channel();
                    writer.submit(one(same), move |_| told.send(()).unwrap()).unwrap();
                    wait.recv().unwrap();
                }
            });
        }
    });
    writer.close();
    drop(answered);
    let (mut positions, mut duplicates, mut won) = (HashMap::new(), 0, 0);
    for (id, answer) in answers {
        match answer {
            Ok(answer) => {
                let position = *positions.entry(id).or_insert(answer.first_position);
                assert_eq!(position, answer.first_position, "an id has one position");
                duplicates += answer.duplicates.len();
                won += u64::from(id >= 1_000);
            }
            Err(AppendError::StaleRevision { .. }) => assert!(id >= 1_000, "only the race can be lost"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(duplicates as u64, (THREADS - 1) * ROUNDS);
    let stored: HashMap<_, _> = reader
        .read(ReadRequest::default())
        .map(|recorded| recorded.unwrap())
        .map(|recorded| (recorded.envelope().unwrap().id.as_u128(), recorded.position))
        .collect();
    assert_eq!(stored, positions, "what was answered is what is there");
    assert_eq!(reader.stream_revision("race").map(|last| last.0 + 1), Some(won));
    assert!(reader.counters().generations > 1, "the race goes over the end of a generation");
}

#[test]
fn closing_while_a_commit_is_flushed_settles_that_too() {
    for turn in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let (log, reader) = open_small(dir.path());
        let writer = Writer::spawn(log, WriterOptions::default()).unwrap();
        for id in 0..=turn % 3 {
            writer.submit(one(id + 1), |_| ()).unwrap();
        }
        (0..turn * 40).for_each(|_| std::thread::yield_now());
        writer.close();
        assert_eq!(reader.counters().settled_position, reader.head().position.0);
        assert!(dir.path().join("generations/0000000001/settled").exists());
    }
}
