//! The `Views` service: fresh answers, drill-down, rebuilding.

use prost::Message as _;
use rapport_proto::v1::{
    AppendResponse, EventCorrected, FigureEventsRequest, FunnelMeasure, FunnelRequest, FunnelResponse,
    Payload, RebuildRequest, SatisfactionRequest, Scale, SurveyAnswered, TimelineRequest, ViewStatusRequest,
    ViewTime, figure_events_request::View, grid_cell, payload::Kind, scale, views_client::ViewsClient,
};
use rapport_views::model::{Funnel, Model, Satisfaction, Timeline};
use tonic::Code;

use crate::support::{TestServer, connect, deal, event, fields, moved, note, reason, reopened, request};

/// Three deals of two customers, one of which moved on, and an answer to a survey.
async fn with_deals() -> (TestServer, AppendResponse) {
    let mut server = TestServer::start().await;
    let answer = SurveyAnswered {
        survey_id: "s".to_owned(),
        instrument: 1,
        question: "recommend".to_owned(),
        scale: Some(Scale { min: 0.0, max: 10.0, better: scale::Better::High.into() }),
        value: Some(9.0),
        ..SurveyAnswered::default()
    };
    let events = vec![
        deal("1", "7", "new"),
        deal("2", "7", "new"),
        deal("3", "8", "new"),
        moved("3", "8", ("new", "offer")),
        event("7", Kind::SurveyAnswered(answer)),
        note("7"),
    ];
    let appended = server.append("s", events).await.unwrap();
    (server, appended)
}

fn fresh(appended: &AppendResponse) -> Option<ViewTime> {
    Some(ViewTime { at_least_position: appended.last_position, ..ViewTime::default() })
}

