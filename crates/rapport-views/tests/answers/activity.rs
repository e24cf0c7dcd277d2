//! Activity of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    activity_oracle::asked,
    company::{Company, Told, customer, hours},
    proto,
};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{Activity, AskError, Model as _},
};

/// As of the end of the thousandth day.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: hours(24 * 1_100), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn call(at: i64, customer: u64, outcome: i32) -> Told {
    let call = v1::TouchCallLogged { direction: 1, outcome, ..Default::default() };
    Told::at(at, customer, Kind::TouchCallLogged(call))
}

fn milestone(at: i64) -> Told {
    let note = v1::NoteRecorded { scope: 3, kind: "milestone".to_owned(), ..Default::default() };
    Told::at(at, 0, Kind::NoteRecorded(note))
}

fn shown(at: i64, customer: u64, to: i32) -> Told {
    let (as_of, result_hash) = (proto(hours(at - 1)), "ab".repeat(32));
    let shown = v1::RecordDisclosed { to, as_of, result_hash, ..Default::default() };
    Told::at(at, customer, Kind::RecordDisclosed(shown))
}

/// Everything that was ever told.
fn ever() -> v1::ActivityRequest {
    v1::ActivityRequest { period_from: proto(hours(0)), ..v1::ActivityRequest::default() }
}

fn events(row: &v1::ActivityRow) -> (&str, u64) {
    (row.key.as_str(), row.of.as_ref().unwrap().events.as_ref().unwrap().count)
}

#[test]
fn events_of_the_organisation_itself_are_counted_too() {
    let company = company(vec![call(10, 1, 1), call(20, 1, 2), milestone(30), call(40, 2, 1)]);
    let answer = asked(&company, &ever());
    let rows: Vec<_> = answer.rows.iter().map(events).collect();
    assert_eq!(rows, [("touch.call_logged", 3), ("note.recorded", 1)]);
    let total = answer.total.unwrap();
    assert_eq!((total.events.unwrap().count, total.two_way.unwrap().count), (4, 2));
    assert_eq!((total.first, total.last), (proto(hours(10)), proto(hours(40))));
    let by_customer = asked(&company, &v1::ActivityRequest { by: 6, ..ever() });
    let rows: Vec<_> = by_customer.rows.iter().map(events).collect();
    assert_eq!(rows, [("party:c99", 2), ("", 1), ("party:c98", 1)]);
}

#[test]
fn a_list_has_the_latest_event_first_and_goes_on_page_by_page() {
    let company = company(vec![call(40, 1, 1), milestone(30), call(40, 2, 2)]);
    let request = v1::ActivityRequest { list: true, page_size: 2, ..ever() };
    let positions = |skip| {
        let page = company.ask::<Activity>(&request, None, skip).unwrap().response;
        let rows = page.rows.iter().map(|row| row.event.as_ref().unwrap().position).collect::<Vec<_>>();
        (rows, page.rows_left_out)
    };
    assert_eq!(positions(0), (vec![3, 1], 1));
    assert_eq!(positions(2), (vec![2], 0));
}

#[test]
fn filters_narrow_what_is_counted_and_merged_customers_are_one() {
    let merged = v1::PartyMerged { survivor: customer(1), absorbed: customer(2), ..Default::default() };
    let company = company(vec![
        call(10, 1, 1),
        Told { actor: "jonas", ..call(20, 2, 1) },
        call(30, 3, 1),
        Told::at(40, 1, Kind::PartyMerged(merged)),
    ]);
    let of = |request: v1::ActivityRequest| asked(&company, &request).total.unwrap().events.unwrap().count;
    // Whichever of the two is named.
    assert_eq!(of(v1::ActivityRequest { customers: vec![customer(2)], ..ever() }), 3);
    assert_eq!(of(v1::ActivityRequest { actors: vec!["jonas".into()], ..ever() }), 1);
    assert_eq!(of(v1::ActivityRequest { types: vec!["party.merged".into()], ..ever() }), 1);
    let both = v1::ActivityRequest { actors: vec!["jonas".into()], customers: vec![customer(3)], ..ever() };
    assert_eq!(of(both), 0);
    // A text that no event has lets nothing through.
    assert_eq!(of(v1::ActivityRequest { actors: vec!["nobody".into()], ..ever() }), 0);
}

#[test]
fn a_disclosure_says_to_whom_by_whom_as_of_when_and_which_answer() {
    let company = company(vec![shown(10, 1, 1), shown(20, 2, 3), call(30, 1, 1)]);
    let answer = asked(&company, &ever());
    let recipients: Vec<_> = answer
        .recipients
        .iter()
        .map(|row| (row.to.as_str(), row.disclosures.as_ref().unwrap().count))
        .collect();
    assert_eq!(recipients, [("auditor", 1), ("authority", 1)]);
    let latest = &answer.disclosures[0];
    assert_eq!((latest.position, latest.customer.as_str(), latest.actor.as_str()), (2, "party:c98", "ilze"));
    assert_eq!((latest.answered_as_of, latest.result_hash.len()), (proto(hours(19)), 64));
    let listed = company.ask::<Activity>(&ever(), Some("disclosures/authority"), 0).unwrap().objects;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].kind, listed[0].positions.as_slice()), (ObjectKind::Event, &[2][..]));
}

