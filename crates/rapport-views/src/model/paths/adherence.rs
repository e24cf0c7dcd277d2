//! How far the definition of a process is followed.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::{ToSpan as _, tz::TimeZone};
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{
    cases::{Case, Cases, Recorded},
    definition::{DefinedStep, Due, MINUTE},
    params::PathsParams,
    said::satisfaction,
    steps::thing,
};
use crate::{
    calendar,
    model::{
        figures::{Counted, Figures},
        said::Responses,
        sums::ratio,
    },
    rows::{StepStatus, Symbol, Symbols},
};

/// What became of a step of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Became {
    /// In order and on time.
    Done,
    Late,
    OutOfOrder,
    Deviated,
    Skipped,
    Missing,
}

/// The words of figures' names.
const BECAME: [(Became, &str); 6] = [
    (Became::Done, "done"),
    (Became::Late, "late"),
    (Became::OutOfOrder, "out_of_order"),
    (Became::Deviated, "deviated"),
    (Became::Skipped, "skipped"),
    (Became::Missing, "missing"),
];

/// Whether a figure of a step is called so.
pub(super) fn is_figure(word: &str) -> bool {
    BECAME.iter().any(|(_, of)| *of == word)
}

/// None where the process has no definition, or no case.
pub(super) fn adherence(
    cases: &Cases,
    params: &PathsParams,
    (symbols, responses): (&Symbols, &Responses),
    figures: &mut Figures,
) -> Option<v1::Adherence> {
    let defined = &cases.definition.steps;
    if defined.is_empty() || cases.all.is_empty() {
        return None;
    }
    let rule = Rule { cases, params, symbols };
    let mut found: HashMap<(usize, Became), Vec<Counted>> = HashMap::new();
    let (mut due, mut done, mut judged) = (0, 0, Vec::new());
    for case in &cases.all {
        let became = rule.of_case(case);
        let mut of_required = defined.iter().zip(&became).filter(|(step, _)| step.required);
        let counted = of_required.clone().filter(|(_, became)| became.is_some()).count();
        let right = of_required.clone().filter(|(_, became)| **became == Some(Became::Done)).count();
        due += counted as u64;
        done += right as u64;
        if counted > 0 {
            let is_right = of_required.all(|(_, became)| became.is_none_or(|one| one == Became::Done));
            judged.push((case, is_right));
        }
        for (nth, became) in became.into_iter().enumerate() {
            if let Some(became) = became {
                found.entry((nth, became)).or_default().push(thing(cases, case));
            }
        }
    }
    let conformant = judged.iter().filter(|(_, is_right)| *is_right);
    Some(v1::Adherence {
        adherence: ratio(done.into(), due.into()),
        due,
        share_conformant: ratio(conformant.clone().count() as i128, judged.len() as i128),
        conformant: figures.count(&["conformant"], conformant.map(|(case, _)| thing(cases, case))),
        satisfaction: Some(satisfaction(cases, &judged, (responses, &params.zone), figures)),
        steps: of_steps(defined, &found, figures),
        causes: causes(cases, symbols, figures),
    })
}

fn of_steps(
    defined: &[DefinedStep],
    found: &HashMap<(usize, Became), Vec<Counted>>,
    figures: &mut Figures,
) -> Vec<v1::StepAdherence> {
    let of_step = |(nth, step): (usize, &DefinedStep)| {
        let mut figure = |became| {
            let word = BECAME.iter().find(|(one, _)| *one == became).map_or("", |(_, word)| word);
            let counted = found.get(&(nth, became)).map(Vec::as_slice).unwrap_or_default();
            figures.count(&["adherence", &step.code, word], counted.iter().copied())
        };
        v1::StepAdherence {
            done: figure(Became::Done),
            late: figure(Became::Late),
            out_of_order: figure(Became::OutOfOrder),
            deviated: figure(Became::Deviated),
            skipped: figure(Became::Skipped),
            missing: figure(Became::Missing),
            step: step.code.clone(),
            name: step.name.clone(),
            required: step.required,
        }
    };
    defined.iter().enumerate().map(of_step).collect()
}

/// Judges cases.
struct Rule<'a> {
    cases: &'a Cases,
    params: &'a PathsParams,
    symbols: &'a Symbols,
}

