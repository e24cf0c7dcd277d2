//! Paths against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    acting::without_merges,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::Company,
    paths_oracle::{self, asked},
    paths_told::{claimed, requests, stepping},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Paths};

proptest! {
    #[test]
    fn paths_are_what_looking_through_all_events_for_each_figure_finds(
        company in stepping(), request in requests(),
    ) {
        if let Some(answer) = asked(&company, &request) {
            assert_same::<Paths>(&answer, &paths_oracle::answer(&company, &request));
        }
    }

    #[test]
    fn what_customers_said_of_claims_is_what_looking_for_each_response_finds(company in claimed()) {
        if let Some(answer) = asked(&company, &of_claims()) {
            assert_same::<Paths>(&answer, &paths_oracle::answer(&company, &of_claims()));
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in stepping(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in stepping(), request in requests()) {
        prop_assert_eq!(asked(&company, &request), asked(&without_merges(&company), &request));
    }

    #[test]
    fn every_case_is_in_one_variant_and_every_step_begins_or_follows(company in stepping(), request in requests()) {
        let Some(answer) = asked(&company, &request) else { return Ok(()) };
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        let total = answer.total.as_ref().unwrap();
        prop_assert_eq!(answer.rows.iter().map(|row| count(&row.cases)).sum::<u64>(), count(&total.cases));
        prop_assert_eq!(answer.rows.len() as u64, total.variants);
        for step in &answer.steps {
            let into = answer.moves.iter().filter(|one| one.to == step.step).map(|one| one.times).sum::<u64>();
            prop_assert_eq!(step.times, step.first + into);
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in stepping(), request in requests(), page_size in 1..4_u32,
    ) {
        let Some(whole) = asked(&company, &request) else { return Ok(()) };
        let request = v1::PathsRequest { page_size, ..request };
        assert_pages_are_the_whole::<Paths, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in stepping(), request in requests()) {
        if let Some(answer) = asked(&company, &request)
            && answer.total.as_ref().is_some_and(|total| total.variants > 0)
        {
            assert_page_is_whole::<Paths>(&Paths::page(&request, &answer), &answer);
        }
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in stepping(), request in requests(),
    ) {
        if asked(&company, &request).is_some() {
            assert_figures_list_what_they_count::<Paths>(&company, &request);
        }
    }
}

fn of_claims() -> v1::PathsRequest {
    v1::PathsRequest { of: 4, code: "claim".to_owned(), ..v1::PathsRequest::default() }
}

/// What of adherence and of the quickest quarter an answer has.
fn compared(answer: &v1::PathsResponse, request: &v1::PathsRequest) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let any = |figure: &Option<v1::Figure>| figure.as_ref().is_some_and(|figure| figure.count > 0);
    let of = answer.adherence.as_ref();
    let said = of.and_then(|of| of.satisfaction.as_ref());
    found.extend(said.filter(|said| said.low.is_some()).map(|said| format!("said {}", said.instrument)));
    for one in answer.quickest.iter().flat_map(|quickest| &quickest.differences) {
        let which = if one.left_out.is_empty() { format!("differs {}", request.of) } else { "lacks".into() };
        found.extend((one.low > 0.0 || one.high < 0.0).then(|| format!("surely {which}")));
        found.insert(which);
    }
    let quickest = answer.quickest.as_ref();
    found
        .extend(quickest.filter(|of| of.differences_left_out > 0).map(|_| "differences left out".to_owned()));
    found.extend(of.filter(|of| any(&of.conformant)).map(|_| "conformant".to_owned()));
    found.extend(of.filter(|of| of.causes.len() > 1).map(|_| "causes".to_owned()));
    let is_defined = answer.meta.as_ref().is_some_and(|meta| !meta.definitions.is_empty());
    found.extend(is_defined.then(|| "definition".to_owned()));
    found
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..2_000 {
        let company = stepping().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let Some(answer) = asked(&company, &request) else {
            found.insert("refused".to_owned());
            continue;
        };
        let any = |figure: &Option<v1::Figure>| figure.as_ref().is_some_and(|figure| figure.count > 0);
        let total = answer.total.as_ref().unwrap();
        if any(&total.closed) {
            found.insert(format!("closed {}", request.of));
        }
        found.extend(answer.steps.iter().any(|step| any(&step.resting)).then(|| "resting".to_owned()));
        found.extend(answer.rows.iter().any(|row| row.steps.len() > 2).then(|| "long".to_owned()));
        if let Some(between) = &answer.between {
            let figures =
                [("reached", &between.reached), ("waiting", &between.waiting), ("never", &between.never)];
            found.extend(
                figures.into_iter().filter(|(_, figure)| any(figure)).map(|(name, _)| name.to_owned()),
            );
        }
        for step in answer.adherence.iter().flat_map(|of| &of.steps) {
            let figures = [
                ("done", &step.done),
                ("late", &step.late),
                ("out of order", &step.out_of_order),
                ("deviated", &step.deviated),
                ("skipped", &step.skipped),
                ("missing", &step.missing),
            ];
            found.extend(
                figures.into_iter().filter(|(_, figure)| any(figure)).map(|(name, _)| name.to_owned()),
            );
        }
        found.extend(compared(&answer, &request));
    }
    let wanted = [
        "refused",
        "closed 0",
        "closed 1",
        "closed 2",
        "closed 3",
        "closed 4",
        "resting",
        "long",
        "reached",
        "waiting",
        "never",
        "done",
        "late",
        "out of order",
        "deviated",
        "skipped",
        "missing",
        "conformant",
        "causes",
        "definition",
        "differs 0",
        "differs 1",
        "differs 2",
    ];
    for wanted in wanted {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}

#[test]
fn customers_say_something_of_claims_on_both_sides() {
    // Guards the property about it.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let answers = (0..300).map(|_| asked(&claimed().new_tree(&mut runner).unwrap().current(), &of_claims()));
    let said: BTreeSet<String> =
        answers.flatten().flat_map(|answer| compared(&answer, &of_claims())).collect();
    assert!(said.contains("said csat") && said.contains("lacks"), "{said:?}");
}
