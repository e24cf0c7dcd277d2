//! A server on free ports with a directory of its own, and events to append.

use std::{net::SocketAddr, path::Path, time::Instant};

use prost::Message;
use rapport_proto::v1::{
    AppendRequest, AppendResponse, DealOpened, DealStageChanged, Event, Money, NoteRecorded, Payload, Query,
    ReadAllRequest, RecordedEvent, StreamAppend, ledger_client::LedgerClient, payload::Kind, query::Item,
    views_client::ViewsClient,
};
use rapport_server::{Config, Server};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt;

pub(crate) struct TestServer {
    pub server: Server,
    pub ledger: LedgerClient<Channel>,
    pub views: ViewsClient<Channel>,
    pub dir: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|config| config).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(Config) -> Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = change(config(dir.path()));
        Self::start_on(dir, config).await
    }

    /// In a directory that is there already. The clients do not connect before they are used.
    pub(crate) async fn start_on(dir: TempDir, config: Config) -> Self {
        let server = Server::start(config).await.unwrap();
        let channel = Channel::from_shared(server.url()).unwrap().connect_lazy();
        Self { server, ledger: LedgerClient::new(channel.clone()), views: ViewsClient::new(channel), dir }
    }

    pub(crate) async fn append(
        &mut self,
        stream: &str,
        events: Vec<Event>,
    ) -> Result<AppendResponse, Status> {
        Ok(self.ledger.append(request(stream, events)).await?.into_inner())
    }

    pub(crate) async fn read(&mut self, request: ReadAllRequest) -> Vec<RecordedEvent> {
        read(&mut self.ledger, request).await
    }

    pub(crate) async fn everything(&mut self) -> Vec<RecordedEvent> {
        self.read(ReadAllRequest::default()).await
    }
}

pub(crate) fn config(dir: &Path) -> Config {
    Config::new(dir.join("ledger")).on_free_ports()
}

/// A server on a ledger whose server has just stopped. The runtime of a test, which a process would have ended with,
/// drops the last connections in its own time.
pub(crate) async fn reopened(dir: &Path) -> Server {
    let begun = Instant::now();
    loop {
        match Server::start(config(dir)).await {
            Ok(server) => return server,
            Err(error) => assert!(begun.elapsed().as_secs() < 20, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn connect(server: &Server) -> Channel {
    Channel::from_shared(server.url()).unwrap().connect().await.unwrap()
}

/// What the HTTP port answers; `headers` are lines, each with its end.
pub(crate) async fn get_with(address: SocketAddr, path: &str, headers: String) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}connection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

pub(crate) async fn read(ledger: &mut LedgerClient<Channel>, request: ReadAllRequest) -> Vec<RecordedEvent> {
    let mut chunks = ledger.read_all(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(chunk) = chunks.message().await.unwrap() {
        assert!((1..=256).contains(&chunk.events.len()));
        events.extend(chunk.events.into_iter().map(|bytes| RecordedEvent::decode(bytes).unwrap()));
    }
    events
}

pub(crate) fn request(stream: &str, events: Vec<Event>) -> AppendRequest {
    let append = StreamAppend { stream: stream.to_owned(), expected_revision: None, events };
    AppendRequest { appends: vec![append], ..AppendRequest::default() }
}

pub(crate) fn event(customer: &str, kind: Kind) -> Event {
    let payload = Payload { kind: Some(kind) }.encode_to_vec().into();
    Event { customer: customer.to_owned(), payload, ..Event::default() }
}

pub(crate) fn note(customer: &str) -> Event {
    event(customer, Kind::NoteRecorded(NoteRecorded { kind: "call".to_owned(), ..NoteRecorded::default() }))
}

pub(crate) fn deal(deal: &str, customer: &str, stage: &str) -> Event {
    let amount = Some(Money { minor_units: 125_000, currency: "EUR".to_owned() });
    let opened =
        DealOpened { deal_id: deal.to_owned(), stage: stage.to_owned(), amount, ..DealOpened::default() };
    event(customer, Kind::DealOpened(opened))
}

pub(crate) fn moved(deal: &str, customer: &str, (from, to): (&str, &str)) -> Event {
    let moved = DealStageChanged { deal_id: deal.to_owned(), from: from.to_owned(), to: to.to_owned() };
    event(customer, Kind::DealStageChanged(moved))
}

pub(crate) fn of_customer(customer: &str) -> Option<Query> {
    Some(Query { items: vec![Item { customer: customer.to_owned(), ..Item::default() }] })
}

/// A different id for every number.
pub(crate) fn id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// The reason that a status carries.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// The fields that a status finds wrong.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let faults = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    faults.into_iter().map(|fault| fault.field).collect()
}
