//! The writer's thread: order, bounds, closing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use std::sync::mpsc;

use rapport_log::{ReadFrom, ReadRequest, SubmitError, Writer, WriterOptions};
use rapport_model::Position;
use support::{one, open_small};

#[test]
fn everything_submitted_is_answered_in_order_before_close_returns() {
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
    let answers: Vec<_> = answers.iter().collect();
    assert_eq!(answers, (0..500).zip((1..).map(Position)).collect::<Vec<_>>());
    assert_eq!(
        writer.submit(one(501), |_| panic!("refused requests are not answered")),
        Err(SubmitError::Stopped)
    );
    let wakes: Vec<_> = wakes.try_iter().collect();
    assert!(wakes.is_sorted() && wakes.last() == Some(&Position(500)), "{wakes:?}");
    assert!(reader.counters().commits <= 500 && reader.counters().events == 500);
    // The thread has let go of the log.
    drop(reader);
    assert_eq!(open_small(dir.path()).1.head().position, Position(500));
}

#[test]
fn a_full_queue_says_busy_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (log, reader) = open_small(dir.path());
    let options = WriterOptions { queue_requests_max: 3, ..WriterOptions::default() };
    let writer = Writer::spawn(log, options).unwrap();
    let (hold, held) = mpsc::channel::<()>();
    let (entered, inside) = mpsc::channel();
    writer
        .submit(one(1), move |_| {
            entered.send(()).unwrap();
            held.recv().unwrap();
        })
        .unwrap();
    // The thread is inside the first answer: what is submitted now waits.
    inside.recv().unwrap();
    let taken =
        (2..10).filter(|id| writer.submit(one(*id), |answer| assert!(answer.is_ok())) == Ok(())).count();
    assert_eq!((taken, writer.waiting().0), (3, 3));
    assert_eq!(writer.submit(one(99), |_| ()), Err(SubmitError::Busy));
    hold.send(()).unwrap();
    writer.close();
    assert_eq!(reader.head().position, Position(4));
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
            ids.extend(read.map(|recorded| recorded.unwrap().head().unwrap().id.as_u128()));
        }
        ids
    });
    for id in 0..u128::from(EVENTS) {
        writer.submit(one(id), |answer| assert!(answer.is_ok())).unwrap();
    }
    writer.close();
    assert!(follow.join().unwrap().into_iter().eq(0..u128::from(EVENTS)));
}
