//! Portfolios of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]

use crate::support;
use crate::support::{
    company::{Company, Told, hours, money, zone},
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{Model, Portfolio},
    page::Grid,
    table::Dictionary,
};

fn as_of(day: &str) -> AsOf {
    AsOf { occurred_until: parse_moment(day, &zone()).unwrap(), recorded_until: Timestamp::MAX }
}

/// At noon of a day.
fn told(on: &str, customer: u64, kind: Kind) -> Told {
    let end = parse_moment(on, &zone()).unwrap().as_micros() + 1;
    Told::at((end - hours(0).as_micros()) / support::HOUR - 12, customer, kind)
}

/// An order of a line each: product, category, minor units in euros.
fn placed(order: u32, lines: &[(&str, &str, i64)]) -> Kind {
    let line = |(product, category, units): &(&str, &str, i64)| v1::Line {
        product: (*product).to_owned(),
        category: (*category).to_owned(),
        quantity: "1".into(),
        net: money(*units, "EUR"),
        ..v1::Line::default()
    };
    let lines = lines.iter().map(line).collect();
    Kind::OrderPlaced(v1::OrderPlaced { order_id: order.to_string(), lines, ..Default::default() })
}

fn pen(order: u32, units: i64) -> Kind {
    placed(order, &[("pen", "paper", units)])
}

fn contract(id: &str, op: v1::contract_changed::Op, end: &str, products: &[&str]) -> Kind {
    Kind::ContractChanged(v1::ContractChanged {
        contract_id: id.into(),
        op: op.into(),
        end: end.into(),
        products: products.iter().map(|one| (*one).to_owned()).collect(),
        ..Default::default()
    })
}

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    Company { told, as_of: as_of("2025-12-31"), seed: 7 }
}

