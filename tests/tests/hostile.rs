//! Clients that misbehave: they hold what they opened, send what is no request, or too much of it. Memory stays
//! bounded, everybody else is served, and the server stops when it is told to.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use prost::Message;
use rapport_proto::v1::{
    AppendRequest, Event, HeadRequest, NoteRecorded, Payload, StreamAppend, SubscribeRequest,
    append_stream_response::Result as Answer, ledger_client::LedgerClient, note_recorded, payload::Kind,
};
use rapport_tests::{Ledger, Random, binary};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, transport::Channel};

const MIB: u64 = 1 << 20;

fn note(bytes: usize) -> AppendRequest {
    let personal = note_recorded::Personal { text: "x".repeat(bytes) };
    let note = NoteRecorded { personal: Some(personal), ..NoteRecorded::default() };
    let payload = Payload { kind: Some(Kind::NoteRecorded(note)) }.encode_to_vec().into();
    let event = Event { customer: "7".to_owned(), payload, ..Event::default() };
    let append = StreamAppend { stream: "s".to_owned(), expected_revision: None, events: vec![event] };
    AppendRequest { appends: vec![append], ..AppendRequest::default() }
}

async fn connect(ledger: &Ledger) -> LedgerClient<Channel> {
    LedgerClient::new(Channel::from_shared(ledger.url.clone()).unwrap().connect().await.unwrap())
}

