//! Deals closed in the period: outcomes, competitors, reasons.

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::{time, v1};
use rapport_views::rows::DealCause;

use super::{
    super::{
        DAY,
        exact::written,
        funnel_world::{CURRENCIES, text},
    },
    Pipeline, Trail, count, rate,
};

impl<'a> Pipeline<'a> {
    fn closed_in_period(&self, won: bool) -> impl Iterator<Item = &Trail<'a>> {
        self.trails.iter().filter(move |trail| {
            trail.closed.as_ref().is_some_and(|closed| closed.0 == won && self.in_period(closed.1))
        })
    }

    pub(super) fn outcomes(&self) -> Vec<v1::Outcomes> {
        let mut rows: Vec<_> = CURRENCIES.iter().map(|currency| self.outcome(Some(currency))).collect();
        rows.retain(|row| {
            [&row.won, &row.lost, &row.open].iter().any(|figure| figure.as_ref().unwrap().count > 0)
        });
        rows.push(self.outcome(None));
        rows
    }

    pub(super) fn overview(&self) -> Vec<v1::PipelineOverview> {
        let mut rows = Vec::new();
        for currency in CURRENCIES.into_iter().map(Some).chain([None]) {
            let fits = |trail: &&&Trail<'_>| currency.is_none_or(|currency| trail.currency == currency);
            let closed: Vec<_> =
                [true, false].into_iter().flat_map(|won| self.closed_in_period(won)).collect();
            let is_won = |trail: &&Trail<'_>| trail.closed.as_ref().unwrap().0;
            let won: Vec<_> = closed.iter().filter(|trail| is_won(trail)).filter(fits).collect();
            let lost: Vec<_> = closed.iter().filter(|trail| !is_won(trail)).filter(fits).collect();
            let open: Vec<_> = self.open_deals().collect();
            let open: Vec<_> = open.iter().filter(fits).collect();
            if currency.is_some() && won.len() + lost.len() + open.len() == 0 {
                continue;
            }
            let sum = |deals: &[&&Trail<'_>]| {
                written(deals.iter().map(|trail| trail.amount).sum(), currency.unwrap_or_default())
            };
            let (open_minor_units, open_minor_units_wide) = sum(&open);
            let (won_minor_units, won_minor_units_wide) = sum(&won);
            let (lost_minor_units, lost_minor_units_wide) = sum(&lost);
            let is_split = currency.is_some() && closed.iter().any(|trail| trail.currency.is_empty());
            rows.push(v1::PipelineOverview {
                currency: currency.unwrap_or("*").to_owned(),
                open: count(open.len()),
                open_minor_units,
                won: count(won.len()),
                won_minor_units,
                lost: count(lost.len()),
                lost_minor_units,
                win_rate: if is_split { None } else { rate(won.len(), won.len() + lost.len()) },
                open_minor_units_wide,
                won_minor_units_wide,
                lost_minor_units_wide,
            });
        }
        rows
    }

    fn open_deals(&self) -> impl Iterator<Item = &Trail<'a>> {
        self.trails.iter().filter(|trail| trail.closed.is_none())
    }

    fn outcome(&self, currency: Option<&str>) -> v1::Outcomes {
        let fits = |trail: &&Trail<'_>| currency.is_none_or(|currency| trail.currency == currency);
        let won: Vec<_> = self.closed_in_period(true).filter(fits).collect();
        let lost: Vec<_> = self.closed_in_period(false).filter(fits).collect();
        let open = self.open_deals().filter(fits).count();
        let total = |deals: &[&Trail<'_>]| {
            if currency.is_none() { 0 } else { deals.iter().map(|trail| trail.amount).sum::<i128>() }
        };
        let (won_value, lost_value) = (total(&won), total(&lost));
        let everything = || {
            let closed = [true, false].into_iter().flat_map(|won| self.closed_in_period(won));
            closed.map(|trail| (trail, true)).chain(self.open_deals().map(|trail| (trail, false)))
        };
        let without = |is_closed: bool| {
            everything().filter(|(trail, closed)| trail.currency.is_empty() && *closed == is_closed).count()
        };
        let (closed_without, open_without) = (without(true), without(false));
        let of_currency = currency.is_some_and(|currency| !currency.is_empty());
        let priced = |deals: &[&Trail<'_>], value: i128| deals.is_empty() || value > 0;
        let by_value = of_currency
            && closed_without == 0
            && priced(&won, won_value)
            && priced(&lost, lost_value)
            && won_value + lost_value > 0;
        let closed = won.len() + lost.len();
        let cycle = self.cycle(&won);

        let currencies: BTreeSet<_> = everything().map(|(trail, _)| trail.currency.clone()).collect();
        let currencies = currencies.iter().filter(|currency| !currency.is_empty()).count();
        let all_won: Vec<_> = self.closed_in_period(true).collect();
        let all_closed = all_won.len() + self.closed_in_period(false).count();
        let own = (open, won.len(), closed, cycle);
        let pace = match (closed_without + open_without, currencies) {
            (0, _) => Some(own),
            (_, 1) => Some((self.open_deals().count(), all_won.len(), all_closed, self.cycle(&all_won))),
            _ => None,
        };
        let velocity =
            pace.filter(|_| of_currency && !won.is_empty()).and_then(|(open, won_count, closed, cycle)| {
                let days = cycle.filter(|cycle| *cycle > 0)? as f64 / DAY as f64;
                let average = won_value as f64 / won.len() as f64;
                Some(open as f64 * (won_count as f64 / closed as f64) * average / days)
            });
        let sum = |value| written(value, currency.unwrap_or_default());
        let (won_minor_units, won_minor_units_wide) = sum(won_value);
        let (lost_minor_units, lost_minor_units_wide) = sum(lost_value);
        v1::Outcomes {
            currency: currency.unwrap_or("*").to_owned(),
            won: count(won.len()),
            lost: count(lost.len()),
            won_minor_units,
            lost_minor_units,
            win_rate: if currency.is_none() || closed_without == 0 { rate(won.len(), closed) } else { None },
            win_rate_value: by_value.then(|| won_value as f64 / (won_value + lost_value) as f64),
            sales_cycle: cycle.map(time::duration_to_proto),
            open: count(open),
            velocity_minor_units_per_day: velocity,
            closed_without_amount: closed_without as u64,
            open_without_amount: open_without as u64,
            won_minor_units_wide,
            lost_minor_units_wide,
        }
    }

    /// The median of won - opened.
    fn cycle(&self, won: &[&Trail<'_>]) -> Option<i64> {
        let was_opened =
            |trail: &&&Trail<'_>| trail.deal.spans.iter().any(|span| span.cause == DealCause::Opened);
        let mut cycles: Vec<_> = won
            .iter()
            .filter(was_opened)
            .map(|trail| trail.closed.as_ref().unwrap().1 - trail.begun)
            .collect();
        cycles.sort_unstable();
        (!cycles.is_empty()).then(|| {
            let (a, b) = (cycles[(cycles.len() - 1) / 2], cycles[cycles.len() / 2]);
            (a + b).div_euclid(2)
        })
    }

    pub(super) fn competitors(&self) -> Vec<v1::Competitor> {
        let named = |trail: &Trail<'_>| -> BTreeSet<String> {
            trail
                .deal
                .competitors
                .iter()
                .map(|row| text(self.world, row.competitor))
                .filter(|name| !name.is_empty())
                .collect()
        };
        let names: BTreeSet<_> =
            [true, false].iter().flat_map(|won| self.closed_in_period(*won)).flat_map(named).collect();
        let mut rows: Vec<_> = names
            .into_iter()
            .map(|name| {
                let met =
                    |won| self.closed_in_period(won).filter(|trail| named(trail).contains(&name)).count();
                let (won, lost) = (met(true), met(false));
                (
                    won + lost,
                    v1::Competitor {
                        competitor: name.clone(),
                        won: count(won),
                        lost: count(lost),
                        win_rate: rate(won, won + lost),
                    },
                )
            })
            .collect();
        rows.sort_by_key(|(met, _)| std::cmp::Reverse(*met));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    pub(super) fn loss_reasons(&self) -> Vec<v1::LossReason> {
        let mut rows: BTreeMap<(String, String), (usize, i128)> = BTreeMap::new();
        for trail in self.closed_in_period(false) {
            let reason = trail.closed.as_ref().unwrap().2.clone();
            let row = rows.entry((reason, trail.currency.clone())).or_default();
            *row = (row.0 + 1, row.1 + trail.amount);
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(_, (deals, _))| std::cmp::Reverse(*deals));
        let to_proto = |((reason, currency), (deals, amount)): ((String, String), (usize, i128))| {
            let (amount_minor_units, amount_minor_units_wide) = written(amount, &currency);
            v1::LossReason {
                reason,
                currency,
                deals: count(deals),
                amount_minor_units,
                amount_minor_units_wide,
            }
        };
        rows.into_iter().map(to_proto).collect()
    }
}
