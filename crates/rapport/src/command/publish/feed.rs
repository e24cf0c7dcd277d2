//! Reads the log over gRPC for a publisher: by one subscription, which is opened again when it breaks.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rapport_kafka::{Feed, FeedError, FeedLimits, LogEvent};
use rapport_model::Position;
use rapport_proto::{
    event_ref::EventRef,
    v1::{SubscribeRequest, SubscribeResponse, subscribe_request::From, subscribe_response::Message},
};
use tokio::{runtime::Handle, time::timeout};
use tonic::Streaming;

use crate::{client::Client, client::server_args::ServerArgs, failure::Refused};

/// How long to wait for further events of a transaction while the server still has some.
const GATHERING: Duration = Duration::from_millis(20);

/// The log of a server. Use it on a thread that may block.
pub(super) struct LedgerFeed {
    server: ServerArgs,
    ledger_id: String,
    runtime: Handle,
    subscription: Option<Subscription>,
}

/// The events as they come, in order.
struct Subscription {
    messages: Streaming<SubscribeResponse>,
    /// The position of the last event that was returned.
    at: Position,
    came: VecDeque<LogEvent>,
    is_live: bool,
}

impl LedgerFeed {
    /// The log of the ledger with this id, as long as that is the one behind `server`.
    pub(super) fn new(server: &ServerArgs, ledger_id: &str, runtime: Handle) -> Self {
        Self { server: server.clone(), ledger_id: ledger_id.to_owned(), runtime, subscription: None }
    }

    async fn connect(&self) -> anyhow::Result<(Client, Position)> {
        let client = Client::connect(&self.server).await?;
        let head = client.ledger_head().await?;
        ensure!(
            head.ledger_id == self.ledger_id,
            "the ledger at {} is `{}` now, it was `{}`; start a publisher for each",
            self.server,
            head.ledger_id,
            self.ledger_id
        );
        Ok((client, Position(head.position)))
    }

    async fn subscribe(&self, after: Position) -> anyhow::Result<Subscription> {
        let (client, head) = self.connect().await?;
        ensure!(
            after <= head,
            "the ledger ends at position `{head}`, and position `{after}` was read: it was set back"
        );
        self.open(&client, after).await
    }

    async fn open(&self, client: &Client, after: Position) -> anyhow::Result<Subscription> {
        let request = SubscribeRequest {
            from: Some(From::AfterPosition(after.0)),
            ledger_id: self.ledger_id.clone(),
            ..SubscribeRequest::default()
        };
        let messages = client.ledger().subscribe(request).await.map_err(Refused::from)?.into_inner();
        Ok(Subscription { messages, at: after, came: VecDeque::new(), is_live: false })
    }

    async fn read(
        &mut self,
        after: Position,
        limits: FeedLimits,
        patience: Duration,
    ) -> anyhow::Result<Vec<LogEvent>> {
        let open = self.subscription.take().filter(|subscription| subscription.at == after);
        let mut subscription = match open {
            Some(open) => open,
            None => self.subscribe(after).await?,
        };
        // A broken stream is dropped, and the next call opens another one.
        let events = subscription.take(limits, patience).await?;
        self.subscription = Some(subscription);
        Ok(events)
    }
}

impl Subscription {
    async fn take(&mut self, limits: FeedLimits, patience: Duration) -> anyhow::Result<Vec<LogEvent>> {
        let (mut events, mut bytes) = (Vec::new(), 0);
        let deadline = Instant::now() + patience;
        while events.len() < limits.events_max && bytes < limits.bytes_max {
            if let Some(event) = self.came.pop_front() {
                bytes += event.bytes.len();
                self.at = event.position;
                events.push(event);
                continue;
            }
            let wait = match (events.is_empty(), self.is_live) {
                (true, _) => deadline.saturating_duration_since(Instant::now()),
                (false, true) => Duration::ZERO,
                (false, false) => GATHERING,
            };
            match timeout(wait, self.messages.message()).await {
                Err(_) => break,
                Ok(Ok(Some(message))) => self.receive(message)?,
                Ok(Ok(None)) => anyhow::bail!("the server ended the subscription"),
                Ok(Err(status)) => return Err(Refused::from(status).into()),
            }
        }
        Ok(events)
    }

    fn receive(&mut self, message: SubscribeResponse) -> anyhow::Result<()> {
        match message.message {
            Some(Message::Events(chunk)) => {
                for bytes in chunk.events {
                    let parsed =
                        EventRef::parse(&bytes).context("the server sent bytes that are not an event")?;
                    let last = self.came.back().map_or(self.at, |event| event.position);
                    let position = Position(parsed.position);
                    ensure!(
                        position == last.next(),
                        "the server sent position `{position}` after `{last}`; run `rapport verify`"
                    );
                    self.came.push_back(LogEvent { position, bytes });
                }
            }
            Some(Message::CaughtUp(_)) => self.is_live = true,
            Some(Message::FellBehind(_)) => self.is_live = false,
            None => {}
        }
        Ok(())
    }
}

impl Feed for LedgerFeed {
    fn head(&mut self) -> Result<Position, FeedError> {
        let runtime = self.runtime.clone();
        let (_, head) = runtime.block_on(self.connect())?;
        Ok(head)
    }

    fn next(
        &mut self,
        after: Position,
        limits: FeedLimits,
        patience: Duration,
    ) -> Result<Vec<LogEvent>, FeedError> {
        let runtime = self.runtime.clone();
        let had_one = self.subscription.is_some();
        match runtime.block_on(self.read(after, limits, patience)) {
            // Tries once more, because the ledger may have been restarted.
            Err(_) if had_one => Ok(runtime.block_on(self.read(after, limits, patience))?),
            read => Ok(read?),
        }
    }

    fn tell_behind(&mut self, published: Position) {
        // The server refuses a subscription behind its end, and refuses appends from then on. One that cannot be reached
        // is told at the next try.
        let told = async { self.open(&self.connect().await?.0, published).await };
        if let Err(error) = self.runtime.block_on(told) {
            tracing::debug!("{error:#}");
        }
    }
}
