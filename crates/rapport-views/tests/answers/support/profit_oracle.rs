//! Profit computed again: every customer is asked about every event, and every customer about every other one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rapport_proto::v1::{self, ProfitPartKind, payload::Kind};
use rapport_views::model::Profit;

use super::{
    acting::{Acting, contact_roles, last_response},
    bought::{Bought, bought},
    checks::{self, ratio, sum},
    company::{
        CUSTOMERS, Company, Happened, companies, concessions, costs, hours, invoices, order_changes, orders,
    },
    funnel_oracle::count,
    proto,
};

/// One thing that changes profit: of which part, how much, and the purchase or event that it counts.
struct Change {
    customer: String,
    currency: String,
    part: i32,
    minor_units: i128,
    counts: Option<String>,
}

struct Books<'a> {
    company: &'a Company,
    request: &'a v1::ProfitRequest,
    happened: &'a [Happened],
    acting: Acting,
    changes: Vec<Change>,
}

fn changes(
    happened: &[Happened],
    lines: Vec<Bought>,
    (from, to): (rapport_model::Timestamp, rapport_model::Timestamp),
) -> Vec<Change> {
    let within = |at| from <= at && at < to;
    let mut changes: Vec<_> = lines
        .into_iter()
        .filter(|line| within(line.at))
        .map(|line| Change {
            customer: line.customer,
            currency: line.currency,
            part: ProfitPartKind::Revenue.into(),
            minor_units: line.net,
            counts: line.is_purchase.then_some(line.id),
        })
        .collect();
    for one in happened.iter().filter(|one| within(one.at)) {
        let (part, amount) = match &one.kind {
            // Goods, service, acquisition, retention, delivery.
            Kind::CostAllocated(cost) => ([2, 3, 9, 5, 4][cost.kind as usize - 1], &cost.amount),
            Kind::ConcessionGranted(granted) => ([6, 7, 8][granted.kind as usize - 1], &granted.value),
            _ => continue,
        };
        changes.push(Change {
            customer: one.customer.clone(),
            currency: amount.as_ref().map_or(String::new(), |amount| amount.currency.clone()),
            part,
            minor_units: amount.as_ref().map_or(0, |amount| amount.minor_units.into()),
            counts: Some(one.position.to_string()),
        });
    }
    changes
}

/// One customer in one currency.
#[derive(Clone)]
struct One {
    name: String,
    /// Of each part, from 1: things and sum.
    parts: Vec<(usize, i128)>,
    profit: i128,
    response: Option<f64>,
}

impl One {
    fn several(&self, parts: &[usize]) -> (usize, i128) {
        let of = parts.iter().map(|part| self.parts[*part]);
        (of.clone().map(|(n, _)| n).sum(), of.map(|(_, sum)| sum).sum())
    }
}

const COSTS: [usize; 5] = [2, 3, 4, 5, 9];
const TO_SERVE: [usize; 3] = [3, 4, 5];
const CONCESSIONS: [usize; 3] = [6, 7, 8];

