//! The gallery against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    acting::without_merges,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::Company,
    gallery_oracle::{self, asked, asked_about},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Gallery, Model as _};

proptest! {
    #[test]
    fn the_gallery_is_what_asking_every_file_finds((company, request) in asked_about()) {
        assert_same::<Gallery>(&asked(&company, &request), &gallery_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter((company, request) in asked_about(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_files((company, request) in asked_about()) {
        let request = v1::GalleryRequest { customer: String::new(), ..request };
        prop_assert_eq!(asked(&company, &request), asked(&without_merges(&company), &request));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order((company, request) in asked_about(), page_size in 1..4_u32) {
        let whole = asked(&company, &request);
        let request = v1::GalleryRequest { page_size, ..request };
        assert_pages_are_the_whole::<Gallery, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns((company, request) in asked_about()) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Gallery>(&Gallery::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_files_as_it_counts_each_with_its_events((company, request) in asked_about()) {
        assert_figures_list_what_they_count::<Gallery>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..200 {
        let (company, request) = asked_about().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        found.insert(answer.instrument.clone());
        let mut add = |what: &str, is_so: bool| {
            found.extend(is_so.then(|| what.to_owned()));
        };
        let of = answer.total.unwrap();
        add("of a customer", !answer.customer.is_empty() && !answer.rows.is_empty());
        add("interval", of.mean_low.is_some());
        add("ordered", of.median_days_to_order.is_some());
        add("of nobody", of.without_customer.unwrap().count > 0);
        add("image/", request.media_type == "image/" && answer.rows.len() > 1);
        add("outcome", request.outcome.is_some() && !answer.rows.is_empty());
    }
    let all = ["csat", "ces", "of a customer", "interval", "ordered", "of nobody", "image/", "outcome"];
    for wanted in all {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
