//! Retention computed again from the plain list of what happened: customers one after the other, days counted one by one,
//! values of customers as sums of a series.

mod alerts;
pub(crate) mod contracts;
mod gaps;
mod sales;
mod what_if;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use rapport_model::Timestamp;
use rapport_proto::{time, v1};

pub(super) use self::sales::{Part, parts, source};
use super::{
    company::{Company, zone},
    exact::{product_limit_median, written},
    funnel_oracle::{count, rate},
};

/// What is asked, with its windows.
pub(crate) struct Asked<'a> {
    company: &'a Company,
    request: &'a v1::RetentionRequest,
    from: Timestamp,
    to: Timestamp,
    before: Timestamp,
    parts: Vec<Part>,
    /// Purchases until T by customer: the first moment of each.
    bought: BTreeMap<String, Vec<Timestamp>>,
}

pub(super) fn zoned(moment: Timestamp) -> jiff::Zoned {
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone())
}

pub(super) fn date(moment: Timestamp) -> Date {
    zoned(moment).date()
}

fn last_date(end: Timestamp) -> Date {
    date(Timestamp::from_micros(end.as_micros() - 1))
}

pub(super) fn midnight(day: Date) -> Timestamp {
    day.to_zoned(zone()).unwrap().timestamp().into()
}

/// Days from one day to another, one by one.
fn days(mut from: Date, to: Date) -> u32 {
    let mut days = 0;
    while from < to {
        from += 1.day();
        days += 1;
    }
    days
}

/// So many months earlier at the same time, on the last day of a month that has no such day.
fn months_earlier(moment: Timestamp, months: i32) -> Timestamp {
    let local = zoned(moment).datetime();
    let (mut year, mut month) = (local.year(), i32::from(local.month()) - months);
    while month < 1 {
        (year, month) = (year - 1, month + 12);
    }
    let day = (1..=local.day()).rev().find_map(|day| Date::new(year, month as i8, day).ok()).unwrap();
    local.time().to_datetime(day).to_zoned(zone()).unwrap().timestamp().into()
}

impl<'a> Asked<'a> {
    pub(crate) fn of(company: &'a Company, request: &'a v1::RetentionRequest) -> Self {
        let given = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
        let end = Timestamp::from_micros(company.as_of.occurred_until.as_micros() + 1);
        let to = given(&request.period_to).unwrap_or(end).min(end);
        let from = given(&request.period_from).unwrap_or_else(|| months_earlier(to, 12)).min(to);
        let length = to.as_micros() - from.as_micros();
        let whole = (1..=60).find(|months| length > 0 && months_earlier(to, *months) == from);
        let whole = whole.filter(|months| zoned(from).checked_add((*months).months()).unwrap() == zoned(to));
        let before = whole
            .map_or(Timestamp::from_micros(from.as_micros() - length), |months| months_earlier(from, months));
        let parts = parts(company, request);
        let mut orders: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
        for part in parts.iter().filter(|part| part.is_purchase) {
            let first = orders.entry((&part.customer, &part.id)).or_insert(part.at);
            *first = (*first).min(part.at);
        }
        let mut bought: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
        for ((customer, _), at) in orders {
            bought.entry(customer.to_owned()).or_default().push(at);
        }
        Self { company, request, from, to, before, parts, bought }
    }

    fn wants(&self, measure: i32) -> bool {
        let asked = &self.request.measures;
        asked.is_empty() || asked.contains(&0) || asked.contains(&measure)
    }

    fn inactive_days(&self) -> u32 {
        if self.request.inactive_days == 0 { 180 } else { self.request.inactive_days }
    }

    fn end(&self) -> Timestamp {
        Timestamp::from_micros(self.company.as_of.occurred_until.as_micros() + 1)
    }

    /// Customers with a name.
    fn customers(&self) -> Vec<&str> {
        self.bought.keys().map(String::as_str).filter(|name| !name.is_empty()).collect()
    }

    /// The different days on which a customer bought before a moment.
    fn days_of(&self, customer: &str, end: Timestamp) -> Vec<Date> {
        let moments = self.bought.get(customer).into_iter().flatten();
        let days: BTreeSet<Date> = moments.filter(|at| **at < end).map(|at| date(*at)).collect();
        days.into_iter().collect()
    }

