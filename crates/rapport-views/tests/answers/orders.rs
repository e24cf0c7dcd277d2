//! Orders of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, hours, money, zone},
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, Every, orders_request::By, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, AskError, ObjectKind},
    model::{Model, Orders},
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

fn line(product: &str, quantity: &str, minor_units: i64, currency: &str) -> v1::Line {
    v1::Line {
        product: product.into(),
        category: "stationery".into(),
        quantity: quantity.into(),
        net: money(minor_units, currency),
        ..v1::Line::default()
    }
}

fn placed(order: &str, lines: Vec<v1::Line>) -> Kind {
    Kind::OrderPlaced(v1::OrderPlaced { order_id: order.into(), lines, ..Default::default() })
}

fn pen(order: &str, minor_units: i64) -> Kind {
    placed(order, vec![line("pen", "2", minor_units, "EUR")])
}

fn changed(order: &str, op: v1::order_changed::Op, lines: Vec<v1::Line>) -> Kind {
    Kind::OrderChanged(v1::OrderChanged {
        order_id: order.into(),
        op: op.into(),
        lines,
        ..Default::default()
    })
}

fn paid(order: &str, method: &str) -> Kind {
    Kind::PaymentReceived(v1::PaymentReceived {
        amount: money(1, "EUR"),
        method: method.into(),
        order_id: order.into(),
        ..Default::default()
    })
}

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    Company { told, as_of: as_of("2025-12-31"), seed: 7 }
}

fn answer(company: &Company, request: &v1::OrdersRequest) -> v1::OrdersResponse {
    company.ask::<Orders>(request, None, 0).unwrap().response
}

fn by(by: By) -> v1::OrdersRequest {
    v1::OrdersRequest { by: by.into(), ..v1::OrdersRequest::default() }
}

fn n(figure: Option<&v1::Figure>) -> u64 {
    figure.unwrap().count
}

/// Purchases, customers, new ones, repeated purchases, pieces, value.
fn shown(sold: Option<&v1::Sold>) -> ([u64; 4], String, Option<i64>) {
    let sold = sold.unwrap();
    let counts = [&sold.purchases, &sold.customers, &sold.new_customers, &sold.repeat_purchases];
    (counts.map(|figure| n(figure.as_ref())), sold.quantity.clone(), sold.value.as_ref().unwrap().minor_units)
}

fn listed(company: &Company, request: &v1::OrdersRequest, figure: &str) -> Vec<(ObjectKind, Vec<u64>)> {
    let objects = company.ask::<Orders>(request, Some(figure), 0).unwrap().objects;
    objects.into_iter().map(|hit| (hit.kind, hit.positions)).collect()
}