/// The page that a path of the HTTP port answers with.
fn page(ledger: &Ledger, path: &str) -> String {
    let address = ledger.http.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn metric(ledger: &Ledger, name: &str) -> u64 {
    let page = page(ledger, "/metrics");
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// The server still answers on both ports, and appends.
async fn serves(ledger: &Ledger) {
    let appended = timeout(Duration::from_secs(60), connect(ledger).await.append(note(10))).await;
    appended.unwrap().unwrap();
    assert!(page(ledger, "/healthz").contains("200 OK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_neither_reads_nor_ends_does_not_hold_up_the_end() {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start_with(data.path(), ["--shutdown-timeout-s", "120"]).unwrap();
    let mut client = connect(&ledger).await;
    let (requests, outgoing) = mpsc::channel(1);
    let mut answers = client.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    // Until the server takes no more, because its answers are not read.
    let mut sent = 0;
    while timeout(Duration::from_secs(3), requests.send(note(100))).await.is_ok() {
        sent += 1;
        assert!(sent < 100_000, "a client that does not read its answers is read from for ever");
    }
    let subscriber = connect(&ledger).await.subscribe(SubscribeRequest::default()).await.unwrap();
    let begun = Instant::now();
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "it took {took:?} to stop");
    // What had reached the client before.
    let mut answered = 0;
    while let Ok(Some(answer)) = answers.message().await {
        match answer.result.unwrap() {
            Answer::Appended(_) => answered += 1,
            Answer::Error(error) => assert_eq!(error.reason, "STOPPING"),
        }
    }
    drop((requests, subscriber));
    let ledger = Ledger::start(data.path()).unwrap();
    let stored = connect(&ledger).await.head(HeadRequest {}).await.unwrap().into_inner().position;
    eprintln!("{sent} requests sent, {answered} answers read, {stored} events stored, stopped in {took:?}");
    assert!(answered > 0 && stored >= answered, "{answered} were answered and {stored} are stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_told_the_limit_and_costs_no_memory() {
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(data.path()).unwrap();
    let mut requests = JoinSet::new();
    for bytes in [9 * MIB, 64 * MIB, 64 * MIB, 64 * MIB] {
        let mut client = connect(&ledger).await;
        requests.spawn(async move { client.append(note(bytes as usize)).await.unwrap_err() });
    }
    while let Some(refused) = requests.join_next().await {
        let refused = refused.unwrap();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
        let limit = (8 * MIB).to_string();
        let said = refused.message();
        assert!(said.contains(&limit) && said.contains("`message_bytes_max`"), "{said}");
    }
    serves(&ledger).await;
    let resident = ledger.resident_bytes().unwrap() / MIB;
    eprintln!("{resident} MiB resident after requests of 64 MiB");
    assert!(resident < 200, "{resident} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_vanished_subscribers_hold_no_memory_and_nobody_up() {
    const SUBSCRIBERS: usize = 300;
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(data.path()).unwrap();
    let mut held = Vec::new();
    for number in 0..SUBSCRIBERS {
        let mut client = connect(&ledger).await;
        let subscription = client.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
        // Every third one goes away at once.
        if number % 3 > 0 {
            held.push((client, subscription));
        }
    }
    let before = ledger.resident_bytes().unwrap() / MIB;
    let mut client = connect(&ledger).await;
    for _ in 0..60 {
        let mut request = note(5_000);
        let events = request.appends[0].events.clone();
        request.appends[0].events = events.iter().cycle().take(100).cloned().collect();
        client.append(request).await.unwrap();
    }
    let after = ledger.resident_bytes().unwrap() / MIB;
    eprintln!("{before} MiB resident before, {after} MiB after 30 MB for {} who do not read", held.len());
    assert!(after < 500, "{after} MiB");
    serves(&ledger).await;
    drop(held);
    // Each look is a request of its own, answered by the server.
    let deadline = Instant::now() + Duration::from_secs(60);
    while metric(&ledger, "rapport_subscribers") > 0 {
        assert!(Instant::now() < deadline, "subscribers that went away are still counted");
    }
    assert_eq!(ledger.terminate().unwrap(), Some(0));
}

#[test]
fn garbage_on_both_ports_harms_nobody() {
    let mut random = Random::seeded("garbage");
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(data.path()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut held = Vec::new();
    for turn in 0..200 {
        let url = if turn % 2 == 0 { &ledger.url } else { &ledger.http };
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut garbage: Vec<u8> = (0..random.below(4_000)).map(|_| random.number() as u8).collect();
        match turn % 8 {
            // Frames of nonsense behind a right beginning; a request that never ends; a header without end.
            0 => garbage.splice(0..0, *b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").for_each(drop),
            1 => {
                garbage = b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n".to_vec()
            }
            3 => garbage = [b"GET /metrics HTTP/1.1\r\nX: ".as_slice(), &vec![b'x'; 1 << 20]].concat(),
            _ => {}
        }
        match stream.write_all(&garbage) {
            Ok(()) => {}
            // The server has seen enough and closed it.
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::WouldBlock
                ),
                "{error}"
            ),
        }
        held.push(stream);
    }
    runtime.block_on(serves(&ledger));
    let resident = ledger.resident_bytes().unwrap() / MIB;
    eprintln!("{resident} MiB resident while {} connections of garbage are open", held.len());
    assert!(resident < 200, "{resident} MiB");
    // They are still open, and do not hold up the end.
    let begun = Instant::now();
    assert_eq!(ledger.terminate().unwrap(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

/// Opens connections that say hello and then nothing, until there are so many or the system has no more.
fn idle_connections(ledger: &Ledger, wanted: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    while held.len() < wanted {
        let Ok(mut stream) = TcpStream::connect(ledger.url.trim_start_matches("http://")) else { break };
        // The preface and an empty SETTINGS frame: a client of gRPC that asks nothing.
        if stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").is_err() {
            break;
        }
        held.push(stream);
    }
    held
}

#[test]
fn ten_thousand_connections_are_held_and_a_new_one_is_served() {
    const WANTED: usize = 10_000;
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let wanted = WANTED.min(allowed.saturating_sub(500) as usize);
    let data = tempfile::tempdir().unwrap();
    let ledger = Ledger::start(data.path()).unwrap();
    let held = idle_connections(&ledger, wanted);
    tokio::runtime::Runtime::new().unwrap().block_on(serves(&ledger));
    let resident = ledger.resident_bytes().unwrap() / MIB;
    eprintln!("{} of {WANTED} connections made (limit {allowed}), {resident} MiB resident", held.len());
    assert_eq!(held.len(), wanted);
    assert!(resident < 600, "{resident} MiB");
}

#[test]
fn a_server_without_descriptors_serves_again_when_it_has_some() {
    let data = tempfile::tempdir().unwrap();
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 160 && exec \"$0\" \"$@\""]).arg(binary().unwrap());
    let ledger = Ledger::start_by(limited, data.path(), [] as [&str; 0]).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // The system accepts for the server, which has no descriptor left for most of them.
    let held = idle_connections(&ledger, 400);
    assert!(held.len() > 160);
    drop(held);
    runtime.block_on(async {
        // Until the server has seen that they are gone, it closes what comes.
        let taken = async { while connect(&ledger).await.append(note(10)).await.is_err() {} };
        timeout(Duration::from_secs(60), taken).await.unwrap();
        serves(&ledger).await;
    });
    assert_eq!(ledger.terminate().unwrap(), Some(0));
}
