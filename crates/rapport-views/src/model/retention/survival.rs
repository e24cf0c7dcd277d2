//! How long contracts last: the product-limit estimate over lengths in months and days of the calendar.

use rapport_proto::v1::{self, contract_survival::Point};

use super::{contract::Contract, params::RetentionParams};
use crate::{
    calendar::months_and_days,
    model::figures::Figures,
    stats::kaplan_meier::{self, Stay},
};

/// More than the days of any month: lengths are ordered by months, then by the days beside them, so that a contract of a
/// year lasts twelve months, however many days these have.
const MONTH: i64 = 32;
/// After fifty years no more points are shown.
const MONTHS_MAX: i64 = 600;

/// A contract with how long it lasted by the end of the window, and whether it has ended.
#[derive(Clone, Copy)]
struct Lasted<'a> {
    contract: &'a Contract,
    length: i64,
    has_ended: bool,
}

/// A contract that lapsed and was renewed lasts from its first beginning to its last end.
pub(super) fn survival(
    all: &[Contract],
    params: &RetentionParams,
    figures: &mut Figures,
) -> v1::ContractSurvival {
    let end = params.window.to;
    let lasted = |contract: &'_ Contract| {
        let (first, last) = (contract.terms.first()?, contract.terms.iter().map(|term| term.to).max()?);
        let (months, days) = months_and_days(first.from, last.min(end), &params.zone);
        Some((MONTH * i64::from(months) + i64::from(days), last <= end))
    };
    let known = all.iter().filter(|one| one.has_start && one.has_begun(end));
    let lasted: Vec<Lasted<'_>> = known
        .filter_map(|contract| {
            lasted(contract).map(|(length, has_ended)| Lasted { contract, length, has_ended })
        })
        .collect();
    let stay =
        |one: &Lasted<'_>| if one.has_ended { Stay::ended(one.length) } else { Stay::censored(one.length) };
    let mut stays: Vec<Stay> = lasted.iter().map(stay).collect();
    stays.sort_unstable();
    let longest = lasted.iter().map(|one| one.length).max().unwrap_or(0);
    let months: Vec<i64> = [1, 3, 6]
        .into_iter()
        .chain((12..=MONTHS_MAX).step_by(12))
        .take_while(|months| months * MONTH <= longest)
        .collect();
    let at: Vec<i64> = months.iter().map(|months| months * MONTH).collect();
    let curve = kaplan_meier::survival(&stays, &at);
    let those = |is: &dyn Fn(&Lasted<'_>) -> bool| {
        let found = lasted.iter().filter(|one| is(one)).map(|one| one.contract.counted());
        found.collect::<Vec<_>>().into_iter()
    };
    let mut points = Vec::with_capacity(months.len());
    for (months, point) in months.iter().zip(curve) {
        let (name, at) = (months.to_string(), months * MONTH);
        points.push(Point {
            months: u32::try_from(*months).unwrap_or(u32::MAX),
            at_risk: figures.count(&["survival", &name, "at_risk"], those(&|one| one.length >= at)),
            ended: figures
                .count(&["survival", &name, "ended"], those(&|one| one.has_ended && one.length <= at)),
            survival: point.survival,
            low: point.interval.map(|(low, _)| low),
            high: point.interval.map(|(_, high)| high),
        });
    }
    let median = kaplan_meier::median(&stays, &[]);
    let part = |number: i64| u32::try_from(number).ok();
    v1::ContractSurvival {
        contracts: figures.count(&["survival", "contracts"], those(&|_| true)),
        ended: figures.count(&["survival", "ended"], those(&|one| one.has_ended)),
        median_months: median.and_then(|length| part(length / MONTH)),
        median_days: median.and_then(|length| part(length % MONTH)),
        points,
    }
}