fn complaint(at: i64, customer: u64) -> Told {
    let opened = v1::TicketOpened { ticket_id: format!("t{at}"), kind: 2, ..Default::default() };
    Told::at(at, customer, Kind::TicketOpened(opened))
}

/// Of one group: before and after, each as a count and a day.
fn around(of: &v1::ActivityMilestone, group: &str) -> [(Option<u64>, Option<f64>); 2] {
    let row = of.around.iter().find(|row| row.group == group).unwrap();
    let count = |figure: &Option<v1::Figure>| figure.as_ref().map(|figure| figure.count);
    [(count(&row.before), row.before_a_day), (count(&row.after), row.after_a_day)]
}

#[test]
fn what_happened_before_and_after_a_milestone_is_counted_in_whole_windows_alone() {
    let day = |days: i64| 24 * days;
    let told = vec![
        call(day(0), 1, 1),
        milestone(day(100)),
        // Ten days before is within; one hour more is not, and neither is what nobody answered.
        call(day(90), 1, 1),
        call(day(90) - 1, 1, 1),
        call(day(95), 1, 2),
        // The moment of the milestone is of the days after, their end is not.
        complaint(day(100), 1),
        complaint(day(109), 2),
        complaint(day(110), 2),
        // T is on the 1,100th day: this one is not over.
        milestone(day(1_095)),
        call(day(1_099), 2, 1),
        // The ledger begins five days before this one.
        milestone(day(5)),
    ];
    let company = company(told);
    let request = v1::ActivityRequest { window_days: 10, ..ever() };
    let answer = asked(&company, &request);
    let whole: Vec<_> =
        answer.milestones.iter().map(|one| (one.position, one.before_is_whole, one.after_is_whole)).collect();
    assert_eq!(whole, [(9, true, false), (2, true, true), (11, false, true)]);
    let of = &answer.milestones[1];
    assert_eq!(around(of, "contacts"), [(Some(1), Some(0.1)), (Some(0), Some(0.0))]);
    for group in ["tickets", "complaints"] {
        assert_eq!(around(of, group), [(Some(0), Some(0.0)), (Some(2), Some(0.2))]);
    }
    assert_eq!(around(&answer.milestones[0], "contacts"), [(Some(0), Some(0.0)), (None, None)]);
    let figure = "milestones/2/after/complaints";
    let listed = company.ask::<Activity>(&request, Some(figure), 0).unwrap().objects;
    let positions: Vec<_> = listed.iter().flat_map(|hit| hit.positions.clone()).collect();
    assert_eq!((positions, listed[0].kind), (vec![6, 7], ObjectKind::Event));
    // Filters of customers hold around milestones, those of types do not; milestones stay.
    let types = vec!["order.placed".to_owned()];
    let of_one = v1::ActivityRequest { customers: vec![customer(2)], types, ..request };
    let answer = asked(&company, &of_one);
    assert_eq!((answer.milestones.len(), around(&answer.milestones[1], "tickets")[1].0), (3, Some(1)));
}

#[test]
fn a_milestone_without_a_whole_side_is_listed_without_counts() {
    let company = company(vec![call(0, 1, 1), milestone(24 * 1_000)]);
    let request = v1::ActivityRequest { window_days: 3_650, ..ever() };
    let answer = asked(&company, &request);
    assert_eq!((answer.milestones.len(), answer.milestones[0].around.len()), (1, 0));
    let page = Activity::page(&request, &answer);
    let grid = page.grids.iter().find(|grid| grid.key == "milestone").unwrap();
    let notes: Vec<_> = grid.notes.iter().map(|note| note.key).collect();
    assert_eq!((grid.rows.len(), notes), (1, vec!["not_known", "not_over"]));
    let refused = company.refused::<Activity>(&v1::ActivityRequest { window_days: 3_651, ..ever() });
    assert!(refused.to_string().contains("3651"), "{refused}");
}

#[test]
fn more_days_than_a_store_can_group_by_are_refused_with_what_to_do() {
    let company = company(vec![call(0, 1, 1), call(24 * 1_050, 1, 1)]);
    let refused = company.refused::<Activity>(&v1::ActivityRequest { by: 3, ..ever() });
    let AskError::Field { field, expected } = &refused else { panic!("{refused}") };
    assert_eq!(*field, "by");
    assert!(expected.contains("found `1051`; give a shorter period, or ask by month"), "{expected}");
    assert_eq!(asked(&company, &v1::ActivityRequest { by: 4, ..ever() }).rows.len(), 2);
    // What is filtered away makes no days.
    let request = v1::ActivityRequest { by: 3, types: vec!["order.placed".into()], ..ever() };
    assert!(asked(&company, &request).rows.is_empty());
}

#[test]
fn a_request_that_cannot_be_read_is_refused_with_its_value() {
    let company = company(Vec::new());
    let refused = company.refused::<Activity>(&v1::ActivityRequest { by: 99, ..Default::default() });
    assert!(
        matches!(refused, AskError::Answer(AnswerError::UnknownValue { field: "by", value: 99 })),
        "{refused}"
    );
    let refused = company
        .refused::<Activity>(&v1::ActivityRequest { customers: vec![String::new()], ..Default::default() });
    assert!(matches!(refused, AskError::Field { field: "customers", .. }), "{refused}");
}
