//! `ReadStream`, `ReadAll`, `GetEvent`, `GetEvents` and `Head`.

use prost::Message;
use rapport_proto::v1::{
    GetEventRequest, GetEventsRequest, HeadRequest, ReadAllRequest, ReadDirection, ReadStreamRequest,
    RecordedEvent, get_event_request::By, head_response::Clock, read_all_request::From,
};
use tonic::Code;

use crate::support::{TestServer, fields, id, note, of_customer, reason};

async fn with_events(count: usize) -> TestServer {
    let mut server = TestServer::start().await;
    let events = (0..count).map(|number| note(&(number % 3).to_string())).collect();
    server.append("all", events).await.unwrap();
    server
}

fn positions(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_read_in_both_directions_from_anywhere_with_a_limit() {
    let mut server = with_events(1_000).await;
    let ask = |backwards: bool, from: Option<u64>, limit| ReadAllRequest {
        direction: if backwards { ReadDirection::Backwards.into() } else { 0 },
        from: from.map(From::FromPosition),
        limit,
        query: None,
    };
    assert_eq!(positions(&server.everything().await), (1..=1_000).collect::<Vec<_>>());
    assert_eq!(positions(&server.read(ask(true, None, 0)).await), (1..=1_000).rev().collect::<Vec<_>>());
    assert_eq!(positions(&server.read(ask(false, Some(998), 0)).await), [998, 999, 1_000]);
    assert_eq!(positions(&server.read(ask(true, Some(3), 2)).await), [3, 2]);
    assert_eq!(positions(&server.read(ask(false, Some(2_000), 0)).await), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_selects_and_a_recorded_time_is_a_place_to_begin() {
    let mut server = with_events(9).await;
    let later = server.append("later", vec![note("1")]).await.unwrap();
    let of_one = ReadAllRequest { query: of_customer("1"), ..ReadAllRequest::default() };
    assert_eq!(positions(&server.read(of_one.clone()).await), [2, 5, 8, 10]);
    let since = ReadAllRequest { from: later.recorded_at.map(From::FromRecordedAt), ..of_one };
    assert_eq!(positions(&server.read(since).await), [10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_by_revision_and_one_that_is_not_there_is_not_found() {
    let mut server = with_events(5).await;
    server.append("other", vec![note("7")]).await.unwrap();
    let ask = |stream: &str, backwards: bool, from_revision| ReadStreamRequest {
        stream: stream.to_owned(),
        direction: if backwards { ReadDirection::Backwards.into() } else { 0 },
        from_revision,
        limit: 3,
    };
    for (request, expected) in [
        (ask("all", false, None), vec![0, 1, 2]),
        (ask("all", true, None), vec![4, 3, 2]),
        (ask("all", false, Some(3)), vec![3, 4]),
        (ask("other", true, Some(9)), vec![0]),
    ] {
        let mut chunks = server.ledger.read_stream(request).await.unwrap().into_inner();
        let mut revisions = Vec::new();
        while let Some(chunk) = chunks.message().await.unwrap() {
            revisions
                .extend(chunk.events.into_iter().map(|bytes| RecordedEvent::decode(bytes).unwrap().revision));
        }
        assert_eq!(revisions, expected);
    }
    let mut missing = server.ledger.read_stream(ask("none", false, None)).await.unwrap().into_inner();
    let missing = missing.message().await.unwrap_err();
    assert_eq!((missing.code(), reason(&missing).as_str()), (Code::NotFound, "NO_SUCH_STREAM"));
    let nameless = server.ledger.read_stream(ask("", false, None)).await.unwrap_err();
    assert_eq!((nameless.code(), fields(&nameless)), (Code::InvalidArgument, vec!["stream".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_found_by_id_and_by_position() {
    let mut server = with_events(3).await;
    let second = server.everything().await.remove(1);
    for by in [By::Position(2), By::Id(second.id.clone()), By::Id(second.id.to_uppercase())] {
        let found = server.ledger.get_event(GetEventRequest { by: Some(by) }).await.unwrap().into_inner();
        assert_eq!(found, second);
    }
    for (by, code) in [
        (Some(By::Position(4)), Code::NotFound),
        (Some(By::Position(0)), Code::NotFound),
        (Some(By::Id(id(9))), Code::NotFound),
        (Some(By::Id("second".to_owned())), Code::InvalidArgument),
        (None, Code::InvalidArgument),
    ] {
        let refused = server.ledger.get_event(GetEventRequest { by: by.clone() }).await.unwrap_err();
        assert_eq!(refused.code(), code, "{by:?}");
    }
}

async fn of_ids(server: &mut TestServer, ids: Vec<String>) -> Vec<RecordedEvent> {
    let mut chunks = server.ledger.get_events(GetEventsRequest { ids }).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(chunk) = chunks.message().await.unwrap() {
        assert!((1..=256).contains(&chunk.events.len()));
        events.extend(chunk.events.into_iter().map(|bytes| RecordedEvent::decode(bytes).unwrap()));
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_many_ids_come_in_the_order_of_the_ids_each_once_and_those_that_are_not_there_are_left_out()
{
    let mut server = with_events(600).await;
    let mut stored = server.everything().await;
    stored.reverse();
    let there = || stored.iter().map(|event| event.id.clone());
    let with_strangers = there().zip((0..).map(id)).flat_map(|(there, stranger)| [stranger, there]);
    assert_eq!(of_ids(&mut server, with_strangers.collect()).await, stored);

    let twice = [&stored[7].id, &stored[3].id, &stored[7].id.to_uppercase()].map(Clone::clone).to_vec();
    assert_eq!(of_ids(&mut server, twice).await, [stored[7].clone(), stored[3].clone()]);
    assert_eq!(of_ids(&mut server, (0..10_000).map(id).collect()).await, []);
    assert_eq!(of_ids(&mut server, Vec::new()).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_too_many_ids_or_of_what_is_no_id_are_refused_with_the_field() {
    let mut server = with_events(1).await;
    for (ids, field, limit) in [
        ((0..10_001).map(id).collect::<Vec<_>>(), "ids", "expected at most 10000, found 10001"),
        (vec![id(1), "second".to_owned()], "ids[1]", "not a UUID"),
        (vec![String::new()], "ids[0]", "not a UUID"),
    ] {
        let refused = server.ledger.get_events(GetEventsRequest { ids }).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec![field.to_owned()]));
        assert!(refused.message().contains(limit), "{}", refused.message());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_says_what_ledger_this_is() {
    let mut server = TestServer::start_with(|config| rapport_server::Config {
        time_zone: "Europe/Riga".to_owned(),
        ..config
    })
    .await;
    let empty = server.ledger.head(HeadRequest {}).await.unwrap().into_inner();
    assert_eq!((empty.position, empty.recorded_at, empty.time_zone.as_str()), (0, None, "Europe/Riga"));
    let answer = server.append("s", vec![note("7")]).await.unwrap();
    let head = server.ledger.head(HeadRequest {}).await.unwrap().into_inner();
    assert_eq!((head.position, head.recorded_at), (1, answer.recorded_at));
    assert_eq!((head.ledger_id.len(), head.clock()), (36, Clock::System));
    assert_eq!(head.ledger_id, empty.ledger_id);
}
