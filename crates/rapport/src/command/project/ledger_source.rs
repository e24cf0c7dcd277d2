//! A ledger as a source: one partition, whose offsets are positions.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use prost::Message as _;
use rapport_model::Position;
use rapport_proto::{
    event_ref::EventRef,
    time,
    v1::{
        self, ReadAllRequest, ReadDirection, SubscribeRequest, read_all_request, subscribe_request::From,
        subscribe_response::Message,
    },
};
use rapport_store::{Checkpoint, EncodedEvent};
use tokio::{runtime::Handle, time::timeout};
use tonic::Streaming;

use rapport_server::{Arrived, PartitionSource, SetBack, SourceError, Stretch};

use crate::{
    client::server_args::ServerArgs,
    client::{Client, Ledger},
};

/// Events handed over at once.
const EVENTS_MAX: usize = 20_000;
/// What an answer may take, and half as long as a dead connection may go unnoticed.
const PATIENCE: Duration = Duration::from_secs(10);
/// A ledger that says nothing is asked for its end, at most so long after its last word.
const QUIET: Duration = Duration::from_secs(5);
/// The one partition.
const PARTITION: i32 = 0;

/// A subscription to a ledger.
pub(super) struct LedgerSource {
    client: Ledger,
    runtime: Handle,
    ledger_id: String,
    head: Position,
    /// The last event handed over.
    at: Position,
    stream: Option<Streaming<v1::SubscribeResponse>>,
    is_new: bool,
    /// When it last said anything.
    heard: Instant,
    /// Since when it has been asked for events and gave none.
    quiet: Option<Instant>,
    keepalive: Duration,
}

impl LedgerSource {
    /// Asks the ledger for its id. Must not be called from an async thread.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(super) fn connect(server: &ServerArgs, runtime: Handle) -> Result<Self, SourceError> {
        let client = runtime.block_on(Client::connect(server))?;
        let asked = async { timeout(PATIENCE, client.ledger().head(v1::HeadRequest {})).await };
        let head = runtime.block_on(asked)??.into_inner();
        client.check_that_it_has_events(&head)?;
        let client = client.ledger();
        Ok(Self {
            client,
            runtime,
            ledger_id: head.ledger_id,
            head: Position(head.position),
            at: Position::START,
            stream: None,
            is_new: true,
            heard: Instant::now(),
            quiet: None,
            keepalive: server.keepalive(),
        })
    }

    /// Asks a ledger that has said nothing for a while where it ends: whether it is there, and whether it has events
    /// that it did not send.
    fn ask_when_quiet(&mut self) -> anyhow::Result<()> {
        let quiet = *self.quiet.get_or_insert_with(Instant::now);
        if self.heard.elapsed() < QUIET.min(self.keepalive / 2) {
            return Ok(());
        }
        self.ask_head()?;
        if self.head <= self.at {
            self.quiet = None;
        }
        ensure!(
            self.head <= self.at || quiet.elapsed() < 2 * self.keepalive,
            "the ledger ends at position `{}` and has sent nothing after `{}`; a new subscription is tried",
            self.head,
            self.at
        );
        Ok(())
    }

    fn ask_head(&mut self) -> anyhow::Result<()> {
        let patience = PATIENCE.min(self.keepalive);
        let asked = async { timeout(patience, self.client.head(v1::HeadRequest {})).await };
        let head = self.runtime.block_on(asked).with_context(|| {
            let silence = self.heard.elapsed().as_secs();
            format!("the ledger has said nothing for {silence} s; a new connection is tried")
        })??;
        self.heard = Instant::now();
        self.head = Position(head.into_inner().position);
        Ok(())
    }

    /// When the event at a position was recorded.
    async fn recorded_at(&mut self, position: Position) -> anyhow::Result<Option<prost_types::Timestamp>> {
        let request = ReadAllRequest {
            query: None,
            direction: ReadDirection::Forwards.into(),
            from: Some(read_all_request::From::FromPosition(position.0)),
            limit: 1,
        };
        let mut answers = self.client.read_all(request).await?.into_inner();
        let event = answers.message().await?.and_then(|answer| answer.events.into_iter().next());
        let event = event.map(v1::RecordedEvent::decode).transpose()?;
        Ok(event.filter(|event| event.position == position.0).and_then(|event| event.recorded_at))
    }

    fn subscribe(&mut self) -> Result<Streaming<v1::SubscribeResponse>, SourceError> {
        let from = From::AfterPosition(self.at.0);
        let request = SubscribeRequest { query: None, from: Some(from), ledger_id: self.ledger_id.clone() };
        let asked = async { timeout(PATIENCE, self.client.subscribe(request)).await };
        Ok(self.runtime.block_on(asked)??.into_inner())
    }

    /// Events of the messages that are there; waits for the first one only.
    fn read(&mut self, patience: Duration) -> Result<Vec<Bytes>, SourceError> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.subscribe()?,
        };
        let (mut events, mut patience) = (Vec::new(), patience);
        while events.len() < EVENTS_MAX {
            let next = async { timeout(patience, stream.message()).await };
            let Ok(message) = self.runtime.block_on(next) else { break };
            // A stream that broke or ended is not kept: the next call opens another.
            let message = message?.ok_or("the ledger ended the subscription")?;
            self.heard = Instant::now();
            match message.message {
                Some(Message::Events(chunk)) => {
                    events.extend(chunk.events);
                    patience = Duration::ZERO;
                }
                Some(Message::CaughtUp(_) | Message::FellBehind(_)) | None => {}
            }
        }
        self.stream = Some(stream);
        Ok(events)
    }
}

