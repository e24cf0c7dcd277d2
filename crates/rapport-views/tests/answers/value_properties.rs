//! What customers are worth against an independent computation, its oracle, over random companies, and the rules that hold
//! for all of them.

use std::collections::{BTreeSet, HashSet};

use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, json_of,
    },
    company::Company,
    figures,
    value_oracle::{self, asked, customers, later::compared, requests},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::v1::{self, NoValueFit};
use rapport_views::model::{Model as _, Value};
use serde_json::Value as Json;

/// Members that are computed of floating-point numbers; those that are amounts are rounded then.
const EXPECTED: [&str; 13] = [
    "alive",
    "expectedPurchases",
    "repeatsExpected",
    "value",
    "equity",
    "equityDiscounted",
    "profit",
    "equityProfit",
    "equityProfitDiscounted",
    "expectedMeanMinorUnits",
    "atEndMinorUnits",
    "atOnceMinorUnits",
    "difference",
];

/// Equal; what is expected, but for a millionth and a minor unit a customer.
fn close(a: &Json, b: &Json, expected: bool) -> bool {
    let number = |of: &Json| of.as_f64().or_else(|| of.as_str().and_then(|text| text.parse::<f64>().ok()));
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            let keys: HashSet<_> = a.keys().chain(b.keys()).collect();
            keys.into_iter().all(|key| {
                let expected = expected || EXPECTED.contains(&key.as_str());
                matches!((a.get(key), b.get(key)), (Some(a), Some(b)) if close(a, b, expected))
            })
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b, expected))
        }
        (a, b) if expected => match (number(a), number(b)) {
            // Amounts are texts.
            (Some(x), Some(y)) => (x - y).abs() <= 1e-6 * y.abs() + if a.is_string() { 100.0 } else { 1e-6 },
            _ => a == b,
        },
        (a, b) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
            _ => a == b,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn values_are_what_asking_every_customer_about_every_line_gives(company in customers(), request in requests()) {
        let answer = asked(&company, &request);
        let expected = value_oracle::answer(&company, &request, &answer);
        let [answer, expected] = [answer, expected].map(|one| without_names(json_of::<Value>(&one)));
        prop_assert!(close(&answer, &expected, false), "{answer:#}\nexpected\n{expected:#}");
    }

    #[test]
    fn margins_and_what_was_charged_since_are_what_asking_every_event_gives((company, request) in compared()) {
        let answer = asked(&company, &request);
        let expected = value_oracle::answer(&company, &request, &answer);
        let [answer, expected] = [answer, expected].map(|one| without_names(json_of::<Value>(&one)));
        prop_assert!(close(&answer, &expected, false), "{answer:#}\nexpected\n{expected:#}");
    }

    #[test]
    fn a_later_moment_changes_nothing_but_what_is_held_against_it((company, request) in compared()) {
        let compared = asked(&company, &request);
        let plain = v1::ValueRequest { compared_with: None, horizon_days: compared.horizon_days, ..request };
        let mut without = compared.clone();
        without.compared_with = None;
        without.totals.iter_mut().for_each(|total| total.since = None);
        without.rows.iter_mut().for_each(|row| row.since = None);
        prop_assert_eq!(&without, &asked(&company, &plain));
        let units = |sum: &Option<v1::Sum>| sum.as_ref().and_then(|sum| sum.minor_units);
        for total in compared.totals.iter().filter(|_| plain.customer.is_empty()) {
            let rows = || compared.rows.iter().filter(|row| row.currency == total.currency);
            let since = total.since.as_ref().unwrap();
            let of = |get: fn(&v1::ValueSince) -> &Option<v1::Sum>| {
                rows().map(|row| units(get(row.since.as_ref().unwrap()))).sum::<Option<i64>>()
            };
            prop_assert_eq!(of(|since| &since.charged), units(&since.charged));
            prop_assert!(since.difference.is_none() || of(|since| &since.difference) == units(&since.difference));
            let margins = rows().filter_map(|row| units(&row.margin)).reduce(|a, b| a + b);
            prop_assert_eq!(margins, units(&total.margin));
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in customers(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_purchases(company in customers(), request in requests()) {
        // Who is asked for by an id that was merged is another one then.
        let request = v1::ValueRequest { customer: String::new(), ..request };
        prop_assert_eq!(asked(&company, &request), asked(&company.without_merges(), &request));
    }

    #[test]
    fn equity_is_the_sum_of_the_rows_and_is_less_when_discounted(company in customers(), request in requests()) {
        let request = v1::ValueRequest { customer: String::new(), ..request };
        let answer = asked(&company, &request);
        let amount = |sum: &Option<v1::Sum>| sum.as_ref().and_then(|sum| sum.minor_units);
        for total in &answer.totals {
            let rows = || answer.rows.iter().filter(|row| row.currency == total.currency);
            let values = rows().map(|row| amount(&row.value)).sum::<Option<i64>>();
            prop_assert_eq!(values.filter(|_| rows().count() > 0), amount(&total.equity));
            let profits = rows().map(|row| amount(&row.profit)).sum::<Option<i64>>();
            prop_assert_eq!(profits.filter(|_| rows().count() > 0), amount(&total.equity_profit));
            if total.margin_share == Some(1.0) {
                prop_assert_eq!(amount(&total.equity_profit), amount(&total.equity));
            }
            prop_assert_eq!(rows().map(|row| amount(&row.historic).unwrap()).sum::<i64>(), amount(&total.historic).unwrap());
            let customers = rows().count() as i64;
            prop_assert!(amount(&total.equity_discounted).unwrap_or(0) <= amount(&total.equity).unwrap_or(0) + customers);
            for row in rows() {
                prop_assert!(row.alive.is_none_or(|alive| (0.0..=1.0).contains(&alive)), "{:?}", row);
                prop_assert!(row.expected_purchases.is_none_or(|expected| expected >= 0.0), "{:?}", row);
            }
        }
    }

    #[test]
    fn more_is_expected_of_a_longer_time(company in customers(), request in requests()) {
        let at = |horizon_days| {
            let totals = asked(&company, &v1::ValueRequest { horizon_days, ..request.clone() }).totals;
            totals.into_iter().map(|total| total.expected_purchases.unwrap_or(0.0)).collect::<Vec<_>>()
        };
        let (month, year) = (at(30), at(365));
        prop_assert!(month.iter().zip(&year).all(|(month, year)| month <= year), "{:?} {:?}", month, year);
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in customers(), request in requests(), page_size in 1..40_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ValueRequest { page_size, ..request };
        assert_pages_are_the_whole::<Value, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in customers(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Value::page(&request, &answer);
        assert_page_is_whole::<Value>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
        let notes = page.grids.iter().flat_map(|grid| grid.notes.iter().chain([&grid.title]));
        for words in notes.chain(&page.notes) {
            prop_assert_eq!(words.text.matches("{}").count(), words.values.len(), "{}", &words.text);
        }
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in customers(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Value>(&company, &request);
    }

    #[test]
    fn figures_of_what_was_bought_since_list_purchases_after_the_moment_and_until_the_later_one(
        (company, request) in compared(),
    ) {
        let answer = asked(&company, &request);
        let mut later = company.clone();
        later.as_of.occurred_until = request.compared_with.as_ref().and_then(rapport_proto::time::from_proto).unwrap();
        let since = later.happened().into_iter().filter(|one| one.at > company.as_of.occurred_until);
        let since: BTreeSet<u64> = since.map(|one| one.position).collect();
        let named = figures(&json_of::<Value>(&answer)).into_iter();
        for (figure, count) in named.filter(|(figure, count)| *count > 0 && figure.ends_with("_since")) {
            let objects = company.ask::<Value>(&request, Some(&figure), 1).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            for hit in objects {
                prop_assert!(!hit.positions.is_empty(), "{}: {:?}", figure, hit);
                prop_assert!(hit.positions.iter().all(|position| since.contains(position)), "{}: {:?}", figure, hit);
            }
        }
        let page = Value::page(&request, &answer);
        assert_page_is_whole::<Value>(&page, &answer);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..400 {
        let company = customers().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let mut see = |what: &str, is_so: bool| {
            if is_so {
                found.insert(what.to_owned());
            }
        };
        let count = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
        see("invoices", answer.purchases_from == 2 && !answer.rows.is_empty());
        see("without amount", count(&answer.purchases_without_amount) > 0);
        see("two currencies", answer.totals.len() == 2);
        for total in &answer.totals {
            see("left out", count(&total.purchases_left_out) > 0);
            see("without worth", count(&total.without_worth) > 0);
            let (purchases, spend) =
                (total.purchase_fit.as_ref().unwrap(), total.spend_fit.as_ref().unwrap());
            see(&purchases.model, !purchases.parameters.is_empty());
            see("too few", purchases.why_none() == NoValueFit::TooFew);
            see(&spend.model, !spend.parameters.is_empty());
            see("equity", total.equity.is_some());
            let simple = total.simple.as_ref().unwrap();
            see("a simple value", simple.at_end_minor_units.is_some());
            see("a measured retention", simple.retention_is_measured);
        }
    }
    for _ in 0..100 {
        let (company, request) = compared().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        for total in &answer.totals {
            let since = total.since.as_ref().unwrap();
            let is_any = since.purchases.as_ref().is_some_and(|figure| figure.count > 0);
            found.extend(is_any.then(|| "bought since".to_owned()));
            found.extend(since.difference.as_ref().map(|_| "a difference".to_owned()));
            let (all, with) =
                (total.customers.as_ref().unwrap(), total.customers_with_costs.as_ref().unwrap());
            found.extend((with.count > 0 && with.count < all.count).then(|| "some with costs".to_owned()));
            let has_profit = total.equity_profit.is_some();
            found.extend((has_profit && total.margin_is_measured).then(|| "profit measured".to_owned()));
            found.extend((has_profit && !total.margin_is_measured).then(|| "profit supposed".to_owned()));
        }
    }
    let others = [
        "bought since",
        "a difference",
        "some with costs",
        "profit measured",
        "profit supposed",
        "invoices",
        "without amount",
        "two currencies",
        "left out",
        "without worth",
        "BG/NBD",
        "Pareto/NBD",
        "Gamma-Gamma",
        "too few",
        "equity",
        "a simple value",
        "a measured retention",
    ];
    for wanted in others {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
