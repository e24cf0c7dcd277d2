//! Potential against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use crate::support::{
    checks::assert_figures_list_what_they_count,
    compare::{close, page_shows_all},
    potential_oracle,
    potential_world::{World, worlds},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::{json, v1};
use rapport_views::model::{Model as _, Potential};
use serde_json::Value;

fn json_of(response: &v1::PotentialResponse) -> Value {
    json::to_json("rapport.v1.PotentialResponse", response).unwrap()
}

fn n(figure: Option<&v1::Figure>) -> u64 {
    figure.unwrap().count
}

fn units(sum: Option<&v1::Sum>) -> i64 {
    sum.map_or(0, |sum| sum.minor_units.unwrap())
}

proptest! {
    #[test]
    fn potential_is_what_asking_every_event_gives(world in worlds()) {
        let answer = without_names(world.json());
        let expected = without_names(json_of(&potential_oracle::answer(&world)));
        prop_assert!(close(&answer, &expected), "{:#}\nexpected\n{:#}", answer, expected);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        shuffled.company.seed = seed;
        prop_assert_eq!(world.json(), shuffled.json());
    }

    #[test]
    fn two_customers_merged_are_one_customer_with_all_products_and_attributes(world in worlds()) {
        // Whoever is asked for by an id that was merged has another one then.
        let mut world = world;
        world.request.customer.clear();
        let one = World { company: world.company.without_merges(), ..world.clone() };
        prop_assert_eq!(world.json(), one.json());
    }

    #[test]
    fn what_is_said_of_an_answer_without_segments_is_so(world in worlds(), product in "pen|lamp|nothing") {
        let mut world = world;
        world.request = v1::PotentialRequest { currency: String::new(), ..world.request };
        let asked = |customer: &str, product: &str| {
            let (customer, product) = (customer.to_owned(), product.to_owned());
            let request = v1::PotentialRequest { customer, product, ..world.request.clone() };
            let one = World { request: request.clone(), ..world.clone() }.answerable();
            (one.request == request).then(|| one.answer())
        };
        let all = asked("", "").unwrap();
        let note = |response: &v1::PotentialResponse, customer: &str, product: &str| {
            let (customer, product) = (customer.to_owned(), product.to_owned());
            let request = v1::PotentialRequest { customer, product, ..world.request.clone() };
            Potential::page(&request, response).notes.first().map_or("", |note| note.key)
        };
        let is_listed = |product: &str| all.segments.iter().any(|of| of.products.iter().any(|one| one == product));
        for customer in world.company.named().into_iter().take(6) {
            // Of some, no event says anything that matters here.
            let Some(response) = asked(&customer, "") else { continue };
            let is_in_one = all.customers.iter().any(|of| of.customer == format!("party:{}", world.company.survivor(&customer)));
            prop_assert_eq!(!response.segments.is_empty(), is_in_one);
            let is_not_active = note(&response, &customer, "") == "customer_not_active";
            prop_assert!(!is_not_active || (all.by_default && !all.segments.is_empty() && !is_in_one));
            prop_assert_eq!(note(&response, &customer, "") == "no_list", note(&all, "", "") == "no_list");
        }
        let response = asked("", &product).unwrap();
        let not_listed = ["product_not_on_list", "product_on_no_list"].contains(&note(&response, "", &product));
        prop_assert!(!not_listed || !is_listed(&product));
        prop_assert_eq!(note(&response, "", &product) == "no_list", note(&all, "", "") == "no_list");
        prop_assert!(!(all.segments.is_empty() && not_listed));
    }

    #[test]
    fn segments_products_and_customers_add_up_to_the_same_white_space(world in worlds()) {
        let mut world = world;
        (world.request.product, world.request.customer) = Default::default();
        let response = world.answer();
        for segment in &response.segments {
            let customers = || response.customers.iter().filter(|of| of.segment == segment.segment);
            let products = || response.products.iter().filter(|of| of.segment == segment.segment);
            let all = n(segment.customers.as_ref());
            prop_assert_eq!(customers().count() as u64, all);
            prop_assert_eq!(customers().map(|of| u64::from(of.owned)).sum::<u64>(), segment.owned);
            prop_assert_eq!(products().map(|of| n(of.owners.as_ref())).sum::<u64>(), segment.owned);
            prop_assert!(products().all(|of| n(of.owners.as_ref()) + n(of.missing.as_ref()) == all));
            let missing = customers().map(|of| of.missing.len() as u64).sum::<u64>();
            prop_assert_eq!(products().map(|of| n(of.missing.as_ref())).sum::<u64>(), missing);
            let penetrations: Vec<f64> = customers().filter_map(|of| of.penetration).collect();
            let mean = penetrations.iter().sum::<f64>() / all.max(1) as f64;
            prop_assert!((segment.mean_penetration.unwrap_or(0.0) - mean).abs() < 1e-12);
            for currency in ["EUR", "USD"] {
                let whole = segment.white_space.iter().find(|of| of.currency == currency);
                let of_customers = customers().flat_map(|of| &of.white_space).filter(|of| of.currency == currency);
                let of_products = products().flat_map(|of| &of.values).filter(|of| of.currency == currency);
                let whole = units(whole.and_then(|of| of.sum.as_ref()));
                prop_assert_eq!(of_customers.map(|of| units(of.sum.as_ref())).sum::<i64>(), whole);
                prop_assert_eq!(of_products.map(|of| units(of.white_space.as_ref())).sum::<i64>(), whole);
            }
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_customer_once_in_order(world in worlds(), page_size in 1..6_u32) {
        let whole = world.answer();
        let mut paged = world;
        paged.request.page_size = page_size;
        let (mut customers, mut skip) = (Vec::new(), 0);
        loop {
            let page = paged.ask(None, skip).unwrap().response;
            prop_assert!(page.customers.len() <= page_size as usize);
            prop_assert_eq!((page.total.is_some(), page.segments.is_empty()), (skip == 0, skip > 0 || whole.segments.is_empty()));
            skip += page.customers.len();
            prop_assert_eq!(page.rows_left_out, (whole.customers.len() - skip) as u64);
            customers.extend(page.customers);
            if page.rows_left_out == 0 {
                break;
            }
        }
        prop_assert_eq!(customers, whole.customers);
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = world.answer();
        page_shows_all::<Potential>(&world.request, &answer, &json_of(&answer));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_things_as_it_counts_each_with_its_events(world in worlds()) {
        assert_figures_list_what_they_count::<Potential>(&world.company, &world.request);
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
    for _ in 0..300 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        let response = world.answer();
        saw("by default", u64::from(response.by_default && !response.segments.is_empty()));
        saw("two segments", response.segments.len() as u64 / 2);
        saw("filtered by segment", (world.request.segment.len() * response.customers.len()) as u64);
        saw("filtered by product", (world.request.product.len() * response.customers.len()) as u64);
        saw("filtered by customer", (world.request.customer.len() * response.customers.len()) as u64);
        let total = response.total.as_ref().unwrap();
        saw("in no segment", n(total.in_no_segment.as_ref()));
        saw("left out", n(total.left_out.as_ref()));
        saw("contracts left out", n(total.contracts_left_out.as_ref()));
        for of in &response.segments {
            saw("with conditions", of.not_active.as_ref().map_or(0, |_| n(of.customers.as_ref())));
            saw("not active", of.not_active.as_ref().map_or(0, |figure| figure.count));
            of.white_space.iter().for_each(|of| saw(&format!("white space in {}", of.currency), 1));
        }
        let of_conditions = |segment: &str| {
            response.segments.iter().any(|of| of.segment == segment && of.not_active.is_some())
        };
        for of in &response.products {
            saw("nobody owns", u64::from(n(of.owners.as_ref()) == 0 && n(of.missing.as_ref()) > 0));
            let has_value = of.values.iter().any(|value| value.median.is_some());
            saw("a value with conditions", u64::from(has_value && of_conditions(&of.segment)));
            let too_few = of.values.iter().any(|value| value.median.is_none());
            saw("too few", u64::from(too_few));
        }
        for of in &response.customers {
            saw("owns all", u64::from(of.missing.is_empty()));
            saw("by contract alone", u64::from(n(of.purchases.as_ref()) == 0));
            let ties = response.customers.iter().filter(|one| one.white_space == of.white_space);
            saw("equal white space", u64::from(ties.count() > 1));
        }
        saw(&format!("from {}", response.purchases_from), response.customers.len() as u64);
    }
    for wanted in [
        "by default",
        "two segments",
        "filtered by segment",
        "filtered by product",
        "filtered by customer",
        "in no segment",
        "left out",
        "contracts left out",
        "with conditions",
        "not active",
        "white space in EUR",
        "white space in USD",
        "nobody owns",
        "a value with conditions",
        "too few",
        "owns all",
        "by contract alone",
        "equal white space",
        "from 1",
        "from 2",
    ] {
        assert!(found.get(wanted).is_some_and(|times| *times > 5), "too few `{wanted}`: {found:?}");
    }
}
