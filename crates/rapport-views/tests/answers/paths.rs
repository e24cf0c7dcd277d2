//! Paths of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::company::{BEFORE, Company, Told, definition, hours};
use rapport_model::Timestamp;
use rapport_proto::v1::{
    self,
    document_state_changed::State,
    paths_request::{Of, Outcome},
    payload::Kind,
    process_step_recorded::Status,
};
use rapport_views::{
    answers::{AsOf, AskError},
    model::Paths,
};

const DAY: i64 = 24;

/// As of a hundred days after the first of 2025.
fn company(told: Vec<Told>) -> Company {
    Company {
        told,
        as_of: AsOf { occurred_until: hours(100 * DAY), recorded_until: Timestamp::MAX },
        seed: 5,
    }
}

fn stage(at: i64, ticket: &str, to: &str) -> Told {
    let (ticket_id, to) = (ticket.to_owned(), to.to_owned());
    Told::at(at, 1, Kind::TicketStageChanged(v1::TicketStageChanged { ticket_id, to, ..Default::default() }))
}

fn resolved(at: i64, ticket: &str) -> Told {
    let ticket_id = ticket.to_owned();
    Told::at(at, 1, Kind::TicketResolved(v1::TicketResolved { ticket_id, ..Default::default() }))
}

fn of(of: Of) -> v1::PathsRequest {
    v1::PathsRequest { of: of.into(), ..Default::default() }
}

fn answer(company: &Company, request: &v1::PathsRequest) -> v1::PathsResponse {
    company.ask::<Paths>(request, None, 0).unwrap().response
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn hours_of(length: &Option<prost_types::Duration>) -> Option<i64> {
    length.as_ref().map(|length| length.seconds / 3_600)
}

fn tickets() -> Company {
    company(vec![
        stage(0, "a", "new"),
        stage(10, "a", "work"),
        stage(30, "a", "done"),
        resolved(30, "a"),
        // Comes afterwards and does not open it again.
        stage(40, "a", "filed"),
        stage(5, "b", "new"),
        stage(6, "b", "work"),
        stage(8, "b", "work"),
        stage(9, "c", "new"),
        stage(19, "c", "work"),
        stage(21, "c", "done"),
        resolved(21, "c"),
        stage(23, "c", "filed"),
    ])
}

#[test]
fn a_variant_is_a_sequence_of_stages_and_variation_is_simpsons() {
    let answer = answer(&tickets(), &of(Of::Tickets));
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.steps.join(" "), n(&row.cases), row.share.unwrap())).collect();
    let third = 1.0 / 3.0;
    assert_eq!(
        rows,
        [("new work done filed".to_owned(), 2, 2.0 * third), ("new work work".to_owned(), 1, third)]
    );
    let total = answer.total.unwrap();
    assert_eq!((n(&total.cases), n(&total.closed), total.variants), (3, 2, 2));
    assert!((total.variation.unwrap() - 4.0 / 9.0).abs() < 1e-12);
    // Of 40 and 14 hours the mean, as pm4py has it.
    assert_eq!((total.mean_steps, hours_of(&total.median)), (Some(11.0 / 3.0), Some(27)));
}

#[test]
fn what_rests_is_open_and_what_follows_is_counted_with_its_time() {
    let answer = answer(&tickets(), &of(Of::Tickets));
    let work = answer.steps.iter().find(|step| step.step == "work").unwrap();
    assert_eq!((n(&work.cases), work.times, work.first, n(&work.resting)), (3, 4, 0, 1));
    assert_eq!(hours_of(&work.longest), Some(100 * DAY - 8));
    let filed = answer.steps.iter().find(|step| step.step == "filed").unwrap();
    assert_eq!(n(&filed.resting), 0, "resolved tickets rest nowhere");
    let moves: Vec<_> = answer
        .moves
        .iter()
        .map(|one| {
            (one.from.as_str(), one.to.as_str(), one.times, hours_of(&one.median), hours_of(&one.mean))
        })
        .collect();
    assert_eq!(
        moves,
        [
            ("new", "work", 3, Some(10), Some(7)),
            ("done", "filed", 2, Some(6), Some(6)),
            ("work", "done", 2, Some(11), Some(11)),
            ("work", "work", 1, Some(2), Some(2)),
        ]
    );
}

#[test]
fn an_opening_dated_after_the_solution_opens_nothing_again_and_a_second_one_does() {
    let opened = |at, ticket: &str| {
        let ticket_id = ticket.to_owned();
        Told::at(at, 1, Kind::TicketOpened(v1::TicketOpened { ticket_id, ..Default::default() }))
    };
    let told = vec![
        resolved(10, "late"),
        opened(11, "late"),
        opened(9, "twice"),
        resolved(10, "twice"),
        opened(11, "twice"),
    ];
    let answer = answer(&company(told), &of(Of::Tickets));
    let total = answer.total.unwrap();
    assert_eq!((n(&total.cases), n(&total.closed)), (2, 1));
    let resting: Vec<_> = answer.steps.iter().map(|step| (step.step.as_str(), n(&step.resting))).collect();
    assert_eq!(resting, [("opened", 1), ("resolved", 0)]);
}

