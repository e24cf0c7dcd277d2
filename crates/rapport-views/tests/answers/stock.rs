//! Stock of a small hand-made history, with its turns worked out.

use crate::support::{
    company::{Company, Told, hours, money},
    proto,
    stock_oracle::asked,
};
use rapport_model::{ErrorClass, Timestamp};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::AsOf,
    model::{Model as _, Stock},
    page::Value,
};

fn counted(day: i64, product: &str, location: &str, quantity: &str, value: Option<i64>) -> Told {
    let kind = Kind::StockCounted(v1::StockCounted {
        product: product.to_owned(),
        category: "tools".to_owned(),
        quantity: quantity.to_owned(),
        value: value.and_then(|value| money(value, "EUR")),
        location: location.to_owned(),
    });
    Told::at(day * 24, 0, kind)
}

fn sold(day: i64, product: &str, amount: i64) -> Told {
    let (kind, amount, product) = (1, money(amount, "EUR"), product.to_owned());
    Told::at(
        day * 24,
        1,
        Kind::CostAllocated(v1::CostAllocated { kind, amount, product, ..Default::default() }),
    )
}

/// From day 100 on, 100 days.
fn request() -> v1::StockRequest {
    v1::StockRequest {
        period_from: proto(hours(100 * 24)),
        period_to: proto(hours(200 * 24)),
        ..v1::StockRequest::default()
    }
}

fn shop() -> Company {
    let told = vec![
        // 1,000 for 60 days of the period, 500 for 40: 800 on average.
        counted(50, "saw", "riga", "10", Some(1_000)),
        counted(160, "saw", "riga", "5", Some(500)),
        // Known for the second half only.
        counted(150, "saw", "cesis", "2", Some(200)),
        // A count without a value.
        counted(120, "nail", "riga", "1000", None),
        counted(90, "glue", "riga", "4", Some(300)),
        sold(110, "saw", 300),
        sold(190, "saw", 200),
        sold(210, "saw", 900),
        sold(120, "rope", 70),
    ];
    Company { told, as_of: AsOf { occurred_until: hours(300 * 24), recorded_until: Timestamp::MAX }, seed: 7 }
}

fn units(sum: &Option<v1::Sum>) -> Option<i64> {
    sum.as_ref().and_then(|sum| sum.minor_units)
}

#[test]
fn turns_are_the_cost_of_goods_by_the_average_stock_to_a_year() {
    let answer = asked(&shop(), &request());
    let saw = answer.rows.iter().find(|row| row.key == "saw").unwrap();
    // 800 in Riga and 200 in Cēsis; 500 sold in 100 days.
    assert_eq!(
        (units(&saw.average), units(&saw.goods), units(&saw.value)),
        (Some(1_000), Some(500), Some(700))
    );
    assert_eq!((saw.quantity_milli, saw.counts.as_ref().unwrap().count), (7_000, 2));
    let near = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-9;
    assert!(
        near(saw.turns, 0.5 * 3.65) && near(saw.days_of_stock, 200.0) && near(saw.known_share, 0.75),
        "{saw:?}"
    );
}

#[test]
fn what_lacks_a_count_or_a_cost_says_so() {
    let answer = asked(&shop(), &request());
    let page = Stock::page(&request(), &answer);
    let rows = page.grids.iter().find(|grid| grid.key == "row").unwrap();
    let place = rows.columns.iter().position(|column| column.key == "lacks").unwrap();
    let shown: Vec<_> = answer
        .rows
        .iter()
        .zip(&rows.rows)
        .map(|(row, shown)| {
            let lacks = match &shown.cells[place].value {
                Value::Text(text) => text.as_str(),
                _ => "",
            };
            (row.key.as_str(), row.currency.as_str(), row.turns.is_some(), lacks.to_owned())
        })
        .collect();
    let named = |key, currency, has_turns, lacks: &str| (key, currency, has_turns, lacks.to_owned());
    assert_eq!(
        shown,
        [
            named("saw", "EUR", true, ""),
            named("glue", "EUR", false, "no cost of goods"),
            named("rope", "EUR", false, "no count"),
            named("nail", "", false, "no cost of goods"),
        ]
    );
    let total = &answer.totals[0];
    assert_eq!((units(&total.average), units(&total.goods)), (Some(1_300), Some(570)));
    assert_eq!(units(&answer.totals[1].value), None);
}

#[test]
fn categories_are_those_that_counts_name() {
    let answer = asked(&shop(), &v1::StockRequest { by: 2, ..request() });
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.key.as_str(), units(&row.average))).collect();
    assert_eq!(rows, [("tools", Some(1_300)), ("", None), ("tools", None)]);
}

#[test]
fn figures_list_counts_and_costs() {
    let ask = |figure: &str| shop().ask::<Stock>(&request(), Some(figure), 0);
    let positions = |figure: &str| -> Vec<u64> {
        ask(figure).unwrap().objects.into_iter().flat_map(|hit| hit.positions).collect()
    };
    assert_eq!((positions("row/EUR/saw/counts"), positions("total/EUR/costs")), (vec![2, 3], vec![6, 7, 9]));
    assert_eq!(ask("row/EUR/saw/value").unwrap_err().class(), ErrorClass::Invalid);
    assert_eq!(ask("row/EUR/rope/counts").unwrap_err().class(), ErrorClass::NotFound);
    let request = v1::StockRequest { currency: "euro".to_owned(), ..request() };
    assert_eq!(shop().refused::<Stock>(&request).class(), ErrorClass::Invalid);
}