async fn funnel(server: &mut TestServer, request: FunnelRequest) -> FunnelResponse {
    server.views.funnel(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_shows_what_was_just_appended() {
    let (mut server, appended) = with_deals().await;
    let time = fresh(&appended);
    let request = TimelineRequest { time, customer: "7".to_owned(), ..TimelineRequest::default() };
    let timeline = server.views.timeline(request).await.unwrap().into_inner();
    assert_eq!((timeline.total, timeline.entries.len()), (4, 4));
    assert!(timeline.meta.unwrap().position >= appended.last_position);

    let answer = funnel(&mut server, FunnelRequest { time, ..FunnelRequest::default() }).await;
    let open: Vec<_> = answer.pipelines[0]
        .snapshot
        .iter()
        .map(|row| (row.stage.as_str(), row.deals.clone().unwrap().count, row.amount_minor_units.unwrap()))
        .collect();
    assert_eq!(open, [("new", 2, 250_000), ("offer", 1, 125_000)]);

    let request = SatisfactionRequest { time, ..SatisfactionRequest::default() };
    let satisfaction = server.views.satisfaction(request).await.unwrap().into_inner();
    assert_eq!((satisfaction.scores.len(), satisfaction.scores[0].score), (1, Some(100.0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_alone_is_the_same_as_in_the_whole_funnel() {
    let (mut server, appended) = with_deals().await;
    let whole = FunnelRequest { time: fresh(&appended), ..FunnelRequest::default() };
    let alone = FunnelRequest { measures: vec![FunnelMeasure::Snapshot.into()], ..whole.clone() };
    let (whole, alone) = (funnel(&mut server, whole).await, funnel(&mut server, alone).await);
    assert_eq!(alone.pipelines[0].snapshot, whole.pipelines[0].snapshot);
    assert!(alone.pipelines[0].conversion.is_empty() && alone.leads.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_page_where_that_is_asked_for_and_nowhere_else() {
    let (mut server, appended) = with_deals().await;
    let time = fresh(&appended);
    let request = TimelineRequest { time, customer: "7".to_owned(), ..TimelineRequest::default() };
    assert!(server.views.timeline(request.clone()).await.unwrap().into_inner().page.is_none());
    let request = TimelineRequest { page: true, ..request };
    let mut timeline = server.views.timeline(request.clone()).await.unwrap().into_inner();
    let page = timeline.page.take().unwrap();
    assert_eq!((&page, page.grids[0].rows.len()), (&Timeline::page(&request, &timeline).into(), 4));

    let request =
        FunnelRequest { time, measures: vec![FunnelMeasure::Overview.into()], ..FunnelRequest::default() };
    assert!(funnel(&mut server, request.clone()).await.page.is_none());
    let request = FunnelRequest { page: true, ..request };
    let mut answer = funnel(&mut server, request.clone()).await;
    let page = answer.page.take().unwrap();
    assert_eq!(page, Funnel::shown(&request, &answer).into());
    let open = page.grids[0].rows[0].cells.iter().find(|cell| !cell.figure.is_empty()).unwrap();
    assert_eq!(open.value, Some(grid_cell::Value::Count(3)));
    let question = FigureEventsRequest {
        view: Some(View::Funnel(request)),
        figure: open.figure.clone(),
        ..FigureEventsRequest::default()
    };
    assert_eq!(server.views.figure_events(question).await.unwrap().into_inner().objects.len(), 3);

    let request = SatisfactionRequest { time, ..SatisfactionRequest::default() };
    assert!(server.views.satisfaction(request.clone()).await.unwrap().into_inner().page.is_none());
    let request = SatisfactionRequest { page: true, ..request };
    let mut answer = server.views.satisfaction(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.page.take().unwrap(), Satisfaction::shown(&request, &answer).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_models_counts_the_events_from_which_each_lives() {
    let (mut server, appended) = with_deals().await;
    funnel(&mut server, FunnelRequest { time: fresh(&appended), ..FunnelRequest::default() }).await;
    let request = TimelineRequest { time: fresh(&appended), customer: "7".to_owned(), ..Default::default() };
    server.views.timeline(request).await.unwrap();
    let none = server.views.view_status(ViewStatusRequest::default()).await.unwrap().into_inner();
    assert!(none.models.is_empty());
    let status = server.views.view_status(ViewStatusRequest { models: true }).await.unwrap().into_inner();
    let of = |name: &str| status.models.iter().find(|model| model.model == name).unwrap();
    let funnel = of("funnel");
    assert!(funnel.lives && funnel.sources[0].event_types == ["deal.opened"], "{funnel:?}");
    assert_eq!(funnel.sources[0].events, 3);
    assert!(funnel.sources[0].first.is_some() && funnel.sources[0].last.is_some(), "{funnel:?}");
    let stock = of("stock");
    assert!(!stock.lives && stock.sources[0].events == 0 && stock.sources[0].first.is_none(), "{stock:?}");
    assert_eq!(stock.sources[1].without, "turns and days of stock are unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_does_not_get_there_in_time_says_where_it_is() {
    let (mut server, appended) = with_deals().await;
    let time = Some(ViewTime {
        at_least_position: appended.last_position + 1,
        wait: Some(prost_types::Duration { seconds: 0, nanos: 1_000_000 }),
        ..ViewTime::default()
    });
    let late = server.views.funnel(FunnelRequest { time, ..FunnelRequest::default() }).await.unwrap_err();
    assert_eq!((late.code(), reason(&late).as_str()), (Code::DeadlineExceeded, "VIEW_BEHIND"));
    let end = format!(
        "not yet `{}`; the ledger's last position is `{}`",
        appended.last_position + 1,
        appended.last_position
    );
    assert!(late.message().contains(&end), "{}", late.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_moves_an_event_from_one_object_to_another_from_when_it_is_known() {
    let (mut server, before) = with_deals().await;
    let opened = server.everything().await.into_iter().find(|event| event.tags == ["deal:2"]).unwrap();
    let deal_of = deal("1", "7", "offer").payload;
    let corrected = EventCorrected {
        target_event_id: opened.id,
        replacement: Some(Box::new(Payload::decode(deal_of).unwrap())),
        ..EventCorrected::default()
    };
    let correction = event("8", Kind::EventCorrected(Box::new(corrected)));
    let after = server.append("s", vec![moved("1", "8", ("new", "offer")), correction]).await.unwrap();
    let mut found = async |object: &str, known: &AppendResponse| {
        let time = ViewTime {
            at_least_position: after.last_position,
            recorded_until: known.recorded_at,
            ..ViewTime::default()
        };
        let request = TimelineRequest {
            time: Some(time),
            object: object.to_owned(),
            oldest_first: true,
            ..TimelineRequest::default()
        };
        let answer = server.views.timeline(request).await.unwrap().into_inner();
        assert!(answer.party.is_none());
        let entries = answer.entries.iter().map(|entry| entry.recorded_under.as_str());
        (entries.collect::<Vec<_>>().join(" "), answer.customers.join(" "))
    };
    let pair = |entries: &str, customers: &str| (entries.to_owned(), customers.to_owned());
    assert_eq!(found("deal:1", &before).await, pair("7", "7"));
    assert_eq!(found("deal:2", &before).await, pair("7", "7"));
    assert_eq!(found("deal:1", &after).await, pair("7 7 8", "7 8"));
    assert_eq!(found("deal:2", &after).await, pair("", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_questions_name_the_field_and_missing_things_are_not_found() {
    let (mut server, appended) = with_deals().await;
    let time = fresh(&appended);
    let far = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
    let wrong_time = Some(ViewTime { occurred_until: Some(far), ..ViewTime::default() });
    let wrong = server
        .views
        .funnel(FunnelRequest { time: wrong_time, ..FunnelRequest::default() })
        .await
        .unwrap_err();
    assert_eq!(
        (wrong.code(), fields(&wrong)),
        (Code::InvalidArgument, vec!["time.occurred_until".to_owned()])
    );

    let unasked = server.views.timeline(TimelineRequest::default()).await.unwrap_err();
    assert_eq!((unasked.code(), fields(&unasked)), (Code::InvalidArgument, vec!["customer".to_owned()]));
    let of = |customer: &str, object: &str, include_contacts: bool| TimelineRequest {
        time,
        customer: customer.to_owned(),
        object: object.to_owned(),
        include_contacts,
        ..TimelineRequest::default()
    };
    for (request, field, expected) in [
        (of("7", "deal:1", false), "object", "leave one of them out"),
        (of("", "deal", false), "object", "expected `key:value`, such as `deal:42`"),
        (of("", "deal:1", true), "include_contacts", "leave it out beside `object`"),
    ] {
        let wrong = server.views.timeline(request).await.unwrap_err();
        assert_eq!((wrong.code(), fields(&wrong)), (Code::InvalidArgument, vec![field.to_owned()]));
        assert!(wrong.message().contains(expected), "{}", wrong.message());
    }
    let nothing = server.views.timeline(of("", "deal:none", false)).await.unwrap_err();
    assert_eq!((nothing.code(), reason(&nothing).as_str()), (Code::NotFound, "NO_SUCH_OBJECT"));
    assert!(!nothing.message().contains("none"), "{}", nothing.message());
    let request = TimelineRequest { time, customer: "nobody".to_owned(), ..TimelineRequest::default() };
    let nobody = server.views.timeline(request).await.unwrap_err();
    assert_eq!((nobody.code(), reason(&nobody).as_str()), (Code::NotFound, "NO_SUCH_CUSTOMER"));
    let request = FunnelRequest { time, pipeline: "none".to_owned(), ..FunnelRequest::default() };
    let no_pipeline = server.views.funnel(request).await.unwrap_err();
    assert_eq!((no_pipeline.code(), reason(&no_pipeline).as_str()), (Code::NotFound, "NO_SUCH_PIPELINE"));
    let request = SatisfactionRequest { instrument: "stars".to_owned(), ..SatisfactionRequest::default() };
    let stars = server.views.satisfaction(request).await.unwrap_err();
    assert_eq!((stars.code(), fields(&stars)), (Code::InvalidArgument, vec!["instrument".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_lists_what_it_counts_page_by_page() {
    let (mut server, appended) = with_deals().await;
    let question = FunnelRequest { time: fresh(&appended), ..FunnelRequest::default() };
    let answer = funnel(&mut server, question.clone()).await;
    let figure = answer.pipelines[0].snapshot[0].deals.clone().unwrap();
    assert_eq!(figure.count, 2);
    let mut request = FigureEventsRequest {
        view: Some(View::Funnel(question)),
        figure: figure.figure,
        page_size: 1,
        page_token: String::new(),
    };
    let mut objects = Vec::new();
    loop {
        let page = server.views.figure_events(request.clone()).await.unwrap().into_inner();
        assert_eq!((page.total, page.objects.len()), (2, 1));
        objects.extend(
            page.objects.into_iter().map(|object| (object.object, object.customer, object.positions)),
        );
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let expected = [("deal:1", "7", vec![1]), ("deal:2", "7", vec![2])]
        .map(|(object, customer, positions)| (object.to_owned(), customer.to_owned(), positions));
    assert_eq!(objects, expected);

    let unknown = FigureEventsRequest {
        figure: "default/snapshot/nowhere/EUR".to_owned(),
        page_token: String::new(),
        ..request.clone()
    };
    assert_eq!(server.views.figure_events(unknown).await.unwrap_err().code(), Code::NotFound);
    let malformed =
        FigureEventsRequest { figure: "x".to_owned(), page_token: String::new(), ..request.clone() };
    assert_eq!(server.views.figure_events(malformed).await.unwrap_err().code(), Code::InvalidArgument);
    let wrong_page = FigureEventsRequest { page_token: "x".to_owned(), ..request };
    assert_eq!(fields(&server.views.figure_events(wrong_page).await.unwrap_err()), ["page_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_view_answers_as_before() {
    let (mut server, appended) = with_deals().await;
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let question = FunnelRequest {
        time: Some(ViewTime {
            occurred_until: at(4_000_000_000),
            recorded_until: at(4_000_000_000),
            at_least_position: appended.last_position,
            wait: None,
        }),
        ..FunnelRequest::default()
    };
    let before = funnel(&mut server, question.clone()).await;
    for view in ["funnel", ""] {
        let request = RebuildRequest { view: view.to_owned() };
        let mut messages = server.views.rebuild(request).await.unwrap().into_inner();
        let mut last = None;
        while let Some(message) = messages.message().await.unwrap() {
            last = Some(message);
        }
        let last = last.unwrap();
        assert!(last.done && last.position == appended.last_position, "{last:?}");
        assert_eq!(funnel(&mut server, question.clone()).await, before);
    }
    let status = server.views.view_status(ViewStatusRequest::default()).await.unwrap().into_inner();
    let names: Vec<_> = status.views.iter().map(|view| view.view.as_str()).collect();
    assert_eq!(names, ["timeline", "funnel", "satisfaction", "facts", "directory"]);
    assert!(status.views.iter().all(|view| view.position == status.head_position && !view.rebuilding));

    let refused = server.views.rebuild(RebuildRequest { view: "fun".to_owned() }).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["view".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_larger_than_the_contract_says_is_refused() {
    let mut server = TestServer::start().await;
    let request =
        TimelineRequest { customer: "7".to_owned(), page_size: 1_001, ..TimelineRequest::default() };
    let refused = server.views.timeline(request).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["page_size".to_owned()]));
    let view = Some(View::Funnel(FunnelRequest::default()));
    let figure = "any".to_owned();
    let request = FigureEventsRequest { view, figure, page_size: 1_001, ..FigureEventsRequest::default() };
    let refused = server.views.figure_events(request).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["page_size".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_view_answers_nothing() {
    let TestServer { server, mut ledger, dir, .. } = TestServer::start().await;
    for _ in 0..30 {
        ledger.append(request("s", vec![note("7"); 200])).await.unwrap();
    }
    server.shutdown().await.unwrap();
    drop(ledger);
    std::fs::remove_dir_all(dir.path().join("ledger/views")).unwrap();
    let server = reopened(dir.path()).await;
    let mut views = ViewsClient::new(connect(&server).await);
    let question = TimelineRequest { customer: "7".to_owned(), ..TimelineRequest::default() };
    let impatient = ViewTime { wait: Some(prost_types::Duration::default()), ..ViewTime::default() };
    match views.timeline(TimelineRequest { time: Some(impatient), ..question.clone() }).await {
        Ok(answer) => assert_eq!(answer.into_inner().total, 6_000),
        Err(status) => assert_eq!(reason(&status), "VIEW_BEHIND"),
    }
    assert_eq!(views.timeline(question).await.unwrap().into_inner().total, 6_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_belongs_to_its_question() {
    let (mut server, appended) = with_deals().await;
    let first = TimelineRequest {
        time: fresh(&appended),
        customer: "7".to_owned(),
        page_size: 1,
        ..TimelineRequest::default()
    };
    let answer = server.views.timeline(first.clone()).await.unwrap().into_inner();
    // Another size, and no freshness demanded: still the same question.
    let next = TimelineRequest { time: None, page_size: 2, page_token: answer.next_page_token, ..first };
    assert_eq!(server.views.timeline(next.clone()).await.unwrap().into_inner().entries.len(), 2);
    for other in [
        TimelineRequest { customer: "8".to_owned(), ..next.clone() },
        TimelineRequest { oldest_first: true, ..next.clone() },
        TimelineRequest { types: vec!["deal.opened".to_owned()], ..next.clone() },
    ] {
        assert_eq!(fields(&server.views.timeline(other).await.unwrap_err()), ["page_token"]);
    }
}
