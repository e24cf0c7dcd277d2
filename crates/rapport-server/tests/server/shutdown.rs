//! Stopping under load.

use std::collections::BTreeSet;

use rapport_proto::v1::{
    Event, ReadAllRequest, SubscribeRequest, append_stream_response::Result as Answer,
    ledger_client::LedgerClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, transport::Channel};

use crate::support::{TestServer, connect, id, note, read, reason, reopened, request};

const CLIENTS: u64 = 8;

fn event(number: u64) -> Event {
    Event { id: id(number), ..note("7") }
}

/// Appends one event after the other until refused; the numbers that were acknowledged.
async fn append_unary(
    mut ledger: LedgerClient<Channel>,
    client: u64,
    progress: mpsc::Sender<()>,
) -> BTreeSet<u64> {
    let mut acknowledged = BTreeSet::new();
    for number in (client * 1_000_000).. {
        match ledger.append(request(&format!("client-{client}"), vec![event(number)])).await {
            Ok(_) => acknowledged.insert(number),
            Err(_) => break,
        };
        let _ = progress.try_send(());
    }
    acknowledged
}

/// The same over a stream, with many requests on their way.
async fn append_stream(
    mut ledger: LedgerClient<Channel>,
    client: u64,
    progress: mpsc::Sender<()>,
) -> BTreeSet<u64> {
    let (requests, outgoing) = mpsc::channel(16);
    let mut answers = ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    let first = client * 1_000_000;
    let sender = tokio::spawn(async move {
        let mut number = first;
        while requests.send(request(&format!("client-{client}"), vec![event(number)])).await.is_ok() {
            number += 1;
        }
    });
    let mut acknowledged = BTreeSet::new();
    let mut number = first;
    loop {
        match answers.message().await {
            Ok(Some(answer)) => match answer.result.unwrap() {
                Answer::Appended(_) => acknowledged.insert(number),
                Answer::Error(error) => {
                    assert_eq!(error.reason, "STOPPING");
                    // A client that is refused ends its side.
                    sender.abort();
                    return acknowledged;
                }
            },
            other => panic!("a request without an answer: {other:?}"),
        };
        number += 1;
        let _ = progress.try_send(());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answered_append_is_there_after_a_stop_under_load_and_no_other() {
    let TestServer { server, ledger, dir, .. } = TestServer::start().await;
    let (progress, mut made) = mpsc::channel(1);
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let channel = LedgerClient::new(connect(&server).await);
        let progress = progress.clone();
        clients.push(if client % 2 == 0 {
            tokio::spawn(append_unary(channel, client, progress))
        } else {
            tokio::spawn(append_stream(channel, client, progress))
        });
    }
    for _ in 0..200 {
        made.recv().await.unwrap();
    }
    server.shutdown().await.unwrap();
    let mut acknowledged = BTreeSet::new();
    for client in clients {
        acknowledged.extend(client.await.unwrap().into_iter().map(id));
    }
    drop(ledger);

    let again = reopened(dir.path()).await;
    let mut ledger = LedgerClient::new(connect(&again).await);
    let stored = read(&mut ledger, ReadAllRequest::default()).await;
    let stored: BTreeSet<_> = stored.into_iter().map(|event| event.id).collect();
    assert!(acknowledged.len() >= 200);
    assert_eq!(acknowledged.difference(&stored).count(), 0, "acknowledged and lost");
    assert_eq!(stored.difference(&acknowledged).count(), 0, "stored and never answered");
    again.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_are_told_that_the_server_stops() {
    let TestServer { server, mut ledger, .. } = TestServer::start().await;
    let mut messages = ledger.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    messages.message().await.unwrap().unwrap();
    server.shutdown().await.unwrap();
    let ended = messages.message().await.unwrap_err();
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unavailable, "STOPPING"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_stream_that_waits_is_told_that_the_server_stops() {
    let TestServer { server, mut ledger, .. } = TestServer::start().await;
    let (requests, outgoing) = mpsc::channel(1);
    requests.send(request("s", vec![note("7")])).await.unwrap();
    let mut answers = ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    assert!(matches!(answers.message().await.unwrap().unwrap().result, Some(Answer::Appended(_))));
    server.shutdown().await.unwrap();
    let ended = answers.message().await.unwrap_err();
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unavailable, "STOPPING"));
    drop(requests);
}
