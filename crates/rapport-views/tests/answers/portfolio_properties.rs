//! Portfolios against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::support::{
    checks::assert_pages_are_the_whole,
    compare::{close, page_shows_all},
    figures,
    portfolio_oracle::{self, World, worlds},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::{json, v1};
use rapport_views::{answers::ObjectKind, model::Portfolio};
use serde_json::Value;

fn answer(world: &World) -> v1::PortfolioResponse {
    world.company.ask::<Portfolio>(&world.request, None, 0).unwrap().response
}

fn json_of(response: &v1::PortfolioResponse) -> Value {
    json::to_json("rapport.v1.PortfolioResponse", response).unwrap()
}

fn n(figure: Option<&v1::Figure>) -> u64 {
    figure.unwrap().count
}

fn units(sum: Option<&v1::Sum>) -> i64 {
    sum.unwrap().minor_units.unwrap()
}

proptest! {
    #[test]
    fn a_portfolio_is_what_asking_every_event_gives(world in worlds()) {
        let answer = without_names(json_of(&answer(&world)));
        let expected = without_names(json_of(&portfolio_oracle::answer(&world)));
        prop_assert!(close(&answer, &expected), "{:#}\nexpected\n{:#}", answer, expected);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        shuffled.company.seed = seed;
        prop_assert_eq!(json_of(&answer(&world)), json_of(&answer(&shuffled)));
    }

    #[test]
    fn two_customers_merged_are_one_customer_with_all_products(world in worlds()) {
        let one = World { company: world.company.without_merges(), ..world.clone() };
        prop_assert_eq!(json_of(&answer(&world)), json_of(&answer(&one)));
    }

    #[test]
    fn what_was_kept_and_what_was_lost_add_up_and_so_do_customers_and_products(world in worlds()) {
        let response = answer(&world);
        for of in &response.retention {
            let [start, more, less, lost, end] =
                [&of.start, &of.expansion, &of.contraction, &of.churn, &of.end].map(|sum| units(sum.as_ref()));
            prop_assert_eq!(start + more - less - lost, end);
            let parts = [&of.expanded, &of.contracted, &of.churned].map(|figure| n(figure.as_ref()));
            prop_assert!(parts.iter().sum::<u64>() <= n(of.customers.as_ref()));
            prop_assert!(of.gross_retention <= of.net_retention);
        }
        let customers = response.customers.as_ref().unwrap();
        let by_number = || response.distribution.iter().map(|of| (u64::from(of.products), n(of.customers.as_ref())));
        prop_assert_eq!(by_number().map(|(_, n)| n).sum::<u64>(), n(customers.active.as_ref()));
        prop_assert_eq!(by_number().map(|(products, n)| products * n).sum::<u64>(), customers.holdings);
        let held = response.products.iter().map(|of| n(of.customers.as_ref())).sum::<u64>();
        prop_assert_eq!(held, customers.holdings);
    }

    #[test]
    fn pages_one_after_the_other_have_every_product_once_in_order(world in worlds(), page_size in 1..4_u32) {
        let whole = answer(&world);
        let mut paged = world;
        paged.request.page_size = page_size;
        assert_pages_are_the_whole::<Portfolio, _>(
            (&paged.company, &paged.request),
            (page_size, &whole.products),
            |page| (&page.products, page.rows_left_out),
            |page, is_first| { assert_eq!(page.customers.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = answer(&world);
        page_shows_all::<Portfolio>(&world.request, &answer, &json_of(&answer));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_things_as_it_counts_each_with_its_events(world in worlds()) {
        let mut names = HashSet::new();
        for (figure, count) in figures(&json_of(&answer(&world))).into_iter().filter(|(_, count)| *count > 0) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = world.company.ask::<Portfolio>(&world.request, Some(&figure), 0).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            let mut listed = BTreeSet::new();
            for hit in objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
                prop_assert!(listed.insert((hit.kind, hit.object)), "{}: {:?} twice", figure, hit);
                prop_assert!(hit.kind != ObjectKind::Party || hit.customer == hit.object);
                // Nobody has products.
                let told =
                    hit.positions.iter().map(|position| &world.company.told[usize::try_from(*position).unwrap() - 1]);
                prop_assert!(hit.kind != ObjectKind::Party || told.clone().all(|told| told.customer != 0));
                prop_assert!(!figure.ends_with("/left_out") || told.clone().all(|told| told.customer == 0));
            }
        }
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found: BTreeMap<String, usize> = BTreeMap::default();
    let mut saw =
        |what: &str, times: u64| *found.entry(what.to_owned()).or_default() += usize::from(times > 0);
    for _ in 0..600 {
        let response = answer(&worlds().new_tree(&mut runner).unwrap().current());
        let of = response.customers.as_ref().unwrap();
        saw("buyers", n(of.buyers.as_ref()));
        saw("under contract", n(of.under_contract.as_ref()));
        saw("by contract alone", n(of.active.as_ref()) - n(of.buyers.as_ref()));
        saw("left out", n(of.left_out.as_ref()));
        saw("contracts left out", n(of.contracts_left_out.as_ref()));
        response.distribution.iter().for_each(|of| saw(&format!("{} products", of.products), 1));
        for of in &response.growth {
            saw(&format!("growth in {:?}", of.currency), 1);
            saw("cross-sell", n(of.cross_sell.as_ref()));
            saw("up-sell", n(of.up_sell.as_ref()));
        }
        for of in &response.retention {
            saw(&format!("kept in {:?}", of.currency), 1);
            saw("expanded", n(of.expanded.as_ref()));
            saw("contracted", n(of.contracted.as_ref()));
            saw("churned", n(of.churned.as_ref()));
            saw("no start", u64::from(of.net_retention.is_none()));
        }
        saw("pairs", response.pairs.len() as u64);
        saw("lift", u64::from(response.pairs.iter().any(|pair| pair.lift > 1.0)));
        saw("nobody's product", u64::from(response.products.iter().any(|of| n(of.customers.as_ref()) == 0)));
        saw(&format!("from {}", response.purchases_from), n(of.buyers.as_ref()));
    }
    for wanted in [
        "buyers",
        "under contract",
        "by contract alone",
        "left out",
        "contracts left out",
        "0 products",
        "1 products",
        "2 products",
        "3 products",
        "4 products",
        "growth in \"EUR\"",
        "growth in \"USD\"",
        "growth in \"\"",
        "cross-sell",
        "up-sell",
        "kept in \"EUR\"",
        "kept in \"USD\"",
        "expanded",
        "contracted",
        "churned",
        "no start",
        "pairs",
        "lift",
        "nobody's product",
        "from 1",
        "from 2",
    ] {
        assert!(found.get(wanted).is_some_and(|times| *times > 5), "too few `{wanted}`: {found:?}");
    }
}
