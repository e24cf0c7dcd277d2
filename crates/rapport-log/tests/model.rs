//! The log behaves like a `Vec` of events: random requests, reopening, tiny generations, every kind of read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking"
)]

mod support;

use proptest::prelude::*;
use rapport_log::{AppendError, Appender, ReadFrom, ReadRequest, Reader, Recorded, verify};
use rapport_model::{
    AppendCondition, AppendRequest, Appended, Direction, EventId, ExpectedRevision, NewEvent, Position,
    Query, QueryItem, Revision, StreamAppend, Timestamp,
};
use support::{at, event, open_small};

const STREAMS: [&str; 4] = ["deal-1", "deal-2", "customer-1", "c"];
const TYPES: [&str; 3] = ["deal.opened", "deal.won", "note.recorded"];
const TAGS: [&str; 4] = ["agent:ilze", "agent:jonas", "deal:1", "deal:2"];
const CUSTOMERS: [&str; 3] = ["", "c-1", "c-2"];

#[derive(Debug, Clone)]
enum Op {
    Commit(Vec<AppendRequest>, i64),
    Read(ReadRequest),
    ReadStream(usize, Direction, Option<u64>, Option<u64>),
    Reopen,
}

/// What is stored of an event, as plainly as can be.
struct Stored {
    event: NewEvent,
    stream: String,
    revision: u64,
    recorded_at: Timestamp,
}

#[derive(Default)]
struct Model {
    events: Vec<Stored>,
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Stale,
    Condition(u64),
    BeyondEnd(u64),
    Taken(u64),
    Repeated,
}

impl Model {
    fn commit(&mut self, requests: &[AppendRequest], now: i64) -> Vec<Result<Appended, Refusal>> {
        let now = self.events.last().map_or(at(now), |last| at(now.max(last.recorded_at.as_micros() + 1)));
        requests.iter().map(|request| self.append(request, now)).collect()
    }

    fn append(&mut self, request: &AppendRequest, now: Timestamp) -> Result<Appended, Refusal> {
        let before = self.events.len();
        let mut places = Vec::new();
        let mut duplicates = Vec::new();
        self.refuse_other_content(request, now)?;
        // Appends at once and takes everything back when something does not hold.
        let held = (|| {
            for append in &request.appends {
                let known = |event: &NewEvent| self.place(event.id).is_some();
                if !append.events.iter().all(known) && !self.is_as_expected(append) {
                    return Err(Refusal::Stale);
                }
                for event in &append.events {
                    let found = self.place(event.id);
                    if found.is_some() {
                        duplicates.push(u32::try_from(places.len()).unwrap());
                    }
                    places.push(found.unwrap_or(self.events.len()));
                    if found.is_none() {
                        self.push(event, &append.stream, now);
                    }
                }
            }
            match &request.condition {
                Some(condition) if self.events.len() > before => self.condition(condition, before),
                Some(_) | None => Ok(()),
            }
        })();
        if let Err(refusal) = held {
            self.events.truncate(before);
            return Err(refusal);
        }
        let last = |append: &StreamAppend| Revision(self.revisions(&append.stream) - 1);
        Ok(Appended {
            first_position: Position(places[0] as u64 + 1),
            last_position: Position(places[places.len() - 1] as u64 + 1),
            recorded_at: places.iter().map(|place| self.events[*place].recorded_at).max().unwrap(),
            duplicate_positions: duplicates
                .iter()
                .map(|index| Position(places[*index as usize] as u64 + 1))
                .collect(),
            first_new_position: (self.events.len() > before).then(|| Position(before as u64 + 1)),
            duplicates,
            revisions: request.appends.iter().map(last).collect(),
        })
    }

    /// Ids come first: with other content in the ledger, or earlier in the request.
    fn refuse_other_content(&self, request: &AppendRequest, now: Timestamp) -> Result<(), Refusal> {
        let mut earlier: Vec<(&str, &NewEvent)> = Vec::new();
        for (stream, event) in
            request.appends.iter().flat_map(|part| part.events.iter().map(|event| (&part.stream, event)))
        {
            let plain = |event: &NewEvent, moment| NewEvent {
                occurred_at: Some(event.occurred_at.unwrap_or(moment)),
                ..event.clone()
            };
            if let Some(place) = self.place(event.id) {
                let stored = &self.events[place];
                let moment = stored.recorded_at;
                if stored.stream != *stream || plain(&stored.event, moment) != plain(event, moment) {
                    return Err(Refusal::Taken(place as u64 + 1));
                }
            } else if let Some((first, same)) = earlier.iter().find(|(_, earlier)| earlier.id == event.id) {
                if first != stream || plain(same, now) != plain(event, now) {
                    return Err(Refusal::Repeated);
                }
            } else {
                earlier.push((stream, event));
            }
        }
        Ok(())
    }

