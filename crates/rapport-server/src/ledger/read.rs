//! `ReadStream`, `ReadAll`, `GetEvent`, `GetEvents` and `Head`.
//!
//! Events go from the log to the wire as the bytes they are; nothing is decoded on the way.

use std::{collections::HashSet, sync::Arc, time::Duration};

use prost::Message;
use rapport_kafka::{PublisherReport, PublisherState};
use rapport_log::{ReadError, ReadFrom, ReadRequest, Reader, Recorded};
use rapport_model::{Direction, ErrorClass, EventId, ParseEventIdError, Position, Revision};
use rapport_proto::{time, v1, validate};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use crate::{
    door::refusal::Refusal,
    ledger::{core::Core, set_back::Elsewhere},
};

/// Events in one message.
pub(super) const CHUNK_EVENTS_MAX: usize = 256;
/// How many bytes a message has before it is sent.
pub(super) const CHUNK_BYTES: usize = 128 << 10;
/// Ids in one `GetEvents`.
const IDS_MAX: usize = 10_000;
/// A disk of which less than this part is free is trouble.
const DISK_FREE_PART: u64 = 20;
/// Messages that wait for a slow reader.
const CHUNKS_AHEAD: usize = 4;

type Answer = Result<v1::ReadResponse, Status>;

/// One stream.
pub(super) fn stream(
    core: &Arc<Core>,
    request: v1::ReadStreamRequest,
) -> Result<impl Stream<Item = Answer> + Send + use<>, Refusal> {
    if request.stream.is_empty() {
        return Err(Refusal::field("stream", "expected the name of a stream"));
    }
    let direction = direction(request.direction)?;
    let limit = (request.limit > 0).then_some(request.limit);
    let from = request.from_revision.map(Revision);
    Ok(produce(core, move |reader| {
        let read = reader.read_stream(&request.stream, direction, from, limit)?;
        match (from, reader.stream_revision(&request.stream)) {
            (Some(from), Some(last)) if direction == Direction::Forwards && from.0 > last.0 + 1 => {
                let after_last = Revision(last.0 + 1);
                Err(Refusal::beyond(
                    "from_revision",
                    "the revision after the stream's last one",
                    after_last,
                    from,
                ))
            }
            _ => Ok(read),
        }
    }))
}

/// Everything, or what a query selects.
pub(super) fn all(
    core: &Arc<Core>,
    request: v1::ReadAllRequest,
) -> Result<impl Stream<Item = Answer> + Send + use<>, Refusal> {
    let from = match request.from {
        None => ReadFrom::Start,
        Some(v1::read_all_request::From::FromPosition(position)) => ReadFrom::Position(Position(position)),
        Some(v1::read_all_request::From::FromRecordedAt(moment)) => {
            ReadFrom::RecordedAt(time::from_proto(&moment).ok_or_else(|| {
                Refusal::field("from_recorded_at", "expected a time in the years 1 to 9999")
            })?)
        }
    };
    let direction = direction(request.direction)?;
    // Read after the request came: a client that has read the end may ask for the events after it.
    let after_last = core.reader.head().position.next();
    if let (ReadFrom::Position(from), Direction::Forwards) = (from, direction)
        && from > after_last
    {
        let whose = "the position after the ledger's last one";
        return Err(Refusal::beyond("from_position", whose, after_last, from));
    }
    let request = ReadRequest {
        query: request.query.map(validate::query).unwrap_or_default(),
        direction,
        from,
        limit: (request.limit > 0).then_some(request.limit),
    };
    Ok(produce(core, move |reader| Ok(reader.read(request))))
}

fn direction(number: i32) -> Result<Direction, Refusal> {
    match v1::ReadDirection::try_from(number) {
        Ok(v1::ReadDirection::Unspecified | v1::ReadDirection::Forwards) => Ok(Direction::Forwards),
        Ok(v1::ReadDirection::Backwards) => Ok(Direction::Backwards),
        Err(_) => Err(Refusal::field("direction", format!("expected a known direction, found `{number}`"))),
    }
}

