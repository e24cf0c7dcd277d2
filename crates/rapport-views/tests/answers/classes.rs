//! Classes of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;

use crate::support;
use crate::support::{
    classes_world::{Content, Line, Told, What, World, hours},
    company::{self, Company, definition},
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, ClassesMeasure, classes_request::Every};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::Classes,
    rows::ObjectId,
    table::Dictionary,
};

const EUR: usize = 1;

fn day(text: &str) -> i64 {
    let zone = support::classes_world::zone();
    let end = parse_moment(text, &zone).unwrap().as_micros() + 1;
    (end - hours(0).as_micros()) / support::HOUR - 12
}

/// At noon of a day, in euros.
fn told(what: What, order: u64, customer: u64, on: &str, minor_units: i64) -> Told {
    let quantity = if minor_units < 0 { -1 } else { 1 };
    let line = Line { product: 0, quantity, net: Some(minor_units) };
    let content = Content { hours: day(on), lines: vec![line], total: None, currency: EUR };
    Told { what, order, customer, recorded_day: 0, content, corrected: None }
}

/// As of the end of 2025, over the year.
fn world(told: Vec<Told>) -> World {
    World {
        told,
        merges: HashMap::new(),
        definitions: [None; 3],
        request: v1::ClassesRequest::default(),
        as_of: as_of("2025-12-31"),
        seed: 7,
    }
}

fn as_of(day: &str) -> AsOf {
    let zone = support::classes_world::zone();
    AsOf { occurred_until: parse_moment(day, &zone).unwrap(), recorded_until: Timestamp::MAX }
}

fn row(world: &World, object: &str) -> v1::ClassRow {
    world.answer().rows.into_iter().find(|row| row.object == object).unwrap()
}

#[test]
fn the_golden_ten_customers_are_three_a_three_b_and_four_c() {
    let values = [500, 200, 100, 80, 50, 30, 20, 10, 6, 4];
    let orders = values.iter().zip(1..).map(|(value, n)| told(What::Placed, n, n, "2025-05-05", value * 100));
    let answer = world(orders.collect()).answer();
    let classes: String = answer.rows.iter().map(|row| row.abc.as_str()).collect();
    assert_eq!(classes, "AAABBBCCCC");
    let of_abc = |class: &&v1::ClassCount| class.measure() == ClassesMeasure::Abc;
    let shown = answer.classes.iter().filter(of_abc).map(|class| {
        let share = |share: Option<f64>| format!("{:.0}", 100.0 * share.unwrap());
        let (objects, value) = (class.objects.as_ref().unwrap().count, class.value_minor_units.unwrap());
        (class.name.clone(), objects, share(class.share_of_objects), value, share(class.share_of_value))
    });
    let row = |class: &str, n, share: &str, value, of_value: &str| {
        (class.to_owned(), n, share.to_owned(), value, of_value.to_owned())
    };
    let expected =
        [row("A", 3, "30", 80_000, "80"), row("B", 3, "30", 16_000, "16"), row("C", 4, "40", 4_000, "4")];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    let shares = [answer.rows[1].share, answer.rows[1].share_before];
    assert_eq!(shares, [Some(0.2), Some(0.5)]);
}

#[test]
fn the_golden_year_of_a_product_is_x_and_an_exact_quarterly_buyer_z_by_months() {
    let (mut orders, mut n) = (Vec::new(), 0);
    for (purchases, month) in [100_u64, 110, 90, 105, 95, 100, 100, 110, 90, 100, 105, 95].iter().zip(1..) {
        for _ in 0..*purchases {
            n += 1;
            orders.push(told(What::Placed, n, 2, &format!("2025-{month:02}-28"), 100));
        }
    }
    for (quarter, n) in ["2025-01-01", "2025-04-30", "2025-09-30", "2025-12-31"].iter().zip(9_001..) {
        orders.push(told(What::Placed, n, 1, quarter, 100));
    }
    let mut world = world(orders);
    let shown =
        |row: v1::ClassRow| (row.xyz, format!("{:.4} {:.2}", row.variation.unwrap(), row.mean.unwrap()));
    assert_eq!(shown(row(&world, "party:c99")), ("Z".to_owned(), "1.4142 0.33".to_owned()));
    world.request.every = Every::Quarter.into();
    assert_eq!(shown(row(&world, "party:c99")), ("X".to_owned(), "0.0000 1.00".to_owned()));

    world.told.retain(|told| told.customer != 1);
    world.request = v1::ClassesRequest { by: 2, ..v1::ClassesRequest::default() };
    assert_eq!(shown(row(&world, "product:pen")), ("X".to_owned(), "0.0645 100.00".to_owned()));
    assert_eq!(world.answer().periods, 12);
}

#[test]
fn an_order_counts_until_it_is_cancelled_and_then_neither_in_value_nor_in_recency() {
    let mut world = world(vec![
        told(What::Placed, 1, 1, "2025-03-01", 500),
        told(What::Placed, 2, 1, "2025-06-01", 9_000),
        told(What::Amended, 2, 1, "2025-06-02", 1_000),
        told(What::Cancelled, 2, 1, "2025-09-01", 0),
    ]);
    let shown = |world: &World| {
        let row = row(world, "party:c99");
        (row.purchases.unwrap().count, row.value_minor_units.unwrap(), row.recency_days.unwrap())
    };
    world.as_of = as_of("2025-08-31");
    assert_eq!(shown(&world), (2, 10_500, 91));
    world.as_of = as_of("2025-09-01");
    assert_eq!(shown(&world), (1, 500, 184));
    // As of what was known before the cancellation was recorded, it still counts.
    world.told[3].recorded_day = 300;
    world.as_of.recorded_until = hours(299 * 24);
    assert_eq!(shown(&world), (2, 10_500, 92));
}