    fn place(&self, id: EventId) -> Option<usize> {
        self.events.iter().position(|stored| stored.event.id == id)
    }

    fn push(&mut self, event: &NewEvent, stream: &str, recorded_at: Timestamp) {
        let revision = self.revisions(stream);
        self.events.push(Stored { event: event.clone(), stream: stream.to_owned(), revision, recorded_at });
    }

    fn condition(&self, condition: &AppendCondition, before: usize) -> Result<(), Refusal> {
        let matches = |place: &usize| selects(&condition.fail_if_events_match, &self.events[*place]);
        let after = usize::try_from(condition.after.0).unwrap();
        if after > before {
            return Err(Refusal::BeyondEnd(before as u64));
        }
        (after..before).find(matches).map_or(Ok(()), |place| Err(Refusal::Condition(place as u64 + 1)))
    }

    fn revisions(&self, stream: &str) -> u64 {
        self.events.iter().filter(|stored| stored.stream == stream).count() as u64
    }

    fn is_as_expected(&self, append: &StreamAppend) -> bool {
        let revisions = self.revisions(&append.stream);
        match append.expected_revision {
            ExpectedRevision::Any => true,
            ExpectedRevision::NoStream => revisions == 0,
            ExpectedRevision::StreamExists => revisions > 0,
            ExpectedRevision::Exact(revision) => revisions == revision.0 + 1,
        }
    }

    fn read(&self, request: &ReadRequest) -> Vec<u64> {
        let moment = |place: u64| self.events[usize::try_from(place).unwrap() - 1].recorded_at;
        let wanted = |place: &u64| match (request.from, request.direction) {
            (ReadFrom::Start, _) => true,
            (ReadFrom::Position(from), Direction::Forwards) => *place >= from.0,
            (ReadFrom::Position(from), Direction::Backwards) => *place <= from.0,
            (ReadFrom::RecordedAt(from), Direction::Forwards) => moment(*place) >= from,
            (ReadFrom::RecordedAt(from), Direction::Backwards) => moment(*place) <= from,
        };
        let matches =
            |place: &u64| selects(&request.query, &self.events[usize::try_from(*place).unwrap() - 1]);
        let found = (1..=self.events.len() as u64).filter(wanted).filter(matches);
        in_order(found, request.direction, request.limit)
    }
}

fn selects(query: &Query, stored: &Stored) -> bool {
    let event = &stored.event;
    let matches = |item: &QueryItem| {
        item.matches(&event.event_type, &event.customer, &stored.stream, |tag| {
            event.tags.iter().any(|has| has == tag)
        })
    };
    query.items.is_empty() || query.items.iter().any(matches)
}

fn in_order(found: impl Iterator<Item = u64>, direction: Direction, limit: Option<u64>) -> Vec<u64> {
    let mut found: Vec<_> = found.collect();
    if direction == Direction::Backwards {
        found.reverse();
    }
    found.truncate(limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap()));
    found
}

fn refusal(error: &AppendError) -> Refusal {
    match error {
        AppendError::StaleRevision { .. } => Refusal::Stale,
        AppendError::ConditionFailed { position } => Refusal::Condition(position.0),
        AppendError::ConditionBeyondEnd { end, .. } => Refusal::BeyondEnd(end.0),
        AppendError::IdTaken { position, .. } => Refusal::Taken(position.0),
        AppendError::IdRepeated { .. } => Refusal::Repeated,
        other => panic!("unexpected: {other}"),
    }
}

