//! What the quickest quarter of the cases that ended does otherwise than the others.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_proto::v1::{self, paths_request::Of};

use super::{
    cases::{Case, Cases, End},
    measured::median,
    steps::thing,
};
use crate::{
    model::figures::Figures,
    rows::Symbol,
    stats::proportions::{self, Part},
};

/// Fewer have no quarter.
const CASES_MIN: usize = 4;
/// Differences shown at most.
const SHOWN: usize = 10;

/// What occurs in some of the cases.
#[derive(Default)]
struct Practice<'c> {
    /// The end of its figures' names: a variant, or a step that is left out.
    name: Vec<&'c str>,
    quick: Vec<&'c Case>,
    others: Vec<&'c Case>,
}

/// None of fewer than four cases that ended alike and took any time.
pub(super) fn quickest(cases: &Cases, of: Of, figures: &mut Figures) -> Option<v1::QuickestCases> {
    let has_ended = |case: &Case| match of {
        // What is lost may be lost quickly: that is no example.
        Of::Deals => case.end == End::Won,
        Of::Unspecified | Of::Tickets | Of::Documents | Of::Process => case.is_closed(),
    };
    let timed = cases.all.iter().filter(|case| case.steps.len() > 1 && has_ended(case));
    let timed: Vec<&Case> = timed.collect();
    if timed.len() < CASES_MIN {
        return None;
    }
    let mut lengths: Vec<i64> = timed.iter().map(|case| case.lasted()).collect();
    lengths.sort_unstable();
    // By nearest rank; whatever takes as long as the longest of the quarter is in it, too: nothing tells them apart.
    let longest = *lengths.get(lengths.len().div_ceil(4) - 1)?;
    let (quick, others): (Vec<&Case>, Vec<&Case>) =
        timed.into_iter().partition(|case| case.lasted() <= longest);
    let mut practices = match of {
        Of::Process => left_out(cases, &quick, &others),
        Of::Unspecified | Of::Tickets | Of::Deals | Of::Documents => variants(cases, &quick, &others),
    };
    let (n, m) = (quick.len() as u64, others.len() as u64);
    // All have the same denominator; equal ones stay in their order.
    practices.sort_by_key(|one| {
        let [a, b, n, m] = [one.quick.len() as u64, one.others.len() as u64, n, m].map(i128::from);
        Reverse((a * m - b * n).abs())
    });
    let shown = practices.iter().take(SHOWN).filter_map(|one| row(cases, one, (n, m), figures));
    let differences: Vec<v1::PracticeDifference> = shown.collect();
    let left_out = if m == 0 { 0 } else { practices.len() - differences.len() };
    let mut count =
        |what, of: &[&Case]| figures.count(&["quickest", what], of.iter().map(|case| thing(cases, case)));
    Some(v1::QuickestCases {
        quick: count("quick", &quick),
        others: count("others", &others),
        quick_median: median(quick.iter().map(|case| case.lasted())),
        quick_longest: median(std::iter::once(longest)),
        others_median: median(others.iter().map(|case| case.lasted())),
        differences,
        differences_left_out: left_out as u64,
    })
}

/// By the names of the steps, one after the other.
fn variants<'c>(cases: &'c Cases, quick: &[&'c Case], others: &[&'c Case]) -> Vec<Practice<'c>> {
    let mut by_steps: BTreeMap<Vec<&str>, Practice<'c>> = BTreeMap::new();
    let steps = |case: &Case| -> Vec<&'c str> {
        case.steps.iter().map(|taken| cases.names.text(taken.step)).collect()
    };
    for case in quick {
        by_steps.entry(steps(case)).or_default().quick.push(case);
    }
    for case in others {
        by_steps.entry(steps(case)).or_default().others.push(case);
    }
    let named = |(steps, practice): (Vec<&'c str>, Practice<'c>)| Practice {
        name: std::iter::once("variants").chain(steps).collect(),
        ..practice
    };
    by_steps.into_iter().map(named).collect()
}

/// In the order of the definition, the steps that some case neither did nor did otherwise.
fn left_out<'c>(cases: &'c Cases, quick: &[&'c Case], others: &[&'c Case]) -> Vec<Practice<'c>> {
    let of_step = |code: &'c str| {
        let step = cases.names.get(code).filter(|step| *step != Symbol::default());
        let without = |of: &[&'c Case]| -> Vec<&'c Case> {
            let lacks = |case: &&&'c Case| case.steps.iter().all(|taken| Some(taken.step) != step);
            of.iter().filter(lacks).copied().collect()
        };
        Practice { name: vec!["left_out", code], quick: without(quick), others: without(others) }
    };
    let practices = cases.definition.steps.iter().map(|step| of_step(&step.code));
    practices.filter(|one| !one.quick.is_empty() || !one.others.is_empty()).collect()
}

/// None where there are no others.
fn row(
    cases: &Cases,
    practice: &Practice<'_>,
    (n, m): (u64, u64),
    figures: &mut Figures,
) -> Option<v1::PracticeDifference> {
    let (a, b) = (practice.quick.len() as u64, practice.others.len() as u64);
    let difference = proportions::difference((a, n), (b, m))?;
    let (low, high) = difference.interval?;
    let mut count = |what, of: &[&Case]| {
        let name: Vec<&str> = ["quickest", what].into_iter().chain(practice.name.iter().copied()).collect();
        figures.count(&name, of.iter().map(|case| thing(cases, case)))
    };
    let (steps, left_out) = match practice.name.as_slice() {
        ["left_out", code] => (Vec::new(), (*code).to_owned()),
        [_, steps @ ..] => (steps.iter().map(|step| (*step).to_owned()).collect(), String::new()),
        [] => (Vec::new(), String::new()),
    };
    Some(v1::PracticeDifference {
        steps,
        left_out,
        quick: count("quick", &practice.quick),
        quick_share: Part::of(a, n).share?,
        others: count("others", &practice.others),
        others_share: Part::of(b, m).share?,
        difference: difference.value,
        low,
        high,
    })
}
