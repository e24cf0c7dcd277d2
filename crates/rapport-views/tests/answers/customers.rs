//! Lists over histories written by hand: what a condition says, what it does not know, and where it is wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, customer, definition, hours, money},
    proto,
};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::{AsOf, AskError},
    model::{Customer, Customers},
};

const DAY: i64 = 24;

fn order(id: &str, minor_units: i64, currency: &str) -> Kind {
    let total = money(minor_units, currency);
    Kind::OrderPlaced(v1::OrderPlaced { order_id: id.to_owned(), total, ..Default::default() })
}

fn call() -> Kind {
    Kind::TouchCallLogged(v1::TouchCallLogged { outcome: 1, ..Default::default() })
}

fn allowed(purpose: &str, channel: &str) -> Kind {
    let (purpose, channel) = (purpose.to_owned(), channel.to_owned());
    Kind::ConsentGranted(v1::ConsentGranted { purpose, channel, ..Default::default() })
}

fn attribute(key: &str, value: &str) -> Kind {
    Kind::PartyFactRecorded(v1::PartyFactRecorded {
        category: 1,
        key: key.to_owned(),
        personal: Some(v1::party_fact_recorded::Personal { value: value.to_owned() }),
        ..Default::default()
    })
}

/// As of the end of 2025: 1 bought most and is silent since March, 2 was called in December, 3 bought in dollars, 4 is known
/// by an attribute alone.
fn company() -> Company {
    let told = vec![
        Told::at(10 * DAY, 1, order("a", 80_000, "EUR")),
        Told::at(80 * DAY, 1, call()),
        Told::at(20 * DAY, 2, order("b", 20_000, "EUR")),
        Told::at(340 * DAY, 2, call()),
        Told::at(30 * DAY, 3, order("c", 5_000, "USD")),
        Told::at(DAY, 1, attribute("region", "Riga")),
        Told::at(DAY, 2, attribute("region", "Old \"Riga\"")),
        Told::at(DAY, 4, attribute("region", "Riga")),
        Told::at(DAY, 4, attribute("level", "gold")),
        Told::at(DAY, 2, allowed("news", "email")),
    ];
    let as_of = AsOf { occurred_until: hours(364 * DAY), recorded_until: hours(1_000 * DAY) };
    Company { told, as_of, seed: 0 }
}

fn request(condition: &str) -> v1::CustomersRequest {
    v1::CustomersRequest { condition: condition.to_owned(), ..Default::default() }
}

fn listed(condition: &str) -> Vec<String> {
    let answer = company().ask::<Customers>(&request(condition), None, 0).unwrap().response;
    answer.rows.into_iter().map(|row| row.customer.trim_start_matches("party:").to_owned()).collect()
}

fn customers(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|number| customer(*number)).collect()
}

#[test]
fn a_list_has_whom_its_condition_says_the_highest_revenue_first() {
    for (condition, expected) in [
        ("", &[1, 2, 3, 4][..]),
        ("abc = A", &[1, 3]),
        ("abc = a and silence > 60d and region = Riga", &[1]),
        ("silence > 60d or region = \"Old \"\"Riga\"\"\"", &[1, 2]),
        ("region = \"Old \\\"Riga\\\"\"", &[2]),
        ("not abc = A", &[2]),
        ("revenue >= 200 EUR", &[1, 2]),
        // Who bought nothing has no revenue in any currency; who bought in dollars has none that is compared with euros.
        ("revenue < 0.01 EUR", &[4]),
        ("revenue < 0.01 EUR or currency = USD", &[3, 4]),
        ("last_purchase < 2025-01-31 and purchases = 1", &[1, 2]),
        ("silence >= 284d", &[1]),
        ("silence > 284d", &[]),
        ("silence > 9m", &[1]),
        ("silence is not known", &[3, 4]),
        ("level in (suspect, Prospect)", &[4]),
        // `level` is a field of every ledger, `attribute.level` one of this one.
        ("attribute.level = gold", &[4]),
        ("abc = A or abc = B and silence < 30d", &[1, 2, 3]),
        ("(abc = A or abc = B) and silence < 30d", &[2]),
        ("abc==A && silence>60d", &[]),
        ("consent.news.email = granted", &[2]),
        ("consent.news.email is not known and region = Riga", &[1, 4]),
    ] {
        if condition.contains("&&") {
            let error = ask_error(condition);
            assert!(
                error.starts_with("column 8: expected a field, a value or an operator, found `&`"),
                "{error}"
            );
            continue;
        }
        assert_eq!(listed(condition), customers(expected), "{condition}");
    }
}

fn ask_error(condition: &str) -> String {
    match company().refused::<Customers>(&request(condition)) {
        AskError::Field { field: "condition", expected } => expected,
        other => panic!("{condition}: {other:?}"),
    }
}

