//! The pyramid computed again, from the list of what happened: every customer is asked for, one after the other.

mod market;
mod moves;
mod parties;
mod purchases;

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, PyramidLevel, order_changed::Op, payload::Kind},
};
use rapport_views::stats::nps::net_promoter_score;

use self::purchases::parts;
use super::{
    acting::{Acting, last_response},
    company::{BEFORE, CUSTOMERS, Happened, Told, zone},
    exact::{nearest, written},
    pyramid_world::World,
};

/// What a customer bought in a currency.
#[derive(Default, Clone)]
struct One {
    customer: String,
    revenue: i128,
    purchases: usize,
    last: Option<Timestamp>,
    earlier: bool,
    level: PyramidLevel,
}

struct Oracle<'a> {
    world: &'a World,
    happened: &'a [Happened],
    acting: Acting,
    orders: bool,
    window: (Timestamp, Timestamp),
    before: (Timestamp, Timestamp),
}

/// Told of everybody what is known of nobody, to see of whom it is read.
pub(crate) fn read_as(world: &World) -> BTreeMap<String, String> {
    let mut asked = world.company.clone();
    let last = asked.told.len() as u64;
    let nothing = || Kind::PartyRegistered(v1::PartyRegistered::default());
    asked.told.extend(
        (1..CUSTOMERS).map(|number| Told { recorded_day: BEFORE, ..Told::at(BEFORE, number, nothing()) }),
    );
    let happened = asked.happened().into_iter().filter(|one| one.position > last);
    happened.map(|one| (one.recorded_under, one.customer)).collect()
}

fn year_before(moment: Timestamp) -> Timestamp {
    let local = jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone()).datetime();
    let year = local.year() - 1;
    let before = local.with().year(year).build().or_else(|_| local.with().year(year).day(28).build());
    before.unwrap().to_zoned(zone()).unwrap().timestamp().into()
}

fn after(moment: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(moment.as_micros() + micros)
}

fn given(moment: &Option<prost_types::Timestamp>) -> Option<Timestamp> {
    moment.as_ref().and_then(time::from_proto)
}

fn wide(value: i128) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = written(value, "any");
    Some(v1::Sum { minor_units, minor_units_wide })
}

fn count(n: usize) -> Option<v1::Figure> {
    Some(v1::Figure { count: n as u64, figure: String::new() })
}

fn part(of: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| of as f64 / whole as f64)
}

fn rank(level: PyramidLevel) -> i32 {
    if level == PyramidLevel::Unspecified { 99 } else { level.into() }
}

fn buys(level: PyramidLevel) -> bool {
    (1..=4).contains(&rank(level))
}

const BUYERS: [PyramidLevel; 4] =
    [PyramidLevel::Top, PyramidLevel::Large, PyramidLevel::Medium, PyramidLevel::Small];

impl<'a> Oracle<'a> {
    fn new(world: &'a World, happened: &'a [Happened]) -> Self {
        let request = &world.request;
        let has_orders = happened.iter().any(|one| match &one.kind {
            Kind::OrderPlaced(_) => true,
            Kind::OrderChanged(changed) => changed.op() == Op::Cancel || !changed.lines.is_empty(),
            _ => false,
        });
        let has_invoices = happened.iter().any(|one| matches!(one.kind, Kind::InvoiceIssued(_)));
        let orders = match request.purchases_from {
            0 => has_orders || !has_invoices,
            asked => asked == 1,
        };
        let end = after(world.company.as_of.occurred_until, 1);
        let to = given(&request.period_to).unwrap_or(end).min(end);
        let from = given(&request.period_from).unwrap_or_else(|| year_before(to)).min(to);
        let earlier =
            given(&request.compared_with).map_or_else(|| year_before(to), |moment| after(moment, 1));
        let length = to.as_micros() - from.as_micros();
        let begin =
            if request.period_from.is_some() { after(earlier, -length) } else { year_before(earlier) };
        let acting = Acting::of(&world.company);
        Self { world, happened, acting, orders, window: (from, to), before: (begin, earlier) }
    }

