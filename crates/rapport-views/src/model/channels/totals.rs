//! What was bought and spent in all, and by quarter.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::{
    bought::Purchase,
    costs::{self, Cost},
    params::ChannelsParams,
    spent::Spent,
};
use crate::{
    answers::sums::{ratio, sum},
    calendar::{Every, Periods},
    model::figures::{Counted, Figures},
    read::{ReadError, Rows},
    rows::{Aim, CostKind, ObjectId, Symbols},
    stats::{as_f64, round_half_even},
};

/// A currency by its code: what has none comes last.
pub(super) type Code = (bool, String);

/// The code of a currency in its order.
pub(super) fn code(text: &str) -> Code {
    (text.is_empty(), text.to_owned())
}

/// What belongs together: all of a currency, or its part in one quarter.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// By aim: unsaid, acquire, develop, retain.
    campaigns: [i128; 4],
    acquisition: i128,
    retention: i128,
    goods: Option<i128>,
    /// Customers, each with the purchases that make them new.
    new: HashMap<ObjectId, Vec<Position>>,
    existing: HashMap<ObjectId, Vec<Position>>,
    /// Of the period; with a customer, and without.
    purchases: Vec<ObjectId>,
    of_nobody: Vec<ObjectId>,
    revenue: i128,
    existing_revenue: i128,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) totals: BTreeMap<Code, Part>,
    quarters: BTreeMap<(Code, Timestamp), Part>,
    periods: Periods,
}

impl Part {
    fn spend(&mut self, spent: &Spent) {
        let place = match spent.aim {
            Aim::Unsaid => 0,
            Aim::Acquire => 1,
            Aim::Develop => 2,
            Aim::Retain => 3,
        };
        self.campaigns.iter_mut().skip(place).take(1).for_each(|sum| *sum += i128::from(spent.minor_units));
    }

    fn cost(&mut self, cost: Cost) {
        let minor_units = i128::from(cost.minor_units);
        match cost.kind {
            CostKind::Goods => *self.goods.get_or_insert(0) += minor_units,
            CostKind::Acquisition => self.acquisition += minor_units,
            CostKind::Retention => self.retention += minor_units,
            CostKind::Service | CostKind::Delivery => {}
        }
    }

    fn buy(&mut self, one: &Purchase, begin: Timestamp) {
        if one.customer == ObjectId::NOBODY {
            self.of_nobody.push(one.id);
            return;
        }
        self.purchases.push(one.id);
        self.revenue += one.revenue;
        if one.is_first() {
            self.new.entry(one.customer).or_default().push(one.place.1);
        } else if one.since < begin {
            self.existing.entry(one.customer).or_default().push(one.place.1);
            self.existing_revenue += one.revenue;
        }
    }

    /// The part of revenue that is left beyond goods.
    pub(super) fn margin(&self) -> Option<f64> {
        let goods = self.goods.filter(|_| self.revenue > 0)?;
        Some(as_f64(self.revenue - goods) / as_f64(self.revenue))
    }

    fn spending(&self) -> v1::Spending {
        let [unsaid, acquire, develop, retain] = self.campaigns;
        let each = |whole: i128, customers: usize| {
            (customers > 0).then(|| round_half_even(whole, customers as i128)).and_then(sum)
        };
        let (won, kept) = (acquire + self.acquisition, retain + self.retention);
        let cost = |whole: i128, customers: usize| as_f64(whole) / as_f64(customers as i128);
        let is_known = !self.new.is_empty() && !self.existing.is_empty() && kept > 0;
        v1::Spending {
            acquire: sum(acquire),
            develop: sum(develop),
            retain: sum(retain),
            unsaid: sum(unsaid),
            allocated_acquisition: sum(self.acquisition),
            allocated_retention: sum(self.retention),
            new_share: ratio(acquire, acquire + develop + retain),
            acquisition_cost: each(won, self.new.len()),
            retention_cost: each(kept, self.existing.len()),
            ratio: is_known.then(|| cost(won, self.new.len()) / cost(kept, self.existing.len())),
        }
    }
}

