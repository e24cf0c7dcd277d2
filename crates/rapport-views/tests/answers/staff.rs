//! Staff of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, definition, event_id, hours, money},
    proto,
    staff_oracle::asked,
};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{answers::AnswerError, model::Staff};

/// As of day 100 of 2025.
fn company(told: Vec<Told>) -> Company {
    let as_of =
        rapport_views::answers::AsOf { occurred_until: hours(24 * 100), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

/// On a day of 2025, of a customer, by somebody.
fn on(day: i64, customer: u64, actor: &'static str, kind: Kind) -> Told {
    Told { actor, ..Told::at(24 * day, customer, kind) }
}

fn opened(day: i64, id: &str, minor_units: i64) -> Told {
    let amount = money(minor_units, "EUR");
    on(
        day,
        1,
        "ilze",
        Kind::DealOpened(v1::DealOpened { deal_id: id.to_owned(), amount, ..Default::default() }),
    )
}

fn won(day: i64, id: &str, actor: &'static str, amount: Option<v1::Money>) -> Told {
    on(day, 1, actor, Kind::DealWon(v1::DealWon { deal_id: id.to_owned(), amount, ..Default::default() }))
}

fn lost(day: i64, id: &str, actor: &'static str) -> Told {
    on(day, 1, actor, Kind::DealLost(v1::DealLost { deal_id: id.to_owned(), ..Default::default() }))
}

fn call(day: i64, of: u64, actor: &'static str, purpose: &str, minutes: Option<i64>) -> Told {
    let duration = minutes.map(|minutes| prost_types::Duration { seconds: 60 * minutes, nanos: 0 });
    let purpose = purpose.to_owned();
    let call = v1::TouchCallLogged { direction: 2, outcome: 1, purpose, duration, ..Default::default() };
    on(day, of, actor, Kind::TouchCallLogged(call))
}

fn order(day: i64, of: u64, id: &str, actor: &'static str) -> Told {
    let total = money(100, "EUR");
    on(
        day,
        of,
        actor,
        Kind::OrderPlaced(v1::OrderPlaced { order_id: id.to_owned(), total, ..Default::default() }),
    )
}

fn ticket(day: i64, actor: &'static str, id: &str, what: u8) -> Told {
    let ticket_id = id.to_owned();
    let kind = match what {
        0 => Kind::TicketOpened(v1::TicketOpened { ticket_id, ..Default::default() }),
        1 => Kind::TicketResolved(v1::TicketResolved { ticket_id, ..Default::default() }),
        _ => Kind::TicketReopened(v1::TicketReopened { ticket_id, ..Default::default() }),
    };
    on(day, 1, actor, kind)
}

fn paid(day: i64, staff: &str, version: u32, evidence: &[&str]) -> Told {
    let accrued = v1::IncentiveAccrued {
        scheme: "new".to_owned(),
        version,
        amount: money(500, "EUR"),
        evidence_event_ids: evidence.iter().map(|id| (*id).to_owned()).collect(),
        staff_id: staff.to_owned(),
        ..Default::default()
    };
    on(day, 0, "", Kind::IncentiveAccrued(accrued))
}

fn status(day: i64, staff: &str, status: i32) -> Told {
    let staff_id = staff.to_owned();
    on(
        day,
        0,
        "",
        Kind::StaffStatusChanged(v1::StaffStatusChanged { staff_id, status, ..Default::default() }),
    )
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn answer(told: Vec<Told>) -> v1::StaffResponse {
    asked(&company(told), &v1::StaffRequest::default())
}

#[test]
fn deals_are_of_who_closed_them_and_worth_what_they_were_worth_last() {
    let answer = answer(vec![
        opened(1, "a", 100),
        won(10, "a", "ilze", money(300, "EUR")),
        opened(1, "b", 100),
        won(11, "b", "ilze", None),
        opened(1, "c", 100),
        lost(12, "c", "jonas"),
        // Lost and then won: it was won once, by who won it.
        opened(1, "d", 40),
        lost(13, "d", "ilze"),
        won(14, "d", "jonas", None),
        // Nobody says who.
        opened(1, "e", 40),
        won(15, "e", "", None),
        // Open again.
        opened(1, "f", 40),
        won(15, "f", "ilze", None),
        on(
            16,
            1,
            "ilze",
            Kind::DealStageChanged(v1::DealStageChanged {
                deal_id: "f".into(),
                to: "x".into(),
                ..Default::default()
            }),
        ),
    ]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.won), count(&total.lost), total.win_rate), (3, 1, Some(0.75)));
    // Wilson's interval of 3 of 4.
    let ends = (total.win_rate_low.unwrap(), total.win_rate_high.unwrap());
    assert_eq!(format!("{:.4} {:.4}", ends.0, ends.1), "0.3006 0.9544");
    assert_eq!(total.won_values[0].amount.as_ref().unwrap().minor_units, Some(440));
    assert_eq!(count(&answer.left_out.unwrap().deals), 1);
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| {
            let of = row.of.as_ref().unwrap();
            (row.key.as_str(), count(&of.won), count(&of.lost))
        })
        .collect();
    assert_eq!(rows, [("ilze", 2, 0), ("jonas", 1, 1)]);
}

