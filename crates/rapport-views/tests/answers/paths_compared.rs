//! What paths compare, of small hand-made histories: satisfaction with adherence, and the quickest cases with the others.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::company::{BEFORE, Company, Told, definition, hours};
use rapport_model::Timestamp;
use rapport_proto::v1::{
    self,
    paths_request::{Of, Outcome},
    payload::Kind,
    process_step_recorded::Status,
};
use rapport_views::{
    answers::AsOf,
    model::{Model as _, Paths},
};

const DAY: i64 = 24;
const CLAIM: &str = r#"{"steps": [{"code": "hear"}, {"code": "visit", "name": "Visit", "required": false},
    {"code": "decide"}, {"code": "pay"}]}"#;

/// As of two hundred days after the first of 2025.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: hours(200 * DAY), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 5 }
}

fn answer(company: &Company, of: Of) -> v1::PathsResponse {
    let request = v1::PathsRequest { of: of.into(), ..Default::default() };
    company.ask::<Paths>(&request, None, 0).unwrap().response
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn hours_of(length: &Option<prost_types::Duration>) -> i64 {
    length.as_ref().unwrap().seconds / 3_600
}

fn step(at: i64, customer: u64, step: &str, status: Status) -> Told {
    let (process, object, step) = ("claim".to_owned(), format!("claim:{customer}"), step.to_owned());
    let recorded =
        v1::ProcessStepRecorded { process, object, step, status: status.into(), ..Default::default() };
    Told::at(at, customer, Kind::ProcessStepRecorded(recorded))
}

/// A claim that was heard, decided and paid for, a day between each.
fn followed(at: i64, customer: u64) -> Vec<Told> {
    let done = |(nth, code): (i64, &str)| step(at + nth * DAY, customer, code, Status::Done);
    (0..).zip(["hear", "decide", "pay"]).map(done).collect()
}

/// One whose decision was left out.
fn not_followed(at: i64, customer: u64) -> Vec<Told> {
    let done = |(nth, code): (i64, &str)| step(at + nth * DAY, customer, code, Status::Done);
    (0..).zip(["hear", "pay"]).map(done).collect()
}

/// To CSAT.
fn said(at: i64, customer: u64, value: f64) -> Told {
    let answered = v1::SurveyAnswered { instrument: 2, value: Some(value), ..Default::default() };
    Told::at(at, customer, Kind::SurveyAnswered(answered))
}

fn claims(told: Vec<Vec<Told>>) -> Company {
    let published = Told::at(BEFORE, 0, definition("process", "claim", 1, CLAIM));
    company([vec![published], told.concat()].concat())
}

#[test]
fn customers_whose_cases_followed_the_process_are_compared_with_the_others() {
    let company = claims(vec![
        followed(0, 1),
        followed(0, 2),
        not_followed(0, 3),
        not_followed(0, 4),
        // Said nothing, and too early or too late: on the day before, and 61 days after the last step.
        followed(0, 5),
        not_followed(10 * DAY, 6),
        vec![
            // The latest counts; on the first day, and 60 days after the last one.
            said(0, 1, 1.0),
            said(DAY, 1, 5.0),
            said(62 * DAY, 2, 4.0),
            said(0, 3, 2.0),
            said(61 * DAY, 4, 3.0),
            said(9 * DAY, 6, 1.0),
            said(72 * DAY, 6, 1.0),
        ],
    ]);
    let answer = answer(&company, Of::Process);
    let adherence = answer.adherence.as_ref().unwrap();
    assert_eq!((n(&adherence.conformant), adherence.share_conformant), (3, Some(0.5)));
    let of = adherence.satisfaction.as_ref().unwrap();
    assert_eq!((of.instrument.as_str(), n(&of.wholly), n(&of.otherwise)), ("csat", 2, 2));
    assert_eq!((of.wholly_mean, of.otherwise_mean, of.difference), (Some(4.5), Some(2.5), Some(2.0)));
    // Welch: both errors squared are 0.25, 2 degrees of freedom, t = 4.3027: 2 ± 4.3027 · √0.5.
    assert_eq!(format!("{:.3} {:.3}", of.low.unwrap(), of.high.unwrap()), "-1.042 5.042");
    let listed = company
        .ask::<Paths>(
            &v1::PathsRequest { of: Of::Process.into(), ..Default::default() },
            Some("satisfaction/wholly"),
            0,
        )
        .unwrap()
        .objects;
    // Three steps and the response that counts.
    assert_eq!(listed.iter().map(|one| one.positions.len()).collect::<Vec<_>>(), [4, 4]);
}

#[test]
fn tickets_have_no_process_and_nobody_who_said_anything_of_it() {
    let company = claims(vec![followed(0, 1)]);
    let nobody = answer(&company, Of::Process).adherence.unwrap().satisfaction.unwrap();
    assert_eq!((nobody.instrument.as_str(), n(&nobody.wholly), nobody.wholly_mean), ("", 0, None));
    assert_eq!(answer(&company, Of::Tickets).adherence, None);
}

/// A ticket that goes through stages, so many hours from one to the next, and is resolved.
fn ticket(id: u64, stages: &[&str], hours: i64) -> Vec<Told> {
    let ticket_id = id.to_string();
    let stage = |(nth, to): (i64, &&str)| {
        let (ticket_id, to) = (ticket_id.clone(), (*to).to_owned());
        let changed = v1::TicketStageChanged { ticket_id, to, ..Default::default() };
        Told::at(nth * hours, 1, Kind::TicketStageChanged(changed))
    };
    let resolved = v1::TicketResolved { ticket_id: ticket_id.clone(), ..Default::default() };
    let end = Told::at(50 * DAY, 1, Kind::TicketResolved(resolved));
    (0..).zip(stages).map(stage).chain([end]).collect()
}

#[test]
fn the_quickest_quarter_is_compared_by_variant() {
    let (short, long) = (["new", "done"], ["new", "wait", "done"]);
    let mut told = vec![ticket(1, &short, 1), ticket(2, &short, 2), ticket(3, &short, 3)];
    told.extend((4..9).map(|id| ticket(id, &long, 10)));
    // Without a second step there is no time; what is open has not ended.
    told.push(ticket(9, &["new"], 1));
    let mut open = ticket(10, &short, 1);
    open.pop();
    told.push(open);
    let answer = answer(&company(told.concat()), Of::Tickets);
    let of = answer.quickest.unwrap();
    assert_eq!((n(&of.quick), n(&of.others)), (2, 6));
    assert_eq!([&of.quick_median, &of.quick_longest, &of.others_median].map(hours_of), [1, 2, 20]);
    let rows: Vec<_> = of
        .differences
        .iter()
        .map(|one| {
            let ends = format!("{:.4} {:.4} {:.4}", one.difference, one.low, one.high);
            (one.steps.join(" "), n(&one.quick), n(&one.others), ends)
        })
        .collect();
    // Newcombe, of 2 of 2 against 1 of 6; and the same the other way round.
    assert_eq!(
        rows,
        [
            ("new done".to_owned(), 2, 1, "0.8333 0.0652 0.9699".to_owned()),
            ("new wait done".to_owned(), 0, 5, "-0.8333 -0.9699 -0.0652".to_owned()),
        ]
    );
    assert_eq!(of.differences_left_out, 0);
}

#[test]
fn of_a_process_the_steps_that_are_left_out_are_compared() {
    let visited =
        |customer: u64| [followed(0, customer), vec![step(1, customer, "visit", Status::Done)]].concat();
    let company = claims(vec![
        not_followed(0, 1),
        visited(2),
        visited(3),
        // Done otherwise is done.
        [followed(0, 4), vec![step(1, 4, "visit", Status::Deviated)]].concat(),
    ]);
    let request = v1::PathsRequest { of: Of::Process.into(), ..Default::default() };
    let answer = answer(&company, Of::Process);
    let of = answer.quickest.as_ref().unwrap();
    let rows: Vec<_> = of
        .differences
        .iter()
        .map(|one| (one.left_out.as_str(), n(&one.quick), n(&one.others), one.quick_share, one.others_share))
        .collect();
    assert_eq!(rows, [("visit", 1, 0, 1.0, 0.0), ("decide", 1, 0, 1.0, 0.0)]);
    let page = Paths::page(&request, &answer);
    let shown = page.grids.iter().find(|grid| grid.key == "practice").unwrap();
    assert_eq!((shown.rows[0].cells[0].name.as_str(), shown.rows.len()), ("Visit", 2));
    let quick = |figure| company.ask::<Paths>(&request, Some(figure), 0).unwrap().objects;
    assert_eq!(quick("quickest/quick/left_out/decide"), quick("quickest/quick"));
}

#[test]
fn only_deals_that_are_won_are_examples_and_too_few_are_none() {
    let deal = |id: u64, is_won: bool| {
        let deal_id = id.to_string();
        let stage = "lead".to_owned();
        let opened = v1::DealOpened { deal_id: deal_id.clone(), stage, ..Default::default() };
        let end = if is_won {
            Kind::DealWon(v1::DealWon { deal_id, ..Default::default() })
        } else {
            Kind::DealLost(v1::DealLost { deal_id, ..Default::default() })
        };
        vec![Told::at(0, 1, Kind::DealOpened(opened)), Told::at(if is_won { 9 } else { 1 }, 1, end)]
    };
    let told = |won: u64| -> Vec<Told> { (1..9).flat_map(|id| deal(id, id <= won)).collect() };
    assert_eq!(answer(&company(told(3)), Of::Deals).quickest, None);
    let of = answer(&company(told(4)), Of::Deals).quickest.unwrap();
    // All took as long: nothing tells a quarter of them from the others.
    assert_eq!((n(&of.quick), n(&of.others), of.differences.len(), of.others_median), (4, 0, 0, None));
    let lost = v1::PathsRequest { of: Of::Deals.into(), outcome: Outcome::Lost.into(), ..Default::default() };
    assert_eq!(company(told(4)).ask::<Paths>(&lost, None, 0).unwrap().response.quickest, None);
}