#[test]
fn from_one_step_to_another_counts_who_waits_and_leaves_out_who_ended_without_it() {
    let mut told = tickets().told;
    told.extend([stage(50, "d", "new"), resolved(60, "d")]);
    let request =
        v1::PathsRequest { from_step: "new".to_owned(), to_step: "done".to_owned(), ..of(Of::Tickets) };
    let between = answer(&company(told), &request).between.unwrap();
    assert_eq!([&between.reached, &between.waiting, &between.never].map(n), [2, 1, 1]);
    // 12 and 30 hours, and one that has waited for longer.
    assert_eq!((hours_of(&between.median), hours_of(&between.mean)), (Some(30), Some(21)));
}

#[test]
fn tickets_without_stages_go_through_what_happens_to_them() {
    let opened = |at, id: &str| {
        Told::at(
            at,
            1,
            Kind::TicketOpened(v1::TicketOpened { ticket_id: id.to_owned(), ..Default::default() }),
        )
    };
    let answer = answer(&company(vec![opened(0, "a"), resolved(3, "a"), opened(1, "b")]), &of(Of::Tickets));
    let rows: Vec<_> = answer.rows.iter().map(|row| row.steps.join(" ")).collect();
    assert_eq!(rows, ["opened", "opened resolved"]);
}

