//! Steps, and which follows which.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    cases::{Case, Cases, since},
    measured::{mean, median},
};
use crate::{
    model::figures::{Counted, Figures},
    rows::Symbol,
};

/// Of one step.
#[derive(Default)]
struct OfStep<'c> {
    cases: Vec<&'c Case>,
    times: u64,
    first: u64,
    resting: Vec<&'c Case>,
}

/// The steps, that of most cases first.
pub(super) fn steps(cases: &Cases, until: Timestamp, figures: &mut Figures) -> Vec<v1::PathStep> {
    let mut by_step: BTreeMap<&str, OfStep<'_>> = BTreeMap::new();
    for case in &cases.all {
        let mut taken: Vec<Symbol> = case.steps.iter().map(|taken| taken.step).collect();
        for step in &taken {
            by_step.entry(cases.names.text(*step)).or_default().times += 1;
        }
        if let Some(first) = taken.first() {
            by_step.entry(cases.names.text(*first)).or_default().first += 1;
        }
        if let Some(last) = taken.last().filter(|_| !case.is_closed()) {
            by_step.entry(cases.names.text(*last)).or_default().resting.push(case);
        }
        taken.sort_unstable();
        taken.dedup();
        for step in taken {
            by_step.entry(cases.names.text(step)).or_default().cases.push(case);
        }
    }
    let counted = |all: &[&Case]| all.iter().map(|case| thing(cases, case)).collect::<Vec<_>>();
    let mut steps: Vec<v1::PathStep> = by_step
        .into_iter()
        .map(|(step, of)| {
            let rests = of.resting.iter().filter_map(|case| case.steps.last());
            let longest = rests.map(|last| until.as_micros().saturating_sub(last.at.0.as_micros())).max();
            v1::PathStep {
                step: step.to_owned(),
                cases: figures.count(&["steps", step, "cases"], counted(&of.cases).into_iter()),
                times: of.times,
                first: of.first,
                resting: figures.count(&["steps", step, "resting"], counted(&of.resting).into_iter()),
                longest: longest.map(time::duration_to_proto),
            }
        })
        .collect();
    // Equal ones stay in the order of their names.
    steps.sort_by_key(|step| std::cmp::Reverse(step.cases.as_ref().map_or(0, |figure| figure.count)));
    steps
}

/// Of one step right after another.
#[derive(Default)]
struct OfMove<'c> {
    cases: Vec<&'c Case>,
    lengths: Vec<i64>,
}

/// Which step follows which, the most often first.
pub(super) fn moves(cases: &Cases, figures: &mut Figures) -> Vec<v1::PathMove> {
    let mut by_ends: BTreeMap<(&str, &str), OfMove<'_>> = BTreeMap::new();
    for case in &cases.all {
        for pair in case.steps.windows(2) {
            let [before, after] = pair else { continue };
            let ends = (cases.names.text(before.step), cases.names.text(after.step));
            let of = by_ends.entry(ends).or_default();
            of.lengths.push(since(after.at, before.at));
            if of.cases.last().is_none_or(|last| last.object != case.object) {
                of.cases.push(case);
            }
        }
    }
    let mut moves: Vec<v1::PathMove> = by_ends
        .into_iter()
        .map(|((from, to), of)| {
            let counted: Vec<_> = of.cases.iter().map(|case| thing(cases, case)).collect();
            let (sum, times) = (of.lengths.iter().map(|one| i128::from(*one)).sum(), of.lengths.len() as u64);
            v1::PathMove {
                from: from.to_owned(),
                to: to.to_owned(),
                cases: figures.count(&["moves", from, to], counted.into_iter()),
                times,
                median: median(of.lengths.into_iter()),
                mean: mean(sum, times),
            }
        })
        .collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.times));
    moves
}

/// As figures count it.
pub(super) fn thing(cases: &Cases, case: &Case) -> Counted {
    Counted::named(cases.dictionary, case.object)
}
