//! Stock computed again, day by day of the seconds between counts: each place is walked through by itself.

use std::{cmp::Reverse, collections::BTreeSet};

use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::model::Stock;

use super::{
    checks::{self, ratio, sum},
    company::{Company, Happened, companies, hours, money},
    exact::nearest,
    funnel_oracle::count,
    proto,
};

/// A count, and when.
struct Count<'a> {
    of: &'a Happened,
    says: &'a v1::StockCounted,
}

impl Count<'_> {
    fn currency(&self) -> &str {
        self.says.value.as_ref().map_or("", |value| value.currency.as_str())
    }
}

/// Everything that is counted: in thousandths of pieces.
fn pieces(quantity: &str) -> i64 {
    let (whole, part) = quantity.split_once('.').unwrap_or((quantity, "0"));
    let part: i64 = format!("{part:0<3}").parse().unwrap();
    whole.parse::<i64>().unwrap() * 1_000 + part
}

/// The average of the counts of a shelf in a currency, and for how long it is known.
fn average(shelf: &[&Count<'_>], currency: &str, (from, to): (i64, i64)) -> Option<(i128, i128)> {
    let (mut area, mut known) = (0_i128, 0_i128);
    for (nth, count) in shelf.iter().enumerate() {
        let end = shelf.get(nth + 1).map_or(i64::MAX, |next| next.of.at.as_micros());
        let length = (end.min(to) - count.of.at.as_micros().max(from)).max(0);
        if let Some(value) = count.says.value.as_ref().filter(|value| value.currency == currency) {
            area += i128::from(value.minor_units) * i128::from(length);
            known += i128::from(length);
        }
    }
    (known > 0).then(|| (nearest(area, known), known))
}

struct World<'a> {
    counts: Vec<Count<'a>>,
    costs: Vec<(&'a Happened, &'a v1::CostAllocated)>,
    window: (Timestamp, Timestamp),
    by_category: bool,
}

impl World<'_> {
    fn key(&self, product: &str) -> String {
        if !self.by_category {
            return product.to_owned();
        }
        let own = self.counts.iter().rev().filter(|count| count.says.product == product);
        own.map(|count| count.says.category.clone()).find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// Of the products that are wanted, in one currency.
    fn row(&self, currency: &str, name: &str, is_wanted: impl Fn(&str) -> bool) -> v1::StockRow {
        let (from, to) = (self.window.0.as_micros(), self.window.1.as_micros());
        let shelves: BTreeSet<(&str, &str)> = self
            .counts
            .iter()
            .map(|count| (count.says.product.as_str(), count.says.location.as_str()))
            .collect();
        let (mut last, mut averages) = (Vec::new(), Vec::new());
        for shelf in shelves.into_iter().filter(|(product, _)| is_wanted(&self.key(product))) {
            let is_its =
                |count: &&Count<'_>| (count.says.product.as_str(), count.says.location.as_str()) == shelf;
            let own: Vec<&Count<'_>> = self.counts.iter().filter(is_its).collect();
            last.extend(own.last().copied().filter(|count| count.currency() == currency));
            averages.extend(average(&own, currency, (from, to)).filter(|_| !currency.is_empty()));
        }
        let costs: Vec<_> = self
            .costs
            .iter()
            .filter(|(_, cost)| {
                cost.amount.as_ref().unwrap().currency == currency && is_wanted(&self.key(&cost.product))
            })
            .collect();
        let goods: i128 =
            costs.iter().map(|(_, cost)| i128::from(cost.amount.as_ref().unwrap().minor_units)).sum();
        let held: i128 = averages.iter().map(|(average, _)| average).sum();
        let known: i128 = averages.iter().map(|(_, known)| known).sum();
        let length = i128::from(to) - i128::from(from);
        let days = length as f64 / 86_400e6;
        let turns = (held > 0 && !costs.is_empty()).then(|| goods as f64 / held as f64 / days * 365.0);
        let is_counted = !last.is_empty() && !currency.is_empty();
        let value =
            |count: &&Count<'_>| count.says.value.as_ref().map_or(0, |value| i128::from(value.minor_units));
        v1::StockRow {
            currency: currency.to_owned(),
            key: name.to_owned(),
            counts: count(last.len()),
            quantity_milli: last.iter().map(|count| pieces(&count.says.quantity)).sum(),
            value: if is_counted { sum(last.iter().map(value).sum()) } else { None },
            counted: last.iter().map(|count| count.of.at).max().and_then(proto),
            average: if averages.is_empty() { None } else { sum(held) },
            known_share: ratio(known, averages.len() as i128 * length),
            costs: count(costs.len()),
            goods: if costs.is_empty() { None } else { sum(goods) },
            turns,
            days_of_stock: turns.filter(|turns| *turns > 0.0).map(|turns| 365.0 / turns),
        }
    }
}