/// An id decides its content, so that a repetition is one; variant 1 has other content.
fn event_of(id: u8, variant: u8) -> NewEvent {
    let nth = usize::from(id);
    NewEvent {
        event_type: TYPES[nth % 3].into(),
        customer: CUSTOMERS[(nth / 3 + usize::from(variant)) % 3].into(),
        tags: (0..4).filter(|tag| nth >> tag & 1 == 1).map(|tag| TAGS[tag].to_owned()).collect(),
        occurred_at: id.is_multiple_of(5).then(|| at(i64::from(id))),
        payload: support::payload(&id.to_string(), "a title").into(),
        ..event(u128::from(id))
    }
}

fn expected() -> impl Strategy<Value = ExpectedRevision> {
    prop_oneof![
        6 => Just(ExpectedRevision::Any),
        1 => Just(ExpectedRevision::NoStream),
        1 => Just(ExpectedRevision::StreamExists),
        2 => (0_u64..12).prop_map(|revision| ExpectedRevision::Exact(Revision(revision))),
    ]
}

fn part() -> impl Strategy<Value = StreamAppend> {
    let variant = prop_oneof![40 => Just(0_u8), 1 => Just(1)];
    let events = prop::collection::vec((any::<u8>(), variant), 1..5);
    (any::<bool>(), 0..4_usize, expected(), events).prop_map(
        |(own_stream, stream, expected_revision, events)| {
            // Mostly the id decides the stream, too; else repetitions would hardly ever be accepted.
            let first = usize::from(events[0].0);
            let stream = if own_stream { first % 4 } else { stream };
            let id = |id: u8| if own_stream { id / 4 * 4 + u8::try_from(stream).unwrap() } else { id };
            let events = events.into_iter().map(|(nth, variant)| event_of(id(nth), variant)).collect();
            StreamAppend { stream: STREAMS[stream].into(), expected_revision, events }
        },
    )
}

fn texts(from: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::sample::select(from).prop_map(str::to_owned), 0..=most)
}

fn query() -> impl Strategy<Value = Query> {
    let prefix = prop::sample::select(vec!["", "", "", "deal-", "c", "nowhere"]);
    let customer = prop::sample::select(vec!["", "", "c-1", "c-2", "c-3"]);
    let item =
        (texts(&TYPES, 2), texts(&TAGS, 2), customer, prefix).prop_map(|(types, tags, customer, prefix)| {
            QueryItem { types, tags, customer: customer.into(), stream_prefix: prefix.into() }
        });
    prop::collection::vec(item, 0..3).prop_map(|items| Query { items })
}

fn request() -> impl Strategy<Value = AppendRequest> {
    let condition = prop::option::weighted(0.2, (query(), prop_oneof![4 => 0_u64..20, 1 => 0_u64..200]))
        .prop_map(|condition| {
            condition
                .map(|(query, after)| AppendCondition { fail_if_events_match: query, after: Position(after) })
        });
    (prop::collection::vec(part(), 1..4), condition).prop_map(|(appends, condition)| AppendRequest {
        appends,
        condition,
        simulated_now: None,
    })
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::Forwards, Direction::Backwards])
}

fn limit() -> impl Strategy<Value = Option<u64>> {
    prop::option::of(0_u64..30)
}

fn op() -> impl Strategy<Value = Op> {
    let from = prop_oneof![
        Just(ReadFrom::Start),
        (0_u64..300).prop_map(|position| ReadFrom::Position(Position(position))),
        (0_i64..3_000).prop_map(|moment| ReadFrom::RecordedAt(at(moment))),
    ];
    let read = (query(), direction(), from, limit());
    prop_oneof![
        8 => (prop::collection::vec(request(), 1..4), 0_i64..3_000).prop_map(|(requests, now)| Op::Commit(requests, now)),
        4 => read.prop_map(|(query, direction, from, limit)| Op::Read(ReadRequest { query, direction, from, limit })),
        2 => (0..4_usize, direction(), prop::option::of(0_u64..40), limit())
            .prop_map(|(stream, direction, from, limit)| Op::ReadStream(stream, direction, from, limit)),
        1 => Just(Op::Reopen),
    ]
}

