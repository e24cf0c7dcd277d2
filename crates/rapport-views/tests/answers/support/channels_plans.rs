//! Plans of campaigns computed again, for the oracle of channels: each campaign is asked in each currency.

use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    channels_campaigns::Spent,
    checks::{ratio, sum},
    company::Happened,
};

/// What plans are held against.
pub(super) struct Done<'a> {
    pub happened: &'a [Happened],
    /// Of the period, in the currencies that are wanted.
    pub spent: &'a [Spent],
    /// By campaign.
    pub credits: &'a [v1::ChannelCredit],
    pub window: (Timestamp, Timestamp),
    pub currency: &'a str,
}

fn amount(sum: &Option<v1::Sum>) -> i128 {
    sum.as_ref().and_then(|sum| sum.minor_units).unwrap_or(0).into()
}

impl Done<'_> {
    /// In their order; `left` is the part of revenue that is left in a currency.
    pub(super) fn plans(&self, left: &dyn Fn(&str) -> f64) -> Vec<v1::ChannelPlan> {
        let mut all = Vec::new();
        for currency in ["CHF", "EUR", "USD"] {
            let mut rows: Vec<v1::ChannelPlan> = ["autumn", "fair/1", "spring"]
                .iter()
                .filter_map(|campaign| self.plan(campaign, currency, left(currency)))
                .collect();
            rows.sort_by_key(|row| row.budget.as_ref().map_or(1, |budget| -budget.minor_units.unwrap()));
            all.extend(rows);
        }
        all
    }

    fn plan(&self, campaign: &str, currency: &str, left: f64) -> Option<v1::ChannelPlan> {
        // What happened is in its order.
        let (at, last) = self.happened.iter().rev().find_map(|one| match &one.kind {
            Kind::CampaignDefined(of) if of.campaign_id == campaign => Some((one.at, of)),
            _ => None,
        })?;
        let spent = || self.spent.iter().filter(|one| one.campaign == campaign);
        let credits = || {
            let priced = self.credits.iter().filter(|row| !row.currency.is_empty() && !row.no_touchpoint);
            priced.filter(|row| row.key == campaign)
        };
        let is_of_period = self.window.0 <= at && at < self.window.1;
        if !(is_of_period || spent().next().is_some() || credits().next().is_some()) {
            return None;
        }
        if last.budget.is_none() && last.expected_revenue.is_none() {
            return None;
        }
        let is_wanted = self.currency.is_empty() || self.currency == currency;
        let planned = |amount: &Option<v1::Money>| {
            let own = amount.as_ref().filter(|amount| is_wanted && amount.currency == currency);
            own.map(|amount| i128::from(amount.minor_units))
        };
        let (budget, expected) = (planned(&last.budget), planned(&last.expected_revenue));
        let in_it: Vec<i128> = spent().filter(|one| one.currency == currency).map(|one| one.amount).collect();
        let credited: Vec<i128> =
            credits().filter(|row| row.currency == currency).map(|row| amount(&row.revenue)).collect();
        if budget.is_none() && expected.is_none() && in_it.is_empty() && credited.is_empty() {
            return None;
        }
        let spend = (!in_it.is_empty()).then(|| in_it.iter().sum::<i128>());
        let revenue: i128 = credited.iter().sum();
        let back = |paid: i128, revenue: i128| (paid > 0).then(|| revenue as f64 * left / paid as f64 - 1.0);
        let forecast = budget.zip(expected).and_then(|(budget, expected)| back(budget, expected));
        let actual = spend.and_then(|spend| back(spend, revenue));
        Some(v1::ChannelPlan {
            currency: currency.to_owned(),
            campaign: campaign.to_owned(),
            budget: budget.and_then(sum),
            spend: spend.and_then(sum),
            budget_used: budget.zip(spend).and_then(|(budget, spend)| ratio(spend, budget)),
            expected_revenue: expected.and_then(sum),
            revenue: sum(revenue),
            revenue_reached: expected.and_then(|expected| ratio(revenue, expected)),
            return_forecast: forecast,
            return_actual: actual,
            return_difference: forecast.zip(actual).map(|(forecast, actual)| actual - forecast),
        })
    }
}
