//! The message that an answer is.

use rapport_proto::{
    fit, time,
    v1::{self, value_request::Model},
};

use super::{
    params::ValueParams,
    ranked::{Currency, Ranked},
};
use crate::{
    model::{
        figures::{Counted, Figures},
        sums::sum,
    },
    rows::ObjectId,
    stats::round_half_even,
};

/// Whose rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of all customers.
    All,
    /// Those of one; of nobody where the ledger does not know it.
    One(Option<ObjectId>),
}

impl Whose {
    fn wants(self, party: ObjectId) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == Some(party),
        }
    }
}

/// The answer with the rows that are on the page.
pub(super) fn of<E>(
    params: &ValueParams,
    whose: Whose,
    currencies: &[Currency],
    skip: usize,
    figures: &mut Figures,
    name: &impl Fn(ObjectId) -> Result<String, E>,
) -> Result<v1::ValueResponse, E> {
    let mut response = frame(params);
    let totals: Vec<_> = currencies.iter().map(|of| total(of, params, figures)).collect();
    if skip == 0 {
        response.totals = totals;
    }
    let mut page = fit::Page::beside(&response);
    let all = || {
        let every = currencies.iter().flat_map(|of| of.ranked.iter().map(move |one| (of, one)));
        every.filter(move |(_, one)| whose.wants(one.of.party))
    };
    for (currency, one) in all().skip(skip).take(params.page_size) {
        let row = row(currency, one, format!("party:{}", name(one.of.party)?));
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all().skip(skip).count() - response.rows.len()) as u64;
    Ok(response)
}

/// Without totals and rows.
pub(super) fn frame(params: &ValueParams) -> v1::ValueResponse {
    let model = if params.is_pareto { Model::ParetoNbd } else { Model::BgNbd };
    v1::ValueResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        purchases_from: params.source.wire().into(),
        model: model.into(),
        horizon_days: params.horizon_days,
        discount: params.discount,
        compared_with: params.compared_with.map(time::to_proto),
        ..v1::ValueResponse::default()
    }
}

/// The figure of purchases without an amount.
pub(super) fn count_without_amount(
    response: &mut v1::ValueResponse,
    ids: &[ObjectId],
    params: &ValueParams,
    skip: usize,
    figures: &mut Figures,
) {
    let counted = ids.iter().map(|id| params.source.counted(*id));
    let figure = figures.count(&["without_amount", "purchases"], counted);
    response.purchases_without_amount = figure.filter(|_| skip == 0);
}

fn total(of: &Currency, params: &ValueParams, figures: &mut Figures) -> v1::ValueTotal {
    let code = of.charged.code.as_str();
    let mut customers = |name: &str, is: fn(&Ranked) -> bool| {
        let those = of.ranked.iter().filter(move |one| is(one));
        figures.count(&["totals", code, name], those.map(|one| Counted::party(one.of.party)))
    };
    let all = customers("customers", |_| true);
    let repeat = customers("repeat_customers", |one| one.of.days.repeats > 0);
    let without_worth = customers("without_worth", |one| one.of.is_without_worth());
    let with_costs = customers("customers_with_costs", |one| one.margin.is_some());
    let purchases =
        |ids: &[ObjectId]| -> Vec<Counted> { ids.iter().map(|id| params.source.counted(*id)).collect() };
    let ids = each_once(&of.charged.purchases);
    let margins: Vec<i128> = of.ranked.iter().filter_map(|one| one.margin).collect();
    v1::ValueTotal {
        currency: code.to_owned(),
        customers: all,
        repeat_customers: repeat,
        purchases: figures.count(&["totals", code, "purchases"], purchases(&ids).into_iter()),
        historic: sum(of.ranked.iter().map(|one| one.of.historic).sum()),
        alive: of.total_of(|outlook| outlook.alive),
        expected_purchases: of.total_of(|outlook| outlook.purchases),
        equity: of.sum_of(|one| one.value).and_then(sum),
        equity_discounted: of.sum_of(|one| one.discounted).and_then(sum),
        purchase_fit: Some(of.fits.purchases.clone()),
        spend_fit: Some(of.fits.spend.clone()),
        repeats: of.ranked.iter().map(|one| u64::from(one.of.days.repeats)).sum(),
        repeats_expected: of.fits.repeats_expected(&of.charged.customers),
        without_worth,
        simple: None,
        purchases_left_out: figures
            .count(&["left_out", code, "purchases"], purchases(&of.charged.nobodys).into_iter()),
        left_out: sum(of.charged.left_out),
        customers_with_costs: with_costs,
        margin: (!margins.is_empty()).then(|| margins.iter().sum()).and_then(sum),
        since: params.compared_with.map(|_| {
            let ids = purchases(&each_once(&of.bought_since));
            let counted = figures.count(&["totals", code, "purchases_since"], ids.into_iter());
            let all = || of.ranked.iter().filter_map(|one| one.since);
            let charged = all().map(|since| since.charged).sum();
            let days = all().map(|since| since.days).sum();
            held_against(counted, days, charged, of.sum_of(|one| one.value))
        }),
        margin_share: of.margin_share.map(|(share, _)| share),
        margin_is_measured: of.margin_share.is_some_and(|(_, is_measured)| is_measured),
        equity_profit: of.sum_of(|one| one.profit).and_then(sum),
        equity_profit_discounted: of.sum_of(|one| one.profit_discounted).and_then(sum),
    }
}

/// An order that two customers have is one.
fn each_once(purchases: &[(ObjectId, ObjectId)]) -> Vec<ObjectId> {
    let mut ids: Vec<_> = purchases.iter().map(|(_, id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What was charged since, against what was expected.
fn held_against(
    purchases: Option<v1::Figure>,
    days: u64,
    charged: i128,
    expected: Option<i128>,
) -> v1::ValueSince {
    let difference = expected.and_then(|expected| sum(charged - expected));
    v1::ValueSince { purchases, days, charged: sum(charged), difference }
}

fn row(of: &Currency, one: &Ranked, customer: String) -> v1::ValueRow {
    let customer_of = &one.of;
    let named =
        |what, count: usize| Figures::named(&["rows", &of.charged.code, &customer, what], count as u64);
    let figure = named("purchases", customer_of.purchases);
    let since = one.since.map(|since| {
        let purchases = Some(named("purchases_since", since.purchases));
        held_against(purchases, since.days, since.charged, one.value)
    });
    let days = customer_of.days;
    let mean = (days.repeats > 0).then(|| round_half_even(customer_of.repeat_net, days.repeats.into()));
    let narrow = |amount: Option<i128>| amount.and_then(|amount| i64::try_from(amount).ok());
    v1::ValueRow {
        customer,
        currency: of.charged.code.clone(),
        purchases: Some(figure),
        repeats: days.repeats,
        first_purchase: Some(time::to_proto(customer_of.first)),
        last_purchase: Some(time::to_proto(customer_of.last)),
        recency_days: days.until - days.last,
        historic: sum(customer_of.historic),
        mean_minor_units: narrow(mean),
        alive: one.outlook.map(|outlook| outlook.alive),
        expected_purchases: one.outlook.map(|outlook| outlook.purchases),
        expected_mean_minor_units: narrow(one.mean),
        value: one.value.and_then(sum),
        margin: one.margin.and_then(sum),
        since,
        profit: one.profit.and_then(sum),
    }
}
