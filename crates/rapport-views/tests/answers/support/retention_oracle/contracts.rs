//! Contracts, asked one after the other on the days that matter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, contract_retention, contract_survival, payload::Kind};

use super::{Asked, churn, date, midnight};
use crate::support::{exact::product_limit_median, funnel_oracle::count};

const FOREVER: i64 = i64::MAX;

/// A contract: whose it is, its terms as [from, to) in microseconds, and when it is known to have begun.
struct Contract {
    customer: String,
    terms: Vec<(i64, i64)>,
    begun: Option<i64>,
}

fn day(text: &str) -> Option<Date> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

fn all(asked: &Asked<'_>) -> Vec<Contract> {
    let mut events: BTreeMap<String, Vec<(i64, String, v1::ContractChanged)>> = BTreeMap::new();
    for one in asked.company.happened() {
        if let Kind::ContractChanged(changed) = one.kind
            && one.at < asked.to
        {
            let id = changed.contract_id.clone();
            events.entry(id).or_default().push((one.at.as_micros(), one.customer, changed));
        }
    }
    events.into_values().map(|events| contract(&events)).collect()
}

/// The terms of one contract, from what events in order say of it.
pub(crate) fn terms(events: &[(i64, String, v1::ContractChanged)]) -> Vec<(i64, i64)> {
    let mut terms: Vec<(i64, i64)> = Vec::new();
    for (at, _, said) in events {
        let start = day(&said.start).map(|day| midnight(day).as_micros());
        let end = day(&said.end).map(|day| midnight(day + 1.day()).as_micros());
        let begin = start.unwrap_or(*at);
        let last = terms.pop();
        let new = match (said.op, last) {
            // Signed, or renewed: in time, late, for the first time.
            (1 | 2, Some((from, to))) if begin <= to => vec![(from, end.unwrap_or(FOREVER))],
            (1 | 2, Some(last)) => vec![last, (begin, end.unwrap_or(FOREVER))],
            (1..=3, None) => vec![(begin, end.unwrap_or(FOREVER))],
            (3, Some((from, to))) => vec![(from, end.unwrap_or(to))],
            (4, Some((from, to))) => vec![(from, end.unwrap_or(if *at < to { *at } else { to }))],
            (4, None) => start.map(|start| (start, end.unwrap_or(*at))).into_iter().collect(),
            (op, _) => unreachable!("{op}"),
        };
        terms.extend(new.into_iter().map(|(from, to)| (from, if to < from { from } else { to })));
    }
    terms
}

fn contract(events: &[(i64, String, v1::ContractChanged)]) -> Contract {
    let terms = terms(events);
    // Who says when it began: signing, or a start that is not that of a renewal; of the events up to the first term.
    let starter = events.iter().find(|(_, _, said)| said.op != 4 || !said.start.is_empty());
    let is_told =
        starter.is_some_and(|(_, _, said)| said.op == 1 || (said.op != 2 && !said.start.is_empty()));
    let customer = events.iter().rev().map(|(_, customer, _)| customer).find(|name| !name.is_empty());
    let begun = terms.first().map(|(from, _)| *from).filter(|_| is_told);
    Contract { customer: customer.cloned().unwrap_or_default(), terms, begun }
}

impl Contract {
    fn is_in_force(&self, moment: Timestamp) -> bool {
        self.terms.iter().any(|(from, to)| (*from..*to).contains(&moment.as_micros()))
    }

    fn has_begun(&self, moment: Timestamp) -> bool {
        self.terms.first().is_some_and(|(from, _)| *from <= moment.as_micros())
    }
}