    fn wants(&self, measure: i32) -> bool {
        let wanted = &self.world.request.measures;
        wanted.is_empty() || wanted.contains(&0) || wanted.contains(&measure)
    }

    /// The customers of a currency who bought until the end of a period, on their levels.
    fn customers(&self, currency: &str, (from, to): (Timestamp, Timestamp), until: Timestamp) -> Vec<One> {
        let parts = parts(self.happened, self.orders, until);
        let of: Vec<_> = parts.iter().filter(|part| part.currency == currency && part.at < to).collect();
        let names: BTreeSet<&str> =
            of.iter().map(|part| part.customer).filter(|name| !name.is_empty()).collect();
        let one = |customer: &str| {
            let own: Vec<_> = of.iter().filter(|part| part.customer == customer).collect();
            let bought: Vec<_> = own.iter().filter(|part| part.is_purchase).collect();
            let within: BTreeSet<_> =
                bought.iter().filter(|part| part.at >= from).map(|part| part.id.clone()).collect();
            One {
                customer: customer.to_owned(),
                revenue: own.iter().filter(|part| part.at >= from).map(|part| part.net).sum(),
                purchases: within.len(),
                last: bought.iter().map(|part| part.at).max(),
                earlier: bought.iter().any(|part| part.at < from),
                level: PyramidLevel::Unspecified,
            }
        };
        let mut ones: Vec<One> = names.into_iter().map(one).collect();
        ones.retain(|one| one.purchases > 0 || one.earlier);
        ones.sort_by(|a, b| b.revenue.cmp(&a.revenue).then_with(|| a.customer.cmp(&b.customer)));
        let n = ones.iter().filter(|one| one.purchases > 0 && one.revenue > 0).count();
        let mut place = 0;
        for one in &mut ones {
            one.level = if one.purchases == 0 {
                PyramidLevel::Inactive
            } else if one.revenue <= 0 {
                PyramidLevel::Small
            } else {
                // Within the first c % if the places before are fewer than c % of all.
                place += 1;
                let within = |percent: usize| (place - 1) * 100 < percent * n;
                let cuts = [(1, BUYERS[0]), (5, BUYERS[1]), (20, BUYERS[2])];
                cuts.into_iter().find(|(cut, _)| within(*cut)).map_or(PyramidLevel::Small, |(_, level)| level)
            };
        }
        ones
    }

    fn currencies(&self) -> Vec<String> {
        // Also earlier ones, of which every purchase was cancelled since.
        let moments = [self.world.company.as_of.occurred_until, after(self.before.1, -1)];
        let parts = moments.into_iter().flat_map(|until| parts(self.happened, self.orders, until));
        let wanted = &self.world.request.currency;
        let codes = parts.map(|part| part.currency).filter(|code| wanted.is_empty() || wanted == code);
        let all: BTreeSet<(bool, String)> = codes.map(|code| (code.is_empty(), code)).collect();
        all.into_iter().map(|(_, code)| code).collect()
    }

    fn costs(&self, of: impl Fn(&str) -> bool, currency: &str, spend: bool) -> i128 {
        let (from, to) = self.window;
        let within = self.happened.iter().filter(|one| one.at >= from && one.at < to && of(&one.customer));
        let amount = |one: &Happened| match &one.kind {
            Kind::CostAllocated(cost) if !spend || cost.kind == 3 || cost.kind == 4 => cost
                .amount
                .as_ref()
                .filter(|amount| amount.currency == currency)
                .map_or(0, |amount| amount.minor_units),
            _ => 0,
        };
        within.map(|one| i128::from(amount(one))).sum()
    }

    fn has_costs(&self) -> bool {
        self.happened.iter().any(|one| matches!(one.kind, Kind::CostAllocated(_)))
    }

    /// The latest response of a customer to a question of NPS.
    fn score(&self, customer: &str) -> Option<f64> {
        last_response(self.happened, &self.acting, customer, 1).map(|(value, ..)| value)
    }

