//! Scores against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use crate::support::{
    checks::{assert_page_is_whole, assert_pages_are_the_whole, json_of},
    company::Company,
    figures,
    scores_oracle::{self, asked},
    scores_world::{BY, requests, responding},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::{
    model::{Model as _, Satisfaction, Scores},
    page::Shown,
};
use serde_json::Value;

/// Equal but for the last digits of floating-point numbers.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-6 * b.abs().max(1.0)
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            keys.into_iter().all(|key| matches!((a.get(key), b.get(key)), (Some(a), Some(b)) if close(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn scores_are_what_asking_every_response_gives(company in responding(), request in requests()) {
        let mut answer = asked(&company, &request);
        for spread in answer.spreads.iter_mut().filter(|spread| spread.groups != 2) {
            prop_assert_eq!(spread.p.is_some(), spread.f.is_some());
            spread.p = None;
        }
        let [answer, expected] = [answer, scores_oracle::answer(&company, &request)]
            .map(|one| without_names(json_of::<Scores>(&one)));
        prop_assert!(close(&answer, &expected), "{:#}\nexpected\n{:#}", answer, expected);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in responding(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in responding(), request in requests()) {
        prop_assert_eq!(asked(&company, &request), asked(&company.without_merges(), &request));
    }

    /// What scores say of the latest responses, satisfaction says too.
    #[test]
    fn the_latest_responses_score_as_satisfaction_says(company in responding(), request in requests()) {
        let request = v1::ScoresRequest { responses: 2, by: Vec::new(), ..request };
        let scores = asked(&company, &request);
        let other = v1::SatisfactionRequest {
            instrument: request.instrument,
            survey_id: request.survey_id,
            question: request.question,
            wave: request.wave,
            period_from: request.period_from,
            period_to: request.period_to,
            ..v1::SatisfactionRequest::default()
        };
        let satisfaction = company.ask::<Satisfaction>(&other, None, 0).unwrap().response;
        prop_assert_eq!(scores.answers_off_scale, satisfaction.answers_off_scale);
        prop_assert_eq!(scores.totals.len(), satisfaction.scores.len());
        for (total, score) in scores.totals.iter().zip(&satisfaction.scores) {
            let of = total.of.clone().unwrap();
            let counts = |figures: [&Option<v1::Figure>; 1]| figures.map(|figure| figure.as_ref().unwrap().count);
            prop_assert_eq!(counts([&of.answers]), counts([&score.answers]));
            prop_assert_eq!((of.score, of.score_low, of.score_high), (score.score, score.low, score.high));
            prop_assert_eq!((&total.instrument, &total.question), (&score.instrument, &score.question));
            prop_assert_eq!(of.expectation_met.unwrap().share, score.expectation_met);
            if score.instrument == "nps" || score.instrument == "csat" {
                let negative = of.negative.unwrap().answers;
                prop_assert_eq!(counts([&negative]), counts([&score.negative]));
            }
        }
    }

    #[test]
    fn groups_that_do_not_overlap_add_up_to_the_whole(company in responding(), request in requests()) {
        let answer = asked(&company, &request);
        for total in answer.totals.iter().filter(|total| !request.by.is_empty() && total.in_several_groups.as_ref().unwrap().count == 0) {
            let rows = answer.rows.iter().filter(|row| (&row.instrument, &row.question) == (&total.instrument, &total.question));
            let counts = |of: &v1::ScoreMeasures| {
                let points = of.distribution.iter().map(|point| point.answers.as_ref().unwrap().count);
                let negative = of.negative.as_ref().unwrap().answers.as_ref().unwrap().count;
                let mut all = vec![of.answers.as_ref().unwrap().count, negative];
                all.extend(points);
                all
            };
            let mut sums = vec![0; counts(total.of.as_ref().unwrap()).len()];
            for row in rows {
                sums.iter_mut().zip(counts(row.of.as_ref().unwrap())).for_each(|(sum, one)| *sum += one);
            }
            prop_assert_eq!(sums, counts(total.of.as_ref().unwrap()));
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in responding(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ScoresRequest { page_size, ..request };
        assert_pages_are_the_whole::<Scores, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in responding(), request in requests()) {
        let answer = asked(&company, &request);
        let mut page = Scores::page(&request, &answer);
        // A table of two groupings has columns of its own, one a group.
        let (matrices, others): (Vec<_>, Vec<_>) =
            page.grids.into_iter().partition(|grid| grid.key.starts_with("matrix"));
        for grid in &matrices {
            prop_assert_eq!(grid.shown, Shown::Readers);
            for row in &grid.rows {
                let suits = grid.columns.iter().zip(&row.cells).all(|(column, cell)| column.unit.suits(&cell.value));
                prop_assert!(suits && row.cells.len() == grid.columns.len());
            }
        }
        page.grids = others;
        assert_page_is_whole::<Scores>(&page, &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    /// A figure of responses names a customer once for each of them.
    #[test]
    fn every_figure_lists_as_many_responses_as_it_counts(company in responding(), request in requests()) {
        let happened: BTreeSet<u64> = company.happened().iter().map(|one| one.position).collect();
        let mut names = BTreeSet::new();
        let answer = json_of::<Scores>(&asked(&company, &request));
        for (figure, count) in figures(&answer).into_iter().filter(|(_, count)| *count > 0) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = company.ask::<Scores>(&request, Some(&figure), 1).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            prop_assert!(objects.is_sorted_by_key(|hit| hit.positions.clone()));
            for hit in objects {
                prop_assert!(hit.positions.iter().all(|position| happened.contains(position)), "{}", figure);
                prop_assert!(!hit.positions.is_empty() && (hit.positions.len() == 1 || figure.ends_with("/customers")));
            }
        }
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        let company = responding().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let mut add = |what: &str, is_so: bool| {
            found.extend(is_so.then(|| what.to_owned()));
        };
        for total in &answer.totals {
            let of = total.of.as_ref().unwrap();
            add(&total.instrument, true);
            add("low is better", total.better == "low");
            add("several", total.in_several_groups.as_ref().unwrap().count > 0);
            add("tenths", of.distribution.iter().any(|point| point.to > point.from));
            add("nobody", of.answers_without_customer.as_ref().unwrap().count > 0);
            add("rolling", total.rolling.len() > 3);
        }
        add("off scale", answer.answers_off_scale > 0);
        add("spread", answer.spreads.iter().any(|spread| spread.p.is_some()));
        add("no spread", answer.spreads.iter().any(|spread| spread.eta_squared.is_none()));
        add("rolling of a group", answer.rows.iter().any(|row| row.rolling.len() > 3));
        for by in &request.by {
            add(by, answer.rows.len() > 2);
        }
        add("matrix", Scores::page(&request, &answer).grids.iter().any(|grid| grid.key == "matrix_n"));
    }
    let others = [
        "nps",
        "csat",
        "ces",
        "custom",
        "low is better",
        "several",
        "tenths",
        "nobody",
        "rolling",
        "off scale",
        "spread",
        "no spread",
        "rolling of a group",
        "matrix",
    ];
    for wanted in others.into_iter().chain(BY) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
