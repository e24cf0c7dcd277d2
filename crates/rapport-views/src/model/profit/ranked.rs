//! The customers of one currency, in the order of their profit.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    added::Added,
    params::ProfitParams,
    parts::{Part, Parts},
};
use crate::{
    model::{descending::heaviest_first, scores::Scores},
    rows::{ObjectId, Symbols},
};

/// A fifth of fewer says nothing.
pub(super) const TOP_MIN: usize = 5;

/// One customer in one currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) party: ObjectId,
    pub(super) parts: Parts,
    pub(super) profit: i128,
    /// How many cost less to serve; absent where nobody costs anything.
    pub(super) cheaper: Option<usize>,
    pub(super) response: Option<f64>,
}

/// One currency.
#[derive(Debug, Default)]
pub(super) struct Currency {
    pub(super) code: String,
    /// The highest profit first, equal ones by id.
    pub(super) ranked: Vec<Ranked>,
    /// A fifth of them, with the highest revenue; none of too few.
    pub(super) by_revenue: Vec<Ranked>,
    /// In the order of the rows, where that is another one.
    pub(super) worst_first: Option<Vec<Ranked>>,
    /// All of them.
    pub(super) all: Parts,
    /// What names no customer.
    pub(super) nobody: Parts,
}

/// What was added up in each currency, by code; and what has no amount.
pub(super) fn currencies<E>(
    added: Added,
    params: &ProfitParams,
    symbols: &Symbols,
    scores: &Scores,
    name: &mut impl FnMut(ObjectId) -> Result<String, E>,
) -> Result<(Vec<Currency>, Parts), E> {
    let mut by_code: BTreeMap<&str, Vec<(ObjectId, Parts)>> = BTreeMap::new();
    for ((party, currency), parts) in added {
        by_code.entry(symbols.text(currency)).or_default().push((party, parts));
    }
    let without_amount = by_code.remove("").unwrap_or_default();
    let mut currencies = Vec::with_capacity(by_code.len());
    for (code, all) in by_code.into_iter().filter(|(code, _)| params.wants(code)) {
        let currency = Currency::of(code, all, params, scores, name)?;
        if !currency.ranked.is_empty() || currency.nobody.is_any() {
            currencies.push(currency);
        }
    }
    Ok((currencies, Parts::sum(without_amount.iter().map(|(_, parts)| parts))))
}

impl Currency {
    fn of<E>(
        code: &str,
        all: Vec<(ObjectId, Parts)>,
        params: &ProfitParams,
        scores: &Scores,
        name: &mut impl FnMut(ObjectId) -> Result<String, E>,
    ) -> Result<Self, E> {
        let nobody = all.iter().find(|(party, _)| *party == ObjectId::NOBODY).map(|(_, parts)| *parts);
        let customers = all.into_iter().filter(|(party, parts)| *party != ObjectId::NOBODY && parts.is_any());
        let mut ranked: Vec<_> = customers
            .map(|(party, parts)| Ranked {
                party,
                parts,
                profit: parts.profit(params.discounts_in_price),
                cheaper: None,
                response: scores.of(party).map(|score| score.value),
            })
            .collect();
        let all = Parts::sum(ranked.iter().map(|one| &one.parts));
        if all.several(&Part::TO_SERVE).events > 0 {
            compare(&mut ranked);
        }
        heaviest_first(&mut ranked, |one| one.profit, |one| name(one.party))?;
        let mut by_revenue = Vec::new();
        if ranked.len() >= TOP_MIN {
            by_revenue.clone_from(&ranked);
            heaviest_first(&mut by_revenue, Ranked::revenue, |one| name(one.party))?;
            by_revenue.truncate(top(ranked.len()));
        }
        let mut worst_first = params.worst_first.then(|| ranked.clone());
        if let Some(worst) = &mut worst_first {
            heaviest_first(worst, |one| Reverse(one.profit), |one| name(one.party))?;
        }
        let nobody = nobody.unwrap_or_default();
        Ok(Self { code: code.to_owned(), ranked, by_revenue, worst_first, all, nobody })
    }

    /// A fifth of them, with the highest profit; none of too few.
    pub(super) fn by_profit(&self) -> &[Ranked] {
        let top = if self.ranked.len() < TOP_MIN { 0 } else { top(self.ranked.len()) };
        self.ranked.get(..top).unwrap_or_default()
    }

    /// In the order of the rows.
    pub(super) fn rows(&self) -> &[Ranked] {
        self.worst_first.as_ref().unwrap_or(&self.ranked)
    }

    /// Whether it can be said who costs much to serve.
    pub(super) fn has_costs_to_serve(&self) -> bool {
        self.all.several(&Part::TO_SERVE).events > 0
    }

    /// Whether at least half of the customers cost less to serve.
    pub(super) fn is_costly(&self, one: &Ranked) -> bool {
        one.cheaper.is_some_and(|cheaper| 2 * cheaper >= self.ranked.len())
    }
}

impl Ranked {
    pub(super) fn revenue(&self) -> i128 {
        self.parts.of(Part::Revenue).sum
    }

    pub(super) fn served(&self) -> i128 {
        self.parts.several(&Part::TO_SERVE).sum
    }
}

/// A fifth, rounded up.
fn top(customers: usize) -> usize {
    customers.div_ceil(5)
}

/// Counts of each how many cost less to serve.
fn compare(customers: &mut [Ranked]) {
    let mut costs: Vec<_> = customers.iter().map(Ranked::served).collect();
    costs.sort_unstable();
    for one in customers {
        one.cheaper = Some(costs.partition_point(|cost| *cost < one.served()));
    }
}
