//! `Subscribe`: the past, then the present, with one loop for both.
//!
//! The state of a subscription is one position: up to there it has looked through the ledger. It reads on while the
//! head is ahead, and otherwise waits for the head to move. So no event can be lost or doubled between past and
//! present, and the server keeps nothing for a slow reader.

use std::sync::Arc;

use rapport_log::{ReadFrom, ReadRequest, Reader};
use rapport_model::{Direction, Position, Query, Timestamp};
use rapport_proto::{
    time,
    v1::{self, subscribe_response::Message},
    validate,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use super::read::{CHUNK_BYTES, CHUNK_EVENTS_MAX};
use crate::{
    door::refusal::{LAST_POSITION, Refusal},
    ledger::core::Core,
};

/// Messages that wait for a slow subscriber.
const CHUNKS_AHEAD: usize = 2;
/// A live subscriber that has more events than this before it is told that it fell behind.
const BEHIND_EVENTS: u64 = 4 * CHUNK_EVENTS_MAX as u64;

type Answer = Result<v1::SubscribeResponse, Status>;

/// From where on, and what.
struct Subscription {
    query: Query,
    /// The ledger was looked through up to here.
    position: Position,
    /// What was recorded before is not wanted; only when that moment had not come at the beginning.
    not_before: Option<Timestamp>,
}

/// Events from a place on, for as long as the client and the server live.
pub(super) fn subscribe(
    core: &Arc<Core>,
    request: v1::SubscribeRequest,
) -> Result<impl Stream<Item = Answer> + Send + use<>, Refusal> {
    use v1::subscribe_request::From;
    let query = request.query.map(validate::query).unwrap_or_default();
    // The log's own end: a client that has read an event may name its position at once.
    let end = core.reader.head().position;
    let here = core.reader.ledger_id().to_string();
    if !request.ledger_id.is_empty() && request.ledger_id != here {
        let expected = format!("expected `{here}`, the ledger that is here; ask the one that you know");
        return Err(Refusal::field("ledger_id", expected));
    }
    let (position, since) = match request.from {
        None => (end, None),
        Some(From::AfterPosition(position)) if position > end.0 => {
            if request.ledger_id == here {
                core.set_back.subscriber_has(Position(position));
            }
            return Err(Refusal::beyond("after_position", LAST_POSITION, end, position));
        }
        Some(From::AfterPosition(position)) => (Position(position), None),
        Some(From::FromRecordedAt(moment)) => {
            let since = time::from_proto(&moment).ok_or_else(|| {
                Refusal::field("from_recorded_at", "expected a time in the years 1 to 9999")
            })?;
            (end, Some(since))
        }
    };
    let (to, messages) = mpsc::channel(CHUNKS_AHEAD);
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let (_counted, _under_way) = (core.metrics.subscriber(), core.calls.begin());
        core.metrics.read_began();
        let begun = match since {
            Some(since) => Subscription::since(&core, query, since, position).await,
            None => Ok(Subscription { query, position, not_before: None }),
        };
        let ended = match begun {
            Ok(subscription) => follow(&core, subscription, &to).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = ended {
            core.stopping.send(&to, Err(refusal.into())).await;
        }
    });
    Ok(ReceiverStream::new(messages))
}

impl Subscription {
    /// Before the first event recorded then or later; at `end` when no event is yet.
    async fn since(core: &Arc<Core>, query: Query, since: Timestamp, end: Position) -> Result<Self, Refusal> {
        let reader = core.reader.clone();
        let first = core
            .blocking("finding a time in the log", move || {
                let request = ReadRequest {
                    from: ReadFrom::RecordedAt(since),
                    limit: Some(1),
                    ..ReadRequest::default()
                };
                Ok(reader.read(request).next().transpose()?.map(|event| event.position))
            })
            .await?;
        Ok(match first {
            Some(first) => Self { query, position: Position(first.0.saturating_sub(1)), not_before: None },
            None => Self { query, position: end, not_before: Some(since) },
        })
    }

    /// The next events up to `end`, and up to where the ledger was looked through with them.
    fn read(&self, reader: &Reader, end: Position) -> Result<(v1::ReadResponse, Position), Refusal> {
        let request = ReadRequest {
            query: self.query.clone(),
            direction: Direction::Forwards,
            from: ReadFrom::Position(self.position.next()),
            limit: Some(CHUNK_EVENTS_MAX as u64),
        };
        let mut chunk = v1::ReadResponse::default();
        let (mut read, mut bytes, mut last) = (0, 0, end);
        for event in reader.read(request) {
            let event = event?;
            // What came since is for the next round: it decides whether we are live.
            if event.position > end {
                return Ok((chunk, end));
            }
            (read, bytes, last) = (read + 1, bytes + event.bytes.len(), event.position);
            if self
                .not_before
                .is_none_or(|since| event.envelope().is_ok_and(|envelope| envelope.recorded_at >= since))
            {
                chunk.events.push(event.bytes);
            }
            if bytes >= CHUNK_BYTES {
                return Ok((chunk, last));
            }
        }
        Ok((chunk, if read < CHUNK_EVENTS_MAX { end } else { last }))
    }
}

async fn follow(
    core: &Arc<Core>,
    mut subscription: Subscription,
    to: &mpsc::Sender<Answer>,
) -> Result<(), Refusal> {
    let mut head = core.head.clone();
    let mut live = false;
    loop {
        if core.stopping.is_set() {
            return Err(Refusal::stopping());
        }
        let end = *head.borrow_and_update();
        if subscription.position >= end {
            let position = subscription.position.0;
            if !live
                && send(core, to, Message::CaughtUp(v1::subscribe_response::CaughtUp { position }))
                    .await
                    .is_gone()
            {
                return Ok(());
            }
            live = true;
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return Err(Refusal::stopping()) },
                () = core.stopping.clone().wait() => {}
                () = to.closed() => return Ok(()),
            }
            continue;
        }
        let reader = core.reader.clone();
        let (chunk, looked_through);
        (subscription, chunk, looked_through) = core
            .blocking("reading for a subscription", move || {
                let (chunk, position) = subscription.read(&reader, end)?;
                Ok((subscription, chunk, position))
            })
            .await?;
        subscription.position = looked_through;
        let slow = to.capacity() == 0;
        if !chunk.events.is_empty() {
            core.metrics.read(chunk.events.len());
            if send(core, to, Message::Events(chunk)).await.is_gone() {
                return Ok(());
            }
        }
        if live && slow && head.borrow().0.saturating_sub(looked_through.0) > BEHIND_EVENTS {
            live = false;
            core.metrics.fell_behind();
            let position = looked_through.0;
            let message = Message::FellBehind(v1::subscribe_response::FellBehind { position });
            if send(core, to, message).await.is_gone() {
                return Ok(());
            }
        }
    }
}

/// Whether the client is still there.
#[derive(PartialEq, Eq)]
enum Client {
    There,
    Gone,
}

impl Client {
    fn is_gone(&self) -> bool {
        *self == Self::Gone
    }
}

async fn send(core: &Core, to: &mpsc::Sender<Answer>, message: Message) -> Client {
    match core.stopping.send(to, Ok(v1::SubscribeResponse { message: Some(message) })).await {
        true => Client::There,
        false => Client::Gone,
    }
}
