//! The answer.

use std::collections::BTreeMap;

use rapport_proto::{time, v1};

use super::{
    adherence::adherence,
    between::between,
    cases::{Case, Cases},
    measured::median,
    params::PathsParams,
    quickest::quickest,
    steps::{moves, steps, thing},
};
use crate::{
    answers::AskError,
    model::{figures::Figures, said::Responses, sums::ratio},
    rows::{Symbol, Symbols},
    stats::as_f64,
};

/// With everything on the first page, and with the variants behind those that are skipped.
pub(super) fn of(
    params: &PathsParams,
    (cases, responses): (&Cases, &Responses),
    skip: usize,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Result<v1::PathsResponse, AskError> {
    let until = params.as_of.bounded().occurred_until;
    let mut response = v1::PathsResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(params.as_of.to_proto()),
            definitions: cases.definition.used.clone(),
            definitions_unreadable: cases.definition.unreadable.clone(),
            ..v1::ViewMeta::default()
        }),
        period_from: Some(time::to_proto(params.window.from)),
        period_to: Some(time::to_proto(params.window.to)),
        code: cases.code.clone(),
        codes: cases.codes.clone(),
        last_began: cases.last_began.map(time::to_proto),
        ..v1::PathsResponse::default()
    };
    let variants = variants(cases);
    // Figures are counted on every page.
    let total = total(cases, &variants, figures);
    let (steps, mut moves) = (steps(cases, until, figures), moves(cases, figures));
    let asked = params.between.as_ref();
    let between = asked.map(|(from, to)| between(cases, (from, to), until, figures)).transpose()?;
    let adherence = adherence(cases, params, (symbols, responses), figures);
    let quickest = quickest(cases, params.of, figures);
    if skip == 0 {
        response.moves_left_out = moves.len().saturating_sub(params.page_size) as u64;
        moves.truncate(params.page_size);
        (response.total, response.steps, response.moves) = (Some(total), steps, moves);
        (response.between, response.adherence, response.quickest) = (between, adherence, quickest);
    }
    put_variants(&mut response, cases, &variants, (skip, params.page_size), figures);
    Ok(response)
}

/// Those of most cases first, equal ones in the order of their steps' names.
fn variants(cases: &Cases) -> Vec<(Vec<&str>, Vec<&Case>)> {
    let mut by_steps: BTreeMap<Vec<&str>, Vec<&Case>> = BTreeMap::new();
    let mut by_numbers: hashbrown::HashMap<Vec<Symbol>, Vec<&Case>> = hashbrown::HashMap::new();
    for case in &cases.all {
        let numbers: Vec<Symbol> = case.steps.iter().map(|taken| taken.step).collect();
        by_numbers.entry(numbers).or_default().push(case);
    }
    for (numbers, of) in by_numbers {
        by_steps.insert(numbers.iter().map(|step| cases.names.text(*step)).collect(), of);
    }
    let mut variants: Vec<_> = by_steps.into_iter().collect();
    variants.sort_by_key(|(_, of)| std::cmp::Reverse(of.len()));
    variants
}

fn total(cases: &Cases, variants: &[(Vec<&str>, Vec<&Case>)], figures: &mut Figures) -> v1::PathsTotal {
    let n = cases.all.len();
    let closed: Vec<&Case> = cases.all.iter().filter(|case| case.is_closed()).collect();
    let squares =
        variants.iter().filter_map(|(_, of)| ratio(of.len() as i128, n as i128)).map(|one| one * one);
    let taken: usize = cases.all.iter().map(|case| case.steps.len()).sum();
    v1::PathsTotal {
        cases: figures.count(&["cases"], cases.all.iter().map(|case| thing(cases, case))),
        variants: variants.len() as u64,
        // Of one variant alone the sum is 1, and rounding could leave something below 0.
        variation: (n > 0).then(|| (1.0 - squares.sum::<f64>()).max(0.0)),
        mean_steps: (n > 0).then(|| as_f64(taken as i128) / as_f64(n as i128)),
        median: median(closed.iter().map(|case| case.lasted())),
        closed: figures.count(&["closed"], closed.iter().map(|case| thing(cases, case))),
    }
}

fn put_variants(
    response: &mut v1::PathsResponse,
    cases: &Cases,
    variants: &[(Vec<&str>, Vec<&Case>)],
    (skip, page_size): (usize, usize),
    figures: &mut Figures,
) {
    let n = cases.all.len() as i128;
    let mut before = 0;
    for (nth, (steps, of)) in variants.iter().enumerate() {
        before += of.len();
        let name: Vec<&str> = std::iter::once("variants").chain(steps.iter().copied()).collect();
        let counted = figures.count(&name, of.iter().map(|case| thing(cases, case)));
        if nth < skip || response.rows.len() >= page_size {
            continue;
        }
        response.rows.push(v1::PathVariant {
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
            cases: counted,
            share: ratio(of.len() as i128, n),
            cumulative: ratio(before as i128, n),
            median: median(of.iter().map(|case| case.lasted())),
        });
    }
    response.rows_left_out = (variants.len().saturating_sub(skip) - response.rows.len()) as u64;
}