fn answer(company: &Company) -> v1::PortfolioResponse {
    company.ask::<Portfolio>(&v1::PortfolioRequest::default(), None, 0).unwrap().response
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn units(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().unwrap().minor_units.unwrap()
}

fn listed(company: &Company, figure: &str) -> Vec<(ObjectKind, Vec<u64>)> {
    let objects =
        company.ask::<Portfolio>(&v1::PortfolioRequest::default(), Some(figure), 0).unwrap().objects;
    objects.into_iter().map(|hit| (hit.kind, hit.positions)).collect()
}

#[test]
fn three_customers_with_four_products_have_four_thirds_each() {
    let company = company(vec![
        told("2025-03-01", 1, placed(1, &[("pen", "paper", 100), ("ink", "paper", 50)])),
        told("2025-03-02", 1, pen(2, 100)),
        told("2025-03-03", 2, pen(3, 100)),
        told("2025-03-04", 3, placed(4, &[("lamp", "light", 900)])),
        told("2025-03-05", 0, placed(5, &[("book", "paper", 1)])),
        // Before the window: what 4 bought then is no product of an active customer.
        told("2024-03-05", 4, placed(6, &[("book", "paper", 1)])),
    ]);
    let response = answer(&company);
    let customers = response.customers.as_ref().unwrap();
    assert_eq!((n(&customers.active), customers.holdings, n(&customers.left_out)), (3, 4, 1));
    assert_eq!(customers.products_per_customer, Some(4.0 / 3.0));
    let shares: Vec<_> =
        response.distribution.iter().map(|of| (of.products, n(&of.customers), of.share)).collect();
    assert_eq!(shares, [(1, 2, Some(2.0 / 3.0)), (2, 1, Some(1.0 / 3.0))]);
    let product =
        |of: &v1::PortfolioProduct| (of.product.clone(), n(&of.customers), of.attach_rate, n(&of.purchases));
    let of =
        |product: &str, customers, rate, purchases| (product.to_owned(), customers, Some(rate), purchases);
    let expected = [
        of("pen", 2, 2.0 / 3.0, 3),
        of("ink", 1, 1.0 / 3.0, 1),
        of("lamp", 1, 1.0 / 3.0, 1),
        of("book", 0, 0.0, 1),
    ];
    assert_eq!(response.products.iter().map(product).collect::<Vec<_>>(), expected);
    let purchases = vec![
        (ObjectKind::Named(Dictionary::Order), vec![1]),
        (ObjectKind::Named(Dictionary::Order), vec![2]),
        (ObjectKind::Named(Dictionary::Order), vec![3]),
    ];
    assert_eq!(listed(&company, "products/pen/purchases"), purchases);
    assert_eq!(listed(&company, "distribution/2/customers"), [(ObjectKind::Party, vec![1, 2])]);
}

#[test]
fn a_contract_in_force_makes_a_customer_active_however_long_ago_it_was_signed() {
    use v1::contract_changed::Op::{Ended, Renewed, Signed};
    let mut company = company(vec![
        told("2020-01-01", 1, contract("a", Signed, "", &["service"])),
        told("2023-06-01", 2, contract("b", Signed, "2025-06-30", &["service", "pen"])),
        told("2025-01-01", 3, contract("c", Signed, "", &["service"])),
        told("2025-07-01", 3, contract("c", Ended, "", &[])),
        told("2025-02-01", 0, contract("d", Signed, "", &["service"])),
        told("2025-03-01", 1, pen(1, 100)),
    ]);
    let shown = |company: &Company| {
        let of = answer(company).customers.unwrap();
        [&of.active, &of.buyers, &of.under_contract, &of.contracts_left_out].map(n)
    };
    assert_eq!(shown(&company), [1, 1, 1, 1]);
    assert_eq!(listed(&company, "products/service/customers"), [(ObjectKind::Party, vec![1])]);
    assert_eq!(listed(&company, "customers/active"), [(ObjectKind::Party, vec![1, 6])]);
    assert_eq!(
        listed(&company, "customers/contracts_left_out"),
        [(ObjectKind::Named(Dictionary::Contract), vec![5])]
    );
    company.told.push(told("2025-06-01", 2, contract("b", Renewed, "2026-06-30", &[])));
    // A renewal that names no products keeps those of before.
    assert_eq!((shown(&company), answer(&company).customers.unwrap().holdings), ([2, 1, 2, 1], 4));
    company.as_of = as_of("2025-06-30");
    assert_eq!(shown(&company), [3, 1, 3, 1]);
}

#[test]
fn a_lift_says_how_much_oftener_two_products_are_together_than_by_chance() {
    let both: Vec<Told> = (1..=5)
        .map(|one| told("2025-03-01", one, placed(one as u32, &[("pen", "paper", 1), ("ink", "paper", 1)])))
        .collect();
    let mut all = both.clone();
    all.extend((6..=8).map(|one| told("2025-03-02", one, placed(one as u32, &[("pen", "paper", 1)]))));
    let pairs = answer(&company(all.clone())).pairs;
    assert_eq!((pairs.len(), pairs[0].product.as_str(), pairs[0].with.as_str()), (1, "pen", "ink"));
    // Eight have a pen, five of these ink: a lift of 5·8 / (8·5) says that having a pen says nothing.
    assert_eq!((pairs[0].attach_rate, pairs[0].attach_rate_back, pairs[0].lift), (0.625, 1.0, 1.0));
    let mut apart = all;
    apart.retain(|told| told.customer != 8);
    apart.push(told("2025-03-03", 8, placed(9, &[("lamp", "light", 1)])));
    assert_eq!(answer(&company(apart)).pairs[0].lift, 8.0 * 5.0 / (7.0 * 5.0));
    // Four customers are not enough.
    let few = company(both.into_iter().skip(1).collect());
    let page = Portfolio::page(&v1::PortfolioRequest::default(), &answer(&few));
    let grid = page.grids.iter().find(|grid| grid.key == "pair").unwrap();
    assert_eq!((grid.rows.len(), grid.notes[0].key), (0, "too_few_for_pairs"));
}

#[test]
fn ten_products_or_more_are_one_row() {
    let named: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    let lines =
        |count: usize| named.iter().take(count).map(|name| (name.as_str(), "", 1)).collect::<Vec<_>>();
    let of = |one: u64, count| told("2025-03-01", one, placed(one as u32, &lines(count)));
    let response = answer(&company(vec![of(1, 9), of(2, 10), of(3, 12)]));
    let shown: Vec<_> =
        response.distribution.iter().map(|of| (of.products, of.or_more, n(&of.customers))).collect();
    assert_eq!(shown, [(9, false, 1), (10, true, 2)]);
    assert_eq!(response.customers.unwrap().holdings, 31);
}

#[test]
fn another_category_is_cross_sell_and_more_of_the_same_is_up_sell() {
    let company = company(vec![
        told("2024-11-01", 1, pen(1, 1_000)),
        told("2025-02-01", 1, placed(2, &[("lamp", "light", 4_000)])),
        told("2025-03-01", 1, placed(3, &[("pen", "paper", 1_500), ("pad", "paper", 1_000)])),
        // Less than before, and again more.
        told("2025-04-01", 1, pen(4, 200)),
        told("2025-05-01", 1, pen(5, 300)),
        // A first purchase is neither, and one without a category says nothing.
        told("2025-03-01", 2, placed(6, &[("pen", "paper", 900), ("lamp", "light", 900)])),
        told("2025-04-01", 2, placed(7, &[("bag", "", 9_000)])),
    ]);
    let growth = &answer(&company).growth[0];
    assert_eq!((n(&growth.purchases), n(&growth.cross_sell), units(&growth.cross_sell_value)), (5, 1, 4_000));
    let up = [&growth.up_sell_value, &growth.up_sell_increase].map(units);
    assert_eq!((n(&growth.up_sell), up), (2, [2_800, 1_600]));
    assert_eq!(listed(&company, "growth/EUR/cross_sell"), [(ObjectKind::Named(Dictionary::Order), vec![2])]);
    assert_eq!(
        listed(&company, "growth/EUR/up_sell"),
        [(ObjectKind::Named(Dictionary::Order), vec![3]), (ObjectKind::Named(Dictionary::Order), vec![5])]
    );
}

#[test]
fn net_retention_is_what_the_customers_of_the_year_before_are_worth_now() {
    let back = Kind::OrderChanged(v1::OrderChanged {
        order_id: "7".into(),
        op: v1::order_changed::Op::Return.into(),
        lines: vec![v1::Line {
            product: "pen".into(),
            quantity: "-1".into(),
            net: money(-100, "EUR"),
            ..v1::Line::default()
        }],
        ..Default::default()
    });
    let company = company(vec![
        told("2024-01-01", 1, pen(1, 1_000)),
        told("2025-06-01", 1, pen(2, 1_500)),
        told("2024-12-31", 2, pen(3, 1_000)),
        told("2025-01-01", 2, pen(4, 700)),
        told("2024-05-01", 3, pen(5, 1_000)),
        told("2024-06-01", 4, pen(6, 1_000)),
        told("2025-06-01", 4, pen(16, 1_000)),
        // Bought nothing again, and gave something back.
        told("2024-06-01", 5, pen(7, 1_000)),
        told("2025-01-02", 5, back),
        // New, and of 2023.
        told("2025-06-01", 6, pen(8, 9_000)),
        told("2023-12-31", 7, pen(9, 9_000)),
    ]);
    let of = &answer(&company).retention[0];
    let counts = [&of.customers, &of.expanded, &of.contracted, &of.churned].map(n);
    let sums = [&of.start, &of.expansion, &of.contraction, &of.churn, &of.end].map(units);
    assert_eq!((counts, sums), ([5, 1, 1, 2], [5_000, 500, 300, 2_100, 3_100]));
    assert_eq!((of.net_retention, of.gross_retention), (Some(0.62), Some(0.52)));
    assert_eq!(listed(&company, "retention/EUR/churned").len(), 2);
    assert_eq!(listed(&company, "retention/EUR/contracted"), [(ObjectKind::Party, vec![3, 4])]);
}

#[test]
fn nothing_at_all_is_an_answer_without_rows() {
    let response = answer(&company(Vec::new()));
    assert!(response.products.is_empty() && response.growth.is_empty() && response.retention.is_empty());
    assert_eq!(response.customers.as_ref().unwrap().products_per_customer, None);
    let page = Portfolio::page(&v1::PortfolioRequest::default(), &response);
    assert!(page.grids.iter().all(Grid::is_empty));
    assert_eq!(page.notes[0].key, "no_purchases");
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(vec![told("2025-03-01", 1, pen(1, 500))]);
    let default = v1::PortfolioRequest::default;
    for (request, field) in [
        (v1::PortfolioRequest { purchases_from: 7, ..default() }, "purchases_from"),
        (
            v1::PortfolioRequest { period_from: proto(hours(5)), period_to: proto(hours(5)), ..default() },
            "period_to",
        ),
    ] {
        let error = company.ask::<Portfolio>(&request, None, 0).unwrap_err();
        assert_eq!((error.class(), error.field()), (ErrorClass::Invalid, field), "{error}");
    }
    let ask = |figure: &str| company.ask::<Portfolio>(&default(), Some(figure), 0);
    for malformed in
        ["", "customers", "customers/all", "products/pen", "pairs/pen/customers", "growth/EUR/value"]
    {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in [
        "products/lamp/customers",
        "products/lamp/purchases",
        "products//purchases",
        "retention/EUR/churned",
        "distribution/7/customers",
        "pairs/pen/ink/customers",
        "customers/left_out",
    ] {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
}
