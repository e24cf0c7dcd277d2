//! What customers are worth, computed again: every customer is asked about every line; parameters are taken from the answer
//! and held against likelihoods as the papers print them; expectations are Gauss's series as it stands.

pub(crate) mod later;
mod models;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, NoValueFit, payload::Kind},
};
use rapport_views::model::{Retention, Value};

use self::models::{Bg, Buying, Pareto, spent};
use super::{
    bought::{Bought, bought},
    checks::{meta, sum, window},
    company::{Company, Told, companies, hours, invoices, money, order_changes, orders, zone},
    exact::nearest,
    funnel_oracle::count,
    proto,
};

/// Random orders, invoices and changes of a few customers; often beside many who buy now and then.
pub(crate) fn customers() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![6 => orders(), 2 => order_changes(), 1 => invoices()];
    // Some buy often, some seldom; some leave soon, some stay. Gaps are about exponential.
    let gaps =
        |most| prop::collection::vec(prop::sample::select(vec![0.05, 0.2, 0.4, 0.7, 1.1, 1.6, 2.7]), 0..most);
    let regular = (
        0..250_i64,
        prop::sample::select(vec![8.0, 20.0, 60.0, 150.0]),
        prop_oneof![gaps(4), gaps(25)],
        300..4_000_i64,
        prop::collection::vec(50..200_i64, 25),
    );
    let regulars = prop_oneof![
        1 => Just(Vec::new()),
        2 => prop::collection::vec(regular, 48..85),
    ];
    (companies(kinds, 40), regulars).prop_map(|(mut company, regulars)| {
        for (customer, (first, usual, gaps, spends, varies)) in (9..).zip(regulars) {
            let mut day = first;
            for (nth, gap) in [0.0].into_iter().chain(gaps).enumerate() {
                day += (gap * usual) as i64;
                let placed = v1::OrderPlaced {
                    order_id: format!("r{customer}-{nth}"),
                    total: money(spends * varies.get(nth).unwrap_or(&100) / 100, "EUR"),
                    ..Default::default()
                };
                company.told.push(Told::at(
                    24 * day + customer as i64 % 24,
                    customer,
                    Kind::OrderPlaced(placed),
                ));
            }
        }
        company
    })
}

prop_compose! {
    pub(crate) fn requests()(
        purchases_from in prop::sample::select(vec![0, 0, 0, 1, 2]),
        currency in prop::sample::select(vec!["", "", "EUR", "USD", "CHF"]),
        model in 0..3_i32,
        horizon_days in prop::sample::select(vec![0, 1, 30, 45, 365, 730]),
        (discount, margin) in (
            prop::option::of(prop::sample::select(vec![0.0, 0.1, 0.5])),
            prop::option::weighted(0.4, prop::sample::select(vec![0.0, 0.25, 1.0])),
        ),
        retention in prop::option::weighted(0.7, prop::sample::select(vec![0.0, 0.5, 0.8, 1.0])),
        (from, length) in (prop::option::weighted(0.2, 0..24 * 200_i64), prop::option::weighted(0.2, 1..24 * 400_i64)),
        customer in prop::sample::select(vec!["", "", "", "party:c95", "c80", "nobody"]),
    ) -> v1::ValueRequest {
        v1::ValueRequest {
            purchases_from,
            currency: currency.to_owned(),
            model,
            horizon_days,
            discount,
            margin,
            retention,
            acquired_from: from.and_then(|from| proto(hours(from))),
            acquired_to: length.and_then(|length| proto(hours(from.unwrap_or(0) + length))),
            customer: customer.to_owned(),
            ..v1::ValueRequest::default()
        }
    }
}

pub(crate) fn asked(company: &Company, request: &v1::ValueRequest) -> v1::ValueResponse {
    company.ask::<Value>(request, None, 0).unwrap().response
}

fn date(moment: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone()).date()
}

fn days(from: Date, to: Date) -> u32 {
    u32::try_from((to - from).get_days()).unwrap()
}