/// Messages made as fast as the reader takes them: a slow one holds a handful of messages and no thread.
fn produce<I, F>(core: &Arc<Core>, open: F) -> impl Stream<Item = Answer> + Send + use<I, F>
where
    F: FnOnce(&Reader) -> Result<I, Refusal> + Send + 'static,
    I: Iterator<Item = Result<Recorded, ReadError>> + Send + 'static,
{
    let (to, chunks) = mpsc::channel(CHUNKS_AHEAD);
    let core = Arc::clone(core);
    core.metrics.read_began();
    tokio::spawn(async move {
        let _under_way = core.calls.begin();
        if let Err(refusal) = send_all(&core, open, &to).await {
            core.stopping.send(&to, Err(refusal.into())).await;
        }
    });
    ReceiverStream::new(chunks)
}

async fn send_all<I>(
    core: &Arc<Core>,
    open: impl FnOnce(&Reader) -> Result<I, Refusal> + Send + 'static,
    to: &mpsc::Sender<Answer>,
) -> Result<(), Refusal>
where
    I: Iterator<Item = Result<Recorded, ReadError>> + Send + 'static,
{
    let reader = core.reader.clone();
    let mut events = core.blocking("opening a read", move || open(&reader)).await?;
    loop {
        let filled = spawn_blocking(move || {
            let chunk = chunk(&mut events);
            (events, chunk)
        });
        let (rest, chunk) = filled.await.map_err(|_| Refusal::internal("reading the log"))?;
        events = rest;
        let chunk = chunk?;
        let count = chunk.events.len();
        if count == 0 {
            return Ok(());
        }
        // Counted before it is sent, so that a client which has received it finds it counted.
        core.metrics.read(count);
        if !core.stopping.send(to, Ok(chunk)).await {
            return Err(Refusal::stopping());
        }
    }
}

/// The next events, as many as one message takes; none at the end.
fn chunk(
    events: &mut impl Iterator<Item = Result<Recorded, ReadError>>,
) -> Result<v1::ReadResponse, Refusal> {
    let mut chunk = v1::ReadResponse::default();
    let mut bytes = 0;
    while chunk.events.len() < CHUNK_EVENTS_MAX && bytes < CHUNK_BYTES {
        let Some(event) = events.next() else { break };
        let event = event?;
        bytes += event.bytes.len();
        chunk.events.push(event.bytes);
    }
    Ok(chunk)
}

