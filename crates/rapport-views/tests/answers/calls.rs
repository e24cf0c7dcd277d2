//! Calls of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    self,
    calls_oracle::asked,
    company::{Company, Told, zone},
};
use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf},
    model::{AskError, Calls},
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

fn answer(told: Vec<Told>, by: i32) -> v1::CallsResponse {
    asked(&company(told), &v1::CallsRequest { by, ..v1::CallsRequest::default() })
}

/// At an hour of a day in Riga.
fn on(moment: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let at = parse_moment(&format!("{moment}:00:00+02:00"), &zone()).unwrap();
    Told::at((at.as_micros() - begin.as_micros()) / support::HOUR, customer, kind)
}

fn call(moment: &str, customer: u64, outcome: i32, seconds: Option<i64>) -> Told {
    let duration = seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 });
    let call = v1::TouchCallLogged { direction: 1, outcome, duration, ..Default::default() };
    on(moment, customer, Kind::TouchCallLogged(call))
}

fn opened(moment: &str, customer: u64, id: &str) -> Told {
    let opened = v1::TicketOpened { ticket_id: id.to_owned(), ..Default::default() };
    on(moment, customer, Kind::TicketOpened(opened))
}

fn resolved(moment: &str, customer: u64, id: &str, first_contact: bool) -> Told {
    let resolved = v1::TicketResolved { ticket_id: id.to_owned(), first_contact, ..Default::default() };
    on(moment, customer, Kind::TicketResolved(resolved))
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn part(share: &Option<v1::ContactShare>) -> u64 {
    count(&share.as_ref().unwrap().part)
}

#[test]
fn shares_are_of_calls_of_which_it_is_said_how_they_went() {
    let answer = answer(
        vec![
            call("2025-02-03T09", 1, 1, Some(60)),
            call("2025-02-03T09", 1, 1, Some(120)),
            call("2025-02-03T09", 2, 2, Some(7)),
            call("2025-02-03T10", 2, 3, None),
            // It is not said how this one went: its length counts as talk.
            call("2025-02-04T10", 0, 0, Some(500)),
            call("2025-02-04T10", 2, 1, Some(300)),
        ],
        1,
    );
    let total = answer.total.unwrap();
    assert_eq!((count(&total.calls), count(&total.said), count(&total.without_customer)), (6, 5, 1));
    assert_eq!((part(&total.reached), part(&total.no_answer), part(&total.hung_up)), (3, 1, 1));
    // Wilson's interval of 3 of 5.
    let reached = total.reached.as_ref().unwrap();
    assert_eq!(format!("{:.3} {:.3}", reached.low.unwrap(), reached.high.unwrap()), "0.231 0.882");
    let seconds = |length: &Option<prost_types::Duration>| length.as_ref().unwrap().seconds;
    assert_eq!((count(&total.timed), seconds(&total.talk_time)), (4, 980));
    assert_eq!((seconds(&total.mean), seconds(&total.median)), (245, 210));
    let hours: Vec<_> =
        answer.rows.iter().map(|row| (row.key.as_str(), part(&row.of.as_ref().unwrap().reached))).collect();
    assert_eq!(hours, [("09", 2), ("10", 1)]);
}

#[test]
fn the_speed_of_answering_is_of_calls_that_were_answered() {
    let rang = |outcome, seconds| {
        let mut told = call("2025-02-03T09", 1, outcome, None);
        let Kind::TouchCallLogged(call) = &mut told.kind else { panic!("a call") };
        call.waited = Some(prost_types::Duration { seconds, nanos: 0 });
        told
    };
    // 10 and 25 s until somebody answered; 90 s in vain, and a call that was hung up, are not in it.
    let told = vec![rang(1, 10), rang(1, 25), rang(2, 90), rang(3, 5), call("2025-02-03T09", 1, 1, None)];
    let total = answer(told, 1).total.unwrap();
    let length = |length: &Option<prost_types::Duration>| {
        let length = length.unwrap();
        (length.seconds, length.nanos)
    };
    assert_eq!(count(&total.waited), 2);
    assert_eq!(
        (length(&total.mean_wait), length(&total.median_wait)),
        ((17, 500_000_000), (17, 500_000_000))
    );
}

#[test]
fn hours_and_days_are_those_of_the_ledgers_zone() {
    // 23:00 UTC of Sunday, 2 February is one o'clock of Monday in Riga; in summer the clock is an hour ahead.
    let winter = call("2025-02-03T01", 1, 1, None);
    let summer = call("2025-07-01T23", 1, 1, None);
    let keys = |by| {
        let rows = answer(vec![winter.clone(), summer.clone()], by).rows;
        rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(1), ["00", "01"]);
    assert_eq!(keys(2), ["1", "3"]);
    assert_eq!(keys(7), ["2025-02-03", "2025-07-02"]);
    assert_eq!(keys(8), ["2025-02", "2025-07"]);
}

#[test]
fn a_call_is_resolved_by_a_ticket_around_it_that_the_first_contact_solved_that_day() {
    let answer = answer(
        vec![
            // An hour before the call, solved in the evening.
            call("2025-02-03T10", 1, 1, None),
            opened("2025-02-03T09", 1, "a"),
            resolved("2025-02-03T20", 1, "a", true),
            // The next day, and not by the first contact: neither is resolved.
            call("2025-02-03T10", 2, 1, None),
            opened("2025-02-03T11", 2, "b"),
            resolved("2025-02-04T10", 2, "b", true),
            call("2025-02-03T10", 3, 1, None),
            opened("2025-02-03T10", 3, "c"),
            resolved("2025-02-03T10", 3, "c", false),
            // Two hours before, of somebody else, and of a call that nobody answered: none has a ticket.
            call("2025-02-03T10", 4, 1, None),
            opened("2025-02-03T08", 4, "d"),
            opened("2025-02-03T10", 5, "e"),
            call("2025-02-03T10", 5, 2, None),
            // Without a customer the moment and the member of staff decide.
            call("2025-02-03T10", 0, 1, None),
            opened("2025-02-03T10", 0, "f"),
            resolved("2025-02-03T10", 0, "f", true),
            call("2025-02-03T12", 0, 1, None),
            opened("2025-02-03T13", 0, "g"),
            Told { actor: "jonas", ..opened("2025-02-03T12", 0, "h") },
        ],
        1,
    );
    let total = answer.total.unwrap();
    assert_eq!((count(&total.with_ticket), part(&total.resolved)), (4, 2));
}

#[test]
fn without_calls_nothing_has_a_share_or_a_length() {
    let total = answer(Vec::new(), 0).total.unwrap();
    assert_eq!((total.reached.unwrap().share, total.mean, total.median), (None, None, None));
}

#[test]
fn a_request_that_cannot_be_read_is_refused_with_its_value() {
    let company = company(Vec::new());
    for (request, field) in [
        (v1::CallsRequest { by: 99, ..Default::default() }, "by"),
        (v1::CallsRequest { direction: 99, ..Default::default() }, "direction"),
    ] {
        let refused = company.refused::<Calls>(&request);
        let is_named = |named: &str, value: i32| named == field && value == 99;
        assert!(
            matches!(&refused, AskError::Answer(AnswerError::UnknownValue { field, value }) if is_named(field, *value)),
            "{refused}"
        );
    }
}