impl Rule<'_> {
    /// What became of each step of the definition; none of what is not due yet, and of what need not be done and is not
    /// recorded.
    fn of_case(&self, case: &Case) -> Vec<Option<Became>> {
        let defined = &self.cases.definition.steps;
        let number =
            |step: &DefinedStep| self.cases.names.get(&step.code).filter(|one| *one != Symbol::default());
        let first = |step: &DefinedStep, is: fn(StepStatus) -> bool| {
            let step = number(step)?;
            case.recorded.iter().find(|one| one.step == step && is(one.status))
        };
        let taken = |step: &DefinedStep| {
            first(step, |status| matches!(status, StepStatus::Done | StepStatus::Deviated))
        };
        let until = self.params.as_of.bounded().occurred_until;
        let mut before = Some(case.begins.0);
        let mut all = Vec::with_capacity(defined.len());
        for (nth, step) in defined.iter().enumerate() {
            let later = || defined.iter().skip(nth + 1).filter_map(taken);
            let became = if let Some(done) = first(step, |status| status == StepStatus::Done) {
                let is_late = self.due(step, Some(done), before).is_some_and(|due| done.at.0 >= due);
                Some(if later().any(|other| other.at < done.at) {
                    Became::OutOfOrder
                } else if is_late {
                    Became::Late
                } else {
                    Became::Done
                })
            } else if taken(step).is_some() {
                Some(Became::Deviated)
            } else if let Some(skipped) = first(step, |status| status == StepStatus::Skipped) {
                // What need not be done may be left out.
                Some(Became::Skipped).filter(|_| step.required || skipped.cause != Symbol::default())
            } else {
                let is_due = self.due(step, None, before).is_some_and(|due| until >= due);
                let is_missing = step.required && (is_due || case.is_closed() || later().next().is_some());
                is_missing.then_some(Became::Missing)
            };
            all.push(became);
            before = taken(step).map(|one| one.at.0);
        }
        all
    }

    /// The first moment at which a step is late: as recorded with it, otherwise as the definition says, counted from the
    /// step before.
    fn due(
        &self,
        step: &DefinedStep,
        recorded: Option<&Recorded>,
        before: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let zone = &self.params.zone;
        let said = recorded.map(|one| self.symbols.text(one.due)).filter(|due| !due.is_empty());
        if let Some((_, end)) = said.and_then(|due| calendar::ends_of_day(due, zone)) {
            return Some(end);
        }
        match step.due {
            Due::Never => None,
            Due::Days(days) => end_of_day_after(before?, days, zone),
            Due::Minutes(minutes) => {
                let (before, length) = (before?, i64::from(minutes) * MINUTE);
                let last = match &self.cases.definition.working {
                    Some(working) => working.after(before, length),
                    None => Timestamp::from_micros(before.as_micros().saturating_add(length)),
                };
                Some(Timestamp::from_micros(last.as_micros().saturating_add(1)))
            }
        }
    }
}

fn end_of_day_after(moment: Timestamp, days: u32, zone: &TimeZone) -> Option<Timestamp> {
    let day = calendar::day(moment, zone).checked_add(i64::from(days).days()).ok()?;
    calendar::ends_of_day(&day.to_string(), zone).map(|(_, end)| end)
}

/// Why steps were left out or done otherwise.
fn causes(cases: &Cases, symbols: &Symbols, figures: &mut Figures) -> Vec<v1::DeviationCause> {
    let mut by_cause: BTreeMap<&str, Vec<Counted>> = BTreeMap::new();
    let recorded = cases.all.iter().flat_map(|case| &case.recorded);
    for one in recorded.filter(|one| matches!(one.status, StepStatus::Skipped | StepStatus::Deviated)) {
        by_cause.entry(symbols.text(one.cause)).or_default().push(Counted::event(one.at.1));
    }
    let all: usize = by_cause.values().map(Vec::len).sum();
    let mut by_cause: Vec<_> = by_cause.into_iter().collect();
    by_cause.sort_by_key(|(_, events)| std::cmp::Reverse(events.len()));
    let mut before = 0;
    let cause = |(cause, events): (&str, Vec<Counted>)| {
        before += events.len();
        v1::DeviationCause {
            cause: cause.to_owned(),
            share: ratio(events.len() as i128, all as i128),
            cumulative: ratio(before as i128, all as i128),
            events: figures.count(&["causes", cause], events.into_iter()),
        }
    };
    by_cause.into_iter().map(cause).collect()
}
