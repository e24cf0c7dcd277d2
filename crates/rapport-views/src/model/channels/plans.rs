//! What was planned for campaigns, beside what was spent on them and what they are credited with.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;
use rapport_proto::v1;

use super::{
    credits::returned,
    params::ChannelsParams,
    spent::{Defined, Spent},
    totals::{Code, Part, Parts, code},
};
use crate::{
    answers::sums::{ratio, sum, wide},
    rows::{CampaignRow, Symbol, Symbols},
};

/// One campaign in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Plan {
    budget: Option<i128>,
    expected: Option<i128>,
    spend: Option<i128>,
    revenue: i128,
}

/// Plans by campaign, then by currency.
type Plans<'a> = BTreeMap<&'a str, BTreeMap<Code, Plan>>;

/// Of campaigns of which something is planned: those that are defined, paid for or credited in the period. `credits` are the
/// rows of credit by campaign, all of them.
pub(super) fn plans(
    (defined, spent): (&Defined, &[Spent]),
    (credits, parts): (&[v1::ChannelCredit], &Parts),
    params: &ChannelsParams,
    symbols: &Symbols,
) -> Vec<v1::ChannelPlan> {
    let planned: HashMap<&str, &CampaignRow> = defined
        .values()
        .filter(|row| row.budget_minor_units.is_some() || row.expected_minor_units.is_some())
        .map(|row| (symbols.text(row.campaign), row))
        .collect();
    let mut all = done(&planned, spent, credits, symbols);
    for (campaign, row) in &planned {
        let is_of_period = params.window.contains(row.occurred_at) || all.contains_key(campaign);
        if is_of_period {
            plan(row, all.entry(*campaign).or_default(), params, symbols);
        }
    }
    let mut rows: Vec<(Code, Reverse<Option<i128>>, v1::ChannelPlan)> = Vec::new();
    for (campaign, by_currency) in all {
        for (currency, plan) in by_currency {
            let row = plan.row(campaign, &currency.1, parts);
            rows.push((currency, Reverse(plan.budget), row));
        }
    }
    // Those of equal budgets stay in the order of their ids.
    rows.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// What was spent on these campaigns, and what they are credited with.
fn done<'a>(
    planned: &HashMap<&'a str, &CampaignRow>,
    spent: &[Spent],
    credits: &[v1::ChannelCredit],
    symbols: &Symbols,
) -> Plans<'a> {
    let mut all = Plans::new();
    for one in spent {
        let Some((campaign, _)) = planned.get_key_value(symbols.text(one.campaign)) else { continue };
        let plan = all.entry(*campaign).or_default().entry(code(symbols.text(one.currency))).or_default();
        *plan.spend.get_or_insert(0) += i128::from(one.minor_units);
    }
    // What nothing led to has no key, and no campaign is without an id.
    for row in credits.iter().filter(|row| !row.currency.is_empty()) {
        let Some((campaign, _)) = planned.get_key_value(row.key.as_str()) else { continue };
        let plan = all.entry(*campaign).or_default().entry(code(&row.currency)).or_default();
        plan.revenue += row.revenue.as_ref().map_or(0, wide);
    }
    all
}

/// Adds what was planned.
fn plan(
    row: &CampaignRow,
    by_currency: &mut BTreeMap<Code, Plan>,
    params: &ChannelsParams,
    symbols: &Symbols,
) {
    let mut add = |amount: Option<i64>, currency: Symbol, to: fn(&mut Plan) -> &mut Option<i128>| {
        let currency = symbols.text(currency);
        if let Some(amount) = amount.filter(|_| params.wants(currency)) {
            *to(by_currency.entry(code(currency)).or_default()) = Some(amount.into());
        }
    };
    add(row.budget_minor_units, row.budget_currency, |plan| &mut plan.budget);
    add(row.expected_minor_units, row.expected_currency, |plan| &mut plan.expected);
}

impl Plan {
    /// Forecast and actual return are at the same margin, so that the two can be compared.
    fn row(self, campaign: &str, currency: &str, parts: &Parts) -> v1::ChannelPlan {
        let margin = parts.totals.get(&code(currency)).and_then(Part::margin);
        let forecast = self.expected.and_then(|expected| returned(self.budget, expected, margin));
        let actual = returned(self.spend, self.revenue, margin);
        v1::ChannelPlan {
            currency: currency.to_owned(),
            campaign: campaign.to_owned(),
            budget: self.budget.and_then(sum),
            spend: self.spend.and_then(sum),
            budget_used: self.spend.zip(self.budget).and_then(|(spend, budget)| ratio(spend, budget)),
            expected_revenue: self.expected.and_then(sum),
            revenue: sum(self.revenue),
            revenue_reached: self.expected.and_then(|expected| ratio(self.revenue, expected)),
            return_forecast: forecast,
            return_actual: actual,
            return_difference: actual.zip(forecast).map(|(actual, forecast)| actual - forecast),
        }
    }
}
