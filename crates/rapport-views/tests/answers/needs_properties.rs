//! Needs against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Needs};

use crate::support::{
    self,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
    needs_oracle::{self, asked},
    needs_world::{needing, requests},
};

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn needs_are_what_telling_each_from_its_first_event_on_finds(company in needing(), request in requests()) {
        assert_same::<Needs>(&asked(&company, &request), &needs_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in needing(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in needing(), request in requests()) {
        // Owners are named by tags, which stay as they are.
        let request = v1::NeedsRequest { by: if request.by == 4 { 7 } else { request.by }, ..request };
        let apart = support::acting::without_merges(&company);
        prop_assert_eq!(asked(&company, &request), asked(&apart, &request));
    }

    #[test]
    fn every_need_is_satisfied_unmet_obsolete_or_open_and_of_one_group(company in needing(), request in requests()) {
        let answer = asked(&company, &request);
        let total = answer.total.unwrap();
        let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        let of = |share: &Option<v1::NeedShare>| n(&share.as_ref().unwrap().count);
        let ended = of(&total.satisfied) + of(&total.unmet) + of(&total.obsolete);
        prop_assert_eq!(ended, n(&total.closed));
        prop_assert_eq!(ended + of(&total.open), n(&total.identified));
        let by_product: u64 = answer.satisfied_by.iter().map(|row| n(&row.needs)).sum();
        prop_assert_eq!(by_product, of(&total.satisfied));
        if request.by > 0 {
            let groups: u64 = answer.groups.iter().map(|group| n(&group.of.as_ref().unwrap().identified)).sum();
            prop_assert_eq!(groups, n(&total.identified));
        }
        for row in &answer.studied {
            prop_assert_eq!(of(&row.studied) + n(&row.not_studied), n(&row.customers));
        }
        let open: u64 = answer.rows.iter().map(|row| n(&row.open)).sum();
        prop_assert_eq!(open, n(&answer.now.unwrap().open));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in needing(), request in requests(), page_size in 1..3_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::NeedsRequest { page_size, ..request };
        assert_pages_are_the_whole::<Needs, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in needing(), request in requests()) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Needs>(&Needs::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in needing(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Needs>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..400 {
        let company = needing().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Needs>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(match parts.as_slice() {
                ["groups", _, what] => format!("groups/{}/{what}", request.by),
                ["satisfied_by", ..] => "satisfied_by".to_owned(),
                ["rows", _, what] => format!("rows/{what}"),
                _ => name.clone(),
            });
        }
        found.extend(answer.total.unwrap().median_to_close.map(|_| "a median".to_owned()));
        let tested = answer.offers.as_ref().is_some_and(|of| of.p.is_some());
        found.extend(tested.then(|| "a test".to_owned()));
        let has_revenue = answer.rows.iter().any(|row| row.revenue.len() > 1);
        found.extend(has_revenue.then(|| "two currencies".to_owned()));
    }
    let wanted = "total/identified total/satisfied total/unmet total/obsolete total/open total/closed total/reopened \
        now/open now/closed_satisfied now/closed_unmet now/closed_obsolete now/without_identification \
        now/without_customer satisfied_by studied/A/customers studied/A/studied studied/A/by_need \
        studied/A/by_response studied/A/not_studied studied/B/customers studied/C/customers rows/needs rows/open \
        rows/unmet rows/customers offers/with_won offers/with_lost offers/without_won offers/without_lost \
        offers/not_offered";
    let groups: Vec<String> = (1..8).map(|by| format!("groups/{by}/satisfied")).collect();
    let others = ["a median", "two currencies", "a test"];
    for wanted in wanted.split_whitespace().chain(groups.iter().map(String::as_str)).chain(others) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