    fn row(&self, currency: &str, level: PyramidLevel, members: &[String]) -> v1::PyramidLevelRow {
        let scores: Vec<f64> = members.iter().filter_map(|name| self.score(name)).collect();
        let opinions =
            |wanted: &dyn Fn(f64) -> bool| scores.iter().filter(|value| wanted(**value)).count() as u64;
        let nps = net_promoter_score(
            opinions(&|value| value >= 9.0),
            opinions(&|value| value <= 6.0),
            scores.len() as u64,
        );
        let interval = nps.and_then(|nps| nps.interval);
        v1::PyramidLevelRow {
            currency: currency.to_owned(),
            level: level.into(),
            customers: count(members.len()),
            nps_responses: count(scores.len()),
            nps: nps.map(|nps| nps.value),
            nps_low: interval.map(|interval| interval.0),
            nps_high: interval.map(|interval| interval.1),
            ..v1::PyramidLevelRow::default()
        }
    }

    fn level_rows(&self, currency: &str, ones: &[One]) -> Vec<v1::PyramidLevelRow> {
        let buyers: Vec<_> = ones.iter().filter(|one| one.purchases > 0).collect();
        let positive: i128 = buyers.iter().map(|one| one.revenue.max(0)).sum();
        let mut rows = Vec::new();
        for level in BUYERS.into_iter().chain([PyramidLevel::Inactive]) {
            let on: Vec<_> = ones.iter().filter(|one| one.level == level).collect();
            let names: Vec<String> = on.iter().map(|one| one.customer.clone()).collect();
            let revenue: i128 = on.iter().map(|one| one.revenue).sum();
            let large: i128 = on.iter().map(|one| one.revenue.max(0)).sum();
            let is_on = |name: &str| names.iter().any(|one| one == name);
            let mut row = self.row(currency, level, &names);
            row.revenue = wide(revenue);
            if buys(level) {
                row.share_of_customers = part(on.len(), buyers.len());
                row.share_of_revenue = (positive > 0).then(|| large as f64 / positive as f64);
                row.average_revenue =
                    (!on.is_empty()).then(|| wide(nearest(revenue, on.len() as i128)).unwrap());
            }
            if self.has_costs() {
                row.margin = wide(revenue - self.costs(is_on, currency, false));
                row.spend = wide(self.costs(is_on, currency, true));
            }
            rows.push(row);
        }
        rows
    }

    fn total(&self, currency: &str, ones: &[One]) -> v1::PyramidTotal {
        let parts = parts(self.happened, self.orders, self.world.company.as_of.occurred_until);
        let nobody: Vec<_> = parts
            .iter()
            .filter(|part| part.currency == currency && part.customer.is_empty())
            .filter(|part| part.at >= self.window.0 && part.at < self.window.1)
            .collect();
        let orders: BTreeSet<_> =
            nobody.iter().filter(|part| part.is_purchase).map(|part| &part.id).collect();
        let buyers: Vec<_> = ones.iter().filter(|one| one.purchases > 0).collect();
        let positive: Vec<_> = buyers.iter().filter(|one| one.revenue > 0).collect();
        let fifth = positive.len() / 5 + usize::from(positive.len() % 5 > 0);
        let sum = |of: &[&&One]| of.iter().map(|one| one.revenue).sum::<i128>();
        let share = || sum(&positive[..fifth]) as f64 / sum(&positive) as f64;
        let priced = !currency.is_empty();
        let mut total = v1::PyramidTotal {
            currency: currency.to_owned(),
            customers: count(buyers.len()),
            not_positive: count(if priced { buyers.len() - positive.len() } else { 0 }),
            top_fifth: count(fifth),
            share_of_top_fifth: (positive.len() >= 5).then(share),
            left_out: count(orders.len()),
            ..v1::PyramidTotal::default()
        };
        if priced {
            total.revenue = wide(buyers.iter().map(|one| one.revenue).sum());
            total.left_out_revenue = wide(nobody.iter().map(|part| part.net).sum());
            if self.wants(1) && self.has_costs() {
                let others = |name: &str| !name.is_empty() && ones.iter().all(|one| one.customer != name);
                total.left_out_cost = wide(self.costs(str::is_empty, currency, false));
                total.spend_on_others = wide(self.costs(others, currency, true));
            }
        }
        total
    }