impl Books<'_> {
    fn parts(&self, customer: Option<&str>, currency: &str) -> Vec<(usize, i128)> {
        let of = |part: i32| {
            let own = self.changes.iter().filter(move |change| {
                change.part == part
                    && change.currency == currency
                    && customer.is_none_or(|customer| customer == change.customer)
            });
            // An order under two customers is two.
            let things: BTreeSet<_> = own
                .clone()
                .filter_map(|change| Some((change.counts.clone()?, change.customer.clone())))
                .collect();
            (things.len(), own.map(|change| change.minor_units).sum())
        };
        (0..=9).map(of).collect()
    }

    fn one(&self, name: &str, currency: &str) -> One {
        let parts = self.parts(Some(name), currency);
        let taken_off = |part: &usize| !((self.request.discounts == 2) && *part == 6);
        let spent: i128 = (2..=9).filter(taken_off).map(|part| parts[part].1).sum();
        let profit = parts[1].1 - spent;
        One { name: name.to_owned(), profit, response: self.response(name), parts }
    }

    /// The latest value of the instrument, until T.
    fn response(&self, name: &str) -> Option<f64> {
        let wanted = instrument(self.company, self.request)?;
        last_response(self.happened, &self.acting, name, wanted).map(|(value, ..)| value)
    }

    fn row(&self, one: &One, all: &[One], currency: &str) -> v1::ProfitRow {
        let served = all.iter().any(|one| one.several(&TO_SERVE).0 > 0);
        let cheaper = cheaper(one, all);
        let conceded = if self.request.discounts == 2 { &CONCESSIONS[1..] } else { &CONCESSIONS[..] };
        v1::ProfitRow {
            object: format!("party:{}", one.name),
            currency: currency.to_owned(),
            purchases: count(one.parts[1].0),
            revenue: sum(one.parts[1].1),
            costs: count(one.several(&COSTS).0),
            goods: sum(one.parts[2].1),
            to_serve: sum(one.several(&TO_SERVE).1),
            service: sum(one.parts[3].1),
            delivery: sum(one.parts[4].1),
            retention: sum(one.parts[5].1),
            concessions: count(one.several(&CONCESSIONS).0),
            conceded: sum(one.several(conceded).1),
            acquisition: sum(one.parts[9].1),
            profit: sum(one.profit),
            margin: ratio(one.profit, one.parts[1].1),
            cost_percentile: served.then(|| cheaper as f64 / all.len() as f64),
            response: one.response,
        }
    }

    fn quadrants(&self, all: &[One]) -> Vec<v1::ProfitQuadrant> {
        let Some(instrument) = instrument(self.company, self.request) else { return Vec::new() };
        if all.iter().all(|one| one.several(&TO_SERVE).0 == 0) {
            return Vec::new();
        }
        let border = if instrument == 1 { 7.0 } else { 4.0 };
        let quadrant = |(costly, content): (bool, bool)| {
            let members: Vec<_> = all
                .iter()
                .filter(|one| (cheaper(one, all) as f64 / all.len() as f64 >= 0.5) == costly)
                .filter(|one| one.response.is_some_and(|value| (value >= border) == content))
                .collect();
            v1::ProfitQuadrant {
                costly,
                content,
                customers: count(members.len()),
                profit: sum(members.iter().map(|one| one.profit).sum()),
            }
        };
        [(true, true), (true, false), (false, true), (false, false)].into_iter().map(quadrant).collect()
    }

    fn total(&self, all: &[One], currency: &str) -> v1::ProfitTotal {
        let (profit, revenue) = (profit(all), all.iter().map(|one| one.parts[1].1).sum());
        let [winners, losers] = [1, -1]
            .map(|sign| all.iter().filter(|one| one.profit.signum() == sign).cloned().collect::<Vec<_>>());
        let fifth = if all.len() < 5 { 0 } else { (all.len() as f64 / 5.0).ceil() as usize };
        let mut by_revenue = all.to_vec();
        by_revenue.sort_by(|a, b| b.parts[1].1.cmp(&a.parts[1].1).then(a.name.cmp(&b.name)));
        by_revenue.truncate(fifth);
        let top: i128 = by_revenue.iter().map(|one| one.parts[1].1).sum();
        let parts = (1..=9).map(|part: usize| {
            let value = all.iter().map(|one| one.parts[part].1).sum();
            v1::ProfitPart {
                kind: part as i32,
                events: count(all.iter().map(|one| one.parts[part].0).sum()),
                sum: sum(value),
                share_of_revenue: ratio(value, revenue),
                mean_minor_units: (!all.is_empty()).then(|| value as f64 / all.len() as f64),
            }
        });
        let idle: Vec<One> = losers.iter().filter(|one| one.parts[1].0 == 0).cloned().collect();
        let share = |of: &[One]| ratio(of.len() as i128, all.len() as i128);
        let nobody = self.one("", currency);
        let conceded = if self.request.discounts == 2 { &CONCESSIONS[1..] } else { &CONCESSIONS[..] };
        v1::ProfitTotal {
            currency: currency.to_owned(),
            customers: count(all.len()),
            parts: parts.collect(),
            profit: sum(profit),
            margin: ratio(profit, revenue),
            profitable: count(winners.len()),
            share_profitable: share(&winners),
            profit_of_profitable: sum(self::profit(&winners)),
            profitable_share_of_profit: ratio(self::profit(&winners), profit),
            loss_making: count(losers.len()),
            share_loss_making: share(&losers),
            profit_of_loss_making: sum(self::profit(&losers)),
            loss_making_without_purchases: count(idle.len()),
            profit_of_loss_making_without_purchases: sum(self::profit(&idle)),
            mean_profit_minor_units: (!all.is_empty()).then(|| profit as f64 / all.len() as f64),
            top_by_revenue: count(fifth),
            top_share_of_revenue: ratio(top, revenue).filter(|_| fifth > 0),
            top_by_profit: count(fifth),
            top_share_of_profit: ratio(self::profit(&all[..fifth]), profit).filter(|_| fifth > 0),
            curve: curve(all),
            quadrants: self.quadrants(all),
            purchases_left_out: count(nobody.parts[1].0),
            revenue_left_out: sum(nobody.parts[1].1),
            costs_left_out: count(nobody.several(&COSTS).0),
            cost_left_out: sum(nobody.several(&COSTS).1),
            concessions_left_out: count(nobody.several(&CONCESSIONS).0),
            concession_left_out: sum(nobody.several(conceded).1),
        }
    }
}

fn profit(of: &[One]) -> i128 {
    of.iter().map(|one| one.profit).sum()
}

fn cheaper(one: &One, all: &[One]) -> usize {
    all.iter().filter(|other| other.several(&TO_SERVE).1 < one.several(&TO_SERVE).1).count()
}