fn is_nothing(row: &v1::StockRow) -> bool {
    let is_zero = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count == 0;
    is_zero(&row.counts) && is_zero(&row.costs) && row.average.is_none()
}

pub(crate) fn answer(company: &Company, request: &v1::StockRequest) -> v1::StockResponse {
    let happened = company.happened();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let counts = happened.iter().filter_map(|of| match &of.kind {
        Kind::StockCounted(says) => Some(Count { of, says }),
        _ => None,
    });
    let costs = happened.iter().filter_map(|of| match &of.kind {
        Kind::CostAllocated(cost) if cost.kind == 1 => Some((of, cost)),
        _ => None,
    });
    let costs = costs.filter(|(of, _)| window.0 <= of.at && of.at < window.1);
    let world =
        World { counts: counts.collect(), costs: costs.collect(), window, by_category: request.by == 2 };
    let products: BTreeSet<&str> = world
        .counts
        .iter()
        .map(|count| count.says.product.as_str())
        .chain(world.costs.iter().map(|(_, cost)| cost.product.as_str()))
        .collect();
    let keys: BTreeSet<String> = products.into_iter().map(|product| world.key(product)).collect();
    let mut response = v1::StockResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        ..v1::StockResponse::default()
    };
    for currency in ["EUR", "USD", ""] {
        if !request.currency.is_empty() && request.currency != currency {
            continue;
        }
        let rows = keys.iter().map(|key| world.row(currency, key, |other| other == key));
        let mut rows: Vec<_> = rows.filter(|row| !is_nothing(row)).collect();
        let units = |row: &v1::StockRow| row.average.as_ref().map(|sum| sum.minor_units.unwrap());
        rows.sort_by_key(|row| Reverse(units(row)));
        if !rows.is_empty() {
            response.totals.push(world.row(currency, "", |_| true));
        }
        response.rows.extend(rows);
    }
    response
}

prop_compose! {
    fn counted()(
        product in prop::sample::select(vec!["pen", "ink", "book"]),
        category in prop::sample::select(vec!["", "paper", "light"]),
        quantity in prop::sample::select(vec!["0", "3", "12.5", "7.125"]),
        value in prop::option::weighted(0.85, 0..5_000_i64),
        currency in prop::sample::select(vec!["EUR", "EUR", "EUR", "USD"]),
        location in prop::sample::select(vec!["", "riga", "cesis"]),
    ) -> Kind {
        Kind::StockCounted(v1::StockCounted {
            product: product.to_owned(),
            category: category.to_owned(),
            quantity: quantity.to_owned(),
            value: value.and_then(|value| money(value, currency)),
            location: location.to_owned(),
        })
    }
}

prop_compose! {
    fn costs()(
        kind in prop::sample::select(vec![1, 1, 1, 1, 2, 5]),
        amount in -50..900_i64,
        currency in prop::sample::select(vec!["EUR", "EUR", "EUR", "USD"]),
        product in prop::sample::select(vec!["pen", "ink", "book", "lamp", ""]),
    ) -> Kind {
        let (amount, product) = (money(amount, currency), product.to_owned());
        Kind::CostAllocated(v1::CostAllocated { kind, amount, product, ..Default::default() })
    }
}

/// Companies that count what they have.
pub(crate) fn counting() -> impl Strategy<Value = Company> {
    companies(prop_oneof![1 => counted(), 1 => costs()], 60)
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR", "CHF"]),
        by in 0..=2_i32,
    ) -> v1::StockRequest {
        v1::StockRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            currency: currency.to_owned(),
            by,
            ..v1::StockRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::StockRequest) -> v1::StockResponse {
    company.ask::<Stock>(request, None, 0).unwrap().response
}