#[test]
fn what_comes_back_lowers_the_value_and_is_no_purchase() {
    let world = world(vec![
        told(What::Placed, 1, 1, "2025-03-01", 500),
        told(What::Returned, 1, 1, "2025-04-01", -200),
        // Another way to say so, and goods of an order that was placed before the period.
        told(What::Placed, 2, 1, "2025-04-02", -100),
        told(What::Placed, 3, 2, "2024-12-31", 700),
        told(What::Returned, 3, 2, "2025-01-01", -700),
    ]);
    let answer = world.answer();
    let shown = |row: &v1::ClassRow| {
        let count = row.purchases.as_ref().unwrap().count;
        (row.object.clone(), count, row.value_minor_units, row.abc.clone(), row.xyz.clone())
    };
    let party = |name: &str, n, value, abc: &str, xyz: &str| {
        (format!("party:{name}"), n, Some(value), abc.to_owned(), xyz.to_owned())
    };
    let expected = [party("c99", 1, 200, "A", "Z"), party("c98", 0, -700, "C", "N")];
    assert_eq!(answer.rows.iter().map(shown).collect::<Vec<_>>(), expected);
    let total = &answer.totals[0];
    let counts = [&total.objects, &total.buyers].map(|figure| figure.as_ref().unwrap().count);
    assert_eq!((counts, total.value_minor_units), ([2, 1], Some(-500)));
    assert_eq!((answer.rows[1].share, answer.rows[1].last_purchase), (None, None));
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let most = i64::MAX;
    let world = world((1..=3).map(|n| told(What::Placed, n, n.min(2), "2025-03-01", most)).collect());
    let answer = world.answer();
    let sums = answer.rows.iter().map(|row| (row.value_minor_units, row.value_minor_units_wide.clone()));
    let wide = (i128::from(most) * 2).to_string();
    assert_eq!(sums.collect::<Vec<_>>(), [(None, wide), (Some(most), String::new())]);
    assert_eq!(answer.rows[1].share_before.map(|share| format!("{share:.4}")), Some("0.6667".to_owned()));
}

#[test]
fn a_definition_that_cannot_be_read_leaves_the_default_and_is_named() {
    let defined = |version: u32, code: &str, body: &str| {
        company::Told::at(i64::from(version), 0, definition("abc", code, version, body))
    };
    let meta = |told: &[company::Told]| {
        let company = Company { told: told.to_vec(), as_of: as_of("2025-12-31"), seed: 7 };
        let answered = company.ask::<Classes>(&v1::ClassesRequest::default(), None, 0).unwrap();
        let meta = answered.response.meta.unwrap();
        let unreadable: Vec<_> =
            meta.definitions_unreadable.into_iter().map(|of| (of.version, of.fault)).collect();
        (meta.definitions.iter().map(|of| of.version).collect::<Vec<_>>(), unreadable)
    };
    let unread = (2, "`body.a`: expected percent above 0 and at most 100, found text".to_owned());
    let bad = defined(2, "customer", r#"{"a": "80"}"#);
    assert_eq!(meta(std::slice::from_ref(&bad)), (vec![], vec![unread.clone()]));
    let sound = defined(1, "customer", "{}");
    assert_eq!(meta(&[sound, bad, defined(9, "product", "[]")]), (vec![1], vec![unread]));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let mut world = world(vec![told(What::Placed, 1, 1, "2025-03-01", 500)]);
    let refused = |request: v1::ClassesRequest| {
        let world = World { request, ..world.clone() };
        let error = world.ask(None, 0).unwrap_err();
        (error.class(), error.field(), error.to_string())
    };
    let default = v1::ClassesRequest::default;
    for (request, field) in [
        (v1::ClassesRequest { by: 9, ..default() }, "by"),
        (v1::ClassesRequest { every: -1, ..default() }, "every"),
        (v1::ClassesRequest { measures: vec![1, 77], ..default() }, "measures"),
        (
            v1::ClassesRequest { period_from: proto(hours(5)), period_to: proto(hours(5)), ..default() },
            "period_to",
        ),
        (v1::ClassesRequest { only_class: "a".into(), ..default() }, "only_class"),
        // Products have no segments, and what is not asked for has no classes.
        (v1::ClassesRequest { only_class: "new".into(), by: 2, ..default() }, "only_class"),
        (v1::ClassesRequest { only_class: "A".into(), measures: vec![2], ..default() }, "only_class"),
    ] {
        let (class, of, text) = refused(request);
        assert_eq!((class, of), (ErrorClass::Invalid, field), "{text}");
    }
    let (.., text) = refused(v1::ClassesRequest { only_class: "D".into(), measures: vec![1], ..default() });
    assert_eq!(text, "expected a class of what is asked for (`A`, `B`, `C`), found `D`");

    let ask = |figure: &str| world.ask(Some(figure), 0);
    for malformed in ["", "rows", "classes/abc/EUR", "totals/EUR/all", "classes/xy/EUR/A"] {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in
        ["classes/abc/EUR/B", "rows/EUR/party:c1/purchases", "totals/USD/objects", "totals/EUR/left_out"]
    {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
    let hits = ask("rows/EUR/party:c99/purchases").unwrap().objects;
    assert_eq!(
        (hits[0].kind, hits[0].object, hits[0].customer),
        (ObjectKind::Named(Dictionary::Order), ObjectId(1), ObjectId(1))
    );
    world.request.currency = "USD".into();
    assert!(world.answer().totals.is_empty());
}
