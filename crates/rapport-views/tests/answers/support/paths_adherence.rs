//! How far a process is followed, by the table of the documentation.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::v1::{self, process_step_recorded::Status};

use super::{
    checks::ratio,
    company::{Company, zone},
    funnel_oracle::count,
    paths_compared::satisfaction,
    paths_oracle::Case,
};

/// The steps of the test's definition, and of the default of a sale: code, required, days.
pub(super) fn defined(code: &str, published: bool) -> Vec<(&'static str, bool, Option<i64>)> {
    match (code, published) {
        ("claim", true) => vec![("inform", true, Some(2)), ("sell", false, None), ("serve", true, None)],
        ("sale", _) => [
            "define_market",
            "build_base",
            "inform",
            "sell",
            "deliver",
            "serve",
            "stay_in_contact",
            "study_satisfaction",
        ]
        .map(|step| (step, true, None))
        .to_vec(),
        _ => Vec::new(),
    }
}

pub(crate) const CLAIM: &str = r#"{"steps": [{"code": "inform", "due_within_days": 2},
    {"code": "sell", "required": false}, {"code": "serve", "name": "Serve"}]}"#;

const STATES: [&str; 6] = ["done", "late", "out_of_order", "deviated", "skipped", "missing"];

/// What became of a step, by the table of the documentation from above.
fn state(
    defined: &[(&'static str, bool, Option<i64>)],
    nth: usize,
    case: &Case,
    until: Timestamp,
) -> Option<&'static str> {
    let (code, required, days) = defined[nth];
    let first = |code: &str, statuses: &[Status]| {
        case.lines.iter().find(|line| line.2 == code && statuses.contains(&line.1)).cloned()
    };
    let taken = |code: &str| {
        let at = case
            .lines
            .iter()
            .position(|line| line.2 == code && [Status::Done, Status::Deviated].contains(&line.1))?;
        Some((at, case.lines[at].0))
    };
    let before = if nth == 0 { Some(case.begins) } else { taken(defined[nth - 1].0).map(|(_, at)| at) };
    let end_of = |day: jiff::civil::Date| -> Timestamp {
        day.tomorrow().unwrap().to_zoned(zone()).unwrap().timestamp().into()
    };
    let by_definition = days.zip(before).map(|(days, before)| {
        let local = jiff::Timestamp::from_microsecond(before.as_micros()).unwrap().to_zoned(zone());
        end_of(local.date() + jiff::Span::new().days(days))
    });
    let later = || defined[nth + 1..].iter().filter_map(|(code, ..)| taken(code));
    if let Some(done) = first(code, &[Status::Done]) {
        let place = case.lines.iter().position(|line| *line == done).unwrap();
        let due = done.3.parse().ok().map(end_of).or(by_definition);
        if later().any(|(other, _)| other < place) {
            return Some("out_of_order");
        }
        return Some(if due.is_some_and(|due| done.0 >= due) { "late" } else { "done" });
    }
    if first(code, &[Status::Deviated]).is_some() {
        return Some("deviated");
    }
    if let Some(skipped) = first(code, &[Status::Skipped]) {
        return (required || !skipped.4.is_empty()).then_some("skipped");
    }
    let is_due = by_definition.is_some_and(|due| until >= due);
    (required && (is_due || case.end != "open" || later().next().is_some())).then_some("missing")
}

pub(super) fn adherence(
    company: &Company,
    (code, published): (&str, bool),
    cases: &BTreeMap<String, Case>,
) -> Option<v1::Adherence> {
    let (defined, until) = (defined(code, published), company.as_of.occurred_until);
    if defined.is_empty() || cases.is_empty() {
        return None;
    }
    let states: Vec<Vec<Option<&str>>> = cases
        .values()
        .map(|case| (0..defined.len()).map(|nth| state(&defined, nth, case, until)).collect())
        .collect();
    let required = |row: &Vec<Option<&'static str>>| -> Vec<&'static str> {
        row.iter().zip(&defined).filter(|(_, step)| step.1).filter_map(|(state, _)| *state).collect()
    };
    let counted: Vec<Vec<&str>> = states.iter().map(required).collect();
    let due: usize = counted.iter().map(Vec::len).sum();
    let done = counted.iter().flatten().filter(|state| **state == "done").count();
    let judged = cases.values().zip(&counted).filter(|(_, row)| !row.is_empty());
    let judged: Vec<(&Case, bool)> =
        judged.map(|(case, row)| (case, row.iter().all(|one| *one == "done"))).collect();
    let (with_due, whole) = (judged.len(), judged.iter().filter(|(_, is_right)| *is_right).count());
    let steps = defined.iter().enumerate().map(|(nth, (step, required, _))| {
        let n = |state: &str| count(states.iter().filter(|row| row[nth] == Some(state)).count());
        let [done, late, out_of_order, deviated, skipped, missing] = STATES.map(n);
        let name = match (code, *step) {
            ("claim", "serve") => "Serve",
            ("sale", step) => NAMES.iter().find(|(one, _)| *one == step).map_or(step, |(_, name)| *name),
            (_, step) => step,
        };
        v1::StepAdherence {
            step: (*step).to_owned(),
            name: name.to_owned(),
            required: *required,
            done,
            late,
            out_of_order,
            deviated,
            skipped,
            missing,
        }
    });
    let lines = cases.values().flat_map(|case| &case.lines);
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines.filter(|line| [Status::Skipped, Status::Deviated].contains(&line.1)) {
        *causes.entry(&line.4).or_default() += 1;
    }
    let all: usize = causes.values().sum();
    let mut causes: Vec<_> = causes.into_iter().map(|(cause, n)| (std::cmp::Reverse(n), cause)).collect();
    causes.sort_unstable();
    let mut before = 0;
    let causes = causes.into_iter().map(|(n, cause)| {
        before += n.0;
        v1::DeviationCause {
            cause: cause.to_owned(),
            events: count(n.0),
            share: ratio(n.0 as i128, all as i128),
            cumulative: ratio(before as i128, all as i128),
        }
    });
    Some(v1::Adherence {
        adherence: ratio(done as i128, due as i128),
        due: due as u64,
        conformant: count(whole),
        share_conformant: ratio(whole as i128, with_due as i128),
        causes: causes.collect(),
        steps: steps.collect(),
        satisfaction: Some(satisfaction(company, &judged)),
    })
}

/// As the default of a sale names its steps.
const NAMES: [(&str, &str); 8] = [
    ("define_market", "Define the market"),
    ("build_base", "Build the base of prospects"),
    ("inform", "Inform"),
    ("sell", "Sell"),
    ("deliver", "Deliver on time"),
    ("serve", "Serve and advise"),
    ("stay_in_contact", "Stay in contact"),
    ("study_satisfaction", "Study satisfaction and new needs"),
];
