//! Clients that append as fast as they are answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use bytes::Bytes;
use prost::Message;
use rapport_proto::v1::{
    AppendCondition, AppendRequest, Event, ExpectedRevision, NoteRecorded, Payload, Query, StreamAppend,
    append_stream_response::Result as Answer, expected_revision, note_recorded, payload::Kind, query,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use super::row::{Run, Times};
use crate::{
    client::server_args::ServerArgs,
    client::{Client, Ledger},
    failure::Refused,
};

/// Connections at most: more do not make a client faster.
const CONNECTIONS_MAX: usize = 8;

/// The shape of a load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Clients at a time.
    pub clients: usize,
    /// Events a request.
    pub batch: usize,
    /// Bytes of an event's text.
    pub size: usize,
    /// Customers that requests are spread over.
    pub customers: u64,
    /// How long.
    pub time: Duration,
}

/// What a request demands of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// Nothing.
    Plain,
    /// The exact revision of its stream.
    Revision,
    /// That no event has its tag.
    Condition,
}

/// Connections for so many clients.
///
/// # Errors
/// The server cannot be reached.
pub(super) async fn connect(server: &ServerArgs, clients: usize) -> anyhow::Result<Vec<Ledger>> {
    let mut connections = Vec::new();
    for _ in 0..clients.clamp(1, CONNECTIONS_MAX) {
        connections.push(Client::connect(server).await?.ledger());
    }
    Ok(connections)
}

/// A note of so many bytes, encoded.
pub(super) fn payload(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let text = (0..size).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b'a' + u8::try_from(state % 26).unwrap_or(0)
    });
    let text = String::from_utf8(text.collect()).unwrap_or_default();
    let personal = Some(note_recorded::Personal { text });
    let note = NoteRecorded { personal, ..NoteRecorded::default() };
    Payload { kind: Some(Kind::NoteRecorded(note)) }.encode_to_vec().into()
}

/// The customer of the n-th request: spread evenly, without order.
pub(super) fn customer(prefix: &str, request: u64, customers: u64) -> String {
    format!("{prefix}{}", request.wrapping_mul(0x9E37_79B9_7F4A_7C15) % customers)
}

/// A request of plain events for one customer.
pub(super) fn request(customer: String, seed: u64, batch: usize, size: usize) -> AppendRequest {
    let event = |place: usize| Event {
        id: Uuid::new_v4().hyphenated().to_string(),
        customer: customer.clone(),
        payload: payload(seed.wrapping_mul(131).wrapping_add(place as u64), size),
        ..Event::default()
    };
    let events = (0..batch).map(event).collect();
    let stream = ["customer-", &customer].concat();
    AppendRequest {
        appends: vec![StreamAppend { stream, expected_revision: None, events }],
        ..AppendRequest::default()
    }
}

/// Every client sends its next request when the one before is answered.
///
/// # Errors
/// The server's.
pub(super) async fn unary(connections: &[Ledger], shape: Shape, demand: Demand) -> anyhow::Result<Run> {
    let begun = Instant::now();
    let end = begun + shape.time;
    let mut clients = JoinSet::new();
    for (place, connection) in connections.iter().cycle().take(shape.clients).enumerate() {
        clients.spawn(client(connection.clone(), place as u64, shape, demand, end));
    }
    let (mut events, mut times) = (0, Times::new()?);
    while let Some(done) = clients.join_next().await {
        let (requests, of_client) = done.context("a client broke off")??;
        events += requests * shape.batch as u64;
        times.merge(&of_client)?;
    }
    Ok(Run::new(events, begun.elapsed(), &times))
}

async fn client(
    mut connection: Ledger,
    place: u64,
    shape: Shape,
    demand: Demand,
    end: Instant,
) -> anyhow::Result<(u64, Times)> {
    let mut times = Times::new()?;
    let mut demands = Demands::new(demand);
    let (mut seed, mut requests) = (place.wrapping_mul(1_000_003), 0);
    while Instant::now() < end {
        seed += 1;
        let customer = demands.customer.clone().unwrap_or_else(|| customer("", seed, shape.customers));
        let mut request = request(customer, seed, shape.batch, shape.size);
        demands.put(&mut request);
        let sent = Instant::now();
        let answer = connection.append(request).await.map_err(Refused::from)?.into_inner();
        times.add(sent.elapsed());
        demands.revision = answer.revisions.first().copied();
        requests += 1;
    }
    Ok((requests, times))
}

/// What one client demands, request by request.
struct Demands {
    demand: Demand,
    /// A client that expects revisions has a stream of its own.
    customer: Option<String>,
    revision: Option<u64>,
}

impl Demands {
    fn new(demand: Demand) -> Self {
        let own = || Uuid::new_v4().hyphenated().to_string();
        Self { demand, customer: (demand == Demand::Revision).then(own), revision: None }
    }

    fn put(&self, request: &mut AppendRequest) {
        match self.demand {
            Demand::Plain => {}
            Demand::Revision => {
                let kind = match self.revision {
                    Some(revision) => expected_revision::Kind::Exact(revision),
                    None => expected_revision::Kind::NoStream(expected_revision::NoStream {}),
                };
                for append in &mut request.appends {
                    append.expected_revision = Some(ExpectedRevision { kind: Some(kind) });
                }
            }
            Demand::Condition => {
                let tag = format!("bench:{}", Uuid::new_v4());
                for event in request.appends.iter_mut().flat_map(|append| &mut append.events) {
                    event.tags.push(tag.clone());
                }
                let item = query::Item { tags: vec![tag], ..query::Item::default() };
                request.condition = Some(AppendCondition {
                    fail_if_events_match: Some(Query { items: vec![item] }),
                    after: 0,
                });
            }
        }
    }
}

/// One stream, so many requests on their way.
///
/// # Errors
/// The server's, of the first request that it refuses.
pub(super) async fn streaming(connection: &Ledger, shape: Shape, in_flight: usize) -> anyhow::Result<Run> {
    let begun = Instant::now();
    let end = begun + shape.time;
    let (requests, outgoing) = mpsc::channel(in_flight);
    let (sent, mut waiting) = mpsc::channel(in_flight);
    // A request takes its place when it is sent and gives it back when it is answered.
    let places = Arc::new(tokio::sync::Semaphore::new(in_flight));
    let sender = tokio::spawn(async move {
        let mut seed = 0;
        while Instant::now() < end {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            seed += 1;
            let request = request(customer("", seed, shape.customers), seed, shape.batch, shape.size);
            if sent.send((Instant::now(), place)).await.is_err() || requests.send(request).await.is_err() {
                return;
            }
        }
    });
    let mut connection = connection.clone();
    let answers = connection.append_stream(ReceiverStream::new(outgoing)).await.map_err(Refused::from)?;
    let mut answers = answers.into_inner();
    let (mut events, mut times) = (0, Times::new()?);
    while let Some((sent, place)) = waiting.recv().await {
        match answers.message().await.map_err(Refused::from)?.and_then(|answer| answer.result) {
            Some(Answer::Appended(_)) => events += shape.batch as u64,
            Some(Answer::Error(error)) => bail!("the server refused an append: {}", error.message),
            None => bail!("the server ended the stream before it answered everything"),
        }
        times.add(sent.elapsed());
        drop(place);
    }
    sender.await.context("the sender broke off")?;
    Ok(Run::new(events, begun.elapsed(), &times))
}