#[test]
fn a_year_by_month_has_every_month_and_says_who_came_back() {
    let company = company(vec![
        // Before the window: customer 1 is not new in it.
        told("2024-12-31", 1, pen("0", 100)),
        told("2025-01-01", 1, pen("1", 1_000)),
        told("2025-01-31", 2, pen("2", 500)),
        told("2025-01-31", 2, pen("3", 700)),
        told("2025-03-05", 2, pen("4", 900)),
        told("2025-03-06", 0, pen("5", 50)),
        told("2025-12-31", 3, pen("6", 1_500)),
    ]);
    let response = answer(&company, &v1::OrdersRequest::default());
    let keys: Vec<&str> = response.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!((keys.len(), keys[0], keys[11]), (12, "2025-01", "2025-12"));
    assert!(response.rows.iter().all(|row| !row.partial && row.currency == "EUR"));
    let row = |at: usize| shown(response.rows[at].sold.as_ref());
    assert_eq!(row(0), ([3, 2, 1, 2], "6".into(), Some(2_200)));
    assert_eq!(row(1), ([0, 0, 0, 0], "0".into(), Some(0)));
    assert_eq!(row(2), ([2, 1, 0, 1], "4".into(), Some(950)));
    assert_eq!(row(11), ([1, 1, 1, 0], "2".into(), Some(1_500)));

    let total = &response.totals[0];
    assert_eq!(shown(total.sold.as_ref()), ([6, 3, 2, 3], "12".into(), Some(4_650)));
    assert_eq!(total.sold.as_ref().unwrap().mean_value_minor_units, Some(775.0));
    assert_eq!(n(total.sold.as_ref().unwrap().without_customer.as_ref()), 1);
    // Of three customers, one bought twice or more, and one had bought before.
    assert_eq!((n(total.repeat_customers.as_ref()), total.repeat_rate), (1, Some(1.0 / 3.0)));
    assert_eq!((n(total.returning_customers.as_ref()), total.returning_share), (1, Some(1.0 / 3.0)));

    let list = |figure| listed(&company, &v1::OrdersRequest::default(), figure);
    // Of the two orders of the same noon, the first of the log is the customer's first.
    let repeated = vec![
        (ObjectKind::Named(Dictionary::Order), vec![2]),
        (ObjectKind::Named(Dictionary::Order), vec![4]),
    ];
    assert_eq!(list("rows/EUR/2025-01/repeat_purchases"), repeated);
    assert_eq!(list("rows/EUR/2025-01/new_customers"), [(ObjectKind::Party, vec![3, 4])]);
    assert_eq!(list("totals/EUR/without_customer"), [(ObjectKind::Named(Dictionary::Order), vec![6])]);
    assert_eq!(list("totals/EUR/returning_customers"), [(ObjectKind::Party, vec![2])]);
    assert_eq!(list("totals/EUR/repeat_customers"), [(ObjectKind::Party, vec![3, 4, 5])]);
}

/// Value of new customers and of all others, their purchases, and the share of the others.
fn whose(sold: Option<&v1::Sold>) -> ([Option<i64>; 2], [u64; 2], Option<f64>) {
    let sold = sold.unwrap();
    let values = [&sold.value_of_new, &sold.value_of_returning];
    let purchases = [&sold.purchases_of_new, &sold.purchases_of_returning];
    (
        values.map(|sum| sum.as_ref().unwrap().minor_units),
        purchases.map(|figure| n(figure.as_ref())),
        sold.returning_share_of_value,
    )
}

#[test]
fn the_value_is_that_of_new_customers_of_those_who_return_and_of_nobody() {
    use v1::order_changed::Op;
    let back =
        |order: &str, minor_units| changed(order, Op::Return, vec![line("pen", "-1", minor_units, "EUR")]);
    let company = company(vec![
        told("2024-06-01", 1, pen("0", 5_000)),
        told("2025-03-01", 1, pen("1", 6_000)),
        told("2025-03-02", 2, pen("2", 10_000)),
        told("2025-03-30", 2, pen("3", 4_000)),
        told("2025-03-31", 0, pen("4", 700)),
        // Bought nothing in April: not new there.
        told("2025-04-02", 2, back("3", -1_000)),
        told("2025-04-03", 3, pen("5", 2_000)),
    ]);
    let months = answer(&company, &v1::OrdersRequest::default());
    let row = |at: usize| whose(months.rows[at].sold.as_ref());
    assert_eq!(row(2), ([Some(14_000), Some(6_000)], [2, 1], Some(0.3)));
    // A share of what is worth 1,000 in all, of which more than all is of new customers.
    assert_eq!(row(3), ([Some(2_000), Some(-1_000)], [1, 0], Some(-1.0)));
    assert_eq!(row(4), ([Some(0), Some(0)], [0, 0], None));
    // In the row of all the time customer 2 is new, with what came back.
    let total = months.totals[0].sold.as_ref();
    assert_eq!(whose(total), ([Some(15_000), Some(6_000)], [3, 1], Some(6_000.0 / 21_000.0)));
    assert_eq!(shown(total).2, Some(15_000 + 6_000 + 700));
    let list = |figure| listed(&company, &v1::OrdersRequest::default(), figure);
    let orders = |positions: &[u64]| -> Vec<_> {
        positions.iter().map(|position| (ObjectKind::Named(Dictionary::Order), vec![*position])).collect()
    };
    assert_eq!(list("rows/EUR/2025-03/purchases_of_new"), orders(&[3, 4]));
    assert_eq!(list("rows/EUR/2025-03/purchases_of_returning"), orders(&[2]));
    assert_eq!(list("totals/EUR/purchases_of_new"), orders(&[3, 4, 7]));
}

