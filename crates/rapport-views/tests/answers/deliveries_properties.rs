//! Deliveries against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support;
use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
    deliveries_oracle::{self, asked},
    deliveries_world::{delivering, requests},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Deliveries, Model as _};

proptest! {
    #[test]
    fn deliveries_are_what_walking_through_every_order_finds(company in delivering(), request in requests()) {
        assert_same::<Deliveries>(&asked(&company, &request), &deliveries_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in delivering(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in delivering(), request in requests()) {
        let apart = support::acting::without_merges(&company);
        prop_assert_eq!(asked(&company, &request), asked(&apart, &request));
    }

    #[test]
    fn groups_add_up_to_the_total(company in delivering(), request in requests()) {
        let answer = asked(&company, &request);
        let total = answer.total.unwrap();
        if request.by > 0 {
            let of = |count: fn(&v1::DeliveryMeasures) -> &Option<v1::Figure>| {
                let groups = answer.groups.iter().map(|group| count(group.of.as_ref().unwrap()));
                let sum: u64 = groups.map(|figure| figure.as_ref().unwrap().count).sum();
                (sum, count(&total).as_ref().unwrap().count)
            };
            for (sum, whole) in [
                of(|one| &one.orders),
                of(|one| &one.late.as_ref().unwrap().orders),
                of(|one| &one.early),
                of(|one| &one.without_promise),
                of(|one| &one.unknown),
                of(|one| &one.overdue),
            ] {
                prop_assert_eq!(sum, whole);
            }
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in delivering(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::DeliveriesRequest { page_size, ..request };
        assert_pages_are_the_whole::<Deliveries, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in delivering(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Deliveries::page(&request, &answer);
        assert_page_is_whole::<Deliveries>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in delivering(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Deliveries>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        let company = delivering().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Deliveries>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(match parts.as_slice() {
                ["groups" | "reasons", _, _] => parts[0].to_owned(),
                _ => name.clone(),
            });
        }
        let said = answer.satisfaction.unwrap();
        found.extend(said.low.map(|_| format!("difference of {}", said.instrument)));
        found.extend(answer.rows.iter().any(|row| !row.in_full).then(|| "a short row".to_owned()));
        found.extend(answer.rows.iter().any(|row| row.reschedules > 1).then(|| "promised thrice".to_owned()));
    }
    let wanted = "total/orders total/on_time total/on_time_by_last total/in_full total/on_time_in_full \
        total/on_time_in_full_by_last total/requested total/on_time_by_requested total/late total/early \
        total/rescheduled total/with_condition total/damaged total/without_promise total/unknown total/overdue \
        groups reasons milestones/planned milestones/reached milestones/late milestones/overdue \
        milestones/without_plan causes/ causes/material causes/staff causes/customer causes/other \
        satisfaction/late satisfaction/punctual others/orders";
    let others = ["difference of csat", "difference of nps", "a short row", "promised thrice"];
    for wanted in wanted.split_whitespace().chain(others) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
