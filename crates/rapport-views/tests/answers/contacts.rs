//! Contacts of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    self,
    company::{Company, Told, definition, zone},
    contacts_oracle::asked,
};
use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{AskError, Contacts},
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

fn answer(told: Vec<Told>) -> v1::ContactsResponse {
    asked(&company(told), &v1::ContactsRequest::default())
}

/// At noon of a day in UTC.
fn on(date: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    Told::at((noon.as_micros() - begin.as_micros()) / support::HOUR, customer, kind)
}

fn call(date: &str, customer: u64, (direction, outcome): (i32, i32), purpose: &str, minutes: i64) -> Told {
    let duration = (minutes > 0).then_some(prost_types::Duration { seconds: 60 * minutes, nanos: 0 });
    let purpose = purpose.to_owned();
    let call = v1::TouchCallLogged { direction, outcome, duration, purpose, ..Default::default() };
    on(date, customer, Kind::TouchCallLogged(call))
}

fn meeting(date: &str, customer: u64, status: i32) -> Told {
    on(date, customer, Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status, ..Default::default() }))
}

fn ticket(date: &str, customer: u64, tier: &str) -> Told {
    let (ticket_id, tier) = (date.to_owned(), tier.to_owned());
    on(date, customer, Kind::TicketOpened(v1::TicketOpened { ticket_id, tier, ..Default::default() }))
}

fn order(date: &str, customer: u64, cents: i64) -> Told {
    let total = Some(v1::Money { minor_units: cents, currency: "EUR".to_owned() });
    let order_id = date.to_owned();
    on(date, customer, Kind::OrderPlaced(v1::OrderPlaced { order_id, total, ..Default::default() }))
}

/// In Cesis, by Jonas, who is an executive there.
fn by_the_executive(told: Told) -> Told {
    Told { actor: "jonas", branch: "cesis", ..told }
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn part(share: &Option<v1::ContactShare>) -> u64 {
    count(&share.as_ref().unwrap().part)
}

#[test]
fn counts_shares_and_lengths_are_of_the_contacts_of_the_period() {
    let answer = answer(vec![
        call("2025-03-01", 1, (2, 1), "offer", 10),
        call("2025-03-02", 1, (2, 2), "offer", 0),
        call("2025-03-03", 2, (2, 1), "thanks", 5),
        // What a customer asks for is not asked of the customer.
        call("2025-03-04", 2, (1, 1), "offer", 3),
        call("2025-03-05", 0, (1, 1), "", 0),
        // A year earlier, and a plan: neither is a contact of the period.
        call("2024-03-01", 3, (2, 1), "offer", 60),
        meeting("2025-05-01", 3, 1),
        meeting("2025-05-02", 3, 3),
        meeting("2025-05-03", 1, 2),
        meeting("2026-05-03", 1, 1),
    ]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.contacts), part(&total.two_way)), (7, 5));
    // Wilson's interval of 5 of 7.
    let two_way = total.two_way.as_ref().unwrap();
    assert_eq!(format!("{:.3} {:.3}", two_way.low.unwrap(), two_way.high.unwrap()), "0.359 0.918");
    assert_eq!((count(&total.customers), part(&total.reached), count(&total.without_customer)), (3, 2, 1));
    assert_eq!((count(&total.directed), part(&total.outbound)), (5, 3));
    assert_eq!((count(&total.timed), total.duration.unwrap().seconds), (3, 18 * 60));
    assert_eq!((count(&total.asks), count(&total.gives), total.gives_per_ask), (2, 1, Some(0.5)));
    assert_eq!((count(&total.meetings), part(&total.no_shows), count(&answer.ahead)), (2, 1, 1));
    assert_eq!(count(&answer.planned), 1);
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.key.as_str(), count(&row.of.as_ref().unwrap().contacts))).collect();
    assert_eq!(rows, [("call", 5), ("meeting", 2)]);
}

#[test]
fn a_planned_meeting_is_listed_though_it_lies_ahead() {
    let company = company(vec![meeting("2026-05-03", 1, 1)]);
    let listed = company.ask::<Contacts>(&v1::ContactsRequest::default(), Some("ahead"), 0).unwrap().objects;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].kind, listed[0].positions.as_slice()), (ObjectKind::Event, &[1][..]));
}