#[test]
fn a_deal_begins_with_its_opening_and_ends_won_or_lost() {
    let deal = |at, kind: fn(String) -> Kind, id: &str| Told::at(at, 1, kind(id.to_owned()));
    let opened: fn(String) -> Kind = |deal_id| {
        Kind::DealOpened(v1::DealOpened { deal_id, stage: "lead".to_owned(), ..Default::default() })
    };
    let moved: fn(String) -> Kind = |deal_id| {
        Kind::DealStageChanged(v1::DealStageChanged { deal_id, to: "offer".to_owned(), ..Default::default() })
    };
    let won: fn(String) -> Kind = |deal_id| Kind::DealWon(v1::DealWon { deal_id, ..Default::default() });
    let lost: fn(String) -> Kind = |deal_id| Kind::DealLost(v1::DealLost { deal_id, ..Default::default() });
    // The first was told of late.
    let company = company(vec![
        deal(9, opened, "a"),
        deal(2, moved, "a"),
        deal(12, won, "a"),
        deal(1, opened, "b"),
        deal(7, lost, "b"),
        deal(3, opened, "c"),
    ]);
    let rows = |outcome: Outcome| {
        let request = v1::PathsRequest { outcome: outcome.into(), ..of(Of::Deals) };
        let rows = answer(&company, &request).rows;
        rows.iter().map(|row| (row.steps.join(" "), hours_of(&row.median).unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(rows(Outcome::Won), [("lead offer won".to_owned(), 10)]);
    assert_eq!(rows(Outcome::Lost), [("lead lost".to_owned(), 6)]);
    assert_eq!(rows(Outcome::Open), [("lead".to_owned(), 0)]);
    assert_eq!(rows(Outcome::Closed).len(), 2);
}

#[test]
fn documents_rest_where_they_are_stuck() {
    let state = |at, id: &str, to: State| {
        let document_id = id.to_owned();
        let kind = "offer".to_owned();
        let changed = v1::DocumentStateChanged { document_id, to: to.into(), kind, ..Default::default() };
        Told::at(at, 1, Kind::DocumentStateChanged(changed))
    };
    let company = company(vec![
        state(0, "a", State::Draft),
        state(2, "a", State::Sent),
        state(9, "a", State::Signed),
        state(5, "b", State::Draft),
        state(6, "b", State::Review),
        state(7, "b", State::Draft),
    ]);
    let answer = answer(&company, &of(Of::Documents));
    let resting: Vec<_> =
        answer.steps.iter().filter(|step| n(&step.resting) > 0).map(|step| step.step.as_str()).collect();
    assert_eq!((resting, answer.codes.as_slice()), (vec!["draft"], ["offer".to_owned()].as_slice()));
}

fn step(at: i64, object: &str, step: &str, status: Status, due: &str, cause: &str) -> Told {
    let (process, object, step) = ("claim".to_owned(), object.to_owned(), step.to_owned());
    let (due, cause) = (due.to_owned(), cause.to_owned());
    let recorded = v1::ProcessStepRecorded { process, object, step, status: status.into(), due, cause };
    Told::at(at, 1, Kind::ProcessStepRecorded(recorded))
}

const CLAIM: &str = r#"{"steps": [{"code": "hear", "due_within_days": 1}, {"code": "visit", "required": false},
    {"code": "decide", "due_within_minutes": 120}, {"code": "pay"}]}"#;

#[test]
fn a_process_is_followed_as_far_as_its_steps_were_done_in_order_and_on_time() {
    let done = Status::Done;
    let company = company(vec![
        Told::at(BEFORE, 0, definition("process", "claim", 4, CLAIM)),
        // Wholly: what need not be done was not; a decision has no step before it that could be late.
        step(0, "claim:1", "hear", done, "", ""),
        step(500, "claim:1", "decide", done, "", ""),
        step(501, "claim:1", "pay", done, "", ""),
        // Heard, visited, decided after two hours and a bit: late; paid before it decided.
        step(0, "claim:2", "hear", done, "", ""),
        step(10, "claim:2", "visit", done, "", ""),
        step(11, "claim:2", "pay", done, "", ""),
        step(13, "claim:2", "decide", done, "", ""),
        // Left out, for a reason; the payment is late by its own day.
        step(0, "claim:3", "hear", Status::Skipped, "", "ill"),
        step(1, "claim:3", "visit", Status::Deviated, "", "ill"),
        step(3, "claim:3", "decide", done, "", ""),
        step(60 * DAY, "claim:3", "pay", done, "2025-01-20", ""),
        // Nothing was ever done, and hearing was due long ago; what has no date is not due.
        step(2, "claim:4", "visit", done, "", ""),
    ]);
    let answer = answer(&company, &of(Of::Process));
    let of = answer.adherence.unwrap();
    let steps: Vec<_> = of
        .steps
        .iter()
        .map(|step| {
            let states =
                [&step.done, &step.late, &step.out_of_order, &step.deviated, &step.skipped, &step.missing];
            (step.step.as_str(), states.map(n))
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("hear", [2, 0, 0, 0, 1, 1]),
            ("visit", [2, 0, 0, 1, 0, 0]),
            ("decide", [2, 0, 1, 0, 0, 1]),
            ("pay", [2, 1, 0, 0, 0, 0]),
        ]
    );
    assert_eq!(
        (of.due, of.adherence, n(&of.conformant), of.share_conformant),
        (11, Some(6.0 / 11.0), 1, Some(0.25))
    );
    let causes: Vec<_> =
        of.causes.iter().map(|one| (one.cause.as_str(), n(&one.events), one.share)).collect();
    assert_eq!(causes, [("ill", 2, Some(1.0))]);
    assert_eq!(answer.meta.unwrap().definitions[0].version, 4);
}

#[test]
fn minutes_are_those_of_the_calendar_that_the_definition_names() {
    let late_by = |calendar: &str, code: &str, hours: &str| {
        let body = format!(
            r#"{{{calendar}"steps": [{{"code": "hear"}}, {{"code": "decide", "due_within_minutes": 120}}]}}"#
        );
        // The 3rd of January 2025 is a Friday; in Riga these are 16:00 there and 10:30 on Monday.
        let company = company(vec![
            Told::at(BEFORE, 0, definition("process", "claim", 1, &body)),
            Told::at(BEFORE, 0, definition("calendar", code, 2, hours)),
            step(2 * DAY + 14, "claim:1", "hear", Status::Done, "", ""),
            step(5 * DAY + 8, "claim:1", "decide", Status::Done, "", ""),
        ]);
        let answer = answer(&company, &of(Of::Process));
        (n(&answer.adherence.unwrap().steps[1].late), answer.meta.unwrap().definitions.len())
    };
    let late = |calendar: &str, hours: &str| late_by(calendar, "office", hours);
    let office = r#"{"hours": [{"weekdays": ["monday", "friday"], "from": "09:00", "to": "17:00"}]}"#;
    let short = r#"{"hours": [{"weekdays": ["monday", "friday"], "from": "08:00", "to": "16:30"}]}"#;
    assert_eq!(late("", office), (1, 1), "every minute counts");
    assert_eq!(late(r#""calendar": "office", "#, office), (0, 2));
    assert_eq!(late(r#""calendar": "office", "#, short), (1, 2));
    assert_eq!(late(r#""calendar": "elsewhere", "#, short), (0, 1), "the usual hours");
    assert_eq!(
        late_by(r#""calendar": "elsewhere", "#, "default", short),
        (1, 2),
        "those that are published as usual"
    );
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field_and_the_remedy() {
    let company = tickets();
    let refused = |request: v1::PathsRequest| match company.refused::<Paths>(&request) {
        AskError::Field { field, expected } => format!("{field}: {expected}"),
        other => other.to_string(),
    };
    let request = v1::PathsRequest { outcome: Outcome::Won.into(), ..of(Of::Tickets) };
    assert_eq!(refused(request), "outcome: expected an outcome that others than deals have: open or closed");
    let request = v1::PathsRequest { code: "x".to_owned(), ..of(Of::Tickets) };
    assert_eq!(refused(request), "code: expected nothing: tickets have no code, found `x`");
    let request = v1::PathsRequest { code: "x".to_owned(), ..of(Of::Process) };
    assert_eq!(refused(request), "code: expected a process that events name (there is none), found `x`");
    let request = v1::PathsRequest { to_step: "x".to_owned(), ..of(Of::Tickets) };
    assert_eq!(
        refused(request),
        "from_step: expected a step: `to_step` is given, and a time is from one step to another"
    );
    let request =
        v1::PathsRequest { from_step: "new".to_owned(), to_step: "x".to_owned(), ..of(Of::Tickets) };
    assert_eq!(
        refused(request),
        "to_step: expected a step that is taken (`done`, `filed`, `new`, `work`), found `x`"
    );
}