impl PartitionSource for LedgerSource {
    fn poll(&mut self, patience: Duration) -> Result<Arrived, SourceError> {
        if self.is_new {
            self.is_new = false;
            return Ok(Arrived { assigned: vec![PARTITION], ..Arrived::default() });
        }
        let mut events = Vec::new();
        for bytes in self.read(patience)? {
            // Bytes that are not an event are handed on at their place; the views set them aside.
            let position = EventRef::parse(&bytes).map_or(self.at.next(), |event| Position(event.position));
            events.push(EncodedEvent::new(position, bytes).at_offset(position.0.cast_signed() - 1));
            self.at = position;
        }
        self.head = self.head.max(self.at);
        if events.is_empty() {
            self.ask_when_quiet()?;
            return Ok(Arrived::default());
        }
        self.quiet = None;
        let next_offset = self.at.0.cast_signed();
        Ok(Arrived {
            stretches: vec![Stretch { partition: PARTITION, events, next_offset }],
            ..Arrived::default()
        })
    }

    fn place(&mut self, _: i32, offset: i64) -> Result<(), SourceError> {
        let at = Position(offset.max(0).cast_unsigned());
        if at != self.at {
            self.stream = None;
            self.at = at;
        }
        Ok(())
    }

    fn ledger_id(&self) -> &str {
        &self.ledger_id
    }

    fn epoch(&self) -> &str {
        &self.ledger_id
    }

    fn head(&self) -> Option<Position> {
        Some(self.head)
    }

    fn heard(&self) -> Instant {
        self.heard
    }

    fn knows(&mut self, checkpoint: &Checkpoint) -> Result<(), SourceError> {
        let at = checkpoint.position;
        if at == Position::START {
            return Ok(());
        }
        let remedy = "bring the later ledger back, or drop the views' schemas (or directory) and start again: \
                      everything is read anew";
        if at > self.head {
            // Another projector may have been told of more since this one asked.
            self.ask_head()?;
        }
        if at > self.head {
            let head = self.head;
            // Refused, and that is the point: so the ledger learns what is known here, and takes no appends.
            self.at = at;
            let _ = self.subscribe();
            let text = format!(
                "the views are at position `{at}` and the ledger ends at `{head}`: it was set back; {remedy}"
            );
            return Err(SetBack(text).into());
        }
        let runtime = self.runtime.clone();
        let found = runtime.block_on(async { timeout(PATIENCE, self.recorded_at(at)).await })??;
        if found.as_ref().and_then(time::from_proto) == Some(checkpoint.recorded_at) {
            return Ok(());
        }
        Err(SetBack(format!(
            "the ledger's event at position `{at}` is not the one that the views have: it was set back and went on \
             otherwise; {remedy}"
        ))
        .into())
    }

    fn complete(&mut self, offsets: &BTreeMap<i32, i64>) -> Option<Position> {
        offsets.get(&PARTITION).map(|offset| Position(offset.max(&0).cast_unsigned()))
    }

    fn applied(&mut self, _: &BTreeMap<i32, i64>) {}
}