#[test]
fn departments_and_executives_that_reach_a_customer_are_counted() {
    let answer = answer(vec![
        order("2025-02-01", 1, 90_000),
        order("2025-02-02", 2, 80_000),
        order("2025-02-03", 3, 100),
        call("2025-03-01", 1, (2, 1), "", 0),
        by_the_executive(call("2025-03-02", 1, (2, 1), "", 0)),
        // Nobody answered the executive.
        by_the_executive(call("2025-03-02", 2, (2, 2), "", 0)),
        call("2025-03-03", 2, (2, 1), "", 0),
        Told { branch: "", ..call("2025-03-04", 3, (2, 1), "", 0) },
    ]);
    let coverage: Vec<_> =
        answer.coverage.iter().map(|row| (row.departments, part(&row.customers))).collect();
    assert_eq!(coverage, [(0, 1), (1, 1), (2, 1)]);
    let executives = answer.executives.unwrap();
    let counts = (count(&executives.customers), part(&executives.reached), part(&executives.by_executives));
    assert_eq!(counts, (2, 2, 1));
    // Of class A three calls with two customers, one of them by the executive: half a contact a customer.
    let a = &answer.classes[0];
    let row =
        |of: &v1::ContactRole| (of.role.clone(), count(&of.contacts), count(&of.reached), of.a_customer);
    assert_eq!((a.class.as_str(), count(&a.customers)), ("A", 2));
    assert_eq!(row(a.all.as_ref().unwrap()), (String::new(), 3, 2, Some(1.5)));
    let roles: Vec<_> = a.roles.iter().map(row).collect();
    assert_eq!(roles, [(String::new(), 2, 2, Some(1.0)), ("executive".to_owned(), 1, 1, Some(0.5))]);
    assert_eq!(answer.classes.iter().map(|class| class.class.as_str()).collect::<Vec<_>>(), ["A", "C"]);
}

#[test]
fn silence_is_compared_with_what_is_usual_and_with_what_the_tier_promises() {
    let level = definition("service_level", "gold", 1, r#"{"cadence_days": 60}"#);
    let mut told = vec![on("2024-01-01", 0, level)];
    // Every ten days until 31 March, and then never: 275 days of silence.
    for date in ["2025-03-01", "2025-03-11", "2025-03-21", "2025-03-31"] {
        told.push(call(date, 1, (2, 1), "", 0));
    }
    // Two gaps are not enough to be usual, and 61 days more than is promised.
    for date in ["2025-09-01", "2025-10-01", "2025-10-31"] {
        told.push(call(date, 2, (2, 1), "", 0));
    }
    told.extend([
        ticket("2025-01-02", 2, "gold"),
        ticket("2025-01-03", 3, "gold"),
        ticket("2025-01-03", 4, "gold"),
    ]);
    // The latest ticket that says a tier says another one.
    told.extend([ticket("2025-02-03", 4, "silver"), ticket("2025-02-04", 4, "")]);
    let silence = answer(told).silence.unwrap();
    assert_eq!((count(&silence.met), count(&silence.usual), part(&silence.longer_than_usual)), (2, 1, 1));
    assert_eq!((count(&silence.promised), part(&silence.longer_than_promised)), (2, 2));
}

#[test]
fn strength_halves_in_180_days() {
    let until = parse_moment("2025-12-31", &zone()).unwrap();
    let before = |days: i64| {
        let at = Timestamp::from_micros(until.as_micros() - days * support::DAY);
        let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
        let hours = (at.as_micros() - begin.as_micros()) / support::HOUR;
        Told { hours, ..meeting("2025-01-01", 1, 2) }
    };
    let strength = answer(vec![before(180), before(180), before(360)]).silence.unwrap().median_strength;
    assert!((strength.unwrap() - 1.25).abs() < 0.001, "{strength:?}");
}

#[test]
fn without_contacts_nothing_has_a_share() {
    let empty = answer(Vec::new());
    let total = empty.total.unwrap();
    assert_eq!((total.two_way.unwrap().share, total.gives_per_ask), (None, None));
    assert_eq!(empty.silence.unwrap().median_strength, None);
    assert!(empty.rows.is_empty() && empty.coverage.is_empty());
}

#[test]
fn a_request_that_cannot_be_read_is_refused_with_its_value() {
    let company = company(Vec::new());
    let request = v1::ContactsRequest { by: 99, ..Default::default() };
    let refused = company.refused::<Contacts>(&request);
    assert!(
        matches!(refused, AskError::Answer(AnswerError::UnknownValue { field: "by", value: 99 })),
        "{refused}"
    );
    for (figure, is_one) in [("total/nothing", false), ("rows/call/two_way", true)] {
        let error = company.ask::<Contacts>(&v1::ContactsRequest::default(), Some(figure), 0).unwrap_err();
        assert_eq!(matches!(error, AnswerError::NoSuchFigure { .. }), is_one, "{error}");
    }
}
