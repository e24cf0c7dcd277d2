//! Then and now: who moved, who can step up, and the rows of customers.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, PyramidLevel},
};

use super::{One, Oracle, after, buys, count, part, purchases::parts, rank, wide};
use crate::support::retention_oracle::churn;

impl Oracle<'_> {
    /// Of everybody in a currency at either moment, as it was and as it is.
    fn pairs(&self, currency: &str) -> Vec<(One, One)> {
        let now = self.customers(currency, self.window, self.world.company.as_of.occurred_until);
        let before = self.customers(currency, self.before, after(self.before.1, -1));
        let names: BTreeSet<&String> = now.iter().chain(&before).map(|one| &one.customer).collect();
        // Who is on no level may have given something back.
        let find = |ones: &[One], name: &String, (from, to): (Timestamp, Timestamp), until: Timestamp| {
            let none = || {
                let all = parts(self.happened, self.orders, until);
                let own = all.iter().filter(|part| part.customer == name && part.currency == currency);
                let revenue = own.filter(|part| from <= part.at && part.at < to).map(|part| part.net).sum();
                One { customer: name.clone(), revenue, ..One::default() }
            };
            ones.iter().find(|one| one.customer == *name).cloned().unwrap_or_else(none)
        };
        let pair = |name| {
            let earlier = find(&before, name, self.before, after(self.before.1, -1));
            (earlier, find(&now, name, self.window, self.world.company.as_of.occurred_until))
        };
        names.into_iter().map(pair).collect()
    }

    pub(super) fn moves(&self, currency: &str) -> (Vec<v1::PyramidMove>, Option<v1::PyramidMoves>) {
        let pairs = self.pairs(currency);
        let mut cells: BTreeMap<(i32, i32), Vec<&(One, One)>> = BTreeMap::new();
        for pair in &pairs {
            cells.entry((rank(pair.0.level), rank(pair.1.level))).or_default().push(pair);
        }
        let cell = |all: &Vec<&(One, One)>| v1::PyramidMove {
            currency: currency.to_owned(),
            from: all[0].0.level.into(),
            to: all[0].1.level.into(),
            customers: count(all.len()),
            revenue_change: wide(all.iter().map(|(before, now)| now.revenue - before.revenue).sum()),
        };
        let matrix = cells.values().map(cell).collect();
        let how_many = |wanted: &dyn Fn(PyramidLevel, PyramidLevel) -> bool| {
            pairs.iter().filter(|(before, now)| wanted(before.level, now.level)).count()
        };
        let both = how_many(&|from, to| buys(from) && buys(to));
        let up = how_many(&|from, to| buys(from) && buys(to) && rank(to) < rank(from));
        let down = how_many(&|from, to| buys(from) && buys(to) && rank(to) > rank(from));
        let moves = v1::PyramidMoves {
            currency: currency.to_owned(),
            up: count(up),
            same: count(both - up - down),
            down: count(down),
            share_up: part(up, both),
            share_same: part(both - up - down, both),
            share_down: part(down, both),
            new: count(how_many(&|from, to| from == PyramidLevel::Unspecified && buys(to))),
            back: count(how_many(&|from, to| from == PyramidLevel::Inactive && buys(to))),
            gone: count(how_many(&|from, to| buys(from) && !buys(to))),
        };
        (matrix, (!pairs.is_empty()).then_some(moves))
    }

    /// Of each level then, who bought behind that moment: by what is gone.
    pub(super) fn kept(&self, currency: &str) -> Vec<v1::PyramidKept> {
        let before = self.customers(currency, self.before, after(self.before.1, -1));
        let bought = parts(self.happened, self.orders, self.world.company.as_of.occurred_until);
        let begin = self.window.0.max(self.before.1);
        let comes_back = |name: &str| {
            let own = bought.iter().filter(|part| part.is_purchase && part.customer == name);
            own.filter(|part| part.currency == currency)
                .any(|part| part.at >= begin && part.at < self.window.1)
        };
        let mut rows = Vec::new();
        for level in [1, 2, 3, 4, 0] {
            let is_on = |one: &&One| buys(one.level) && (level == 0 || i32::from(one.level) == level);
            let on: Vec<&One> = before.iter().filter(is_on).collect();
            let gone = churn(&on, |_| true, |one| !comes_back(&one.customer));
            let still = on.len() as u64 - gone.ended.as_ref().unwrap().count;
            let of_enough = |share: Option<f64>| share.filter(|_| on.len() >= 10).map(|share| 1.0 - share);
            if !on.is_empty() {
                rows.push(v1::PyramidKept {
                    currency: currency.to_owned(),
                    level,
                    customers: count(on.len()),
                    still_buy: count(still as usize),
                    rate: of_enough(gone.rate),
                    low: of_enough(gone.high),
                    high: of_enough(gone.low),
                });
            }
        }
        rows
    }

    pub(super) fn candidates(&self, currency: &str) -> Vec<v1::PyramidCandidate> {
        let pairs = self.pairs(currency);
        let mut candidates = Vec::new();
        for (before, now) in pairs.iter().filter(|(_, now)| buys(now.level)) {
            let above = pairs.iter().map(|(_, one)| one).filter(|one| rank(one.level) < rank(now.level));
            // The nearest level above, and of it the lowest revenue.
            let Some(next) = above.min_by_key(|one| (-rank(one.level), one.revenue)) else { continue };
            let missing = next.revenue - now.revenue;
            let share = missing as f64 / next.revenue as f64;
            let grows = before.purchases > 0
                && now.revenue > before.revenue
                && 2 * now.revenue - before.revenue >= next.revenue;
            let near = share <= self.world.request.within.unwrap_or(0.25);
            if !near && !grows {
                continue;
            }
            candidates.push((
                now.revenue,
                v1::PyramidCandidate {
                    currency: currency.to_owned(),
                    customer: now.customer.clone(),
                    level: now.level.into(),
                    next_level: next.level.into(),
                    revenue: wide(now.revenue),
                    border: wide(next.revenue),
                    missing: wide(missing),
                    missing_share: Some(share),
                    revenue_before: if before.purchases > 0 { wide(before.revenue) } else { None },
                    near,
                    grows,
                },
            ));
        }
        candidates.sort_by(|(a_revenue, a), (b_revenue, b)| {
            let near = a.missing_share.partial_cmp(&b.missing_share).unwrap();
            near.then(b_revenue.cmp(a_revenue)).then_with(|| a.customer.cmp(&b.customer))
        });
        candidates.into_iter().map(|(_, candidate)| candidate).collect()
    }

    pub(super) fn rows(&self, currency: &str) -> Vec<v1::PyramidCustomer> {
        let wanted = self.world.request.level();
        let mut pairs = self.pairs(currency);
        pairs.retain(
            |(_, now)| {
                if wanted == PyramidLevel::Unspecified { buys(now.level) } else { now.level == wanted }
            },
        );
        pairs.sort_by(|(_, a), (_, b)| {
            let first = if wanted == PyramidLevel::Inactive {
                b.last.cmp(&a.last)
            } else {
                b.revenue.cmp(&a.revenue)
            };
            first.then_with(|| a.customer.cmp(&b.customer))
        });
        let all = self.pairs(currency);
        let positive: i128 =
            all.iter().filter(|(_, now)| buys(now.level)).map(|(_, now)| now.revenue.max(0)).sum();
        let row = |(before, now): (One, One)| v1::PyramidCustomer {
            currency: currency.to_owned(),
            customer: now.customer,
            level: now.level.into(),
            revenue: wide(now.revenue),
            share: (now.revenue > 0 && buys(now.level)).then(|| now.revenue as f64 / positive as f64),
            purchases: count(now.purchases),
            last_purchase: now.last.map(time::to_proto),
            level_before: before.level.into(),
        };
        pairs.into_iter().map(row).collect()
    }
}
