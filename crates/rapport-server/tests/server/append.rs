//! `Append` and `AppendStream`.

use rapport_proto::{
    v1::{
        AppendCondition, AppendRequest, ExpectedRevision, Query, ReadAllRequest,
        append_stream_response::Result as Answer, expected_revision, query::Item,
    },
    validate::TAGS_MAX,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::support::{TestServer, deal, fields, id, note, of_customer, reason, request};

#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_answered_with_its_places_and_can_be_read() {
    let mut server = TestServer::start().await;
    let first = server.append("customer-7", vec![note("7"), deal("1", "7", "new")]).await.unwrap();
    assert_eq!((first.first_position, first.last_position, first.revisions), (1, 2, vec![1]));
    let second = server.append("customer-7", vec![note("7")]).await.unwrap();
    assert_eq!((second.first_position, second.last_position, second.revisions), (3, 3, vec![2]));
    let events = server.everything().await;
    let types: Vec<_> = events.iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(types, ["note.recorded", "deal.opened", "note.recorded"]);
    assert!(events.iter().all(|event| event.id.len() == 36 && event.occurred_at == event.recorded_at));
    assert_eq!(events[1].tags, ["deal:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_again_is_a_duplicate_and_other_content_under_its_id_is_refused() {
    let mut server = TestServer::start().await;
    let event = |customer: &str| rapport_proto::v1::Event {
        id: id(1),
        occurred_at: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 }),
        ..note(customer)
    };
    let first = server.append("s", vec![event("7")]).await.unwrap();
    let again = server.append("s", vec![event("7"), note("7")]).await.unwrap();
    assert_eq!((again.first_position, again.duplicates), (first.first_position, vec![0]));
    let refused = server.append("s", vec![event("8")]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "EVENT_ID_TAKEN"));
    assert_eq!(server.everything().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_event_is_refused_with_its_field_and_nothing_of_its_request_is_stored() {
    let mut server = TestServer::start().await;
    let refused = server.append("s", vec![note("7"), deal("", "7", "new")]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
    assert_eq!(fields(&refused), ["appends[0].events[1].payload.deal_opened.deal_id"]);
    assert!(server.everything().await.is_empty());
    let empty = server.ledger.append(AppendRequest::default()).await.unwrap_err();
    assert_eq!(empty.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_revision_and_a_condition_that_does_not_hold_are_different_refusals() {
    let mut server = TestServer::start().await;
    server.append("s", vec![note("7")]).await.unwrap();
    let mut stale = request("s", vec![note("7")]);
    stale.appends[0].expected_revision = Some(ExpectedRevision {
        kind: Some(expected_revision::Kind::NoStream(expected_revision::NoStream {})),
    });
    let refused = server.ledger.append(stale).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "STALE_REVISION"));

    let mut conditional = request("t", vec![note("8")]);
    conditional.condition = Some(AppendCondition { fail_if_events_match: of_customer("7"), after: 0 });
    let refused = server.ledger.append(conditional.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CONDITION_FAILED"));
    conditional.condition.as_mut().unwrap().after = 1;
    assert!(server.ledger.append(conditional).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_on_events_that_this_ledger_never_had_is_refused_with_its_end_also_on_a_stream() {
    let mut server = TestServer::start().await;
    let conditional = |after| {
        let condition = Some(AppendCondition { fail_if_events_match: of_customer("other"), after });
        AppendRequest { condition, ..request("s", vec![note("7")]) }
    };
    for end in 0..3 {
        for after in [end + 1, end + 1_000, u64::MAX] {
            let refused = server.ledger.append(conditional(after)).await.unwrap_err();
            let expected = (Code::InvalidArgument, "INVALID_REQUEST", vec!["condition.after".to_owned()]);
            assert_eq!((refused.code(), reason(&refused).as_str(), fields(&refused)), expected);
            let (end, found) = (format!("at most `{end}`, the ledger's last"), format!("found `{after}`"));
            assert!(refused.message().contains(&end) && refused.message().contains(&found));

            let (requests, outgoing) = mpsc::channel(1);
            requests.send(conditional(after)).await.unwrap();
            drop(requests);
            let answers = server.ledger.append_stream(ReceiverStream::new(outgoing)).await;
            match answers.unwrap().into_inner().message().await.unwrap().unwrap().result.unwrap() {
                Answer::Appended(appended) => panic!("accepted: {appended:?}"),
                Answer::Error(error) => {
                    assert_eq!((error.code, error.violations[0].field.as_str()), (3, "condition.after"))
                }
            }
        }
        assert_eq!(
            server.ledger.append(conditional(end)).await.unwrap().into_inner().first_position,
            end + 1
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_as_many_tags_as_it_may_have_is_read_as_it_is_and_found_by_each_of_them() {
    let mut server = TestServer::start().await;
    let tags: Vec<String> =
        (1_000..TAGS_MAX + 1_000).map(|nth| format!("contact:{nth}{}", "x".repeat(380))).collect();
    let event = rapport_proto::v1::Event { tags: tags.clone(), ..note("7") };
    server.append("s", vec![event]).await.unwrap();
    assert!(server.everything().await[0].tags == tags);
    for tag in [&tags[0], &tags[500], &tags[TAGS_MAX - 1]] {
        let item = Item { tags: vec![tag.clone()], ..Item::default() };
        let query = Some(Query { items: vec![item] });
        assert_eq!(server.read(ReadAllRequest { query, ..ReadAllRequest::default() }).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_simulated_ledger_is_told_the_time() {
    let told = |seconds| {
        let simulated_now = Some(prost_types::Timestamp { seconds, nanos: 0 });
        AppendRequest { simulated_now, ..request("s", vec![note("7")]) }
    };
    let mut server = TestServer::start().await;
    let refused = server.ledger.append(told(1_000)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "CLOCK"));

    let mut simulated =
        TestServer::start_with(|config| rapport_server::Config { simulated_clock: true, ..config }).await;
    assert_eq!(simulated.append("s", vec![note("7")]).await.unwrap_err().code(), Code::InvalidArgument);
    for (told_seconds, recorded_seconds) in [(1_000, 1_000), (5_000, 5_000), (3_000, 5_000)] {
        let answer = simulated.ledger.append(told(told_seconds)).await.unwrap().into_inner();
        assert_eq!(answer.recorded_at.unwrap().seconds, recorded_seconds);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_answered_in_order_and_goes_on_after_a_refusal() {
    let mut server = TestServer::start().await;
    let (requests, outgoing) = mpsc::channel(8);
    let mut answers = server.ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    let sent = tokio::spawn(async move {
        for number in 0..500_u64 {
            let wrong = number % 50 == 49;
            let event = if wrong { deal("", "7", "new") } else { deal(&number.to_string(), "7", "new") };
            requests.send(request("s", vec![event])).await.unwrap();
        }
    });
    let (mut appended, mut refused) = (0, 0);
    for number in 0..500_u64 {
        match answers.message().await.unwrap().unwrap().result.unwrap() {
            Answer::Appended(answer) => {
                appended += 1;
                assert_eq!(answer.first_position, appended, "the answer to request {number}");
            }
            Answer::Error(error) => {
                refused += 1;
                assert_eq!(number % 50, 49);
                assert_eq!((error.code, error.reason.as_str()), (3, "INVALID_REQUEST"));
                assert_eq!(error.violations[0].field, "appends[0].events[0].payload.deal_opened.deal_id");
            }
        }
    }
    sent.await.unwrap();
    assert!(answers.message().await.unwrap().is_none());
    assert_eq!((appended, refused), (490, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_and_the_connection_lives() {
    let mut server = TestServer::start_with(|config| rapport_server::Config {
        payload_bytes_max: 1 << 10,
        request_bytes_max: 4 << 10,
        request_events_max: 10,
        message_bytes_max: 64 << 10,
        ..config
    })
    .await;
    let large = |bytes: usize| {
        let note = rapport_proto::v1::NoteRecorded { kind: "x".repeat(bytes), ..Default::default() };
        crate::support::event("7", rapport_proto::v1::payload::Kind::NoteRecorded(note))
    };
    for events in [vec![large(2 << 10)], vec![large(900); 5], vec![note("7"); 11]] {
        let refused = server.append("s", events).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{}", refused.message());
    }
    let above_the_message_limit = server.append("s", vec![large(128 << 10)]).await.unwrap_err();
    assert!(matches!(above_the_message_limit.code(), Code::OutOfRange | Code::ResourceExhausted));
    assert!(server.append("s", vec![note("7")]).await.is_ok());

    // On a stream what came before is answered, then the stream says why it ends.
    let (requests, outgoing) = mpsc::channel(2);
    requests.send(request("s", vec![note("7")])).await.unwrap();
    requests.send(request("s", vec![large(128 << 10)])).await.unwrap();
    let mut answers = server.ledger.append_stream(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    assert!(matches!(answers.message().await.unwrap().unwrap().result, Some(Answer::Appended(_))));
    let ended = answers.message().await.unwrap_err();
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
}