/// One customer in one currency.
#[derive(Debug, Clone)]
struct One {
    name: String,
    purchases: usize,
    first: Timestamp,
    last: Timestamp,
    /// x, and t_x and T in days.
    x: u32,
    t_x: u32,
    t: u32,
    /// What all repeat days are worth.
    repeats: i128,
    historic: i128,
    alive: Option<f64>,
    expected: Option<f64>,
    discounted: Option<f64>,
    mean: Option<f64>,
    margin: Option<i128>,
    since: Option<later::Since>,
}

impl One {
    fn of(name: &str, lines: &[&Bought], end: Date) -> Option<Self> {
        let mut orders: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.is_purchase) {
            let at = orders.entry(&line.id).or_insert(line.at);
            *at = (*at).min(line.at);
        }
        let (first, last) = (*orders.values().min()?, *orders.values().max()?);
        let on: BTreeSet<Date> = orders.values().map(|at| date(*at)).collect();
        let later: Vec<&str> =
            orders.iter().filter(|(_, at)| date(**at) != date(first)).map(|(id, _)| *id).collect();
        Some(Self {
            name: name.to_owned(),
            purchases: orders.len(),
            first,
            last,
            x: on.len() as u32 - 1,
            t_x: days(date(first), date(last)),
            t: days(date(first), end),
            repeats: lines.iter().filter(|line| later.contains(&line.id.as_str())).map(|line| line.net).sum(),
            historic: lines.iter().map(|line| line.net).sum(),
            alive: None,
            expected: None,
            discounted: None,
            mean: None,
            margin: None,
            since: None,
        })
    }

    fn weeks(&self) -> (f64, f64, f64) {
        (self.x.into(), f64::from(self.t_x) / 7.0, f64::from(self.t) / 7.0)
    }

    fn value(&self) -> Option<f64> {
        Some(self.mean? * self.expected?)
    }
}

/// The parameters of a fit, which are at the top of their likelihood; or why there are none.
fn parameters<const N: usize>(fit: &v1::ValueFit, of: impl Fn([f64; N]) -> f64) -> Option<[f64; N]> {
    let at: [f64; N] = fit.parameters.iter().map(|one| one.value).collect::<Vec<_>>().try_into().ok()?;
    let top = of(at);
    let said = fit.log_likelihood.unwrap();
    assert!((top - said).abs() < 1e-7 * top.abs().max(1.0), "{said}, expected {top}: {fit:?}");
    for nth in 0..N {
        for by in [0.99, 1.01] {
            let mut near = at;
            near[nth] *= by;
            assert!(of(near) <= top + 1e-7 * top.abs().max(1.0), "{nth} by {by} is more likely: {fit:?}");
        }
    }
    Some(at)
}

fn fit(model: &str, customers: usize, why: NoValueFit, found: &v1::ValueFit) -> v1::ValueFit {
    let plain = v1::ValueFit {
        model: model.to_owned(),
        customers: customers as u64,
        why_none: why.into(),
        ..v1::ValueFit::default()
    };
    // What can be computed without a search is; how it ended is taken from the answer, and checked.
    let searched = [NoValueFit::NotConverged, NoValueFit::AtBound, NoValueFit::Flat, NoValueFit::NoMean];
    let has_ended = found.why_none() == NoValueFit::Unspecified || searched.contains(&found.why_none());
    if why == NoValueFit::Unspecified && has_ended {
        assert_eq!((found.model.as_str(), found.customers), (model, customers as u64));
        return found.clone();
    }
    plain
}