#[test]
fn what_comes_back_lowers_the_value_and_what_is_cancelled_counts_in_no_row() {
    use v1::order_changed::Op;
    let mut company = company(vec![
        told("2025-03-01", 1, pen("1", 1_000)),
        told("2025-04-01", 1, changed("1", Op::Return, vec![line("pen", "-1", -400, "EUR")])),
        told("2025-04-02", 2, pen("2", 9_000)),
        told("2025-04-03", 2, changed("2", Op::Amend, vec![line("pen", "1", 1_000, "EUR")])),
        told("2025-06-01", 2, changed("2", Op::Cancel, vec![])),
        // Of an order from before the window: what came back is in it.
        told("2024-01-01", 3, pen("3", 700)),
        told("2025-12-31", 3, changed("3", Op::Return, vec![line("pen", "-2", -700, "EUR")])),
    ]);
    let request = v1::OrdersRequest { every: Every::Quarter.into(), ..v1::OrdersRequest::default() };
    let response = answer(&company, &request);
    let rows: Vec<_> = response.rows.iter().map(|row| (row.key.as_str(), shown(row.sold.as_ref()))).collect();
    let expected = [
        ("2025-Q1", ([1, 1, 1, 0], "2".to_owned(), Some(1_000))),
        ("2025-Q2", ([0, 0, 0, 0], "-1".to_owned(), Some(-400))),
        ("2025-Q3", ([0, 0, 0, 0], "0".to_owned(), Some(0))),
        ("2025-Q4", ([0, 0, 0, 0], "-2".to_owned(), Some(-700))),
    ];
    assert_eq!(rows, expected);
    let total = &response.totals[0];
    let value = |sum: &Option<v1::Sum>| sum.as_ref().unwrap().minor_units.unwrap();
    assert_eq!((n(total.returns.as_ref()), value(&total.returns_value)), (2, -1_100));
    assert_eq!((n(total.cancelled.as_ref()), value(&total.cancelled_value)), (1, 10_000));
    // With the order's own event and its cancellation; the amendment made nothing cancelled.
    assert_eq!(
        listed(&company, &request, "totals/EUR/cancelled"),
        [(ObjectKind::Named(Dictionary::Order), vec![3, 5])]
    );
    assert_eq!(listed(&company, &request, "totals/EUR/returns").len(), 2);
    // As of the day before it was cancelled, it counts.
    company.as_of = as_of("2025-05-31");
    let total = &answer(&company, &request).totals[0];
    assert_eq!((n(total.cancelled.as_ref()), value(&total.cancelled_value)), (0, 0));
    assert_eq!(shown(total.sold.as_ref()), ([2, 2, 2, 0], "4".into(), Some(10_600)));
}