    fn gap(&self, customer: &str, end: Timestamp) -> Option<f64> {
        let bought = self.days_of(customer, end);
        let mut gaps: Vec<u32> = bought.windows(2).map(|two| days(two[0], two[1])).collect();
        gaps.sort_unstable();
        let n = gaps.len();
        (n > 0).then(|| f64::from(gaps[(n - 1) / 2] + gaps[n / 2]) / 2.0)
    }

    fn recency(&self, customer: &str, end: Timestamp) -> Option<u32> {
        self.days_of(customer, end).last().map(|last| days(*last, last_date(end)))
    }

    fn is_active(&self, customer: &str, end: Timestamp) -> bool {
        let longest = f64::from(self.inactive_days()).max(3.0 * self.gap(customer, end).unwrap_or(0.0));
        self.recency(customer, end).is_some_and(|days| f64::from(days) <= longest)
    }

    /// What a customer was charged from one moment until another.
    fn charged(&self, customer: &str, currency: &str, from: Timestamp, to: Timestamp) -> i128 {
        let of = |part: &&Part| {
            part.customer == customer && part.currency == currency && part.at >= from && part.at < to
        };
        self.parts.iter().filter(of).map(|part| i128::from(part.net)).sum()
    }

    fn first(&self, customer: &str) -> Timestamp {
        *self.bought[customer].iter().min().unwrap()
    }

    fn bought_between(&self, customer: &str, from: Timestamp, to: Timestamp) -> usize {
        self.bought[customer].iter().filter(|at| **at >= from && **at < to).count()
    }

    fn is_more(&self, customer: &str) -> bool {
        let pairs: Vec<(i128, i128)> = ["EUR", "USD"]
            .into_iter()
            .filter(|currency| {
                let of = |part: &&Part| part.customer == customer && part.currency == *currency;
                // A line in the year before T makes a value too, of 0 in both periods.
                let begin = self.before.min(months_earlier(self.end(), 12));
                self.parts.iter().filter(of).any(|part| part.at >= begin)
            })
            .map(|currency| {
                let value = |from, to| self.charged(customer, currency, from, to);
                (value(self.before, self.from), value(self.from, self.to))
            })
            .collect();
        if pairs.is_empty() {
            let [before, within] = [(self.before, self.from), (self.from, self.to)]
                .map(|(from, to)| self.bought_between(customer, from, to));
            return within > before;
        }
        pairs.iter().any(|(before, now)| now > before) && pairs.iter().all(|(before, now)| now >= before)
    }

    fn overview(&self) -> v1::RetentionOverview {
        let all: Vec<&str> = self.customers().into_iter().filter(|name| self.first(name) < self.to).collect();
        let active = |name: &str| [self.before, self.from, self.to].map(|end| self.is_active(name, end));
        let those = |is: &dyn Fn(&str, [bool; 3]) -> bool| {
            count(all.iter().filter(|name| is(name, active(name))).count())
        };
        let stays: Vec<(i64, bool)> = all
            .iter()
            .map(|name| {
                let begin = date(self.first(name));
                let lost = !self.is_active(name, self.to);
                let last =
                    if lost { *self.days_of(name, self.to).last().unwrap() } else { last_date(self.to) };
                (i64::from(days(begin, last)) * super::DAY, lost)
            })
            .collect();
        let nobodys = self.bought.get("").into_iter().flatten().filter(|at| **at < self.to).count();
        v1::RetentionOverview {
            churn: Some(churn(&all, |name| active(name)[1], |name| !active(name)[2])),
            churn_before: Some(churn(&all, |name| active(name)[0], |name| !active(name)[1])),
            kept: those(&|_, [_, start, end]| start && end),
            developed: those(&|name, [_, start, end]| start && end && self.is_more(name)),
            won_back: those(&|name, [_, start, end]| self.first(name) < self.from && !start && end),
            acquired: those(&|name, _| self.first(name) >= self.from),
            new: those(&|name, [.., end]| self.first(name) >= self.from && end),
            at_end: those(&|_, [.., end]| end),
            customers: count(all.len()),
            tenure_median: product_limit_median(&stays).map(time::duration_to_proto),
            left_out: count(nobodys),
        }
    }