#[test]
fn a_fault_names_its_column_what_was_expected_and_what_was_found() {
    for (condition, expected) in [
        ("abc", "column 4: expected `=`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `is`, found nothing"),
        ("abc = ", "column 7: expected `A`, `B`, `C`, found nothing"),
        ("abc = D", "column 7: expected `A`, `B`, `C`, found `D`"),
        ("abc < A", "column 5: expected `=`, `!=` or `in`: `abc` is not a quantity"),
        ("abc = A B", "column 9: expected `and`, `or` or the end, found `B`"),
        ("abc = A and", "column 12: expected a field, such as `abc`, or `not`, or `(`, found nothing"),
        ("and", "column 1: expected a field, such as `abc`, or `not`, or `(`, found `and`"),
        ("((abc = A)", "column 11: expected `and`, `or` or `)`, found nothing"),
        ("abc = A)", "column 8: expected `and`, `or` or the end, found `)`"),
        ("abc in A", "column 8: expected `(` and values with commas between them, found `A`"),
        ("abc in (A", "column 10: expected `,` or `)`, found nothing"),
        ("abc is known A", "column 14: expected `and`, `or` or the end, found `A`"),
        ("abc==A && nps>6", "column 8: expected a field, a value or an operator, found `&`"),
        ("abc is A", "column 8: expected `known` or `not known`, found `A`"),
        ("region = \"Riga", "column 10: expected a second quotation mark behind this one"),
        ("silence > 60", "column 11: expected a length of time: `60d`, `8w`, `3m` or `2y`, found `60`"),
        ("silence > -1d", "column 11: expected a length of time: `60d`, `8w`, `3m` or `2y`, found `-1d`"),
        ("purchases > 1.5", "column 13: expected a whole number, found `1.5`"),
        ("nps > NaN", "column 7: expected a number, found `NaN`"),
        ("last_purchase > 2025-02-30", "column 17: expected a day, such as `2026-01-31`, found `2025-02-30`"),
        (
            "revenue > 1.005 EUR",
            "column 11: expected an amount with its currency, such as `1500 EUR` or `99.90 EUR`, found `1.005 EUR`",
        ),
        (
            "revenue > 5 and abc = A",
            "column 11: expected an amount with its currency, such as `1500 EUR` or `99.90 EUR`, found `5`; an amount has a \
             currency",
        ),
        ("ābc = 1", "column 1: expected a field, found `ābc`; there are `abc`,"),
        (
            "attribute.x = 1",
            "column 1: expected a field, found `attribute.x`; there are the attributes `level`, `region`",
        ),
        (
            "consent.news.fax = granted",
            "column 1: expected a field, found `consent.news.fax`; there are the decisions `consent.news.email`",
        ),
        (
            "consent.news = yes",
            "column 16: expected `granted`, `expired`, `withdrawn`, `objected`, found `yes`",
        ),
        ("alive > 80", "column 9: expected a share of 1, such as `0.8`, found `80`"),
    ] {
        let error = ask_error(condition);
        assert!(error.starts_with(expected), "{condition}\n{error}\n{expected}");
    }
    let deep = "(".repeat(200) + "abc = A" + &")".repeat(200);
    assert!(ask_error(&deep).starts_with("column 51: expected at most 50 brackets inside one another"));
    assert!(ask_error(&"x".repeat(10_001)).starts_with("column 10001: expected at most 10000 characters"));
}

#[test]
fn the_list_counts_whom_it_leaves_out_and_of_which_field_nothing_is_known() {
    let total =
        company().ask::<Customers>(&request("silence > 60d and abc = A"), None, 0).unwrap().response.total;
    let total = total.unwrap();
    let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
    // 3 is of class A, and nobody knows when they were last met; of 4 nothing is known at all.
    assert_eq!([n(&total.listed), n(&total.not_fulfilled), n(&total.unknown)], [1, 1, 2]);
    let lacking: Vec<_> =
        total.unknown_fields.iter().map(|one| (one.field.as_str(), n(&one.customers))).collect();
    assert_eq!(lacking, [("silence", 2), ("abc", 1)]);
}

#[test]
fn a_level_is_that_of_the_definition_also_where_it_looks_back_further() {
    let mut company = company();
    company.as_of.occurred_until = hours(600 * DAY);
    let row = |company: &Company, from: Option<i64>| {
        let fields = vec!["level".to_owned(), "purchases".to_owned()];
        let period_from = from.and_then(|day| proto(hours(day * DAY)));
        let request = v1::CustomersRequest { fields, period_from, ..request("currency = EUR") };
        let answer = company.ask::<Customers>(&request, None, 0).unwrap().response;
        let first = answer.rows.into_iter().find(|row| row.customer.ends_with(&customer(1))).unwrap();
        let definitions = answer.meta.unwrap().definitions.len();
        (first.values.iter().find(|value| value.field == "level").unwrap().value.clone(), definitions)
    };
    let is = |level: &str| Some(v1::customers_value::Value::Text(level.to_owned()));
    assert_eq!(row(&company, None), (is("inactive"), 0));
    let body = r#"{"window_months": 24}"#;
    company.told.push(Told::at(0, 0, definition("pyramid", "customer", 1, body)));
    assert_eq!(row(&company, None), (is("top"), 1));
    // What is asked for comes first.
    assert_eq!(row(&company, Some(400)), (is("inactive"), 1));
}

#[test]
fn white_space_names_the_lists_that_it_rests_on() {
    let mut company = company();
    let body = r#"{"products": ["p"]}"#;
    company.told.push(Told::at(0, 0, definition("potential", "shops", 3, body)));
    let used = |field: &str| {
        let request = v1::CustomersRequest { fields: vec![field.to_owned()], ..request("currency = EUR") };
        let meta = company.ask::<Customers>(&request, None, 0).unwrap().response.meta.unwrap();
        meta.definitions.into_iter().map(|one| (one.kind, one.code, one.version)).collect::<Vec<_>>()
    };
    let of = ("potential".to_owned(), "shops".to_owned(), 3);
    assert_eq!((used("white_space"), used("purchases")), (vec![of.clone()], vec![]));
    let of_one = v1::CustomerRequest { customer: customer(1), ..Default::default() };
    let meta = company.ask::<Customer>(&of_one, None, 0).unwrap().response.meta.unwrap();
    let used: Vec<_> = meta.definitions.into_iter().map(|one| (one.kind, one.code, one.version)).collect();
    assert_eq!(used, [of]);
}