pub(super) fn contracts(asked: &Asked<'_>) -> v1::ContractRetention {
    let contracts = all(asked);
    let each: Vec<Vec<&Contract>> = contracts.iter().map(|one| vec![one]).collect();
    let names: BTreeSet<&str> =
        contracts.iter().map(|one| one.customer.as_str()).filter(|name| !name.is_empty()).collect();
    let customers: Vec<Vec<&Contract>> =
        names.into_iter().map(|name| contracts.iter().filter(|one| one.customer == name).collect()).collect();
    let row = |of: &str, groups: &[Vec<&Contract>]| {
        let groups: Vec<&[&Contract]> = groups.iter().map(Vec::as_slice).collect();
        let any = |group: &[&Contract], moment| group.iter().any(|one| one.is_in_force(moment));
        let now = churn(&groups, |group| any(group, asked.from), |group| !any(group, asked.to));
        let before = churn(&groups, |group| any(group, asked.before), |group| !any(group, asked.from));
        let rates = now.rate.zip(before.rate);
        contract_retention::Row {
            of: of.to_owned(),
            change_points: rates.map(|(now, before)| now - before),
            change_relative: rates.and_then(|(now, before)| (before > 0.0).then(|| (now - before) / before)),
            churn: Some(now),
            churn_before: Some(before),
            began: count(
                groups.iter().filter(|group| !any(group, asked.from) && any(group, asked.to)).count(),
            ),
            at_end: count(groups.iter().filter(|group| any(group, asked.to)).count()),
        }
    };
    let begun = || contracts.iter().filter(|one| one.has_begun(asked.to));
    let unknown = contracts
        .iter()
        .filter(|one| one.begun.is_none() && (one.terms.is_empty() || one.has_begun(asked.to)));
    v1::ContractRetention {
        rows: vec![row("contracts", &each), row("customers", &customers)],
        without_customer: count(begun().filter(|one| one.customer.is_empty()).count()),
        without_start: count(unknown.count()),
        contracts: count(begun().count()),
    }
}

/// Months and days by walking: the months that fit, then the days that are left. A number by which they are ordered.
fn length(from: Timestamp, to: Timestamp) -> i64 {
    let (from, to) = (date(from), date(to));
    let months = (0..).take_while(|months| from + (*months).months() <= to).last().unwrap();
    let (mut day, mut days) = (from + months.months(), 0);
    while day < to {
        day += 1.day();
        days += 1;
    }
    i64::from(months) * 1_000 + days
}

pub(super) fn survival(asked: &Asked<'_>) -> v1::ContractSurvival {
    let end = asked.to.as_micros();
    let mut stays: Vec<(i64, bool)> = Vec::new();
    for contract in all(asked) {
        let Some(begun) = contract.begun.filter(|begun| *begun <= end) else { continue };
        let last = contract.terms.iter().map(|(_, to)| *to).max().unwrap();
        let until = Timestamp::from_micros(last.min(end));
        stays.push((length(Timestamp::from_micros(begun), until), last <= end));
    }
    let longest = stays.iter().map(|(length, _)| *length).max().unwrap_or(0);
    let months = (1..=600).filter(|months| [1, 3, 6].contains(months) || months % 12 == 0);
    let point = |months: i64| {
        let at = months * 1_000;
        let times: BTreeSet<i64> = stays
            .iter()
            .filter(|(length, ended)| *ended && *length <= at)
            .map(|(length, _)| *length)
            .collect();
        let (mut lasts, mut spread) = (1.0, 0.0);
        for time in times {
            let n = stays.iter().filter(|(length, _)| *length >= time).count() as f64;
            let d = stays.iter().filter(|(length, ended)| *ended && *length == time).count() as f64;
            lasts *= 1.0 - d / n;
            spread += d / n / (n - d);
        }
        let bound = |side: f64| {
            let log: f64 = f64::ln(-f64::ln(lasts)) + side * 1.96 * spread.sqrt() / f64::ln(lasts);
            (-log.exp()).exp()
        };
        let has_interval = lasts > 1e-12 && lasts < 1.0;
        contract_survival::Point {
            months: months as u32,
            at_risk: count(stays.iter().filter(|(length, _)| *length >= at).count()),
            ended: count(stays.iter().filter(|(length, ended)| *ended && *length <= at).count()),
            survival: if lasts > 1e-12 { lasts } else { 0.0 },
            low: has_interval.then(|| bound(-1.0)),
            high: has_interval.then(|| bound(1.0)),
        }
    };
    let median = product_limit_median(&stays);
    v1::ContractSurvival {
        contracts: count(stays.len()),
        ended: count(stays.iter().filter(|(_, ended)| *ended).count()),
        median_months: median.map(|length| (length / 1_000) as u32),
        median_days: median.map(|length| (length % 1_000) as u32),
        points: months.filter(|months| months * 1_000 <= longest).map(point).collect(),
    }
}