/// The events of these ids that the ledger has.
pub(super) fn events(
    core: &Arc<Core>,
    request: v1::GetEventsRequest,
) -> Result<impl Stream<Item = Answer> + Send + use<>, Refusal> {
    let count = request.ids.len();
    if count > IDS_MAX {
        let expected = format!("expected at most {IDS_MAX}, found {count}; ask several times");
        return Err(Refusal::field("ids", expected));
    }
    let (mut ids, mut seen) = (Vec::with_capacity(count), HashSet::with_capacity(count));
    for (index, id) in request.ids.iter().enumerate() {
        let id = id
            .parse()
            .map_err(|error: ParseEventIdError| Refusal::field(format!("ids[{index}]"), error.to_string()))?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Ok(produce(core, move |reader| {
        let reader = reader.clone();
        Ok(ids.into_iter().filter_map(move |id| reader.by_id(id).transpose()))
    }))
}

/// One event.
pub(super) async fn event(
    core: &Arc<Core>,
    request: v1::GetEventRequest,
) -> Result<v1::RecordedEvent, Refusal> {
    use v1::get_event_request::By;
    let (reader, by) = (core.reader.clone(), request.by);
    let found = match by {
        Some(By::Id(id)) => {
            let id: EventId = id.parse().map_err(|error| Refusal::field("id", format!("{error}")))?;
            core.blocking("reading an event", move || Ok(reader.by_id(id)?)).await?
        }
        Some(By::Position(position)) => {
            core.blocking("reading an event", move || Ok(reader.by_position(Position(position))?)).await?
        }
        None => return Err(Refusal::field("by", "expected an `id` or a `position`")),
    };
    let Some(found) = found else {
        return Err(Refusal::new(
            ErrorClass::NotFound,
            "NO_SUCH_EVENT",
            "there is no such event; check the id or the position, and that this is the right ledger",
        ));
    };
    decode(&found)
}

/// An event of the log as a message.
pub(super) fn decode(event: &Recorded) -> Result<v1::RecordedEvent, Refusal> {
    v1::RecordedEvent::decode(event.bytes.clone()).map_err(|_| {
        let message =
            format!("the event at position `{}` cannot be read; run `rapport verify`", event.position);
        Refusal::new(ErrorClass::Corrupt, "CORRUPT", message)
    })
}

/// The end of the ledger, and what kind of ledger it is.
pub(super) fn head(core: &Core) -> v1::HeadResponse {
    let head = core.reader.head();
    let clock = if core.reader.is_simulated() {
        v1::head_response::Clock::Simulated
    } else {
        v1::head_response::Clock::System
    };
    let (poisoned, elsewhere, disk) = (core.reader.counters().poisoned, core.elsewhere(), core.disk());
    v1::HeadResponse {
        log_poisoned: poisoned,
        appends_refused: poisoned || core.check_set_back().is_err(),
        troubles: troubles(core, poisoned, &elsewhere, disk),
        known_elsewhere: elsewhere
            .into_iter()
            .map(|known| v1::KnownElsewhere { place: known.place, position: known.position.0 })
            .collect(),
        disk: disk.map(|(bytes, free_bytes)| v1::Disk { bytes, free_bytes: Some(free_bytes) }),
        position: head.position.0,
        recorded_at: head.recorded_at.map(time::to_proto),
        ledger_id: core.reader.ledger_id().to_string(),
        clock: clock.into(),
        time_zone: core.config.time_zone.clone(),
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        publisher: core.published().map(|published| publisher(core, published)),
        limits: Some(core.config.limits().into()),
    }
}

/// What is wrong and what to do; the publisher reports its own troubles.
fn troubles(core: &Core, poisoned: bool, elsewhere: &[Elsewhere], disk: Option<(u64, u64)>) -> Vec<String> {
    let poisoned = poisoned.then(|| {
        "the log takes no appends since a write failed; see that the disk is healthy and has space, then restart the \
         server"
            .to_owned()
    });
    let set_back = core.set_back.trouble(elsewhere, core.reader.head().position);
    let full = disk.filter(|(bytes, free)| *free < bytes / DISK_FREE_PART).map(|(bytes, free)| {
        let (free, all) = (free >> 20, bytes >> 20);
        format!("the disk is nearly full: {free} of {all} MiB are free; free space, or enlarge the volume")
    });
    [poisoned, set_back, full].into_iter().flatten().collect()
}

fn publisher(core: &Core, (report, lag): (PublisherReport, Duration)) -> v1::Publisher {
    use v1::publisher::State;
    let state = match report.state {
        PublisherState::Starting => State::Starting,
        PublisherState::Publishing => State::Publishing,
        PublisherState::Waiting => State::Waiting,
        PublisherState::Fenced => State::Fenced,
        PublisherState::Refused => State::Refused,
    };
    v1::Publisher {
        state: state.into(),
        position: report.position.0,
        topic: core.config.kafka.as_ref().map_or_else(String::new, |kafka| kafka.topic.clone()),
        warnings: report.all_warnings(),
        trouble: report.trouble,
        lag: Some(time::duration_to_proto(i64::try_from(lag.as_micros()).unwrap_or(i64::MAX))),
    }
}