fn check_event(model: &Model, recorded: &Recorded) {
    let stored = &model.events[usize::try_from(recorded.position.0).unwrap() - 1];
    let envelope = recorded.envelope().unwrap();
    assert_eq!(
        (envelope.id, envelope.stream, envelope.revision.0),
        (stored.event.id, stored.stream.as_str(), stored.revision)
    );
    assert_eq!(
        (envelope.event_type, envelope.customer),
        (stored.event.event_type.as_str(), stored.event.customer.as_str())
    );
    assert_eq!((envelope.position, envelope.recorded_at), (recorded.position, stored.recorded_at));
    assert_eq!(envelope.occurred_at, stored.event.occurred_at.unwrap_or(stored.recorded_at));
    assert_eq!(envelope.tags().collect::<Vec<_>>(), stored.event.tags);
    assert!(recorded.bytes.ends_with(&stored.event.payload));
}

fn check_read(
    model: &Model,
    expected: Vec<u64>,
    read: impl Iterator<Item = Result<Recorded, rapport_log::ReadError>>,
) {
    let read: Vec<_> = read.map(Result::unwrap).collect();
    read.iter().for_each(|recorded| check_event(model, recorded));
    assert_eq!(read.iter().map(|recorded| recorded.position.0).collect::<Vec<_>>(), expected);
}

fn check_stream(
    model: &Model,
    reader: &Reader,
    stream: &str,
    direction: Direction,
    from: Option<u64>,
    limit: Option<u64>,
) {
    let read = reader.read_stream(stream, direction, from.map(Revision), limit);
    assert_eq!(read.is_err(), model.revisions(stream) == 0);
    let wanted = |stored: &Stored| match direction {
        Direction::Forwards => stored.revision >= from.unwrap_or(0),
        Direction::Backwards => stored.revision <= from.unwrap_or(u64::MAX),
    };
    let of_stream = |(_, stored): &(u64, &Stored)| stored.stream == stream && wanted(stored);
    let found = (1..).zip(&model.events).filter(of_stream).map(|(position, _)| position);
    let Ok(read) = read else { return };
    check_read(model, in_order(found, direction, limit), read);
}

fn check_everything(model: &Model, reader: &Reader) {
    assert_eq!(reader.head().position.0, model.events.len() as u64);
    assert_eq!(reader.head().recorded_at, model.events.last().map(|last| last.recorded_at));
    for stream in STREAMS {
        assert_eq!(
            reader.stream_revision(stream).map(|last| last.0 + 1).unwrap_or(0),
            model.revisions(stream)
        );
    }
    for id in 0..=255_u8 {
        let id = EventId::from_u128(u128::from(id));
        let expected =
            model.events.iter().position(|stored| stored.event.id == id).map(|place| place as u64 + 1);
        assert_eq!(reader.by_id(id).unwrap().map(|found| found.position.0), expected);
    }
    for tag in TAGS.into_iter().chain(["deal:none"]) {
        let found: Vec<u64> = reader.positions_tagged(tag).into_iter().map(|position| position.0).collect();
        let query = Query { items: vec![QueryItem { tags: vec![tag.into()], ..QueryItem::default() }] };
        assert_eq!(found, model.read(&ReadRequest { query, ..ReadRequest::default() }), "{tag}");
    }
    let report = verify(reader).unwrap();
    assert!(report.is_sound() && report.events == model.events.len() as u64, "{report:?}");
}

fn apply(model: &mut Model, log: &mut Appender, reader: &Reader, op: &Op) {
    match op {
        Op::Commit(requests, now) => {
            let expected = model.commit(requests, *now);
            let answers = log.commit(requests, at(*now));
            let answers: Vec<_> =
                answers.into_iter().map(|answer| answer.map_err(|error| refusal(&error))).collect();
            assert_eq!(answers, expected);
        }
        Op::Read(request) => check_read(model, model.read(request), reader.read(request.clone())),
        Op::ReadStream(stream, direction, from, limit) => {
            check_stream(model, reader, STREAMS[*stream], *direction, *from, *limit);
        }
        Op::Reopen => unreachable!("reopening needs the log itself"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_behaves_like_a_vec_of_events(ops in prop::collection::vec(op(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let mut model = Model::default();
        let (mut log, mut reader) = open_small(dir.path());
        for op in &ops {
            if matches!(op, Op::Reopen) {
                drop((log, reader));
                (log, reader) = open_small(dir.path());
                check_everything(&model, &reader);
            } else {
                apply(&mut model, &mut log, &reader, op);
            }
        }
        check_everything(&model, &reader);
    }
}
