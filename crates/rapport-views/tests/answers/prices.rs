//! Prices of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, hours, money, zone},
    prices_oracle::asked,
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{
    self,
    payload::Kind,
    prices_request::{By, Of},
};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{Model as _, Prices},
    table::Dictionary,
};

fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

fn line(product: &str, list: Option<i64>, net: i64) -> v1::Line {
    v1::Line {
        product: product.into(),
        quantity: "1".into(),
        list: list.and_then(|list| money(list, "EUR")),
        net: money(net, "EUR"),
        ..v1::Line::default()
    }
}

/// An order of a day of the year 2025.
fn order(day: i64, customer: u64, lines: Vec<v1::Line>) -> Told {
    let placed = v1::OrderPlaced { order_id: format!("{customer}-{day}"), lines, ..Default::default() };
    Told::at(day * 24, customer, Kind::OrderPlaced(placed))
}

fn offer(day: i64, id: &str, version: u32, lines: Vec<v1::Line>) -> Told {
    let issued = v1::OfferIssued { offer_id: id.into(), version, lines, ..Default::default() };
    Told::at(day * 24, 1, Kind::OfferIssued(issued))
}

fn conceded(day: i64, kind: i32, value: Option<i64>, approver: &str) -> Told {
    let value = value.and_then(|value| money(value, "EUR"));
    let approver = approver.to_owned();
    Told::at(
        day * 24,
        1,
        Kind::ConcessionGranted(v1::ConcessionGranted { kind, value, approver, ..Default::default() }),
    )
}

fn units(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().unwrap().minor_units.unwrap()
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

#[test]
fn what_is_charged_of_list_prices_over_the_lines_that_have_one() {
    // 1000 for 950, 2000 for 1500, and 700 without a list price.
    let lines = vec![line("pen", Some(1_000), 950), line("ink", Some(2_000), 1_500), line("book", None, 700)];
    let answer = asked(&company(vec![order(1, 1, lines)]), &v1::PricesRequest::default());
    let of = answer.totals[0].all.clone().unwrap();
    assert_eq!((count(&of.lines), count(&of.with_list)), (3, 2));
    assert_eq!([&of.list, &of.net, &of.discount].map(units), [3_000, 2_450, 550]);
    let shown = [of.share_with_list, of.realisation, of.depth].map(|share| format!("{:.4}", share.unwrap()));
    assert_eq!(shown, ["0.6667", "0.8167", "0.1833"]);
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.key.as_str(), units(&row.of.as_ref().unwrap().discount))).collect();
    assert_eq!(rows, [("ink", 500), ("pen", 50), ("book", 0)]);
    assert_eq!(answer.rows[2].of.as_ref().unwrap().realisation, None);
    let bands: Vec<_> = answer.totals[0].bands.iter().map(|band| count(&band.lines)).collect();
    assert_eq!(bands, [0, 0, 1, 0, 0, 1, 0]);
}

#[test]
fn what_came_back_and_cancelled_orders_are_not_compared() {
    let returned = v1::Line { quantity: "-1".into(), ..line("pen", Some(-1_000), -500) };
    let change = |op: i32, lines| {
        let changed = v1::OrderChanged { order_id: "2-9".into(), op, lines, ..Default::default() };
        Told::at(240, 2, Kind::OrderChanged(changed))
    };
    let told = vec![
        order(1, 1, vec![line("pen", Some(1_000), 900), returned.clone()]),
        order(9, 2, vec![line("pen", Some(1_000), 100)]),
        change(2, vec![returned]),
        change(1, vec![]),
    ];
    let answer = asked(&company(told), &v1::PricesRequest::default());
    let of = answer.totals[0].all.clone().unwrap();
    assert_eq!((count(&of.lines), of.realisation), (1, Some(0.9)));
}

