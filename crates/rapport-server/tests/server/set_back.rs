//! A ledger that was restored from a backup, and those who know more than it has.

use rapport_proto::v1::{
    HeadRequest, SubscribeRequest, append_stream_response::Result as Answer, subscribe_request::From,
};
use rapport_server::Config;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::support::{TestServer, fields, get_with, note, reason, request};

async fn ledger(accept_set_back: bool) -> (TestServer, String) {
    let mut server = TestServer::start_with(|config| Config { accept_set_back, ..config }).await;
    server.append("s", vec![note("7"), note("7")]).await.unwrap();
    let ledger_id = server.ledger.head(HeadRequest {}).await.unwrap().into_inner().ledger_id;
    (server, ledger_id)
}

/// As a projector does that has everything up to a position.
async fn knows(server: &mut TestServer, position: u64, ledger_id: &str) -> tonic::Status {
    let from = Some(From::AfterPosition(position));
    let request = SubscribeRequest { from, ledger_id: ledger_id.to_owned(), ..SubscribeRequest::default() };
    server.ledger.subscribe(request).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projector_that_knows_more_stops_appends_and_readiness_until_that_is_accepted() {
    let (mut server, ledger_id) = ledger(false).await;
    let refused = knows(&mut server, 9, &ledger_id).await;
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::InvalidArgument, vec!["after_position".to_owned()])
    );

    let refused = server.append("s", vec![note("7")]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "SET_BACK"));
    for said in ["ends at `2`", "up to position `9`", "--accept-set-back"] {
        assert!(refused.message().contains(said), "{}", refused.message());
    }
    let (requests, outgoing) = mpsc::channel(1);
    requests.send(request("s", vec![note("7")])).await.unwrap();
    drop(requests);
    let mut answers = server.ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().result;
    assert!(matches!(answer, Some(Answer::Error(error)) if error.reason == "SET_BACK"));

    let page = get_with(server.server.http_address(), "/readyz", String::new()).await;
    assert!(page.starts_with("HTTP/1.1 503") && page.contains("up to position `9`"), "{page}");
    let page = get_with(server.server.http_address(), "/healthz", String::new()).await;
    assert!(page.starts_with("HTTP/1.1 200"), "a restart does not help: {page}");
    let head = server.ledger.head(HeadRequest {}).await.unwrap().into_inner();
    assert!(head.appends_refused && !head.log_poisoned && head.disk.is_some());
    assert_eq!(
        (head.known_elsewhere[0].place.as_str(), head.known_elsewhere[0].position),
        ("a projector or publisher", 9)
    );
    assert!(head.troubles[0].contains("set back"), "{:?}", head.troubles);
    assert_eq!(server.everything().await.len(), 2, "reads go on");

    let (mut server, ledger_id) = ledger(true).await;
    knows(&mut server, 9, &ledger_id).await;
    server.append("s", vec![note("7")]).await.unwrap();
    let head = server.ledger.head(HeadRequest {}).await.unwrap().into_inner();
    assert!(!head.appends_refused && head.troubles[0].contains("accepted"), "{:?}", head.troubles);
    let page = get_with(server.server.http_address(), "/readyz", String::new()).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_beyond_the_end_without_this_ledgers_name_stops_nothing() {
    let (mut server, ledger_id) = ledger(false).await;
    let another = "00000000-0000-4000-8000-000000000001";
    assert_eq!(fields(&knows(&mut server, u64::MAX, "").await), ["after_position"]);
    assert_eq!(fields(&knows(&mut server, 9, another).await), ["ledger_id"]);
    assert_eq!(fields(&knows(&mut server, 1, another).await), ["ledger_id"]);
    server.append("s", vec![note("7")]).await.unwrap();
    let from = Some(From::AfterPosition(3));
    let request = SubscribeRequest { from, ledger_id, ..SubscribeRequest::default() };
    assert!(server.ledger.subscribe(request).await.is_ok());
    server.append("s", vec![note("7")]).await.unwrap();
}
