//! Answers that would be larger than a gRPC client takes by itself: the clients here set no limit of their own.

use rapport_proto::v1::{
    DealLost, Event, FunnelMeasure, FunnelRequest, Instrument, NoteRecorded, PartyFactRecorded,
    PartyRoleAssigned, ReadStreamRequest, SatisfactionRequest, Scale, SurveyAnswered, TimelineRequest,
    ViewTime, note_recorded, party_fact_recorded, party_role_assigned::Role, payload::Kind,
    satisfaction_request::GroupBy,
};

use tonic::Code;

use crate::support::{TestServer, deal, event, fields, reason};

const MIB: usize = 1 << 20;

fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}

fn note(customer: &str, bytes: usize) -> Event {
    let personal = Some(note_recorded::Personal { text: text(bytes) });
    event(customer, Kind::NoteRecorded(NoteRecorded { personal, ..NoteRecorded::default() }))
}

fn fact(customer: &str, key: &str, bytes: usize) -> Event {
    let personal = Some(party_fact_recorded::Personal { value: text(bytes) });
    let fact =
        PartyFactRecorded { category: 2, key: key.to_owned(), personal, ..PartyFactRecorded::default() };
    event(customer, Kind::PartyFactRecorded(fact))
}

/// Appends them, so many at once.
async fn append(server: &mut TestServer, events: Vec<Event>, at_once: usize) -> Option<ViewTime> {
    let mut end = 0;
    for some in events.chunks(at_once) {
        end = server.append("s", some.to_vec()).await.unwrap().last_position;
    }
    // Megabytes of events take their time on a busy machine: these tests are about sizes.
    let wait = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    Some(ViewTime { at_least_position: end, wait, ..ViewTime::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_is_paged_through_whatever_its_entries_weigh_and_however_many_are_asked_for() {
    let mut server = TestServer::start().await;
    let mut events: Vec<_> = (0..60).map(|_| note("middling", 100_000)).collect();
    events.extend((0..7).map(|_| note("large", MIB - 100)));
    events.extend((0..9).map(|nth| fact("known", &format!("k{nth}"), 900_000 >> (2 * (nth % 3)))));
    let time = append(&mut server, events, 3).await;
    for (customer, all) in [("middling", 60), ("large", 7), ("known", 9)] {
        for (page_size, page) in [(0, false), (1, true), (3, false), (1_000, false), (1_000, true)] {
            let mut request = TimelineRequest {
                time,
                customer: customer.to_owned(),
                page_size,
                page,
                ..TimelineRequest::default()
            };
            let mut seen = Vec::new();
            loop {
                let answer = server.views.timeline(request.clone()).await.unwrap().into_inner();
                assert!(!answer.entries.is_empty() || all == 0, "a page without an entry");
                assert_eq!((answer.total, answer.left_out_by_page), (all, all - answer.entries.len() as u64));
                let party = answer.party.unwrap();
                assert_eq!(
                    party.facts.len() as u64 + party.facts_left_out,
                    if customer == "known" { 9 } else { 0 }
                );
                seen.extend(answer.entries.into_iter().map(|entry| entry.position));
                if answer.next_page_token.is_empty() {
                    break;
                }
                request.page_token = answer.next_page_token;
            }
            assert_eq!(seen.len() as u64, all);
            assert!(seen.is_sorted_by(|later, earlier| later > earlier), "{customer}, pages of {page_size}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_who_a_customer_is_is_cut_and_counted() {
    let mut server = TestServer::start().await;
    let contact = |nth: usize| {
        let role = Role::ContactOf.into();
        let role =
            PartyRoleAssigned { role, related_party: "acme".to_owned(), ..PartyRoleAssigned::default() };
        event(&format!("{nth:0>200}"), Kind::PartyRoleAssigned(role))
    };
    let mut events: Vec<_> = (0..3_000).map(contact).collect();
    events.push(note("acme", 10));
    let time = append(&mut server, events, 10_000).await;
    let request = TimelineRequest { time, customer: "acme".to_owned(), ..TimelineRequest::default() };
    let party = server.views.timeline(request).await.unwrap().into_inner().party.unwrap();
    assert_eq!(party.contacts.len() as u64 + party.contacts_left_out, 3_000);
    assert!(party.contacts.len() > 1_000 && party.contacts_left_out > 1_000, "{}", party.contacts_left_out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_funnel_and_satisfaction_with_many_or_large_rows_are_paged_and_all_pages_together_have_each_row_once()
 {
    let mut server = TestServer::start().await;
    let answered = |nth: usize| {
        let answered = SurveyAnswered {
            survey_id: "k".to_owned(),
            instrument: Instrument::Nps.into(),
            scale: Some(Scale { min: 0.0, max: 10.0, better: 0 }),
            value: Some(9.0),
            product: format!("{nth:0>3000}"),
            ..SurveyAnswered::default()
        };
        event(&nth.to_string(), Kind::SurveyAnswered(answered))
    };
    let lost = |nth: usize| {
        let reason = nth.to_string() + &text(300_000);
        let deal_id = format!("d{nth}");
        event("7", Kind::DealLost(DealLost { deal_id, reason, ..DealLost::default() }))
    };
    append(&mut server, (0..1_500).map(answered).collect(), 1_000).await;
    append(&mut server, (0..15).map(|nth| deal(&format!("d{nth}"), "7", "new")).collect(), 20).await;
    let time = append(&mut server, (0..15).map(lost).collect(), 5).await;

    for page in [false, true] {
        all_groups_and_reasons(&mut server, time, page).await;
    }
}

/// Asks for both, page after page, with or without what they show.
async fn all_groups_and_reasons(server: &mut TestServer, time: Option<ViewTime>, page: bool) {
    let group_by = GroupBy::Product.into();
    let mut request = SatisfactionRequest { time, group_by, page, ..SatisfactionRequest::default() };
    let (mut groups, mut pages) = (Vec::new(), 0);
    loop {
        let answer = server.views.satisfaction(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.rows_left_out == 0, answer.next_page_token.is_empty());
        assert_eq!(answer.page.is_some(), page);
        groups.extend(answer.scores.into_iter().map(|score| score.group));
        pages += 1;
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    groups.sort_unstable();
    assert_eq!(groups.len(), 1_500);
    groups.dedup();
    assert!(groups.len() == 1_500 && pages > 2, "{pages}");

    let measures = vec![FunnelMeasure::LossReasons.into(), FunnelMeasure::Snapshot.into()];
    let mut request = FunnelRequest { time, measures, page, ..FunnelRequest::default() };
    let (mut reasons, mut pages) = (Vec::new(), 0);
    loop {
        let answer = server.views.funnel(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.rows_left_out == 0, answer.next_page_token.is_empty());
        assert!(answer.pipelines.len() == 1 && answer.page.is_some() == page);
        reasons.extend(answer.pipelines.into_iter().flat_map(|pipeline| pipeline.loss_reasons));
        pages += 1;
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    assert_eq!(reasons.iter().map(|row| row.deals.as_ref().unwrap().count).sum::<u64>(), 15);
    assert!(pages > 2, "{pages}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_however_many_faults_there_are_and_however_long_their_values() {
    let mut server = TestServer::start().await;
    let wrong = (0..2_000).map(|_| deal("", "7", "new")).collect();
    let refused = server.append("s", wrong).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
    let told = fields(&refused);
    assert!(
        told.len() > 20 && told[0] == "appends[0].events[0].payload.deal_opened.deal_id",
        "{}",
        told.len()
    );
    assert!(refused.message().contains("and 1999 more"), "{}", refused.message());

    let request = ReadStreamRequest { stream: "ē".repeat(100_000), ..ReadStreamRequest::default() };
    let mut chunks = server.ledger.read_stream(request).await.unwrap().into_inner();
    let refused = chunks.message().await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NO_SUCH_STREAM"));
    assert!(refused.message().len() < 4_000, "{}", refused.message().len());
}
