//! What customers cost until T, and what they bought after it: each event is asked whose it is.

use std::collections::BTreeSet;

use jiff::civil::Date;
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};

use super::{One, customers, date, days, requests, rounded};
use crate::support::{
    DAY,
    bought::bought,
    checks::sum,
    company::{Company, Told, hours, money},
    funnel_oracle::count,
    proto,
};

/// What became of one customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Since {
    orders: BTreeSet<String>,
    on: BTreeSet<Date>,
    charged: i128,
}

impl Since {
    pub(super) fn wire(&self, expected: Option<i128>) -> v1::ValueSince {
        v1::ValueSince {
            purchases: count(self.orders.len()),
            days: self.on.len() as u64,
            charged: sum(self.charged),
            difference: expected.and_then(|expected| sum(self.charged - expected)),
        }
    }
}

fn until(request: &v1::ValueRequest) -> Option<Timestamp> {
    request.compared_with.as_ref().and_then(time::from_proto)
}

/// The days that are asked for, or those between the two moments.
pub(super) fn horizon(company: &Company, request: &v1::ValueRequest) -> u32 {
    match (until(request), request.horizon_days) {
        (Some(until), _) => days(date(company.as_of.occurred_until), date(until)),
        (None, 0) => 365,
        (None, asked) => asked,
    }
}

/// All together, with what was expected of all.
pub(super) fn of_all(all: &[One]) -> v1::ValueSince {
    let since: Vec<&Since> = all.iter().filter_map(|one| one.since.as_ref()).collect();
    let expected = all.iter().map(|one| rounded(one.value())).sum::<Option<i128>>();
    let together = Since {
        orders: since.iter().flat_map(|one| one.orders.iter().cloned()).collect(),
        on: BTreeSet::new(),
        charged: since.iter().map(|one| one.charged).sum(),
    };
    let wire = together.wire(expected.filter(|_| !all.is_empty()));
    let days = since.iter().map(|one| one.on.len() as u64).sum();
    v1::ValueSince { days, ..wire }
}

/// Margins, and what came after T.
pub(super) fn told(all: &mut [One], company: &Company, request: &v1::ValueRequest, code: &str) {
    for one in all.iter_mut() {
        let of_it = |amount: &Option<v1::Money>| {
            amount.as_ref().filter(|amount| amount.currency == code).map(|it| it.minor_units)
        };
        let (mut costs, mut spent) = (0, 0_i128);
        for event in company.happened().into_iter().filter(|event| event.customer == one.name) {
            match &event.kind {
                Kind::CostAllocated(cost) => {
                    costs += usize::from(of_it(&cost.amount).is_some());
                    spent += i128::from(of_it(&cost.amount).unwrap_or(0));
                }
                Kind::ConcessionGranted(granted) => spent += i128::from(of_it(&granted.value).unwrap_or(0)),
                _ => {}
            }
        }
        one.margin = (costs > 0).then(|| one.historic - spent);
    }
    let Some(until) = until(request) else { return };
    let mut later = company.clone();
    later.as_of.occurred_until = until;
    // Who is who is asked of the earlier moment.
    let stands_for = company.stands_for();
    let mut happened = later.happened();
    for event in &mut happened {
        let recorded = event.recorded_under.clone();
        event.customer = stands_for.get(&recorded).cloned().unwrap_or(recorded);
    }
    // What a purchase is was decided as of T.
    let (from, _) = bought(&company.happened(), request.purchases_from);
    let (_, lines) = bought(&happened, from);
    for one in all {
        let mut since = Since::default();
        for line in lines.iter().filter(|line| line.customer == one.name && line.currency == code) {
            if line.at <= company.as_of.occurred_until {
                continue;
            }
            since.charged += line.net;
            if line.is_purchase {
                // Of one order of several days, the first of them.
                let is_new = since.orders.insert(line.id.clone());
                since.on.extend(is_new.then(|| date(line.at)));
            }
        }
        one.since = Some(since);
    }
}

prop_compose! {
    /// Customers of whom some cost something, as of a moment before what is known, and a later one.
    pub(crate) fn compared()(
        mut company in customers(),
        request in requests(),
        costs in prop::collection::vec((1..30_u64, 0..24 * 600_i64, 1..=5_i32, -50..900_i64, prop::bool::weighted(0.2)), 0..25),
        (before, ahead) in (2..200_i64, 2..200_i64),
    ) -> (Company, v1::ValueRequest) {
        for (customer, hour, kind, minor_units, is_concession) in costs {
            let amount = money(minor_units, if kind == 5 { "USD" } else { "EUR" });
            let kind = if is_concession {
                Kind::ConcessionGranted(v1::ConcessionGranted { kind: kind.min(3), value: amount, ..Default::default() })
            } else {
                Kind::CostAllocated(v1::CostAllocated { kind, amount, ..Default::default() })
            };
            company.told.push(Told::at(hour, customer, kind));
        }
        let known = company.as_of.recorded_until.as_micros();
        let earlier = (known - before * DAY).min(company.as_of.occurred_until.as_micros()).max(hours(24).as_micros());
        company.as_of.occurred_until = Timestamp::from_micros(earlier);
        let later = Timestamp::from_micros(known.min(earlier + ahead * DAY));
        (company, v1::ValueRequest { horizon_days: 0, compared_with: proto(later), ..request })
    }
}