#[test]
fn a_purchase_paid_in_two_ways_is_in_both_rows_and_once_in_all() {
    let company = company(vec![
        told("2025-03-01", 1, pen("1", 1_000)),
        told("2025-03-02", 2, pen("2", 500)),
        told("2025-03-03", 3, pen("3", 200)),
        // Prepaid, paid later, and of an order that is none.
        told("2025-02-01", 1, paid("1", "card")),
        told("2025-12-30", 1, paid("1", "voucher")),
        told("2025-12-30", 2, paid("2", "")),
        told("2025-12-30", 2, paid("7", "card")),
    ]);
    let response = answer(&company, &by(By::Payment));
    let row = |row: &v1::OrdersRow| (row.key.clone(), row.unpaid, shown(row.sold.as_ref()).2);
    let rows: Vec<_> = response.rows.iter().map(row).collect();
    let of = |key: &str, unpaid, value| (key.to_owned(), unpaid, Some(value));
    let expected =
        [of("card", false, 1_000), of("voucher", false, 1_000), of("", false, 500), of("", true, 200)];
    assert_eq!(rows, expected);
    assert_eq!(shown(response.totals[0].sold.as_ref()), ([3, 3, 3, 0], "6".into(), Some(1_700)));
    let list = |figure| listed(&company, &by(By::Payment), figure);
    assert_eq!(list("rows/EUR/card/purchases"), [(ObjectKind::Named(Dictionary::Order), vec![1])]);
    assert_eq!(list("rows/EUR//customers"), [(ObjectKind::Party, vec![2])]);
    assert_eq!(list("unpaid/EUR/customers"), [(ObjectKind::Party, vec![3])]);
    // The events of a customer are those of the row.
    let mut both = company.clone();
    both.told.push(told("2025-03-04", 1, pen("8", 100)));
    let of_first = listed(&both, &by(By::Payment), "unpaid/EUR/repeat_purchases");
    assert_eq!(of_first, [(ObjectKind::Named(Dictionary::Order), vec![8])]);
    assert_eq!(listed(&both, &by(By::Payment), "rows/EUR/card/customers"), [(ObjectKind::Party, vec![1])]);
    // Paid in December: as of March, it was not.
    let march = Company { as_of: as_of("2025-03-31"), ..company };
    let unpaid: Vec<_> = answer(&march, &by(By::Payment)).rows.iter().map(|row| row.unpaid).collect();
    assert_eq!(unpaid, [false, true]);
}

#[test]
fn by_branch_a_row_is_of_the_branch_that_the_event_names_and_not_of_the_person() {
    let at = |branch, told: Told| Told { branch, ..told };
    let company = company(vec![
        at("riga", told("2025-03-01", 1, pen("1", 1_000))),
        // The same person, who has moved.
        at("cesis", told("2025-04-01", 1, pen("2", 500))),
        at("", told("2025-04-02", 2, pen("3", 700))),
        at(
            "cesis",
            told(
                "2025-05-01",
                1,
                changed("1", v1::order_changed::Op::Return, vec![line("pen", "-1", -400, "EUR")]),
            ),
        ),
    ]);
    let rows = answer(&company, &by(By::Branch)).rows;
    let rows: Vec<_> = rows.iter().map(|row| (row.key.as_str(), shown(row.sold.as_ref()).2)).collect();
    assert_eq!(rows, [("riga", Some(1_000)), ("", Some(700)), ("cesis", Some(100))]);
    let list = |figure| listed(&company, &by(By::Branch), figure);
    assert_eq!(list("rows/EUR/cesis/purchases"), [(ObjectKind::Named(Dictionary::Order), vec![2])]);
    assert_eq!(list("rows/EUR//customers"), [(ObjectKind::Party, vec![3])]);
}

#[test]
fn currencies_are_rows_of_their_own_and_a_customer_is_new_in_one_of_them() {
    let dollars = placed("2", vec![line("ink", "0.5", 900, "USD")]);
    let company = company(vec![
        told("2025-03-01", 1, pen("1", 1_000)),
        told("2025-04-01", 1, dollars),
        told("2025-05-01", 1, placed("3", vec![])),
        told(
            "2025-06-01",
            2,
            placed("4", vec![line("pen", "1", i64::MAX, "EUR"), line("pen", "1", i64::MAX, "EUR")]),
        ),
    ]);
    let response = answer(&company, &by(By::Product));
    let row = |row: &v1::OrdersRow| (row.currency.clone(), row.key.clone(), shown(row.sold.as_ref()));
    let rows: Vec<_> = response.rows.iter().map(row).collect();
    let expected = [
        ("EUR".to_owned(), "pen".to_owned(), ([2, 2, 2, 0], "4".to_owned(), None)),
        ("USD".to_owned(), "ink".to_owned(), ([1, 1, 0, 1], "0.5".to_owned(), Some(900))),
        (String::new(), String::new(), ([1, 1, 0, 1], "0".to_owned(), None)),
    ];
    assert_eq!(rows, expected);
    // A sum beyond 64 bits is exact.
    let wide = (2 * i128::from(i64::MAX) + 1_000).to_string();
    assert_eq!(response.rows[0].sold.as_ref().unwrap().value.as_ref().unwrap().minor_units_wide, wide);
    let only = v1::OrdersRequest { currency: "USD".into(), ..by(By::Product) };
    assert_eq!((answer(&company, &only).rows.len(), answer(&company, &only).totals.len()), (1, 1));
    assert!(company.ask::<Orders>(&only, Some("totals/EUR/purchases"), 0).is_err());
}