/// Fits, expectations and order of all customers of a currency. `found` is the answer's total.
fn fitted(
    all: &mut [One],
    request: &v1::ValueRequest,
    horizon: u32,
    found: &v1::ValueTotal,
) -> [v1::ValueFit; 2] {
    let none = v1::ValueFit::default();
    let pareto = request.model == 2;
    let why = if all.len() < 50 {
        NoValueFit::TooFew
    } else if all.iter().all(|one| one.x == 0) {
        NoValueFit::NoRepeats
    } else {
        NoValueFit::Unspecified
    };
    let name = if pareto { "Pareto/NBD" } else { "BG/NBD" };
    let purchases = fit(name, all.len(), why, found.purchase_fit.as_ref().unwrap_or(&none));
    let weeks: Vec<_> = all.iter().map(One::weeks).collect();
    let buying =
        |at: [f64; 4]| -> Box<dyn Buying> { if pareto { Box::new(Pareto(at)) } else { Box::new(Bg(at)) } };
    let at = parameters(&purchases, |at| weeks.iter().map(|one| buying(at).likelihood(*one)).sum());
    let spenders: Vec<(f64, f64)> = all
        .iter()
        .filter(|one| one.x > 0 && one.repeats > 0)
        .map(|one| (f64::from(one.x), one.repeats as f64 / f64::from(one.x) / 100.0))
        .collect();
    let why = match spenders.len() {
        0 => NoValueFit::NoRepeats,
        1..20 => NoValueFit::TooFew,
        _ => NoValueFit::Unspecified,
    };
    let spend = fit("Gamma-Gamma", spenders.len(), why, found.spend_fit.as_ref().unwrap_or(&none));
    let pqv = parameters(&spend, |at| spenders.iter().map(|(x, mean)| spent(at, *x, *mean)).sum());
    let pqv = pqv.filter(|[_, q, _]| *q > 1.0);
    assert!(pqv.is_some() || spend.why_none() != NoValueFit::Unspecified);
    let discount = 1.0 + request.discount.unwrap_or(0.1);
    for one in all.iter_mut() {
        let Some(model) = at.map(&buying) else { continue };
        let (seen, alive) = (one.weeks(), model.alive(one.weeks()));
        let until = |day: u32| alive * model.ahead(seen, f64::from(day) / 7.0);
        let parts = (0..horizon).step_by(30).map(|from| {
            let to = horizon.min(from + 30);
            let before = if from == 0 { 0.0 } else { until(from) };
            (until(to) - before) / discount.powf(f64::from(to) / 365.0)
        });
        (one.alive, one.expected, one.discounted) = (Some(alive), Some(until(horizon)), Some(parts.sum()));
        one.mean = pqv.map(|[p, q, v]| {
            let (x, total) = (f64::from(one.x), one.repeats.max(0) as f64 / 100.0);
            100.0 * p * (v + total) / (p * x + q - 1.0)
        });
    }
    [purchases, spend]
}

fn repeats_expected(all: &[One], purchases: &v1::ValueFit, pareto: bool) -> Option<f64> {
    let at: [f64; 4] =
        purchases.parameters.iter().map(|one| one.value).collect::<Vec<_>>().try_into().ok()?;
    let expected = |one: &One| {
        let weeks = f64::from(one.t) / 7.0;
        if pareto { Pareto(at).ahead((0.0, 0.0, 0.0), weeks) } else { Bg(at).ahead((0.0, 0.0, 0.0), weeks) }
    };
    Some(all.iter().map(expected).sum())
}

/// With the churn that retention answers, and a mean and a series of its own.
fn simple(
    company: &Company,
    request: &v1::ValueRequest,
    from: i32,
    lines: &[&Bought],
    code: &str,
) -> v1::SimpleValue {
    let asked = v1::RetentionRequest {
        measures: vec![1],
        purchases_from: from,
        currency: code.to_owned(),
        ..Default::default()
    };
    let churn = company.ask::<Retention>(&asked, None, 0).unwrap().response.overview.unwrap().churn.unwrap();
    let measured_of = churn.at_start.as_ref().unwrap().count;
    let measured = churn.rate.filter(|_| measured_of >= 10).map(|rate| 1.0 - rate);
    let (begin, end) = window(company, None, None);
    let within: Vec<&&Bought> =
        lines.iter().filter(|line| line.at >= begin && line.at < end && !line.customer.is_empty()).collect();
    let buyers: BTreeSet<&str> =
        within.iter().filter(|line| line.is_purchase).map(|line| line.customer.as_str()).collect();
    let charged: i128 =
        within.iter().filter(|line| buyers.contains(line.customer.as_str())).map(|line| line.net).sum();
    let mean = (!buyers.is_empty()).then(|| nearest(charged, buyers.len() as i128) as i64);
    let (retention, kept) = (request.retention.or(measured), 1.0 + request.discount.unwrap_or(0.1));
    // The sum of what is paid year after year; without an end where nothing becomes less.
    let worth = |from: i32| -> Option<i64> {
        let (mean, part) = (mean? as f64, retention? / kept);
        let years = (from..20_000).map(|year| part.powi(year));
        (part < 1.0).then(|| (mean * years.sum::<f64>()).round() as i64)
    };
    v1::SimpleValue {
        customers: count(buyers.len()),
        mean_minor_units: mean,
        retention,
        retention_is_measured: request.retention.is_none() && measured.is_some(),
        measured_of,
        at_end_minor_units: worth(1),
        at_once_minor_units: worth(0),
    }
}

