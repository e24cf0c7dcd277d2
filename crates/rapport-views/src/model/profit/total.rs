//! All customers of a currency: what profit is made of, and how few bring most of it.

use rapport_proto::v1;

use super::{
    params::ProfitParams,
    parts::{Part, Parts, Tally},
    ranked::{Currency, Ranked},
};
use crate::{
    model::{
        figures::{Counted, Figures},
        scores::Scores,
        sums::{ratio, sum},
    },
    rows::Instrument,
    stats::{as_f64, share},
};

/// The whale curve has a point at each twentieth of the customers.
const POINTS: usize = 20;

/// The message of a currency.
pub(super) fn total(
    of: &Currency,
    params: &ProfitParams,
    scores: &Scores,
    figures: &mut Figures,
) -> v1::ProfitTotal {
    let code = of.code.as_str();
    let (customers, profit) = (of.ranked.len() as u64, profit_of(&of.ranked));
    let mut count = |name, of: &[Ranked]| {
        figures.count(&["totals", code, name], of.iter().map(|one| Counted::party(one.party)))
    };
    let profitable = of.ranked.partition_point(|one| one.profit > 0);
    let losing = of.ranked.partition_point(|one| one.profit >= 0);
    let (profitable, losing) =
        (of.ranked.get(..profitable).unwrap_or_default(), of.ranked.get(losing..).unwrap_or_default());
    let without_purchases: Vec<Ranked> =
        losing.iter().filter(|one| one.parts.of(Part::Revenue).events == 0).copied().collect();
    let (by_revenue, by_profit) = (&of.by_revenue, of.by_profit());
    let revenue = of.all.of(Part::Revenue).sum;
    let of_revenue = by_revenue.iter().map(Ranked::revenue).sum();
    v1::ProfitTotal {
        currency: code.to_owned(),
        customers: count("customers", &of.ranked),
        profit: sum(profit),
        margin: ratio(profit, revenue),
        profitable: count("profitable", profitable),
        share_profitable: share(profitable.len() as u64, customers),
        profit_of_profitable: sum(profit_of(profitable)),
        profitable_share_of_profit: ratio(profit_of(profitable), profit),
        loss_making: count("loss_making", losing),
        share_loss_making: share(losing.len() as u64, customers),
        profit_of_loss_making: sum(profit_of(losing)),
        loss_making_without_purchases: count("loss_making_without_purchases", &without_purchases),
        profit_of_loss_making_without_purchases: sum(profit_of(&without_purchases)),
        mean_profit_minor_units: mean(profit, customers),
        top_by_revenue: count("top_by_revenue", by_revenue),
        top_share_of_revenue: ratio(of_revenue, revenue).filter(|_| !by_revenue.is_empty()),
        top_by_profit: count("top_by_profit", by_profit),
        top_share_of_profit: ratio(profit_of(by_profit), profit).filter(|_| !by_profit.is_empty()),
        parts: parts(&of.all, code, customers),
        curve: curve(&of.ranked),
        quadrants: quadrants(of, scores, figures),
        ..left_out(&of.nobody, code, params)
    }
}

/// The fields of what names no customer.
fn left_out(nobody: &Parts, code: &str, params: &ProfitParams) -> v1::ProfitTotal {
    let named = |what, tally: Tally| Some(Figures::named(&["left_out", code, what], tally.events));
    let [revenue, costs, concessions] =
        [&[Part::Revenue][..], &Part::COSTS, &Part::CONCESSIONS].map(|parts| nobody.several(parts));
    v1::ProfitTotal {
        purchases_left_out: named("purchases", revenue),
        revenue_left_out: sum(revenue.sum),
        costs_left_out: named("costs", costs),
        cost_left_out: sum(costs.sum),
        concessions_left_out: named("concessions", concessions),
        concession_left_out: sum(nobody.conceded(params.discounts_in_price)),
        ..v1::ProfitTotal::default()
    }
}

/// Of something that all customers have together.
fn mean(sum: i128, customers: u64) -> Option<f64> {
    ratio(sum, customers.into())
}

fn parts(all: &Parts, code: &str, customers: u64) -> Vec<v1::ProfitPart> {
    let part = |part: Part| {
        let tally = all.of(part);
        v1::ProfitPart {
            kind: part.wire().into(),
            events: Some(Figures::named(&["parts", code, part.key()], tally.events)),
            sum: sum(tally.sum),
            share_of_revenue: ratio(tally.sum, all.of(Part::Revenue).sum),
            mean_minor_units: mean(tally.sum, customers),
        }
    };
    Part::ALL.into_iter().map(part).collect()
}

/// What the customers with the highest profit bring together, at each twentieth of all.
fn curve(descending: &[Ranked]) -> Vec<v1::WhalePoint> {
    let (all, profit) = (descending.len(), profit_of(descending));
    let mut points = Vec::new();
    let (mut taken, mut brought) = (0, 0_i128);
    for point in 1..=POINTS {
        let customers = (all * point).div_ceil(POINTS);
        if customers == taken {
            continue;
        }
        brought += profit_of(descending.get(taken..customers).unwrap_or_default());
        taken = customers;
        points.push(v1::WhalePoint {
            customers: customers as u64,
            share_of_customers: as_f64(customers as i128) / as_f64(all as i128),
            profit: sum(brought),
            share_of_profit: ratio(brought, profit),
        });
    }
    points
}

fn quadrants(of: &Currency, scores: &Scores, figures: &mut Figures) -> Vec<v1::ProfitQuadrant> {
    let Some(instrument) = scores.instrument.filter(|_| of.has_costs_to_serve()) else { return Vec::new() };
    let mut quadrants = Vec::with_capacity(4);
    for (costly, content) in [(true, true), (true, false), (false, true), (false, false)] {
        let is_in = |one: &&Ranked| {
            of.is_costly(one) == costly
                && one.response.is_some_and(|response| is_content(response, instrument) == content)
        };
        let members = of.ranked.iter().filter(is_in);
        let cost = if costly { "costly" } else { "cheap" };
        let mood = if content { "content" } else { "discontent" };
        quadrants.push(v1::ProfitQuadrant {
            costly,
            content,
            profit: sum(members.clone().map(|one| one.profit).sum()),
            customers: figures
                .count(&["quadrants", &of.code, cost, mood], members.map(|one| Counted::party(one.party))),
        });
    }
    quadrants
}

/// Whether a response is content: no detractor's, or one of the top two of five.
fn is_content(response: f64, to: Instrument) -> bool {
    response >= if to == Instrument::Nps { 7.0 } else { 4.0 }
}

fn profit_of(customers: &[Ranked]) -> i128 {
    customers.iter().map(|one| one.profit).sum()
}