impl Parts {
    /// Of the period.
    pub(super) fn of(
        rows: &dyn Rows,
        symbols: &Symbols,
        params: &ChannelsParams,
        (purchases, spent): (&[Purchase], &[Spent]),
    ) -> Result<Self, ReadError> {
        let periods = Periods::around(params.window, Every::Quarter, params.zone.clone());
        let starts = periods.starts();
        let quarter = |at: Timestamp| {
            let place = starts.partition_point(|start| *start <= at).saturating_sub(1);
            starts.get(place).copied().unwrap_or(at)
        };
        let (mut totals, mut quarters) = (BTreeMap::new(), BTreeMap::new());
        let mut add = |currency: &str, at: Timestamp, to: &mut dyn FnMut(&mut Part, Timestamp)| {
            let start = quarter(at);
            to(totals.entry(code(currency)).or_default(), params.window.from);
            to(quarters.entry((code(currency), start)).or_default(), start.max(params.window.from));
        };
        for one in purchases.iter().filter(|one| params.window.contains(one.place.0)) {
            let currency = symbols.text(one.currency);
            if params.wants(currency) {
                add(currency, one.place.0, &mut |part, begin| part.buy(one, begin));
            }
        }
        for one in spent {
            add(symbols.text(one.currency), one.at, &mut |part, _| part.spend(one));
        }
        costs::each(rows, symbols, params, |cost| {
            add(symbols.text(cost.currency), cost.at, &mut |part, _| part.cost(cost));
        })?;
        Ok(Self { totals, quarters, periods })
    }

    /// Of each currency what was bought and spent, without its conversions.
    pub(super) fn totals(&self, params: &ChannelsParams, figures: &mut Figures) -> Vec<v1::ChannelTotal> {
        let total = |((_, currency), part): (&Code, &Part)| {
            let mut purchases = |what, all: &[ObjectId]| {
                let things = all.iter().map(|one| params.source.counted(*one));
                figures.count(&["totals", currency, what], things)
            };
            let is_priced = !currency.is_empty();
            v1::ChannelTotal {
                currency: currency.clone(),
                purchases: purchases("purchases", &part.purchases),
                purchases_without_customer: purchases("purchases_without_customer", &part.of_nobody),
                purchases_revenue: sum(part.revenue).filter(|_| is_priced),
                new_customers: customers(&["totals", currency, "new_customers"], &part.new, figures),
                existing_customers: customers(
                    &["totals", currency, "existing_customers"],
                    &part.existing,
                    figures,
                ),
                existing_revenue: sum(part.existing_revenue).filter(|_| is_priced),
                existing_share: ratio(part.existing_revenue, part.revenue),
                goods: part.goods.and_then(sum),
                margin: part.margin(),
                spending: is_priced.then(|| part.spending()),
                ..v1::ChannelTotal::default()
            }
        };
        self.totals.iter().map(total).collect()
    }

    /// Of each currency its quarters.
    pub(super) fn quarters(&self, figures: &mut Figures) -> Vec<v1::ChannelQuarter> {
        let quarter = |(((_, currency), start), part): (&(Code, Timestamp), &Part)| {
            let label = self.periods.label(*start);
            let name = |what| ["quarters", currency, &label, what];
            let new_customers = customers(&name("new_customers"), &part.new, figures);
            let existing_customers = customers(&name("existing_customers"), &part.existing, figures);
            let spending = (!currency.is_empty()).then(|| part.spending());
            let currency = currency.clone();
            v1::ChannelQuarter { currency, new_customers, existing_customers, spending, quarter: label }
        };
        self.quarters.iter().map(quarter).collect()
    }
}

/// A figure of customers, each with the purchases that make them count.
fn customers(
    name: &[&str],
    all: &HashMap<ObjectId, Vec<Position>>,
    figures: &mut Figures,
) -> Option<v1::Figure> {
    if figures.parts() == name {
        let events = all.iter().flat_map(|(party, positions)| {
            positions.iter().map(|position| (Counted::party(*party), *party, *position))
        });
        figures.beside(events.collect::<HashSet<_>>());
    }
    figures.count(name, all.keys().map(|party| Counted::party(*party)))
}
