//! Events that speak of other events.

use prost::Message;
use rapport_proto::v1::{
    AppendRequest, Event, EventCorrected, EventRetracted, PartyMerged, PartyUnmerged, Payload,
    append_stream_response::Result as Answer, payload::Kind,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::support::{TestServer, deal, event, fields, id, note, request};

fn with_id(number: u64, event: Event) -> Event {
    Event { id: id(number), ..event }
}

fn corrected(target: u64, replacement: &Event) -> Event {
    let replacement = Some(Box::new(Payload::decode(replacement.payload.clone()).unwrap()));
    let correction = EventCorrected { target_event_id: id(target), replacement, ..EventCorrected::default() };
    event("7", Kind::EventCorrected(Box::new(correction)))
}

fn retracted(target: u64) -> Event {
    event(
        "7",
        Kind::EventRetracted(EventRetracted { target_event_id: id(target), reason: "typo".to_owned() }),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_must_exist_in_the_ledger_or_earlier_in_the_request() {
    let mut server = TestServer::start().await;
    for wrong in [corrected(1, &note("7")), retracted(1)] {
        let field = if wrong == retracted(1) { "event_retracted" } else { "event_corrected" };
        let refused = server.append("s", vec![note("7"), wrong, with_id(1, note("7"))]).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(fields(&refused), [format!("appends[0].events[1].payload.{field}.target_event_id")]);
    }
    assert!(server.append("s", vec![with_id(1, note("7")), retracted(1)]).await.is_ok());
    assert!(server.append("s", vec![retracted(1)]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_must_be_of_the_type_it_replaces() {
    let mut server = TestServer::start().await;
    server.append("s", vec![with_id(1, deal("1", "7", "new"))]).await.unwrap();
    let refused = server.append("s", vec![corrected(1, &note("7"))]).await.unwrap_err();
    assert!(refused.message().contains("deal.opened"), "{}", refused.message());
    assert!(server.append("s", vec![corrected(1, &deal("1", "7", "offer"))]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_merge_can_be_unmerged() {
    let mut server = TestServer::start().await;
    let merged = PartyMerged { survivor: "7".to_owned(), absorbed: "8".to_owned(), ..PartyMerged::default() };
    let unmerge = |target| {
        event(
            "7",
            Kind::PartyUnmerged(PartyUnmerged { merge_event_id: id(target), ..PartyUnmerged::default() }),
        )
    };
    server
        .append("s", vec![with_id(1, note("7")), with_id(2, event("7", Kind::PartyMerged(merged)))])
        .await
        .unwrap();
    let refused = server.append("s", vec![unmerge(1)]).await.unwrap_err();
    assert_eq!(fields(&refused), ["appends[0].events[0].payload.party_unmerged.merge_event_id"]);
    assert!(server.append("s", vec![unmerge(2)]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_stream_the_target_may_be_in_a_request_that_is_not_answered_yet() {
    let mut server = TestServer::start().await;
    let (requests, outgoing) = mpsc::channel::<AppendRequest>(512);
    for number in 1..=100 {
        requests.send(request("s", vec![with_id(number, note("7"))])).await.unwrap();
        requests.send(request("s", vec![retracted(number)])).await.unwrap();
    }
    drop(requests);
    let mut answers = server.ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    let mut appended = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        assert!(matches!(answer.result, Some(Answer::Appended(_))), "{answer:?}");
        appended += 1;
    }
    assert_eq!(appended, 200);
}
