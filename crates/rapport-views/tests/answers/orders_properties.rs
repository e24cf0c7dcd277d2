//! Orders against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeSet, HashSet};

use crate::support::{
    checks::assert_pages_are_the_whole,
    compare::{close, page_shows_all},
    figures,
    orders_oracle::{self, World, worlds},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::{json, v1};
use rapport_views::{answers::ObjectKind, model::Orders};
use serde_json::Value;

fn answer(world: &World) -> v1::OrdersResponse {
    world.company.ask::<Orders>(&world.request, None, 0).unwrap().response
}

fn json_of(response: &v1::OrdersResponse) -> Value {
    json::to_json("rapport.v1.OrdersResponse", response).unwrap()
}

fn n(figure: Option<&v1::Figure>) -> u64 {
    figure.unwrap().count
}

proptest! {
    #[test]
    fn orders_are_what_counting_every_event_gives(world in worlds()) {
        let answer = without_names(json_of(&answer(&world)));
        let expected = without_names(json_of(&orders_oracle::answer(&world)));
        prop_assert!(close(&answer, &expected), "{:#}\nexpected\n{:#}", answer, expected);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        shuffled.company.seed = seed;
        prop_assert_eq!(json_of(&answer(&world)), json_of(&answer(&shuffled)));
    }

    #[test]
    fn two_customers_merged_are_one_customer_with_all_purchases(world in worlds()) {
        let one = World { company: world.company.without_merges(), ..world.clone() };
        prop_assert_eq!(json_of(&answer(&world)), json_of(&answer(&one)));
    }

    #[test]
    fn what_has_one_row_adds_up_to_the_whole_and_first_and_repeated_purchases_to_all(world in worlds()) {
        let response = answer(&world);
        for total in &response.totals {
            let own = response.rows.iter().filter(|row| row.currency == total.currency);
            let rows: Vec<&v1::Sold> = own.map(|row| row.sold.as_ref().unwrap()).collect();
            let value = |sold: &v1::Sold| sold.value.as_ref().unwrap().minor_units.unwrap_or(0);
            let sold = total.sold.as_ref().unwrap();
            // A purchase that was paid in two ways has two rows.
            if world.request.by != 6 {
                prop_assert_eq!(rows.iter().map(|sold| value(sold)).sum::<i64>(), value(sold));
            }
            prop_assert!(rows.iter().map(|sold| n(sold.purchases.as_ref())).sum::<u64>() >= n(sold.purchases.as_ref()));
            for sold in rows.into_iter().chain([sold]) {
                let parts = [&sold.new_customers, &sold.repeat_purchases, &sold.without_customer];
                let parts: u64 = parts.into_iter().map(|figure| n(figure.as_ref())).sum();
                // An order of which one event names the customer and another nobody is of both.
                prop_assert!(parts >= n(sold.purchases.as_ref()));
                prop_assert!(n(sold.without_customer.as_ref()) > 0 || parts == n(sold.purchases.as_ref()));
                let of = [&sold.purchases_of_new, &sold.purchases_of_returning, &sold.without_customer];
                prop_assert_eq!(of.into_iter().map(|figure| n(figure.as_ref())).sum::<u64>(), parts);
                let charged = [&sold.value_of_new, &sold.value_of_returning];
                let charged = charged.map(|sum| sum.as_ref().unwrap().minor_units.unwrap_or(0));
                // What is left is nobody's.
                prop_assert!(world.company.told.iter().any(|told| told.customer == 0) || charged[0] + charged[1] == value(sold));
            }
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(world in worlds(), page_size in 1..6_u32) {
        let whole = answer(&world);
        let mut paged = world;
        paged.request.page_size = page_size;
        assert_pages_are_the_whole::<Orders, _>(
            (&paged.company, &paged.request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = answer(&world);
        page_shows_all::<Orders>(&world.request, &answer, &json_of(&answer));
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
            let objects = world.company.ask::<Orders>(&world.request, Some(&figure), 0).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            let of_parties = figure.ends_with("customers");
            let mut listed = BTreeSet::new();
            for hit in objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
                prop_assert!(listed.insert((hit.object, hit.positions.clone())), "{}: {:?} twice", figure, hit);
                prop_assert_eq!(hit.kind == ObjectKind::Party, of_parties);
                prop_assert!(!of_parties || hit.customer == hit.object);
                for position in hit.positions {
                    let told = &world.company.told[usize::try_from(position).unwrap() - 1];
                    let is_nobodys = told.customer == 0;
                    prop_assert!(!of_parties || !is_nobodys, "{}: {:?}", figure, told);
                    prop_assert!(!figure.ends_with("without_customer") || is_nobodys, "{}: {:?}", figure, told);
                }
            }
        }
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found: std::collections::BTreeMap<String, usize> = Default::default();
    let mut saw = |what: String, times: u64| *found.entry(what).or_default() += usize::from(times > 0);
    for _ in 0..600 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        let response = answer(&world);
        let by = world.request.by.max(1);
        for row in &response.rows {
            let sold = row.sold.as_ref().unwrap();
            saw(format!("by {by}"), n(sold.purchases.as_ref()));
            saw(format!("new by {by}"), n(sold.new_customers.as_ref()));
            saw(format!("repeated by {by}"), n(sold.repeat_purchases.as_ref()));
            let charged =
                |sum: &Option<v1::Sum>| u64::from(sum.as_ref().unwrap().minor_units.unwrap_or(0) != 0);
            saw(format!("charged new by {by}"), charged(&sold.value_of_new));
            saw(format!("charged returning by {by}"), charged(&sold.value_of_returning));
            saw("without customer".into(), n(sold.without_customer.as_ref()));
            saw(format!("unpaid {}", row.unpaid), u64::from(by == 6));
            saw("empty period".into(), u64::from(by == 1 && n(sold.purchases.as_ref()) == 0));
            saw("partial".into(), u64::from(row.partial));
        }
        for total in &response.totals {
            saw(format!("in {:?}", total.currency), 1);
            saw("returned".into(), n(total.returns.as_ref()));
            saw("cancelled".into(), n(total.cancelled.as_ref()));
            saw("repeat".into(), n(total.repeat_customers.as_ref()));
            saw("returning".into(), n(total.returning_customers.as_ref()));
            saw(format!("from {}", response.purchases_from), 1);
        }
        let apart = World { company: world.company.without_merges(), ..world.clone() };
        let under = |world: &World| world.company.told.iter().map(|told| told.customer).collect::<Vec<_>>();
        saw("merged".into(), u64::from(under(&apart) != under(&world)));
    }
    let of_by = ["by", "new by", "repeated by", "charged new by", "charged returning by"];
    let by = (1..=7).flat_map(|by| of_by.map(|of| format!("{of} {by}")));
    let others = [
        "without customer",
        "unpaid true",
        "unpaid false",
        "empty period",
        "partial",
        "in \"EUR\"",
        "in \"USD\"",
        "in \"\"",
        "returned",
        "cancelled",
        "repeat",
        "returning",
        "from 1",
        "from 2",
        "merged",
    ];
    for wanted in by.chain(others.map(str::to_owned)) {
        assert!(found.get(&wanted).is_some_and(|times| *times > 20), "too few `{wanted}`: {found:?}");
    }
}
