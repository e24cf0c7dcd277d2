//! What is to be done in small histories, worked out by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use rapport_model::Timestamp;
use rapport_proto::v1::{self, TodayKind, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, AskError},
    model::Today,
};

use crate::support::company::{Company, Told, customer, hours, money};

const DAY: i64 = 24;

/// As of noon of the eleventh of January 2025.
fn company(told: Vec<Told>) -> Company {
    Company {
        told,
        as_of: AsOf { occurred_until: hours(10 * DAY + 10), recorded_until: Timestamp::MAX },
        seed: 5,
    }
}

fn promise(hour: i64, id: &str, due: &str, status: i32) -> Told {
    Told::at(
        hour,
        1,
        Kind::AgreementRecorded(v1::AgreementRecorded {
            agreement_id: id.to_owned(),
            due: due.to_owned(),
            status,
            ..Default::default()
        }),
    )
}

fn owned(object: String, to: &str) -> Told {
    Told::at(1, 1, Kind::OwnerAssigned(v1::OwnerAssigned { object, to: to.to_owned(), ..Default::default() }))
}

fn deal(id: &str, customer: u64, close: &str) -> Told {
    Told::at(
        2,
        customer,
        Kind::DealOpened(v1::DealOpened {
            deal_id: id.to_owned(),
            stage: "offer".to_owned(),
            amount: money(125_000, "EUR"),
            expected_close: close.to_owned(),
            ..Default::default()
        }),
    )
}

fn ask(company: &Company, request: &v1::TodayRequest) -> v1::TodayResponse {
    company.ask::<Today>(request, None, 0).unwrap().response
}

fn objects(answer: &v1::TodayResponse) -> Vec<(&str, Option<i32>, bool)> {
    answer.rows.iter().map(|row| (row.object.as_str(), row.days, row.is_overdue)).collect()
}

#[test]
fn a_promise_is_overdue_once_its_day_is_over_and_goes_when_it_is_kept() {
    let told = vec![
        promise(1, "late", "2025-01-10", 1),
        promise(1, "today", "2025-01-11", 1),
        promise(1, "soon", "2025-01-18", 1),
        promise(1, "later", "2025-01-19", 1),
        promise(1, "whenever", "", 1),
        promise(1, "kept", "2025-01-05", 1),
        promise(2, "kept", "", 2),
    ];
    let answer = ask(&company(told), &v1::TodayRequest::default());
    assert_eq!((answer.today.as_str(), answer.until.as_str()), ("2025-01-11", "2025-01-18"));
    assert_eq!(
        objects(&answer),
        [
            ("agreement:late", Some(-1), true),
            ("agreement:today", Some(0), false),
            ("agreement:soon", Some(7), false),
            ("agreement:whenever", None, false),
        ]
    );
    let [count] = answer.counts.as_slice() else { panic!("{:?}", answer.counts) };
    let counted = [&count.overdue, &count.today, &count.ahead, &count.undated];
    assert_eq!(counted.map(|figure| figure.as_ref().unwrap().count), [1, 1, 1, 1]);
    // What is open with the customer and comes first, whatever the row is about.
    let next: Vec<_> = answer.rows.iter().map(|row| &*row.next_step.as_ref().unwrap().object).collect();
    assert_eq!(next, ["agreement:late"; 4]);
}

#[test]
fn who_owns_the_deal_is_responsible_before_who_owns_the_customer() {
    let told = vec![
        deal("1", 1, "2025-01-12"),
        deal("2", 1, "2025-01-13"),
        deal("3", 2, "2025-01-14"),
        owned(format!("party:{}", customer(1)), "anna"),
        owned("deal:2".to_owned(), "jonas"),
    ];
    let company = company(told);
    let answer = ask(&company, &v1::TodayRequest::default());
    let owners: Vec<_> = answer.rows.iter().map(|row| (&*row.object, &*row.owner)).collect();
    assert_eq!(owners, [("deal:1", "anna"), ("deal:2", "jonas"), ("deal:3", "ilze")]);
    let request = v1::TodayRequest { actor: "jonas".to_owned(), ..Default::default() };
    let own = ask(&company, &request);
    assert_eq!((objects(&own), own.of_others), (vec![("deal:2", Some(2), false)], 2));
    assert_eq!(
        (own.rows[0].amount_minor_units, own.rows[0].why.as_slice()),
        (Some(125_000), &["offer".to_owned()][..])
    );
}