#[test]
fn of_an_offer_the_latest_version_counts_when_it_was_issued() {
    let told = vec![
        offer(10, "a", 1, vec![line("pen", Some(1_000), 1_000)]),
        offer(40, "a", 2, vec![line("pen", Some(1_000), 800)]),
        // Told later, and an earlier version all the same.
        offer(50, "a", 1, vec![line("pen", Some(1_000), 1)]),
        // Without versions the later one counts.
        offer(20, "b", 0, vec![line("ink", Some(1_000), 1_000)]),
        offer(30, "b", 0, vec![line("ink", Some(1_000), 900)]),
        order(1, 1, vec![line("pen", Some(1_000), 5)]),
    ];
    let request = |by: By| v1::PricesRequest { of: Of::Offers.into(), by: by.into(), ..Default::default() };
    let mut company = company(told);
    let shown = |company: &Company, by| {
        let rows = asked(company, &request(by)).rows;
        rows.into_iter().map(|row| (row.key, row.of.unwrap().realisation.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(shown(&company, By::Product), [("pen".into(), 0.8), ("ink".into(), 0.9)]);
    assert_eq!(shown(&company, By::Month), [("2025-01".into(), 0.9), ("2025-02".into(), 0.8)]);
    // As of a day before the second version, the first holds.
    company.as_of.occurred_until = hours(39 * 24);
    assert_eq!(shown(&company, By::Product), [("ink".into(), 0.9), ("pen".into(), 1.0)]);
}

#[test]
fn a_month_is_that_of_the_ledgers_zone() {
    // 31 January 23:00 in UTC is February in Riga.
    let told = Told { hours: 31 * 24 - 1, ..order(1, 1, vec![line("pen", Some(100), 50)]) };
    let request = v1::PricesRequest { by: By::Month.into(), ..Default::default() };
    let rows = asked(&company(vec![told]), &request).rows;
    assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["2025-02"]);
}

#[test]
fn customers_of_class_a_may_have_other_prices_than_those_of_c() {
    let told = vec![
        order(1, 1, vec![line("pen", Some(10_000), 8_000)]),
        order(2, 2, vec![line("pen", Some(2_000), 1_900)]),
        order(3, 3, vec![line("pen", Some(100), 100)]),
        order(4, 0, vec![line("pen", Some(100), 100)]),
    ];
    let request = v1::PricesRequest { by: By::Class.into(), ..Default::default() };
    let rows = asked(&company(told), &request).rows;
    let shown: Vec<_> =
        rows.iter().map(|row| (row.key.as_str(), row.of.as_ref().unwrap().realisation)).collect();
    assert_eq!(shown, [("A", Some(0.8)), ("B", Some(0.95)), ("C", Some(1.0)), ("", Some(1.0))]);
}

#[test]
fn concessions_are_counted_by_kind_and_by_who_approved_them() {
    let told = vec![
        conceded(1, 1, Some(500), "ilze"),
        conceded(2, 1, Some(300), ""),
        conceded(3, 3, Some(700), "ilze"),
        conceded(4, 2, None, "jonas"),
    ];
    let company = company(told);
    let answer = asked(&company, &v1::PricesRequest::default());
    let shown = |total: &v1::PriceTotal| {
        let groups = total.concessions.iter();
        groups
            .map(|one| {
                let value = one.value.as_ref().map(|sum| sum.minor_units.unwrap());
                format!("{} {} {} {value:?}", one.by, one.key, count(&one.concessions))
            })
            .collect::<Vec<_>>()
    };
    let expected = [
        "kind discount 2 Some(800)",
        "kind service 1 Some(700)",
        "approver ilze 2 Some(1200)",
        "approver  1 Some(300)",
    ];
    assert_eq!(shown(&answer.totals[0]), expected);
    assert_eq!(
        (answer.totals[1].currency.as_str(), shown(&answer.totals[1])),
        ("", vec!["kind terms 1 None".into(), "approver jonas 1 None".into()])
    );
    let hits =
        company.ask::<Prices>(&Default::default(), Some("concessions/EUR/approver/"), 0).unwrap().objects;
    assert_eq!((hits[0].kind, &hits[0].positions), (ObjectKind::Event, &vec![2]));
    let page = Prices::page(&Default::default(), &answer);
    let notes = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect::<Vec<_>>();
    assert_eq!(notes, ["no_list_prices", "without_value", "without_value"]);
}

#[test]
fn concessions_are_counted_by_class_of_the_customer_and_approver_where_classes_are_asked_for() {
    let to = |customer, told: Told| Told { customer, ..told };
    let company = company(vec![
        order(1, 1, vec![line("pen", Some(10_000), 8_000)]),
        order(2, 2, vec![line("pen", Some(2_000), 1_900)]),
        order(3, 3, vec![line("pen", Some(100), 100)]),
        to(1, conceded(4, 1, Some(500), "ilze")),
        to(1, conceded(5, 2, Some(100), "ilze")),
        to(1, conceded(6, 2, Some(900), "")),
        to(3, conceded(7, 3, Some(50), "ilze")),
        // Bought nothing, and nobody.
        to(4, conceded(8, 3, Some(7), "jonas")),
        to(0, conceded(9, 3, Some(2), "jonas")),
    ]);
    let request = v1::PricesRequest { by: By::Class.into(), ..Default::default() };
    let by_class = |answer: &v1::PricesResponse| -> Vec<(String, String, u64, i64)> {
        let groups = answer.totals[0].concessions.iter().filter(|group| group.by == "class");
        let shown = |group: &v1::ConcessionGroup| {
            let (key, approver) = (group.key.clone(), group.approver.clone());
            (key, approver, count(&group.concessions), units(&group.value))
        };
        groups.map(shown).collect()
    };
    let row = |class: &str, approver: &str, n, value| (class.to_owned(), approver.to_owned(), n, value);
    let expected =
        [row("A", "", 1, 900), row("A", "ilze", 2, 600), row("C", "ilze", 1, 50), row("", "jonas", 2, 9)];
    assert_eq!(by_class(&asked(&company, &request)), expected);
    assert_eq!(by_class(&asked(&company, &Default::default())), []);
    let list = |request: &v1::PricesRequest, figure: &str| {
        let hits = company.ask::<Prices>(request, Some(figure), 0);
        hits.map(|answered| answered.objects.into_iter().map(|hit| hit.positions[0]).collect::<Vec<_>>())
    };
    assert_eq!(list(&request, "concessions/EUR/class/A/ilze").unwrap(), [4, 5]);
    assert_eq!(list(&request, "concessions/EUR/class//jonas").unwrap(), [8, 9]);
    assert!(list(&Default::default(), "concessions/EUR/class/A/ilze").is_err(), "classes are not asked for");
}

#[test]
fn two_currencies_are_two_rows_and_a_figure_lists_a_line_at_a_time() {
    let dollars = |line: v1::Line| v1::Line { list: money(100, "USD"), net: money(90, "USD"), ..line };
    let told = vec![
        order(1, 1, vec![line("pen", Some(100), 95), line("pen", Some(200), 190)]),
        order(2, 1, vec![dollars(line("pen", None, 0))]),
    ];
    let company = company(told);
    let answer = asked(&company, &v1::PricesRequest::default());
    let currencies: Vec<_> = answer.totals.iter().map(|total| total.currency.as_str()).collect();
    assert_eq!(currencies, ["EUR", "USD"]);
    let hits = company.ask::<Prices>(&Default::default(), Some("bands/EUR/5"), 0).unwrap().objects;
    let shown: Vec<_> = hits.iter().map(|hit| (hit.kind, hit.positions.clone())).collect();
    assert_eq!(shown, vec![(ObjectKind::Named(Dictionary::Order), vec![1]); 2]);
    let request = v1::PricesRequest { currency: "USD".into(), ..Default::default() };
    assert_eq!(asked(&company, &request).rows.len(), 1);
    let error = company.ask::<Prices>(&request, Some("bands/EUR/5"), 0).unwrap_err();
    assert!(matches!(error, AnswerError::NoSuchFigure { .. }));
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let most = i64::MAX;
    let lines = vec![line("pen", Some(most), most), line("pen", Some(most), most)];
    let answer = asked(&company(vec![order(1, 1, lines)]), &v1::PricesRequest::default());
    let of = answer.totals[0].all.clone().unwrap();
    assert_eq!(of.list.unwrap().minor_units_wide, (i128::from(most) * 2).to_string());
    assert_eq!(of.realisation, Some(1.0));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(vec![order(1, 1, vec![line("pen", Some(100), 95)])]);
    let refused = |request: v1::PricesRequest| {
        let error = company.ask::<Prices>(&request, None, 0).unwrap_err();
        (error.class(), error.field())
    };
    let default = v1::PricesRequest::default;
    for (request, field) in [
        (v1::PricesRequest { by: 7, ..default() }, "by"),
        (v1::PricesRequest { of: -1, ..default() }, "of"),
        (v1::PricesRequest { purchases_from: 9, ..default() }, "purchases_from"),
        (
            v1::PricesRequest { period_from: proto(hours(5)), period_to: proto(hours(5)), ..default() },
            "period_to",
        ),
    ] {
        assert_eq!(refused(request), (ErrorClass::Invalid, field));
    }
    let ask = |figure: &str| company.ask::<Prices>(&default(), Some(figure), 0);
    for malformed in ["", "totals/EUR", "bands/EUR/7", "rows/EUR/pen/net", "concessions/EUR/staff/x"] {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in ["bands/EUR/10", "rows/EUR/ink/lines", "totals/USD/lines", "concessions/EUR/kind/discount"]
    {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
    assert!(asked(&self::company(Vec::new()), &default()).totals.is_empty());
}