#[test]
fn time_is_split_by_purpose_and_by_who_had_bought() {
    let answer = answer(vec![
        call(10, 1, "ilze", "Sales", Some(30)),
        order(20, 1, "o", "ilze"),
        call(21, 1, "ilze", "complaint", Some(10)),
        call(22, 2, "ilze", "survey", Some(20)),
        call(23, 0, "ilze", "", None),
        Told { branch: "cesis", ..call(24, 2, "jonas", "demo", Some(60)) },
        // A machine.
        call(25, 2, "", "demo", Some(60)),
    ]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.contacts), count(&total.by_executives)), (5, 1));
    assert_eq!((count(&total.with_duration), count(&total.without_duration)), (4, 1));
    assert_eq!(total.time.unwrap().seconds, 120 * 60);
    let parts = |all: &[v1::StaffTime]| {
        let part =
            |one: &v1::StaffTime| (count(&one.contacts), one.time.unwrap().seconds / 60, one.share.unwrap());
        all.iter().map(part).collect::<Vec<_>>()
    };
    assert_eq!(parts(&total.by_purpose), [(2, 90, 0.75), (1, 10, 10.0 / 120.0), (2, 20, 20.0 / 120.0)]);
    assert_eq!(parts(&total.by_customer), [(3, 110, 110.0 / 120.0), (1, 10, 10.0 / 120.0), (1, 0, 0.0)]);
    assert_eq!((count(&total.orders), count(&answer.left_out.unwrap().contacts)), (1, 1));
}

#[test]
fn a_ticket_is_of_who_resolved_it_last_and_for_good() {
    let answer = answer(vec![
        ticket(1, "ilze", "a", 0),
        ticket(2, "ilze", "a", 1),
        ticket(3, "ilze", "a", 2),
        ticket(4, "jonas", "a", 1),
        ticket(1, "ilze", "b", 0),
        ticket(2, "ilze", "b", 1),
        ticket(3, "ilze", "b", 2),
    ]);
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (&*row.key, count(&row.of.as_ref().unwrap().tickets_resolved)))
        .collect();
    assert_eq!(rows, [("jonas", 1)]);
}

#[test]
fn a_ticket_whose_first_opening_is_dated_after_its_solution_is_resolved() {
    let answer = answer(vec![
        ticket(2, "ilze", "late", 1),
        ticket(3, "jonas", "late", 0),
        ticket(2, "ilze", "twice", 1),
        ticket(3, "jonas", "twice", 0),
        ticket(4, "jonas", "twice", 0),
    ]);
    let total = answer.total.unwrap();
    assert_eq!(count(&total.tickets_resolved), 1);
    assert_eq!((answer.rows.len(), &*answer.rows[0].key), (1, "ilze"));
}