#[test]
fn a_deal_that_was_won_is_to_be_decided_no_more_and_one_that_moves_again_is() {
    let won = |hour| {
        Told::at(hour, 1, Kind::DealWon(v1::DealWon { deal_id: "1".to_owned(), ..Default::default() }))
    };
    let moved = Kind::DealStageChanged(v1::DealStageChanged {
        deal_id: "1".to_owned(),
        to: "talks".to_owned(),
        ..Default::default()
    });
    let request = v1::TodayRequest::default();
    let closed = company(vec![deal("1", 1, "2025-01-02"), won(50)]);
    assert!(ask(&closed, &request).rows.is_empty());
    let again = company(vec![deal("1", 1, "2025-01-02"), won(50), Told::at(60, 1, moved)]);
    assert_eq!(objects(&ask(&again, &request)), [("deal:1", Some(-9), true)]);
}

#[test]
fn a_planned_meeting_is_there_until_it_begins() {
    let planned = |hour| {
        let held = v1::TouchMeetingHeld { status: 1, ..Default::default() };
        Told::at(hour, 1, Kind::TouchMeetingHeld(held))
    };
    let company =
        company(vec![planned(10 * DAY + 9), planned(10 * DAY + 12), planned(12 * DAY), planned(20 * DAY)]);
    let answer = ask(&company, &v1::TodayRequest::default());
    assert_eq!(objects(&answer), [("event:2", Some(0), false), ("event:3", Some(2), false)]);
}

#[test]
fn silent_is_longer_than_twice_the_median_of_three_gaps() {
    let call = |day: i64| {
        let logged = v1::TouchCallLogged { direction: 2, outcome: 1, ..Default::default() };
        Told::at(day * DAY - 1_000 * DAY, 3, Kind::TouchCallLogged(logged))
    };
    // Days 991 to 994 are gaps of one day; today is day 1,010.
    let told: Vec<Told> = [991, 992, 993, 994].map(call).into();
    let answer = ask(&company(told.clone()), &v1::TodayRequest::default());
    assert_eq!(answer.rows.len(), 1);
    let row = &answer.rows[0];
    assert_eq!((row.kind(), row.customer.as_str(), row.number), (TodayKind::Silent, "party:c97", Some(16)));
    let answer = ask(&company(told[1..].to_vec()), &v1::TodayRequest::default());
    assert!(answer.rows.is_empty(), "two gaps are no habit");
}

#[test]
fn a_handover_stays_until_it_is_completed_and_says_how_much_is_acknowledged() {
    let step = |hour, step: i32, item: &str| {
        Told::at(
            hour,
            1,
            Kind::HandoverProgressed(v1::HandoverProgressed {
                handover_id: "7".to_owned(),
                step,
                item: item.to_owned(),
                ..Default::default()
            }),
        )
    };
    let begun = vec![step(1, 1, ""), step(2, 2, "deal:1"), step(3, 2, "deal:1"), step(4, 2, "deal:2")];
    let answer = ask(&company(begun.clone()), &v1::TodayRequest::default());
    assert_eq!((objects(&answer), answer.rows[0].number), (vec![("handover:7", None, false)], Some(2)));
    let done = [begun, vec![step(5, 3, "")]].concat();
    assert!(ask(&company(done), &v1::TodayRequest::default()).rows.is_empty());
}

#[test]
fn days_beyond_a_year_and_kinds_that_do_not_exist_are_refused() {
    let empty = company(Vec::new());
    let refused = empty.refused::<Today>(&v1::TodayRequest { days: 367, ..Default::default() });
    assert!(matches!(refused, AskError::Field { field: "days", .. }), "{refused}");
    let refused = empty.refused::<Today>(&v1::TodayRequest { kinds: vec![0], ..Default::default() });
    assert!(
        matches!(&refused, AskError::Answer(AnswerError::UnknownValue { field: "kinds", value: 0 })),
        "{refused}"
    );
}