    fn nobody_has_revenue(&self, currency: &str) -> bool {
        let parts = parts(self.happened, self.orders, self.world.company.as_of.occurred_until);
        let nobody = parts.iter().filter(|part| part.currency == currency && part.customer.is_empty());
        let (from, to) = self.window;
        nobody.filter(|part| part.at >= from && part.at < to).map(|part| part.net).sum::<i128>() != 0
    }

    /// On what the answer rests.
    fn frame(&self) -> v1::PyramidResponse {
        let as_of = self.world.company.as_of;
        let compares = self.wants(2) || self.wants(3) || self.wants(4);
        let moment = |moment: Timestamp| Some(time::to_proto(moment));
        v1::PyramidResponse {
            meta: Some(v1::ViewMeta {
                as_of: Some(v1::AsOf {
                    occurred_until: moment(as_of.occurred_until),
                    recorded_until: moment(as_of.recorded_until),
                }),
                ..v1::ViewMeta::default()
            }),
            purchases_from: if self.orders { 1 } else { 2 },
            period_from: moment(self.window.0),
            period_to: moment(self.window.1),
            compared_with: moment(after(self.before.1, -1)).filter(|_| compares),
            before_from: moment(self.before.0).filter(|_| compares),
            ..v1::PyramidResponse::default()
        }
    }
}

/// The answer.
pub(crate) fn answer(world: &World) -> v1::PyramidResponse {
    let happened = world.company.happened();
    let of = Oracle::new(world, &happened);
    let as_of = world.company.as_of;
    let mut response = of.frame();
    let mut buyers = BTreeSet::new();
    for currency in of.currencies() {
        let ones = of.customers(&currency, of.window, as_of.occurred_until);
        let priced = !currency.is_empty();
        buyers.extend(ones.iter().filter(|one| one.purchases > 0).map(|one| one.customer.clone()));
        let mut total = of.total(&currency, &ones);
        if priced && of.wants(2) {
            let (matrix, moves) = of.moves(&currency);
            response.migration.extend(matrix);
            response.moves.extend(moves);
            response.kept.extend(of.kept(&currency));
        }
        let is_any = ones.iter().any(|one| priced || one.purchases > 0)
            || total.left_out.as_ref().is_some_and(|figure| figure.count > 0)
            || of.nobody_has_revenue(&currency);
        if !is_any {
            continue;
        }
        let candidates = if priced { of.candidates(&currency) } else { Vec::new() };
        if of.wants(3) {
            total.candidates = count(candidates.len());
            total.share_of_candidates =
                part(candidates.len(), ones.iter().filter(|one| one.purchases > 0).count());
            let wanted = world.request.level();
            let is_wanted =
                |one: &v1::PyramidCandidate| wanted == PyramidLevel::Unspecified || one.level() == wanted;
            response.candidates.extend(candidates.into_iter().filter(is_wanted));
        }
        response.totals.push(total);
        if priced && of.wants(1) {
            response.levels.extend(of.level_rows(&currency, &ones));
        }
        if priced && of.wants(4) {
            response.customers.extend(of.rows(&currency));
        }
    }
    let [prospects, suspects, not_customers] = of.others();
    if of.wants(1) {
        response.levels.push(of.row("", PyramidLevel::Prospect, &prospects));
        response.levels.push(of.row("", PyramidLevel::Suspect, &suspects));
        response.not_customers = count(not_customers.len());
    }
    response.market = of.wants(5).then(|| of.market(buyers.len()));
    if of.wants(4) {
        let names = match world.request.level() {
            PyramidLevel::Prospect => prospects,
            PyramidLevel::Suspect => suspects,
            _ => Vec::new(),
        };
        response.customers.extend(names.into_iter().map(|customer| v1::PyramidCustomer {
            customer,
            level: world.request.level,
            purchases: count(0),
            ..v1::PyramidCustomer::default()
        }));
    }
    response
}
