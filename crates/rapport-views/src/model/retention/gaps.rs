//! Customers acquired, kept and developed in one period, beside what was aimed at.

use rapport_proto::{
    definition::targets::Metric,
    v1::{self, retention_gaps::Row},
};

use super::{
    bought::Customer,
    overview::{More, Seen, seen},
    params::RetentionParams,
    targets::{Period, Targets},
    worth::Worth,
};
use crate::{
    model::figures::Figures,
    stats::{as_f64, share, wilson},
};

/// The three rows of a period. `params`, `customers` and `worth` are of its window.
pub(super) fn rows(
    period: &Period,
    targets: &Targets,
    (customers, worth): (&[Customer], &Worth),
    params: &RetentionParams,
    figures: &mut Figures,
) -> [Row; 3] {
    let seen = seen(customers, params);
    let more = More::of(worth);
    let mut count = |part: &str, is: &dyn Fn(&Seen<'_>) -> bool| {
        let found: Vec<_> = seen.iter().filter(|one| is(one)).map(|(one, _)| one.counted()).collect();
        figures.count(&["gaps", period.name.as_str(), part], found.into_iter())
    };
    let aim = |metric| targets.aim(metric, &period.name);
    let acquired = count("acquired", &|(one, _)| one.first.at >= params.window.from);
    let kept = count("kept", &|(_, [_, start, end])| *start && *end);
    let developed = count("developed", &|(one, [_, start, end])| *start && *end && more.is_more(one));
    let at_start = count("at_start", &|(_, [_, start, _])| *start);
    [
        row(period, "acquired", acquired, aim(Metric::CustomersAcquired)),
        of_share(row(period, "kept", kept, None), at_start, aim(Metric::Retention)),
        row(period, "developed", developed, aim(Metric::CustomersDeveloped)),
    ]
}

fn n(figure: Option<&v1::Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn row(period: &Period, of: &str, customers: Option<v1::Figure>, target: Option<f64>) -> Row {
    let [period_from, period_to] = period.ends();
    let actual = as_f64(n(customers.as_ref()).into());
    Row {
        of: of.to_owned(),
        period: period.name.clone(),
        period_from,
        period_to,
        is_running: period.is_running,
        customers,
        target,
        gap: target.map(|target| target - actual),
        ..Row::default()
    }
}

/// The same where a share is aimed at.
fn of_share(row: Row, at_start: Option<v1::Figure>, aim: Option<f64>) -> Row {
    let (part, all) = (n(row.customers.as_ref()), n(at_start.as_ref()));
    let interval = wilson::percentage(part, all).and_then(|estimate| estimate.interval);
    let kept = share(part, all);
    let target = aim.map(|aim| aim * as_f64(all.into()));
    Row {
        target,
        gap: target.map(|target| target - as_f64(part.into())),
        at_start,
        share: kept,
        low: interval.map(|(low, _)| low / 100.0),
        high: interval.map(|(_, high)| high / 100.0),
        target_share: aim,
        gap_share: aim.zip(kept).map(|(aim, kept)| aim - kept),
        ..row
    }
}
