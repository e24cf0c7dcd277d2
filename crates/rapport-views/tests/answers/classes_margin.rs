//! Classes of customers by margin.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    checks::assert_figures_list_what_they_count,
    company::{Company, Told, customer, hours, money},
};
use rapport_model::ErrorClass;
use rapport_proto::v1::{self, ClassesRequest, classes_request::Value, payload::Kind};
use rapport_views::{
    answers::AsOf,
    model::{Classes, Model, Profit},
};

const DAY: i64 = 24;

fn order(id: &str, cents: i64) -> Kind {
    let total = money(cents, "EUR");
    Kind::OrderPlaced(v1::OrderPlaced { order_id: id.into(), total, ..Default::default() })
}

fn cost(cents: i64) -> Kind {
    let amount = money(cents, "EUR");
    let kind = v1::cost_allocated::Kind::Service.into();
    Kind::CostAllocated(v1::CostAllocated { kind, amount, ..Default::default() })
}

fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: hours(300 * DAY), recorded_until: hours(1_000 * DAY) };
    Company { told, as_of, seed: 0 }
}

fn request(value: Value) -> ClassesRequest {
    ClassesRequest { value: value.into(), ..Default::default() }
}

/// Customer, value, class and score of money, in the order of the answer.
fn rows(company: &Company, value: Value) -> Vec<(String, i64, String)> {
    let response = company.ask::<Classes>(&request(value), None, 0).unwrap().response;
    let row = |row: v1::ClassRow| (row.object, row.value_minor_units.unwrap(), row.abc);
    response.rows.into_iter().map(row).collect()
}

fn row(number: u64, cents: i64, class: &str) -> (String, i64, String) {
    (format!("party:{}", customer(number)), cents, class.to_owned())
}

/// The best by revenue costs most of it, and one costs and buys nothing.
fn told() -> Vec<Told> {
    vec![
        Told::at(DAY, 1, order("1", 9_000)),
        Told::at(DAY, 2, order("2", 800)),
        Told::at(DAY, 3, order("3", 200)),
        Told::at(2 * DAY, 1, cost(8_950)),
        Told::at(2 * DAY, 2, cost(100)),
        Told::at(2 * DAY, 4, cost(60)),
        Told::at(2 * DAY, 0, cost(1_000)),
    ]
}

#[test]
fn the_value_of_a_customer_is_what_is_left_of_the_revenue() {
    let company = company(told());
    let revenue = [row(1, 9_000, "A"), row(2, 800, "B"), row(3, 200, "C")];
    let margin = [row(2, 700, "A"), row(3, 200, "A"), row(1, 50, "B"), row(4, -60, "C")];
    assert_eq!(rows(&company, Value::Unspecified), revenue);
    assert_eq!(rows(&company, Value::Revenue), revenue);
    assert_eq!(rows(&company, Value::Margin), margin);

    let profit = company.ask::<Profit>(&v1::ProfitRequest::default(), None, 0).unwrap().response;
    let of_profit = |row: v1::ProfitRow| (row.object, row.profit.unwrap().minor_units.unwrap());
    let mut of_profit: Vec<_> = profit.rows.into_iter().map(of_profit).collect();
    of_profit.sort_by_key(|(_, profit)| -profit);
    assert_eq!(of_profit, margin.map(|(customer, margin, _)| (customer, margin)));

    for value in [Value::Revenue, Value::Margin] {
        assert_figures_list_what_they_count::<Classes>(&company, &request(value));
    }
}

#[test]
fn without_costs_revenue_is_shown_and_the_answer_says_so() {
    let mut company = company(told());
    company.told.retain(|told| matches!(told.kind, Kind::OrderPlaced(_)));
    let request = request(Value::Margin);
    let response = company.ask::<Classes>(&request, None, 0).unwrap().response;
    assert_eq!(response.value(), Value::Revenue);
    assert_eq!(rows(&company, Value::Margin), rows(&company, Value::Revenue));
    let noted = |request: &ClassesRequest| {
        Classes::page(request, &response).notes.iter().any(|note| note.key == "no_costs")
    };
    assert!(noted(&request) && !noted(&ClassesRequest::default()));
}

#[test]
fn products_have_no_margin() {
    let request = ClassesRequest { by: v1::classes_request::By::Product.into(), ..request(Value::Margin) };
    let refused = company(told()).refused::<Classes>(&request);
    assert_eq!(refused.class(), ErrorClass::Invalid);
    assert!(refused.to_string().contains("costs name customers"), "{refused}");
}
