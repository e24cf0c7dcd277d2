//! `Subscribe`: the seam between the past and the present.

use prost::Message;
use rapport_proto::v1::{
    NoteRecorded, RecordedEvent, SubscribeRequest, SubscribeResponse, payload::Kind, subscribe_request::From,
    subscribe_response::Message as Sent,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

use crate::support::{TestServer, event, fields, note, of_customer, request};

const EVENTS: u64 = 2_400;

async fn subscribe(server: &mut TestServer, request: SubscribeRequest) -> Streaming<SubscribeResponse> {
    server.ledger.subscribe(request).await.unwrap().into_inner()
}

fn after(position: u64) -> SubscribeRequest {
    SubscribeRequest { from: Some(From::AfterPosition(position)), ..SubscribeRequest::default() }
}

/// The positions received until `last` has come, and how often each kind of notice.
async fn until(messages: &mut Streaming<SubscribeResponse>, last: u64) -> (Vec<u64>, u32, u32) {
    let (mut positions, mut caught_up, mut fell_behind) = (Vec::new(), 0, 0);
    while positions.last().is_none_or(|position| *position < last) {
        match messages.message().await.unwrap().unwrap().message.unwrap() {
            Sent::Events(chunk) => positions
                .extend(chunk.events.into_iter().map(|bytes| RecordedEvent::decode(bytes).unwrap().position)),
            Sent::CaughtUp(_) => caught_up += 1,
            Sent::FellBehind(_) => fell_behind += 1,
        }
    }
    (positions, caught_up, fell_behind)
}

/// Appends one event a request, of customers 0, 1 and 2 in turn, over a stream and as fast as it goes.
async fn load(server: &TestServer) -> tokio::task::JoinHandle<()> {
    let mut ledger = server.ledger.clone();
    tokio::spawn(async move {
        let (requests, outgoing) = mpsc::channel(64);
        let mut answers = ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
        let sender = tokio::spawn(async move {
            for number in 0..EVENTS {
                requests.send(request("load", vec![note(&(number % 3).to_string())])).await.unwrap();
            }
        });
        while answers.message().await.unwrap().is_some() {}
        sender.await.unwrap();
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_subscriber_misses_or_doubles_an_event_however_they_join_a_ledger_under_load() {
    let server = TestServer::start().await;
    let loading = load(&server).await;
    let mut subscribers = Vec::new();
    for _ in 0..4 {
        let mut ledger = server.ledger.clone();
        subscribers.push(tokio::spawn(async move {
            let head = ledger.head(rapport_proto::v1::HeadRequest {}).await.unwrap().into_inner().position;
            // From the beginning, from the middle of what is there, and from the very end.
            for from in [0, head / 2, head] {
                let mut messages = ledger.subscribe(after(from)).await.unwrap().into_inner();
                let (positions, caught_up, _) = until(&mut messages, EVENTS).await;
                assert_eq!(positions, (from + 1..=EVENTS).collect::<Vec<_>>());
                assert!(from < EVENTS || caught_up > 0);
                if from == EVENTS {
                    return;
                }
            }
        }));
    }
    let mut ledger = server.ledger.clone();
    let of_one = SubscribeRequest {
        query: of_customer("1"),
        from: Some(From::AfterPosition(0)),
        ..SubscribeRequest::default()
    };
    let mut messages = ledger.subscribe(of_one).await.unwrap().into_inner();
    let (positions, ..) = until(&mut messages, EVENTS - 1).await;
    assert_eq!(positions, (1..=EVENTS).filter(|position| position % 3 == 2).collect::<Vec<_>>());
    for subscriber in subscribers {
        subscriber.await.unwrap();
    }
    loading.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_comes_from_now_on_when_nothing_else_is_said() {
    let mut server = TestServer::start().await;
    server.append("s", vec![note("7")]).await.unwrap();
    let mut messages = subscribe(&mut server, SubscribeRequest::default()).await;
    let first = messages.message().await.unwrap().unwrap().message.unwrap();
    assert!(matches!(first, Sent::CaughtUp(caught_up) if caught_up.position == 1));
    server.append("s", vec![note("7")]).await.unwrap();
    assert_eq!(until(&mut messages, 2).await.0, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_time_may_lie_in_the_past_or_in_the_future() {
    let mut server =
        TestServer::start_with(|config| rapport_server::Config { simulated_clock: true, ..config }).await;
    let append = |seconds| {
        let mut request = request("s", vec![note("7")]);
        request.simulated_now = Some(prost_types::Timestamp { seconds, nanos: 0 });
        request
    };
    let from = |seconds| SubscribeRequest {
        from: Some(From::FromRecordedAt(prost_types::Timestamp { seconds, nanos: 0 })),
        ..SubscribeRequest::default()
    };
    for seconds in [100, 200, 300] {
        server.ledger.append(append(seconds)).await.unwrap();
    }
    let mut past = subscribe(&mut server, from(200)).await;
    let mut future = subscribe(&mut server, from(500)).await;
    let waiting = future.message().await.unwrap().unwrap().message.unwrap();
    assert!(matches!(waiting, Sent::CaughtUp(_)));
    for seconds in [400, 500, 600] {
        server.ledger.append(append(seconds)).await.unwrap();
    }
    assert_eq!(until(&mut past, 6).await.0, [2, 3, 4, 5, 6]);
    assert_eq!(until(&mut future, 6).await.0, [5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_is_told_so_and_still_gets_everything() {
    let mut server = TestServer::start().await;
    let mut messages = subscribe(&mut server, after(0)).await;
    let first = messages.message().await.unwrap().unwrap().message.unwrap();
    assert!(matches!(first, Sent::CaughtUp(_)));
    // Far more than the connection's windows and the server's few messages hold, while nobody reads.
    let large =
        event("7", Kind::NoteRecorded(NoteRecorded { kind: "x".repeat(2_000), ..NoteRecorded::default() }));
    let mut last = 0;
    for _ in 0..40 {
        last = server.append("s", vec![large.clone(); 500]).await.unwrap().last_position;
    }
    let (positions, _, fell_behind) = until(&mut messages, last).await;
    assert_eq!(positions, (1..=last).collect::<Vec<_>>());
    assert!(fell_behind > 0);
    // Caught up again, and live.
    let next = messages.message().await.unwrap().unwrap().message.unwrap();
    assert!(matches!(next, Sent::CaughtUp(caught_up) if caught_up.position == last));
    server.append("s", vec![note("7")]).await.unwrap();
    assert_eq!(until(&mut messages, last + 1).await.0, [last + 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_the_ledger_has_not_reached_is_refused() {
    let mut server = TestServer::start().await;
    let refused = server.ledger.subscribe(after(1)).await.unwrap_err();
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::InvalidArgument, vec!["after_position".to_owned()])
    );
}
