//! Lists against an oracle over random companies and conditions, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{
    acting::without_merges,
    checks::assert_figures_list_what_they_count,
    compare::page_shows_all,
    customers_oracle::{Is, Row, World, worlds},
    parts::zoned,
};
use proptest::prelude::*;
use rapport_proto::{json, time, v1, v1::customers_value::Value as Wire};
use rapport_views::{
    model::{Customers, Pyramid},
    table::Dictionary,
};

fn answer(world: &World) -> v1::CustomersResponse {
    world.company.ask::<Customers>(&world.request, None, 0).unwrap().response
}

/// What a row of the answer says, by field.
fn said(row: &v1::CustomersRow) -> BTreeMap<String, Is> {
    let value = |one: &v1::CustomersValue| {
        let is = match one.value.clone().unwrap() {
            Wire::Text(text) => Is::Word(text),
            Wire::Count(count) => Is::Number(count as f64),
            Wire::Number(number) => Is::Number(number),
            Wire::Sum(sum) => Is::Money(row.currency.clone(), sum.minor_units.unwrap()),
            Wire::Moment(moment) => Is::Day(zoned(time::from_proto(&moment).unwrap()).date()),
        };
        (one.field.clone(), is)
    };
    row.values.iter().map(value).collect()
}

/// The same of a row of the oracle: amounts without a currency are not said.
fn expected(row: &Row, columns: &[String]) -> BTreeMap<String, Is> {
    let asked = columns.iter().filter_map(|field| {
        let is = row.values.get(field.as_str())?;
        let is_said = !matches!(is, Is::Money(currency, _) if currency.is_empty());
        is_said.then(|| (field.clone(), is.clone()))
    });
    asked.collect()
}

/// Who acts for others, as the pyramid has them, but for who has a row in some currency.
fn not_customers(world: &World) -> usize {
    let request = v1::PyramidRequest {
        measures: vec![1],
        period_from: world.request.period_from,
        purchases_from: world.request.purchases_from,
        ..Default::default()
    };
    let figure = Some("others/not_customers");
    let Ok((answered, store)) = world.company.ask_store::<Pyramid>(&request, figure, 0) else { return 0 };
    let mut whole = world.clone();
    whole.request.currency.clear();
    let rows = whole.rows();
    let names = answered.objects.iter().map(|hit| store.name_of(Dictionary::Party, hit.object));
    names.filter(|name| rows.iter().all(|row| row.customer != *name)).count()
}

proptest! {
    #[test]
    fn lists_are_what_judging_every_customer_by_hand_gives(world in worlds()) {
        let (response, rows) = (answer(&world), world.rows());
        let (listed, unknown, others) = world.judged(&rows);
        let columns = world.columns();
        prop_assert_eq!(&response.fields, &columns);
        let key = |customer: &str, currency: &str| (customer.to_owned(), currency.to_owned());
        let found: BTreeMap<_, _> = response.rows.iter()
            .map(|row| (key(row.customer.trim_start_matches("party:"), &row.currency), said(row)))
            .collect();
        let wanted: BTreeMap<_, _> =
            listed.iter().map(|row| (key(&row.customer, &row.currency), expected(row, &columns))).collect();
        prop_assert_eq!(found, wanted, "{}", world.request.condition);
        let total = response.total.unwrap();
        let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count as usize;
        let names: BTreeSet<&String> = listed.iter().map(|row| &row.customer).collect();
        prop_assert_eq!(
            [n(&total.listed), n(&total.unknown), n(&total.not_fulfilled), n(&total.not_customers)],
            [names.len(), unknown.len(), others.len(), not_customers(&world)],
            "{}", world.request.condition
        );
        for lacking in &total.unknown_fields {
            let without = rows.iter().filter(|row| unknown.contains(&row.customer));
            let without = without.filter(|row| !row.values.contains_key(lacking.field.as_str()));
            let without: BTreeSet<&String> = without.map(|row| &row.customer).collect();
            prop_assert!(n(&lacking.customers) <= without.len() && n(&lacking.customers) > 0);
        }
    }

    #[test]
    fn rows_are_in_the_order_asked_for_with_what_is_not_known_last(world in worlds()) {
        let mut world = world;
        world.request.fields.push("revenue".to_owned());
        world.request.fields.extend(world.request.sort.iter().map(|name| name.trim_start_matches('-').to_owned()));
        let response = answer(&world);
        let sort = if world.request.sort.is_empty() { vec!["-revenue".to_owned()] } else { world.request.sort.clone() };
        let place = |row: &v1::CustomersRow| {
            let values = said(row);
            sort.iter().map(|name| values.get(name.trim_start_matches('-')).cloned()).collect::<Vec<_>>()
        };
        for (row, next) in response.rows.iter().zip(response.rows.iter().skip(1)) {
            let by = sort.iter().zip(place(row).into_iter().zip(place(next)));
            let first = by.map(|(name, both)| match both {
                (Some(one), Some(other)) => {
                    let order = one.partial_cmp(&other).unwrap();
                    let is_other_currency = name == "-revenue" && row.currency != next.currency;
                    let order = if is_other_currency { std::cmp::Ordering::Less } else { order };
                    if name.starts_with('-') && !is_other_currency { order.reverse() } else { order }
                }
                (one, other) => other.is_some().cmp(&one.is_some()),
            });
            // Revenue that is nothing, and revenue that is not known, are not told apart in rows without a currency.
            let is_unsaid = world.request.sort.is_empty() && row.currency.is_empty() && next.currency.is_empty();
            let order = first.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then);
            prop_assert!(order.is_le(), "{:?} {:?} {:?}", sort, row, next);
            let names = (&row.customer, &row.currency) < (&next.customer, &next.currency);
            prop_assert!(order.is_lt() || names || is_unsaid, "{:?} {:?}", row, next);
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter_and_two_customers_merged_are_one(world in worlds(), seed in any::<u64>()) {
        let json_of = |world: &World| json::to_json("rapport.v1.CustomersResponse", &answer(world)).unwrap();
        let mut shuffled = world.clone();
        shuffled.company.seed = seed;
        prop_assert_eq!(json_of(&world), json_of(&shuffled));
        let one = World { company: without_merges(&world.company), ..world.clone() };
        prop_assert_eq!(json_of(&world), json_of(&one));
    }

    #[test]
    fn every_figure_lists_what_it_counts_and_the_page_shows_every_figure(world in worlds()) {
        assert_figures_list_what_they_count::<Customers>(&world.company, &world.request);
        let response = answer(&world);
        let written = json::to_json("rapport.v1.CustomersResponse", &response).unwrap();
        page_shows_all::<Customers>(&world.request, &response, &written);
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(world in worlds(), page_size in 1..6_u32) {
        let whole = answer(&world);
        let mut paged = world;
        paged.request.page_size = page_size;
        let mut rows = Vec::new();
        loop {
            let page = paged.company.ask::<Customers>(&paged.request, None, rows.len()).unwrap().response;
            prop_assert_eq!(page.rows.len() as u64 + page.rows_left_out, (whole.rows.len() - rows.len()) as u64);
            if page.rows.is_empty() {
                break;
            }
            rows.extend(page.rows);
        }
        prop_assert_eq!(rows, whole.rows);
    }
}
