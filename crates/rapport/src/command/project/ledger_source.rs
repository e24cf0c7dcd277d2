//! A ledger as a source: one partition, whose offsets are positions.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use rapport_model::Position;
use rapport_proto::{
    event_ref::EventRef,
    v1::{self, SubscribeRequest, subscribe_request::From, subscribe_response::Message},
};
use rapport_store::EncodedEvent;
use tokio::{runtime::Handle, time::timeout};
use tonic::Streaming;

use rapport_server::{Arrived, PartitionSource, SourceError, Stretch};

use crate::{
    client::{Client, Ledger},
    server_args::ServerArgs,
};

/// Events handed over at once.
const EVENTS_MAX: usize = 20_000;
/// What an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The one partition.
const PARTITION: i32 = 0;

/// A subscription to a ledger.
pub struct LedgerSource {
    client: Ledger,
    runtime: Handle,
    ledger_id: String,
    head: Position,
    /// The last event handed over.
    at: Position,
    stream: Option<Streaming<v1::SubscribeResponse>>,
    is_new: bool,
}

impl LedgerSource {
    /// Asks the ledger who it is. Must not be called from an async thread.
    ///
    /// # Errors
    /// It cannot be reached.
    pub fn connect(server: &ServerArgs, runtime: Handle) -> Result<Self, SourceError> {
        let mut client = runtime.block_on(Client::connect(server))?.ledger();
        let asked = async { timeout(PATIENCE, client.head(v1::HeadRequest {})).await };
        let head = runtime.block_on(asked)??.into_inner();
        Ok(Self {
            client,
            runtime,
            ledger_id: head.ledger_id,
            head: Position(head.position),
            at: Position::START,
            stream: None,
            is_new: true,
        })
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
            let position = Position(EventRef::parse(&bytes)?.position);
            events.push(EncodedEvent::new(position, bytes).at_offset(position.0.cast_signed() - 1));
            self.at = position;
        }
        self.head = self.head.max(self.at);
        if events.is_empty() {
            return Ok(Arrived::default());
        }
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

    fn complete(&mut self, offsets: &BTreeMap<i32, i64>) -> Option<Position> {
        offsets.get(&PARTITION).map(|offset| Position(offset.max(&0).cast_unsigned()))
    }

    fn applied(&mut self, _: &BTreeMap<i32, i64>) {}
}
