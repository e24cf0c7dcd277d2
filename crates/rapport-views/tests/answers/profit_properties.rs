//! Profit against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    acting::without_merges,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::Company,
    profit_oracle::{self, asked, profitable, requests},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Profit};

proptest! {
    #[test]
    fn profit_is_what_asking_every_customer_about_every_event_gives(company in profitable(), request in requests()) {
        assert_same::<Profit>(&asked(&company, &request), &profit_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in profitable(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in profitable(), request in requests()) {
        prop_assert_eq!(asked(&company, &request), asked(&without_merges(&company), &request));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in profitable(), request in requests(), page_size in 1..6_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ProfitRequest { page_size, ..request };
        assert_pages_are_the_whole::<Profit, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn the_peak_of_the_curve_is_the_profit_of_the_profitable(company in profitable(), request in requests()) {
        for total in asked(&company, &request).totals {
            let at_most = total.profit_of_profitable.unwrap().minor_units;
            prop_assert!(total.curve.iter().all(|point| point.profit.as_ref().unwrap().minor_units <= at_most));
            let last = total.curve.last().map(|point| (point.profit.clone(), point.customers));
            let whole = total.customers.unwrap().count;
            prop_assert_eq!(last, (whole > 0).then_some((total.profit, whole)));
        }
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in profitable(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Profit::page(&request, &answer);
        assert_page_is_whole::<Profit>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in profitable(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Profit>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        let company = profitable().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let mut see = |what: &str, is_so: bool| {
            if is_so {
                found.insert(what.to_owned());
            }
        };
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        see("invoices", answer.purchases_from == 2 && !answer.rows.is_empty());
        see("nps", answer.instrument == "nps");
        see("csat", answer.instrument == "csat");
        see("without amount", count(&answer.purchases_without_amount) > 0);
        see("without value", count(&answer.concessions_without_value) > 0);
        see("two currencies", answer.totals.len() == 2);
        for total in &answer.totals {
            see("loss", count(&total.loss_making) > 0 && total.profitable_share_of_profit.is_some());
            let idle = count(&total.loss_making_without_purchases);
            see("a loss without purchases", idle > 0 && idle < count(&total.loss_making));
            see("no profit", count(&total.customers) > 0 && total.profitable_share_of_profit.is_none());
            see("top", total.top_share_of_profit.is_some() && total.top_share_of_revenue.is_some());
            see("purchases left out", count(&total.purchases_left_out) > 0);
            see("costs left out", count(&total.costs_left_out) > 0);
            see("concessions left out", count(&total.concessions_left_out) > 0);
            for part in &total.parts {
                see(&format!("{:?}", part.kind()), count(&part.events) > 0);
            }
            for one in total.quadrants.iter().filter(|one| count(&one.customers) > 0) {
                see(&format!("{} {}", one.costly, one.content), true);
            }
        }
    }
    let others = [
        "invoices",
        "nps",
        "csat",
        "without amount",
        "without value",
        "two currencies",
        "loss",
        "a loss without purchases",
        "no profit",
        "top",
        "purchases left out",
        "costs left out",
        "concessions left out",
        "true true",
        "true false",
        "false true",
        "false false",
        "Revenue",
        "Goods",
        "Service",
        "Delivery",
        "Retention",
        "Discounts",
        "Terms",
        "FreeServices",
        "Acquisition",
    ];
    for wanted in others {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
