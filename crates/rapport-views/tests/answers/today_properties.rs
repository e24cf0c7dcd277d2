//! What is to be done against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::model::{Model as _, Today};

use crate::support::{
    acting::contact_roles,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::{
        CUSTOMERS, Company, companies, contracts, customer, definition, hours, money, order_changes, orders,
        touches,
    },
    proto,
    today_oracle::{self, asked},
};

fn date(day: i64) -> String {
    jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap().to_string()
}

prop_compose! {
    fn promised()(
        what in 0..4_u8, id in 1..8_u64, number in 0..5_i32, on in prop::option::weighted(0.8, 0..740_i64),
    ) -> Kind {
        let due = on.map(date).unwrap_or_default();
        match what {
            0 => Kind::AgreementRecorded(v1::AgreementRecorded {
                agreement_id: id.to_string(),
                due,
                // Most are open.
                status: if number == 4 { 1 } else { number.max(1) },
                supersedes: if number == 3 { (id % 7 + 1).to_string() } else { String::new() },
                ..Default::default()
            }),
            1 => Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: 1 + number % 3, ..Default::default() }),
            2 => Kind::DeliveryPromised(v1::DeliveryPromised {
                order_id: id.to_string(),
                committed_date: date(on.unwrap_or(400)),
                ..Default::default()
            }),
            _ if number == 0 => Kind::DeliveryCompleted(v1::DeliveryCompleted {
                order_id: id.to_string(),
                ..Default::default()
            }),
            _ => Kind::HandoverProgressed(v1::HandoverProgressed {
                handover_id: (id % 4).to_string(),
                step: 1 + i32::from(number > 1) + i32::from(number > 3),
                item: if number == 2 { format!("deal:{id}") } else { String::new() },
                ..Default::default()
            }),
        }
    }
}

prop_compose! {
    fn deals()(
        what in 0..7_u8, id in 1..8_u64, amount in prop::option::of(1..900_i64),
        on in prop::option::weighted(0.7, 0..740_i64), stage in prop::sample::select(vec!["offer", "talks"]),
    ) -> Kind {
        let (deal_id, expected_close) = (id.to_string(), on.map(date).unwrap_or_default());
        let amount = amount.and_then(|amount| money(amount, "EUR"));
        match what {
            0..=2 => Kind::DealOpened(v1::DealOpened {
                deal_id, expected_close, amount, stage: stage.to_owned(), ..Default::default()
            }),
            3 => Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: stage.to_owned(), ..Default::default() }),
            4 => Kind::DealTermsChanged(v1::DealTermsChanged { deal_id, expected_close, amount, ..Default::default() }),
            5 => Kind::DealWon(v1::DealWon { deal_id, ..Default::default() }),
            _ => Kind::DealLost(v1::DealLost { deal_id, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn served()(what in 0..5_u8, id in 1..6_u64, number in 0..4_i32) -> Kind {
        let ticket_id = id.to_string();
        match what {
            0 | 1 => Kind::TicketOpened(v1::TicketOpened {
                ticket_id, kind: number, tier: "gold".to_owned(), priority: "high".to_owned(), ..Default::default()
            }),
            2 => Kind::TicketResponded(v1::TicketResponded { ticket_id, first: true }),
            3 => Kind::TicketResolved(v1::TicketResolved { ticket_id, ..Default::default() }),
            _ => definition(
                "service_level", "gold", 1, r#"{"first_response_minutes": 60000, "resolution_minutes": 90000}"#,
            ),
        }
    }
}

prop_compose! {
    fn responsible()(object in 0..3_u8, id in 1..8_u64, to in prop::sample::select(vec!["ilze", "anna"])) -> Kind {
        let object = match object {
            0 => format!("deal:{id}"),
            1 => format!("ticket:{id}"),
            _ => format!("party:{}", customer(id)),
        };
        Kind::OwnerAssigned(v1::OwnerAssigned { object, to: to.to_owned(), ..Default::default() })
    }
}

fn scores() -> impl Strategy<Value = Kind> {
    (0..=10_u8).prop_map(|value| {
        Kind::SurveyAnswered(v1::SurveyAnswered {
            instrument: 1,
            value: Some(value.into()),
            ..Default::default()
        })
    })
}

fn busy() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        6 => promised(), 5 => deals(), 3 => served(), 2 => responsible(), 6 => touches(), 4 => orders(),
        1 => order_changes(), 3 => contracts(), 1 => scores(), 1 => contact_roles(CUSTOMERS),
    ];
    companies(kinds, 90)
}

