//! Gaps: each target looked up in the JSON of the last body, and its period asked for by itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind, retention_gaps::Row},
};
use serde_json::Value;

use super::{Asked, midnight};

/// Of each code the version that holds, with its body.
type Held = BTreeMap<String, (u32, Value)>;

/// A body that has a value or an amount for each target.
fn readable(body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).unwrap();
    let is_whole = |one: &Value| !one["value"].is_null() || !one["minor_units"].is_null();
    body["targets"].as_array().unwrap().iter().all(is_whole).then_some(body)
}

fn held(asked: &Asked<'_>) -> (Held, Vec<v1::UnreadableDefinition>, String) {
    let code = if asked.request.targets.is_empty() { "default" } else { &asked.request.targets };
    let mut published: Vec<(Timestamp, u32, u64, v1::DefinitionPublished)> = Vec::new();
    for one in asked.company.happened() {
        if let Kind::DefinitionPublished(of) = one.kind
            && of.kind == "targets"
        {
            published.push((one.at, of.version, one.position, of));
        }
    }
    published.sort_by_key(|(at, version, position, _)| (*at, *version, *position));
    let (mut held, mut unread) = (Held::new(), Vec::new());
    for (_, version, position, of) in published {
        match readable(&of.body) {
            Some(body) => {
                unread.retain(|one: &v1::UnreadableDefinition| one.code != of.code);
                held.insert(of.code, (version, body));
            }
            None => unread.insert(
                0,
                v1::UnreadableDefinition {
                    kind: of.kind,
                    code: of.code,
                    version,
                    position,
                    fault: "`body.targets[0].value`: expected this or `minor_units`, found none".to_owned(),
                },
            ),
        }
    }
    unread.retain(|one| one.code == code);
    (held, unread, code.to_owned())
}

/// What is aimed at, by metric and period.
fn aims(body: &Value) -> BTreeMap<(String, String), f64> {
    let mut aims = BTreeMap::new();
    for one in body["targets"].as_array().unwrap() {
        let [metric, period] = ["metric", "period"].map(|name| one[name].as_str().unwrap().to_owned());
        let Some(value) = one["value"].as_f64() else { continue };
        let is_of_customers = metric == "customers_acquired" || metric == "customers_developed";
        if is_of_customers || (metric == "retention" && value <= 1.0) {
            aims.insert((metric, period), value);
        }
    }
    aims
}

/// The first day of a period, and the first behind it.
fn ends(period: &str) -> (Date, Date) {
    let year: i16 = period[..4].parse().unwrap();
    let (first, months) = match &period[4..] {
        "" => (1, 12),
        "-Q1" => (1, 3),
        "-Q2" => (4, 3),
        "-Q3" => (7, 3),
        "-Q4" => (10, 3),
        month => (month[1..].parse().unwrap(), 1),
    };
    let last = first + months;
    (date(year, first, 1), if last > 12 { date(year + 1, 1, 1) } else { date(year, last, 1) })
}

/// The three rows of a period, by an overview of it.
fn rows(
    asked: &Asked<'_>,
    period: &str,
    (from, to, is_running): (Timestamp, Timestamp, bool),
    aims: &BTreeMap<(String, String), f64>,
) -> [Row; 3] {
    let request = v1::RetentionRequest {
        period_from: Some(time::to_proto(from)),
        period_to: Some(time::to_proto(to)),
        ..asked.request.clone()
    };
    // Of a window without a moment, none is to be asked for.
    let overview = if from < to { Asked::of(asked.company, &request).overview() } else { asked.overview() };
    let churn = overview.churn.unwrap();
    let aim = |metric: &str| aims.get(&(metric.to_owned(), period.to_owned())).copied();
    let row = |of: &str, customers: Option<v1::Figure>, target: Option<f64>| Row {
        of: of.to_owned(),
        period: period.to_owned(),
        period_from: Some(time::to_proto(from)),
        period_to: Some(time::to_proto(to)),
        is_running,
        gap: target.map(|target| target - customers.as_ref().unwrap().count as f64),
        customers,
        target,
        ..Row::default()
    };
    let at_start = churn.at_start.as_ref().unwrap().count as f64;
    let aimed = aim("retention");
    // What stays is what does not go.
    let kept = Row {
        share: churn.rate.map(|rate| 1.0 - rate),
        low: churn.high.map(|high| 1.0 - high),
        high: churn.low.map(|low| 1.0 - low),
        target_share: aimed,
        gap_share: churn.rate.zip(aimed).map(|(rate, aimed)| aimed - 1.0 + rate),
        at_start: churn.at_start,
        ..row("kept", overview.kept, aimed.map(|aimed| aimed * at_start))
    };
    [
        row("acquired", overview.acquired, aim("customers_acquired")),
        kept,
        row("developed", overview.developed, aim("customers_developed")),
    ]
}

pub(super) fn put(asked: &Asked<'_>, response: &mut v1::RetentionResponse) {
    let (held, unread, code) = held(asked);
    let mine = held.get(&code);
    let aims = mine.map(|(_, body)| aims(body)).unwrap_or_default();
    let names: BTreeSet<&String> = aims.keys().map(|(_, period)| period).collect();
    let is_given = asked.request.period_from.is_some() || asked.request.period_to.is_some();
    let mut found = Vec::new();
    for name in &names {
        let (first, behind) = ends(name);
        let (begin, end) = (midnight(first), midnight(behind));
        let passed = end.min(asked.end());
        let now = asked.company.as_of.occurred_until;
        let is_it =
            if is_given { (begin, passed) == (asked.from, asked.to) } else { begin <= now && now < end };
        if is_it && begin < passed {
            found.push((end.as_micros() - begin.as_micros(), *name, (begin, passed, passed < end)));
        }
    }
    found.sort();
    found.reverse();
    let shown: BTreeSet<&String> = found.iter().map(|(_, name, _)| *name).collect();
    let rows: Vec<Row> = if found.is_empty() {
        rows(asked, "", (asked.from, asked.to, false), &BTreeMap::new()).into()
    } else {
        found.into_iter().flat_map(|(_, name, window)| rows(asked, name, window, &aims)).collect()
    };
    let meta = response.meta.as_mut().unwrap();
    meta.definitions_unreadable = unread;
    meta.definitions.extend(mine.map(|(version, _)| v1::DefinitionUse {
        kind: "targets".to_owned(),
        code: code.clone(),
        version: *version,
    }));
    response.gaps = Some(v1::RetentionGaps {
        targets: code,
        version: mine.map_or(0, |(version, _)| *version),
        codes: held.keys().cloned().collect(),
        other_periods: names.difference(&shown).map(|name| (*name).clone()).collect(),
        rows,
    });
}