#[test]
fn periods_that_reach_beyond_the_window_say_so() {
    let company = company(vec![told("2025-03-10", 1, pen("1", 1_000)), told("2025-03-20", 1, pen("2", 50))]);
    let day = |day: &str| proto(parse_moment(day, &zone()).unwrap());
    let request = v1::OrdersRequest {
        period_from: day("2025-03-14"),
        period_to: day("2025-03-30"),
        every: Every::Week.into(),
        ..v1::OrdersRequest::default()
    };
    let rows = answer(&company, &request).rows;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.key.as_str(), row.partial, n(row.sold.as_ref().unwrap().purchases.as_ref())))
        .collect();
    assert_eq!(rows, [("2025-W11", true, 0), ("2025-W12", false, 1), ("2025-W13", true, 0)]);
}

#[test]
fn nothing_at_all_is_an_answer_without_rows() {
    let company = company(Vec::new());
    for request in [v1::OrdersRequest::default(), by(By::Payment), by(By::Staff)] {
        let response = answer(&company, &request);
        assert!(response.totals.is_empty() && response.rows.is_empty());
        let page = Orders::page(&request, &response);
        assert!(page.grids.iter().all(rapport_views::page::Grid::is_empty));
        assert_eq!(page.notes[0].key, "no_purchases");
    }
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(vec![told("2025-03-01", 1, pen("1", 500))]);
    let refused = |request: v1::OrdersRequest| {
        let error = company.refused::<Orders>(&request);
        let field = match &error {
            AskError::Answer(error) => error.field(),
            AskError::Field { field, .. } => field,
            AskError::Read(_) => "",
        };
        (error.class(), field, error.to_string())
    };
    let default = v1::OrdersRequest::default;
    let long_ago = prost_types::Timestamp { seconds: -50_000_000_000, nanos: 0 };
    let every = |every: Every, request| v1::OrdersRequest { every: every.into(), ..request };
    for (request, field) in [
        (v1::OrdersRequest { by: 9, ..default() }, "by"),
        (v1::OrdersRequest { every: -1, ..default() }, "every"),
        (every(Every::Month, by(By::Product)), "every"),
        (v1::OrdersRequest { purchases_from: 7, ..default() }, "purchases_from"),
        (
            v1::OrdersRequest { period_from: proto(hours(5)), period_to: proto(hours(5)), ..default() },
            "period_to",
        ),
        (v1::OrdersRequest { period_from: Some(long_ago), ..every(Every::Day, default()) }, "every"),
    ] {
        let (class, of, text) = refused(request);
        assert_eq!((class, of), (ErrorClass::Invalid, field), "{text}");
    }
    let ask = |figure: &str| company.ask::<Orders>(&default(), Some(figure), 0);
    for malformed in
        ["", "rows", "rows/EUR/2025-03", "totals/EUR/all", "rows/EUR/2025-03/returns", "unpaid/EUR"]
    {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in [
        "rows/EUR/2025-04/purchases",
        "rows/EUR/march/purchases",
        "totals/USD/customers",
        "unpaid/EUR/purchases",
    ] {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
}