prop_compose! {
    fn requests()(
        actor in prop::sample::select(vec!["", "", "ilze", "anna", "jonas"]),
        days in prop::sample::select(vec![0, 1, 30, 366]),
        kinds in prop::option::weighted(0.3, prop::sample::subsequence((1..=9).collect::<Vec<i32>>(), 1..4)),
    ) -> v1::TodayRequest {
        let kinds = kinds.unwrap_or_default();
        v1::TodayRequest { actor: actor.to_owned(), days, kinds, ..Default::default() }
    }
}

/// Without meetings: those that lie ahead have not happened.
fn without_meetings(company: &Company) -> Company {
    let mut company = company.clone();
    for told in &mut company.told {
        if matches!(told.kind, Kind::TouchMeetingHeld(_)) {
            told.kind = Kind::TouchVisitRecorded(v1::TouchVisitRecorded { place: 1, ..Default::default() });
            told.corrected = None;
        }
        if let Some((_, Some((_, kind)))) = &mut told.corrected
            && matches!(kind, Kind::TouchMeetingHeld(_))
        {
            *kind = told.kind.clone();
        }
    }
    company
}

proptest! {
    #[test]
    fn what_is_to_be_done_is_what_walking_through_everything_finds(company in busy(), request in requests()) {
        assert_same::<Today>(&asked(&company, &request), &today_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in busy(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn everybody_has_what_each_has_and_what_nobody_has(company in busy(), days in prop::sample::select(vec![0, 90])) {
        let all = v1::TodayRequest { days, ..Default::default() };
        let rows = asked(&company, &all).rows;
        for actor in ["ilze", "anna", "jonas"] {
            let own = asked(&company, &v1::TodayRequest { actor: actor.to_owned(), ..all.clone() });
            let of_all: Vec<_> = rows.iter().filter(|row| row.owner == actor).cloned().collect();
            prop_assert_eq!(own.rows.len() as u64 + own.of_others, rows.len() as u64);
            prop_assert_eq!(own.rows, of_all);
        }
    }

    #[test]
    fn every_figure_lists_as_many_things_as_it_counts(company in busy(), request in requests()) {
        assert_figures_list_what_they_count::<Today>(&without_meetings(&company), &request);
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in busy(), request in requests()) {
        let answer = company.ask::<Today>(&request, None, 0).unwrap().response;
        assert_page_is_whole::<Today>(&Today::page(&request, &answer), &answer);
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in busy(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = company.ask::<Today>(&request, None, 0).unwrap().response.rows;
        let request = v1::TodayRequest { page_size, ..request };
        assert_pages_are_the_whole::<Today, _>(
            (&company, &request),
            (page_size, &whole),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| assert!(is_first || page.counts.is_empty()),
        );
    }
}

#[test]
fn a_meeting_that_lies_ahead_is_listed_by_its_event() {
    use crate::support::company::Told;
    let meeting = Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: 1, ..Default::default() });
    let told = vec![Told::at(50, 1, meeting)];
    let as_of = rapport_views::answers::AsOf {
        occurred_until: hours(24),
        recorded_until: rapport_model::Timestamp::MAX,
    };
    let company = Company { told, as_of, seed: 3 };
    let objects =
        company.ask::<Today>(&v1::TodayRequest::default(), Some("meeting/ahead"), 0).unwrap().objects;
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].positions, [1]);
    assert!(proto(hours(50)).is_some());
}