fn rounded(amount: Option<f64>) -> Option<i128> {
    amount.map(|amount| amount.round() as i128)
}

fn distinct(lines: &[&Bought]) -> usize {
    lines.iter().filter(|line| line.is_purchase).map(|line| &line.id).collect::<BTreeSet<_>>().len()
}

/// The customers of some lines, who first bought when it is asked for.
fn customers_of(lines: &[&Bought], request: &v1::ValueRequest, end: Date) -> Vec<One> {
    let given = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
    let (from, to) = (given(&request.acquired_from), given(&request.acquired_to));
    let is_acquired =
        |one: &One| from.is_none_or(|from| one.first >= from) && to.is_none_or(|to| one.first < to);
    let names: BTreeSet<&str> = lines.iter().map(|line| line.customer.as_str()).collect();
    let names = names.into_iter().filter(|name| !name.is_empty());
    let one = |name: &str| One::of(name, &of_name(lines, name), end);
    names.filter_map(one).filter(is_acquired).collect()
}

fn of_name<'a>(lines: &[&'a Bought], name: &str) -> Vec<&'a Bought> {
    lines.iter().copied().filter(|line| line.customer == name).collect()
}

/// Of the customers of a currency, in order.
fn total(
    all: &[One],
    lines: &[&Bought],
    code: &str,
    (share, is_measured): (Option<f64>, bool),
) -> v1::ValueTotal {
    let theirs: Vec<&Bought> = all.iter().flat_map(|one| of_name(lines, &one.name)).collect();
    let add = |of: fn(&One) -> Option<f64>| -> Option<f64> {
        (!all.is_empty()).then(|| all.iter().map(of).sum::<Option<f64>>()).flatten()
    };
    let money = |of: fn(&One) -> Option<f64>| {
        let sums = all.iter().map(|one| rounded(of(one))).sum::<Option<i128>>();
        sums.filter(|_| !all.is_empty()).and_then(sum)
    };
    let in_profit = |of: fn(&One) -> Option<f64>| {
        let sums = all.iter().map(|one| left(of(one), share)).sum::<Option<i128>>();
        sums.filter(|_| !all.is_empty()).and_then(sum)
    };
    let those = |is: fn(&&One) -> bool| count(all.iter().filter(is).count());
    let nobodys = of_name(lines, "");
    v1::ValueTotal {
        currency: code.to_owned(),
        customers: count(all.len()),
        repeat_customers: those(|one| one.x > 0),
        purchases: count(distinct(&theirs)),
        historic: sum(all.iter().map(|one| one.historic).sum()),
        alive: add(|one| one.alive),
        expected_purchases: add(|one| one.expected),
        equity: money(One::value),
        equity_discounted: money(|one| Some(one.mean? * one.discounted?)),
        repeats: all.iter().map(|one| u64::from(one.x)).sum(),
        without_worth: those(|one| one.x > 0 && one.repeats <= 0),
        purchases_left_out: count(distinct(&nobodys)),
        left_out: sum(nobodys.iter().map(|line| line.net).sum()),
        customers_with_costs: those(|one| one.margin.is_some()),
        margin: all.iter().filter_map(|one| one.margin).reduce(|a, b| a + b).and_then(sum),
        margin_share: share,
        margin_is_measured: is_measured,
        equity_profit: in_profit(One::value),
        equity_profit_discounted: in_profit(|one| Some(one.mean? * one.discounted?)),
        ..v1::ValueTotal::default()
    }
}

