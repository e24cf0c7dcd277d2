//! Stock against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::Company,
    stock_oracle::{self, asked, counting, requests},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Stock};

proptest! {
    #[test]
    fn stock_is_what_walking_through_every_place_finds(company in counting(), request in requests()) {
        assert_same::<Stock>(&asked(&company, &request), &stock_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in counting(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
        prop_assert_eq!(asked(&company, &request), asked(&company.without_merges(), &request));
    }

    #[test]
    fn rows_add_up_to_the_totals(company in counting(), request in requests()) {
        let answer = asked(&company, &request);
        for total in &answer.totals {
            let sums = |rows: &[&v1::StockRow]| {
                let units = |sum: &Option<v1::Sum>| sum.as_ref().map_or(0, |sum| sum.minor_units.unwrap());
                let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
                let of = |row: &&v1::StockRow| {
                    [units(&row.value), units(&row.average), units(&row.goods), row.quantity_milli, count(&row.counts) as i64, count(&row.costs) as i64]
                };
                rows.iter().map(of).fold([0; 6], |a, b| std::array::from_fn(|at| a[at] + b[at]))
            };
            let rows: Vec<_> = answer.rows.iter().filter(|row| row.currency == total.currency).collect();
            prop_assert_eq!(sums(&rows), sums(&[total]));
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(company in counting(), request in requests(), page_size in 1..4_u32) {
        let whole = asked(&company, &request);
        let request = v1::StockRequest { page_size, ..request };
        assert_pages_are_the_whole::<Stock, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in counting(), request in requests()) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Stock>(&Stock::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_events_as_it_counts(company in counting(), request in requests()) {
        assert_figures_list_what_they_count::<Stock>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..200 {
        let company = counting().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        for row in asked(&company, &request).rows {
            let counted = row.counts.as_ref().unwrap().count;
            found.insert(format!("{} {}", request.by, row.key));
            found.extend(row.turns.is_some().then(|| "turns".to_owned()));
            found.extend((counted == 0 && row.average.is_none()).then(|| "never counted".to_owned()));
            found.extend((counted > 1).then(|| "places".to_owned()));
            found.extend(row.currency.is_empty().then(|| "no value".to_owned()));
            found
                .extend(row.known_share.is_some_and(|share| share < 1.0).then(|| "known in part".to_owned()));
        }
    }
    for wanted in [
        "1 pen",
        "1 lamp",
        "1 ",
        "2 paper",
        "2 ",
        "turns",
        "never counted",
        "places",
        "no value",
        "known in part",
    ] {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
