//! Rows into requests, and the server's answers back to rows.
//!
//! One request is on its way at a time, while the next rows are read: so the events of a file keep its order even
//! when a request is refused and its rows are sent again in parts.
//!
//! Before rows are sent, their events are looked up in the ledger. A first import looks up its first rows; if the
//! ledger has none of their events, it looks up no more.

use std::collections::VecDeque;

use anyhow::Context;
use prost::Message as _;
use rapport_import::{
    Mapping, Met, Place, RowEvents, Settled, SettledRow, Settling, StreamEvent, Tally, Told, event_bytes,
};
use rapport_proto::{
    v1::{
        AppendError, AppendRequest, AppendResponse, AppendStreamResponse, GetEventsRequest, RecordedEvent,
        StreamAppend, append_stream_response::Result as Answer,
    },
    validate::Limits,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::{refusal, rejects::Rejects};
use crate::{client::Client, failure::Refused};

/// Events of a request, about; a row is never split.
const BATCH_EVENTS: usize = 4_000;
/// Bytes of a request, about.
const BATCH_BYTES: usize = 1 << 20;
/// Ids looked up in one call.
const IDS_A_CALL: usize = 10_000;

/// What an import is appended with.
pub(super) struct Terms {
    /// The mapping.
    pub mapping: Mapping,
    /// The recorded clock of a ledger on a simulated one.
    pub now: Option<prost_types::Timestamp>,
    /// Where the mapping's last closed batch ends; 0 without one.
    pub closed: u64,
    /// Where the ledger ends.
    pub head: u64,
    /// What the server takes.
    pub limits: Limits,
}

/// The connection, and the rows that wait for the next request.
pub(super) struct Appending {
    client: Client,
    requests: mpsc::Sender<AppendRequest>,
    answers: Streaming<AppendStreamResponse>,
    terms: Terms,
    met: Met,
    told: Told,
    /// Whether rows are looked up before they are sent.
    looks_up: bool,
    rows: Vec<RowEvents>,
    waiting: Size,
    /// Whether a request was sent that has no answer yet.
    pub is_unanswered: bool,
}

/// What a request would hold.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    events: usize,
    payload_bytes: usize,
    bytes: usize,
}

/// Rows to send, and whether they were looked up.
struct Part {
    rows: Vec<SettledRow>,
    is_settled: bool,
}

impl Appending {
    /// Opens an append stream.
    ///
    /// # Errors
    /// The server's.
    pub(super) async fn begin(client: &Client, terms: Terms) -> anyhow::Result<Self> {
        let (requests, answers) = open(client).await?;
        Ok(Self {
            client: client.clone(),
            requests,
            answers,
            met: Met::until(terms.closed),
            told: Told::after(terms.head, terms.limits),
            terms,
            looks_up: true,
            rows: Vec::new(),
            waiting: Size::default(),
            is_unanswered: false,
        })
    }