    /// The first day of the period of this request that a day is in.
    fn period(&self, mut day: Date) -> Date {
        let begins = |day: Date| match self.request.every {
            2 => day.weekday() == jiff::civil::Weekday::Monday,
            4 => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
            5 => day.day() == 1 && day.month() == 1,
            _ => day.day() == 1,
        };
        while !begins(day) {
            day -= 1.day();
        }
        day
    }

    fn next_period(&self, begin: Date) -> Date {
        (1..).map(|n| begin + n.days()).find(|day| self.period(*day) == *day).unwrap()
    }

    fn cohorts(&self) -> Vec<v1::RetentionCohort> {
        let begin = self.period(date(self.from));
        let is_in = |name: &&str| {
            self.first(name) < self.to && date(self.first(name)) >= begin && self.from < self.to
        };
        let own = |name: &str| self.period(date(self.first(name)));
        let customers: Vec<&str> = self.customers().into_iter().filter(is_in).collect();
        let cohorts: BTreeSet<Date> = customers.iter().map(|name| own(name)).collect();
        let cohort = |begins: Date| {
            let members: Vec<&&str> = customers.iter().filter(|name| own(name) == begins).collect();
            let (mut cells, mut period) = (Vec::new(), begins);
            while midnight(self.next_period(period)) <= self.to && cells.len() < 37 {
                let (from, to) = (midnight(period), midnight(self.next_period(period)));
                let bought = members.iter().filter(|name| self.bought_between(name, from, to) > 0).count();
                cells.push(v1::retention_cohort::Cell {
                    since: cells.len() as u32,
                    bought: count(bought),
                    share: rate(bought, members.len()).unwrap(),
                });
                period = self.next_period(period);
            }
            let begins = Some(time::to_proto(midnight(begins)));
            v1::RetentionCohort { begins, customers: count(members.len()), cells }
        };
        cohorts.into_iter().map(cohort).collect()
    }
}

pub(super) fn sum(sum: i128) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = written(sum, "EUR");
    Some(v1::Sum { minor_units, minor_units_wide })
}

/// Wilson's interval as the roots of (p - π)² = z²·π(1 - π)/n.
pub(super) fn churn<T: Copy>(all: &[T], at_start: impl Fn(T) -> bool, gone: impl Fn(T) -> bool) -> v1::Churn {
    let there: Vec<T> = all.iter().copied().filter(|one| at_start(*one)).collect();
    let ended = there.iter().filter(|one| gone(**one)).count();
    let (n, p, z) = (there.len() as f64, rate(ended, there.len()), 1.96_f64);
    let roots = p.map(|p| {
        let (a, b, c) = (1.0 + z * z / n, -2.0 * p - z * z / n, p * p);
        let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
        [(-b - root) / (2.0 * a), (-b + root) / (2.0 * a)]
    });
    v1::Churn {
        at_start: count(there.len()),
        ended: count(ended),
        rate: p,
        low: roots.map(|[low, _]| low.max(0.0)),
        high: roots.map(|[_, high]| high.min(1.0)),
    }
}

pub(crate) fn answer(company: &Company, request: &v1::RetentionRequest) -> v1::RetentionResponse {
    let asked = Asked::of(company, request);
    let moment = |moment: Timestamp| Some(time::to_proto(moment));
    let mut response = v1::RetentionResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(v1::AsOf {
                occurred_until: moment(company.as_of.occurred_until),
                recorded_until: moment(company.as_of.recorded_until),
            }),
            ..v1::ViewMeta::default()
        }),
        period_from: moment(asked.from),
        period_to: moment(asked.to),
        before_from: moment(asked.before),
        purchases_from: source(company, request),
        inactive_days: asked.inactive_days(),
        overview: asked.wants(1).then(|| asked.overview()),
        contracts: asked.wants(2).then(|| contracts::contracts(&asked)),
        cohorts: if asked.wants(3) { asked.cohorts() } else { Vec::new() },
        survival: asked.wants(4).then(|| contracts::survival(&asked)),
        what_if: asked.wants(5).then(|| what_if::what_if(&asked)),
        ..v1::RetentionResponse::default()
    };
    if asked.wants(7) {
        gaps::put(&asked, &mut response);
    }
    if asked.wants(6) {
        alerts::put(&asked, &mut response);
    }
    response
}