/// What is left of an amount in whole units.
fn left(amount: Option<f64>, share: Option<f64>) -> Option<i128> {
    rounded(amount).zip(share).map(|(amount, share)| (amount as f64 * share).round() as i128)
}

/// The margin that is asked for, or that of those of whom costs are known; whether it was measured.
fn margin(all: &[One], request: &v1::ValueRequest) -> (Option<f64>, bool) {
    let known: Vec<(i128, i128)> =
        all.iter().filter_map(|one| one.margin.map(|margin| (margin, one.historic))).collect();
    let charged: i128 = known.iter().map(|one| one.1).sum();
    let measured = (charged > 0).then(|| known.iter().map(|one| one.0).sum::<i128>() as f64 / charged as f64);
    (request.margin.or(measured), request.margin.is_none() && measured.is_some())
}

fn row(one: &One, code: &str, share: Option<f64>) -> v1::ValueRow {
    v1::ValueRow {
        customer: format!("party:{}", one.name),
        currency: code.to_owned(),
        purchases: count(one.purchases),
        repeats: one.x,
        first_purchase: Some(time::to_proto(one.first)),
        last_purchase: Some(time::to_proto(one.last)),
        recency_days: one.t - one.t_x,
        historic: sum(one.historic),
        mean_minor_units: (one.x > 0).then(|| nearest(one.repeats, one.x.into()) as i64),
        alive: one.alive,
        expected_purchases: one.expected,
        expected_mean_minor_units: rounded(one.mean).filter(|_| one.alive.is_some()).map(|mean| mean as i64),
        value: rounded(one.value()).and_then(sum),
        margin: one.margin.and_then(sum),
        since: one.since.as_ref().map(|since| since.wire(rounded(one.value()))),
        profit: left(one.value(), share).and_then(sum),
    }
}

/// The answer; how searches ended is taken from `found`, and checked.
pub(crate) fn answer(
    company: &Company,
    request: &v1::ValueRequest,
    found: &v1::ValueResponse,
) -> v1::ValueResponse {
    let (from, lines) = bought(&company.happened(), request.purchases_from);
    let end = date(company.as_of.occurred_until);
    let horizon = later::horizon(company, request);
    let of_code =
        |code: &str| -> Vec<&Bought> { lines.iter().filter(|line| line.currency == code).collect() };
    let mut response = v1::ValueResponse {
        meta: Some(meta(company)),
        purchases_from: from,
        model: request.model.max(1),
        horizon_days: horizon,
        compared_with: request.compared_with,
        discount: request.discount.unwrap_or(0.1),
        purchases_without_amount: count(distinct(&of_code(""))),
        ..v1::ValueResponse::default()
    };
    let wanted = company.survivor(request.customer.strip_prefix("party:").unwrap_or(&request.customer));
    for code in ["EUR", "USD"] {
        if !request.currency.is_empty() && request.currency != code {
            continue;
        }
        let lines = of_code(code);
        let mut all = customers_of(&lines, request, end);
        if all.is_empty() && distinct(&of_name(&lines, "")) == 0 {
            continue;
        }
        let said = found.totals.iter().find(|total| total.currency == code).cloned().unwrap_or_default();
        let [purchase_fit, spend_fit] = fitted(&mut all, request, horizon, &said);
        later::told(&mut all, company, request, code);
        let margin = margin(&all, request);
        let weight = |one: &One| rounded(one.value()).unwrap_or(one.historic);
        all.sort_by(|a, b| weight(b).cmp(&weight(a)).then(a.name.cmp(&b.name)));
        response.totals.push(v1::ValueTotal {
            repeats_expected: repeats_expected(&all, &purchase_fit, request.model == 2),
            purchase_fit: Some(purchase_fit),
            spend_fit: Some(spend_fit),
            simple: Some(simple(company, request, from, &lines, code)),
            since: request.compared_with.map(|_| later::of_all(&all)),
            ..total(&all, &lines, code, margin)
        });
        let wanted = all.iter().filter(|one| wanted.is_empty() || one.name == wanted);
        response.rows.extend(wanted.map(|one| row(one, code, margin.0)));
    }
    response
}