#[test]
fn a_payout_is_traced_to_events_that_are_known_and_of_who_earned_it() {
    let told = |ids: &[&str]| {
        vec![
            opened(1, "a", 100),
            won(10, "a", "ilze", None),
            won(11, "b", "jonas", None),
            on(5, 0, "ilze", definition("incentive", "new", 1, r#"{"metric":"revenue","rate":0.02}"#)),
            paid(20, "ilze", 1, ids),
        ]
    };
    let (own, other, unknown) = (event_id(2), event_id(3), event_id(99));
    let states = |ids: &[&str]| {
        let request = v1::StaffRequest { list: 2, ..Default::default() };
        let answer = asked(&company(told(ids)), &request);
        let payouts = answer.payouts.unwrap();
        let payout = answer.rows[0].payout.clone().unwrap();
        assert_eq!(payout.definition, "published");
        let states: Vec<String> = payout.evidence.into_iter().map(|one| one.state).collect();
        (count(&payouts.traced), count(&payouts.in_doubt), count(&payouts.without_evidence), states.join(" "))
    };
    assert_eq!(states(&[&own]), (1, 0, 0, "known".to_owned()));
    assert_eq!(states(&[&own, &other]), (0, 1, 0, "known of_another".to_owned()));
    assert_eq!(states(&[&unknown, "no id"]), (0, 1, 0, "missing missing".to_owned()));
    assert_eq!(states(&[]), (0, 0, 1, String::new()));
}

#[test]
fn schemes_add_up_by_version_and_currency_and_say_whether_they_are_published() {
    let scheme = definition("incentive", "new", 1, r#"{"metric":"revenue","rate":0.02}"#);
    let answer = answer(vec![
        on(5, 0, "ilze", scheme),
        paid(20, "ilze", 1, &[]),
        paid(21, "jonas", 1, &[]),
        paid(22, "jonas", 2, &[]),
        paid(23, "jonas", 0, &[]),
    ]);
    let schemes: Vec<_> = answer
        .schemes
        .iter()
        .map(|one| {
            (
                one.version,
                count(&one.payouts),
                one.amount.as_ref().unwrap().minor_units.unwrap(),
                &*one.definition,
            )
        })
        .collect();
    let expected = [(0, 1, 500, "version_not_said"), (1, 2, 1_000, "published"), (2, 1, 500, "missing")];
    assert_eq!(schemes, expected);
    assert_eq!(count(&answer.payouts.unwrap().undefined), 2);
    let used = answer.meta.unwrap().definitions;
    assert_eq!(used.iter().map(|one| (&*one.code, one.version)).collect::<Vec<_>>(), [("new", 1)]);
}

#[test]
fn turnover_is_leavings_over_the_mean_headcount() {
    let told = vec![
        status(-400, "anna", 1),
        status(-400, "ilze", 1),
        status(-400, "jonas", 1),
        status(-400, "karlis", 1),
        // Half of the period.
        status(50, "karlis", 2),
        status(75, "zane", 1),
        // Never said to have joined, and never to leave: not counted.
        status(80, "peteris", 3),
    ];
    let request = v1::StaffRequest {
        period_from: proto(hours(0)),
        period_to: proto(hours(24 * 100)),
        ..Default::default()
    };
    let turnover = asked(&company(told), &request).turnover.unwrap();
    assert_eq!((count(&turnover.joined), count(&turnover.left)), (1, 1));
    assert_eq!((turnover.headcount_begin, count(&turnover.headcount_end)), (4, 4));
    // 3 whole, a half and a quarter.
    assert_eq!((turnover.headcount_mean, turnover.turnover), (Some(3.75), Some(1.0 / 3.75)));
}

#[test]
fn nothing_says_nothing() {
    let answer = answer(Vec::new());
    let total = answer.total.unwrap();
    assert_eq!((total.win_rate, total.win_rate_low, total.by_purpose[0].share), (None, None, None));
    assert_eq!(answer.turnover.unwrap().turnover, None);
    assert!(answer.rows.is_empty());
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let company = company(vec![call(10, 1, "ilze", "", None)]);
    let refused = |request: v1::StaffRequest, figure: Option<&str>| {
        company.ask::<Staff>(&request, figure, 0).unwrap_err()
    };
    let request = |by, list| v1::StaffRequest { by, list, ..Default::default() };
    assert_eq!(refused(request(9, 0), None), AnswerError::UnknownValue { field: "by", value: 9 });
    assert_eq!(refused(request(0, 9), None), AnswerError::UnknownValue { field: "list", value: 9 });
    for figure in ["total", "total/hours", "rows/ilze/hours", "turnover/rate"] {
        let error = refused(request(0, 0), Some(figure));
        assert_eq!(error, AnswerError::MalformedFigure { figure: figure.to_owned() });
    }
    let error = refused(request(0, 0), Some("rows/jonas/contacts"));
    assert_eq!(error, AnswerError::NoSuchFigure { figure: "rows/jonas/contacts".to_owned() });
}