fn curve(all: &[One]) -> Vec<v1::WhalePoint> {
    let points: BTreeSet<usize> = (1..=20).map(|point| (all.len() * point).div_ceil(20)).collect();
    let point = |n: usize| v1::WhalePoint {
        customers: n as u64,
        share_of_customers: n as f64 / all.len() as f64,
        profit: sum(profit(&all[..n])),
        share_of_profit: ratio(profit(&all[..n]), profit(all)),
    };
    points.into_iter().filter(|n| *n > 0).map(point).collect()
}

/// Of the contract: 1 is nps, 2 csat.
fn instrument(company: &Company, request: &v1::ProfitRequest) -> Option<i32> {
    let responded = |instrument: i32| {
        company.happened().iter().any(|one| {
            !one.customer.is_empty()
                && matches!(&one.kind, Kind::SurveyAnswered(answered) if answered.instrument == instrument)
        })
    };
    let wanted: &[i32] = match request.instrument.as_str() {
        "nps" => &[1],
        "csat" => &[2],
        _ => &[1, 2],
    };
    wanted.iter().copied().find(|instrument| responded(*instrument))
}

pub(crate) fn answer(company: &Company, request: &v1::ProfitRequest) -> v1::ProfitResponse {
    let happened = company.happened();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let (from, lines) = bought(&happened, request.purchases_from);
    let changes = changes(&happened, lines, window);
    let asked = Books { company, request, happened: &happened, acting: Acting::of(company), changes };
    let unpriced = asked.parts(None, "");
    let mut response = v1::ProfitResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        purchases_from: from,
        instrument: match instrument(company, request) {
            Some(1) => "nps".to_owned(),
            Some(_) => "csat".to_owned(),
            None => String::new(),
        },
        purchases_without_amount: count(unpriced[1].0),
        concessions_without_value: count(CONCESSIONS.iter().map(|part| unpriced[*part].0).sum()),
        ..v1::ProfitResponse::default()
    };
    for currency in ["EUR", "USD"] {
        if !request.currency.is_empty() && request.currency != currency {
            continue;
        }
        let of_it = |change: &&Change| change.currency == currency && !change.customer.is_empty();
        let names: BTreeSet<_> =
            asked.changes.iter().filter(of_it).map(|change| change.customer.clone()).collect();
        let is_any = |one: &One| one.parts.iter().any(|(n, _)| *n > 0) || one.parts[1].1 != 0;
        let mut all: Vec<_> =
            names.iter().map(|name| asked.one(name, currency)).filter(|one| is_any(one)).collect();
        if all.is_empty() && !is_any(&asked.one("", currency)) {
            continue;
        }
        all.sort_by(|a, b| b.profit.cmp(&a.profit).then(a.name.cmp(&b.name)));
        response.totals.push(asked.total(&all, currency));
        let mut rows = all.clone();
        if request.order == 2 {
            rows.sort_by(|a, b| a.profit.cmp(&b.profit).then(a.name.cmp(&b.name)));
        }
        response.rows.extend(rows.iter().map(|one| asked.row(one, &all, currency)));
    }
    response
}

fn surveys() -> impl Strategy<Value = Kind> {
    (1..=3_i32, 0..=10_u8, prop::sample::select(vec!["", "quality"])).prop_map(
        |(instrument, value, question)| {
            let value = if instrument == 1 { value } else { value.clamp(1, 5) };
            Kind::SurveyAnswered(v1::SurveyAnswered {
                survey_id: "s".to_owned(),
                instrument,
                question: question.to_owned(),
                value: Some(value.into()),
                ..Default::default()
            })
        },
    )
}

/// Companies, some without surveys, some without orders.
pub(crate) fn profitable() -> impl Strategy<Value = Company> {
    let bought = prop_oneof![
        4 => (orders(), order_changes()).prop_flat_map(|(a, b)| prop::sample::select(vec![a.clone(), a, b])).boxed(),
        1 => invoices().boxed(),
    ];
    let all = prop_oneof![5 => bought.clone(), 3 => costs(), 2 => concessions(), 2 => surveys(), 2 => contact_roles(CUSTOMERS)];
    let without_surveys = prop_oneof![3 => invoices(), 2 => costs(), 1 => concessions()];
    let without_costs = prop_oneof![3 => bought, 1 => concessions()];
    prop_oneof![
        6 => companies(all, 70).boxed(),
        1 => companies(without_surveys, 40).boxed(),
        1 => companies(without_costs, 30).boxed(),
    ]
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR", "CHF"]),
        (purchases_from, order) in (prop::sample::select(vec![0, 0, 0, 1, 2]), 0..=2_i32),
        discounts in prop::sample::select(vec![0, 1, 2]),
        instrument in prop::sample::select(vec!["", "", "nps", "csat"]),
    ) -> v1::ProfitRequest {
        v1::ProfitRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            currency: currency.to_owned(),
            purchases_from,
            order,
            discounts,
            instrument: instrument.to_owned(),
            ..v1::ProfitRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ProfitRequest) -> v1::ProfitResponse {
    company.ask::<Profit>(request, None, 0).unwrap().response
}