    /// Appends one event by itself; returns whether it is new.
    ///
    /// # Errors
    /// The server refuses it or failed.
    pub(super) async fn one(&mut self, event: StreamEvent) -> anyhow::Result<bool> {
        let what = format!("`{}` to stream `{}`", event.event.r#type, event.stream);
        let answer = self.send([&event].into_iter()).await?;
        let appended = answer.map_err(refusal::status).with_context(|| what)?;
        Ok(appended.duplicates.is_empty())
    }

    /// Adds a row to the next request, which is sent when it is large enough.
    ///
    /// # Errors
    /// The server failed, which is not the fault of a row.
    pub(super) async fn push(
        &mut self,
        row: RowEvents,
        tally: &mut Tally,
        rejects: &mut Rejects,
    ) -> anyhow::Result<()> {
        let more = Size::of(&row);
        if !self.waiting.with(more).fits(&self.terms.limits) {
            self.flush(tally, rejects).await?;
        }
        self.waiting = self.waiting.with(more);
        self.rows.push(row);
        let is_full = self.waiting.events >= BATCH_EVENTS || self.waiting.bytes >= BATCH_BYTES;
        if is_full || self.rows.len() >= BATCH_EVENTS {
            self.flush(tally, rejects).await?;
        }
        Ok(())
    }

    /// Sends the rows that wait. If the server refuses a request for the fault of a row, the request is sent again in
    /// halves, until that row is alone and rejected.
    ///
    /// # Errors
    /// The server failed, which is not the fault of a row.
    pub(super) async fn flush(&mut self, tally: &mut Tally, rejects: &mut Rejects) -> anyhow::Result<()> {
        self.waiting = Size::default();
        let rows = std::mem::take(&mut self.rows);
        let first = if self.looks_up { self.settle(rows).await? } else { Part::unsettled(rows) };
        let mut parts = VecDeque::from([first]);
        while let Some(mut part) = parts.pop_front() {
            if part.new_events().next().is_none() {
                self.count(&part, &AppendResponse::default(), tally, rejects)?;
                continue;
            }
            match self.send(part.new_events()).await? {
                Ok(appended) => {
                    self.looks_up |= !appended.duplicates.is_empty();
                    self.count(&part, &appended, tally, rejects)?;
                }
                Err(error) if refusal::is_known_id(&error) && !part.is_settled => {
                    self.looks_up = true;
                    let rows = part.rows.into_iter().map(|settled| settled.row).collect();
                    parts.push_front(self.settle(rows).await?);
                }
                Err(error) if !refusal::is_of_the_row(&error) => return Err(refusal::status(error).into()),
                Err(error) if part.rows.len() == 1 => {
                    for settled in &part.rows {
                        let reject = settled.row.refused(refusal::reason(&error));
                        tally.rejected(&reject);
                        rejects.write(&reject)?;
                    }
                }
                Err(_) => {
                    let second = part.rows.split_off(part.rows.len() / 2);
                    parts.push_front(Part { rows: second, is_settled: part.is_settled });
                    parts.push_front(part);
                }
            }
        }
        Ok(())
    }

    /// Looks up what the ledger knows of rows.
    async fn settle(&mut self, rows: Vec<RowEvents>) -> anyhow::Result<Part> {
        let (mut settling, ids) = Settling::new(&rows);
        let has_events = !ids.is_empty();
        let found = self.events(ids).await?;
        // The mapping has told nothing before, so the ledger has none of the other rows either.
        if has_events && found.is_empty() && self.terms.closed == 0 {
            self.looks_up = false;
        }
        let mut ids = settling.first(&rows, found);
        while !ids.is_empty() {
            let found = self.events(ids).await?;
            ids = settling.next(found);
        }
        Ok(Part { rows: settling.settle(rows, &self.terms.mapping, &mut self.told), is_settled: true })
    }

    /// Those of these events that the ledger has.
    async fn events(&self, mut ids: Vec<String>) -> anyhow::Result<Vec<RecordedEvent>> {
        let mut found = Vec::new();
        while !ids.is_empty() {
            let rest = ids.split_off(ids.len().min(IDS_A_CALL));
            let call = self.client.ledger().get_events(GetEventsRequest { ids }).await;
            let mut answers = call.map_err(outdated)?.into_inner();
            while let Some(answer) = answers.message().await.map_err(Refused::from)? {
                for event in answer.events {
                    found.push(RecordedEvent::decode(event)?);
                }
            }
            ids = rest;
        }
        Ok(found)
    }

    /// Each row's share of the answer.
    fn count(
        &mut self,
        part: &Part,
        appended: &AppendResponse,
        tally: &mut Tally,
        rejects: &mut Rejects,
    ) -> anyhow::Result<()> {
        let indexes = appended.duplicates.iter().map(|index| *index as usize);
        let mut known = indexes.zip(appended.duplicate_positions.iter().copied()).peekable();
        let mut new = appended.first_new_position..;
        let mut index = 0;
        for settled in &part.rows {
            let mut undated = 0;
            let mut places = Vec::with_capacity(settled.events.len());
            for event in &settled.events {
                if let Settled::Known(position) = event {
                    places.push(Place::Known(*position));
                    continue;
                }
                let place = match known.next_if(|(duplicate, _)| *duplicate == index) {
                    Some((_, position)) => Place::Known(position),
                    None => Place::New(new.next().unwrap_or(0)),
                };
                let is_undated = settled.event(event).is_some_and(StreamEvent::counts_from_the_import_on);
                undated += u64::from(is_undated && matches!(place, Place::New(_)));
                places.push(place);
                index += 1;
            }
            tally.settled(&settled.row, places, &mut self.met, !settled.rejects.is_empty());
            tally.undated(undated);
            for reject in &settled.rejects {
                rejects.write(reject)?;
            }
        }
        Ok(())
    }

    async fn send(
        &mut self,
        events: impl Iterator<Item = &StreamEvent>,
    ) -> anyhow::Result<Result<AppendResponse, AppendError>> {
        let mut request = AppendRequest { simulated_now: self.terms.now, ..AppendRequest::default() };
        for event in events {
            match request.appends.last_mut() {
                Some(append) if append.stream == event.stream => append.events.push(event.event.clone()),
                _ => request.appends.push(StreamAppend {
                    stream: event.stream.clone(),
                    expected_revision: None,
                    events: vec![event.event.clone()],
                }),
            }
        }
        // If the stream has ended, its answer says why.
        self.is_unanswered = true;
        let _ = self.requests.send(request).await;
        let answer = match self.answers.message().await {
            Ok(answer) => answer,
            // The transport does not take a request that is too large, and ends the stream with it.
            Err(status) if refusal::is_too_large(&status) => {
                self.is_unanswered = false;
                (self.requests, self.answers) = open(&self.client).await?;
                return Ok(Err(refusal::too_large(&status)));
            }
            Err(status) => return Err(Refused::from(status).into()),
        };
        self.is_unanswered = answer.is_none();
        match answer.and_then(|answer| answer.result) {
            Some(Answer::Appended(appended)) => Ok(Ok(appended)),
            Some(Answer::Error(error)) => Ok(Err(error)),
            None => anyhow::bail!("the server ended the connection"),
        }
    }
}

async fn open(
    client: &Client,
) -> anyhow::Result<(mpsc::Sender<AppendRequest>, Streaming<AppendStreamResponse>)> {
    let (requests, outgoing) = mpsc::channel(1);
    let answers =
        client.ledger().append_stream(ReceiverStream::new(outgoing)).await.map_err(Refused::from)?;
    Ok((requests, answers.into_inner()))
}

/// A server of before this call was there.
fn outdated(status: Status) -> anyhow::Error {
    let is_outdated = status.code() == Code::Unimplemented;
    let error = anyhow::Error::from(Refused::from(status));
    if is_outdated {
        return error.context("the server is older than this program; update the server first");
    }
    error
}

impl Size {
    fn of(row: &RowEvents) -> Self {
        let events = row.events.iter();
        Self {
            events: row.events.len(),
            payload_bytes: events.clone().map(|event| event.event.payload.len()).sum(),
            bytes: events.map(event_bytes).sum(),
        }
    }

    fn with(self, more: Self) -> Self {
        Self {
            events: self.events + more.events,
            payload_bytes: self.payload_bytes + more.payload_bytes,
            bytes: self.bytes + more.bytes,
        }
    }

    fn fits(self, limits: &Limits) -> bool {
        self.events <= limits.request_events_max
            && self.payload_bytes <= limits.request_bytes_max
            && self.bytes < limits.message_bytes_max
    }
}

impl Part {
    /// Rows that were not looked up: all their events count as new.
    fn unsettled(rows: Vec<RowEvents>) -> Self {
        Self { rows: rows.into_iter().map(SettledRow::unsettled).collect(), is_settled: false }
    }

    /// What is to be appended.
    fn new_events(&self) -> impl Iterator<Item = &StreamEvent> {
        self.rows.iter().flat_map(SettledRow::new_events)
    }
}
