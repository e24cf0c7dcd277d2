//! Classes computed again: every event is asked about every other one, and fractions are exact.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use super::{
    classes_world::{ABC, CURRENCIES, Content, PRODUCTS, RFM, What, World, XYZ, hours, party, zone},
    exact::written,
    funnel_oracle::count,
};

/// An event as believed.
struct Fact<'a> {
    position: u64,
    at: Timestamp,
    what: What,
    order: u64,
    customer: u64,
    content: &'a Content,
}

/// A part of an event that counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    object: String,
    currency: &'static str,
    at: Timestamp,
    order: u64,
    net: i64,
    is_purchase: bool,
    position: u64,
}

/// What is shown of one customer or product.
#[derive(Debug, Clone)]
struct One {
    object: String,
    orders: BTreeSet<u64>,
    value: i128,
    last: Option<Timestamp>,
    by_period: Vec<i128>,
}

fn facts(world: &World) -> Vec<Fact<'_>> {
    let mut facts = Vec::new();
    for (nth, told) in world.told.iter().enumerate() {
        let known = |day: i64| hours(day * 24) <= world.as_of.recorded_until;
        let content = match &told.corrected {
            Some((day, content)) if known(*day) => content.as_ref(),
            _ => Some(&told.content),
        };
        let Some(content) = content.filter(|_| known(told.recorded_day)) else { continue };
        if hours(content.hours) <= world.as_of.occurred_until {
            facts.push(Fact {
                position: nth as u64 + 1,
                at: hours(content.hours),
                what: told.what,
                order: told.order,
                customer: world.merges.get(&told.customer).copied().unwrap_or(told.customer),
                content,
            });
        }
    }
    facts
}

/// What an event says: product, amount, whether it is a purchase, whether it has a currency.
fn said(fact: &Fact<'_>) -> Vec<(&'static str, i64, bool, bool)> {
    let content = fact.content;
    let placed = fact.what == What::Placed;
    let priced = content.lines.iter().any(|line| line.net.is_some());
    let by_total = placed && !priced && content.total.is_some();
    let mut said = Vec::new();
    if fact.what != What::Cancelled {
        for line in &content.lines {
            let purchase = placed && line.quantity >= 0;
            said.push((PRODUCTS[line.product], line.net.unwrap_or(0), purchase, priced || by_total));
        }
    }
    if by_total || (placed && content.lines.is_empty()) {
        said.push(("", content.total.unwrap_or(0), true, content.total.is_some()));
    }
    said
}

fn parts(world: &World, (from, to): (Timestamp, Timestamp)) -> Vec<Part> {
    let facts = facts(world);
    let cancelled = |order| facts.iter().any(|other| other.what == What::Cancelled && other.order == order);
    let mut parts = Vec::new();
    for fact in facts.iter().filter(|fact| !cancelled(fact.order) && fact.at >= from && fact.at < to) {
        for (product, net, is_purchase, has_currency) in said(fact) {
            let object = if world.request.by == 2 {
                product.to_owned()
            } else if fact.customer == 0 {
                String::new()
            } else {
                party(rapport_views::rows::ObjectId(fact.customer))
            };
            let currency = if has_currency { CURRENCIES[fact.content.currency] } else { "" };
            let (at, order, position) = (fact.at, fact.order, fact.position);
            parts.push(Part { object, currency, at, order, net, is_purchase, position });
        }
    }
    parts.retain(|part| world.request.currency.is_empty() || world.request.currency == part.currency);
    parts
}

fn window(world: &World) -> (Timestamp, Timestamp) {
    let given = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
    let end = Timestamp::from_micros(world.as_of.occurred_until.as_micros() + 1);
    let to = given(&world.request.period_to).unwrap_or(end).min(end);
    let from = given(&world.request.period_from).unwrap_or_else(|| {
        let local = zoned(to).datetime();
        let year = local.year() - 1;
        let before = local.with().year(year).build().or_else(|_| local.with().year(year).day(28).build());
        before.unwrap().to_zoned(zone()).unwrap().timestamp().into()
    });
    (from.min(to), to)
}

fn zoned(moment: Timestamp) -> jiff::Zoned {
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone())
}

fn begins_period(every: i32, day: Date) -> bool {
    match every {
        1 => day.weekday() == jiff::civil::Weekday::Monday,
        3 => day.day() == 1 && [1, 4, 7, 10].contains(&day.month()),
        _ => day.day() == 1,
    }
}

/// The beginnings and ends of the whole periods, found day by day.
fn periods(every: i32, (from, to): (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
    let mut day = zoned(from).date();
    let mut begins: Vec<Timestamp> = Vec::new();
    while day <= zoned(to).date() {
        let midnight = day.to_zoned(zone()).unwrap().timestamp().into();
        if begins_period(every, day) && midnight >= from && midnight <= to {
            begins.push(midnight);
        }
        day += 1.day();
    }
    begins.iter().copied().zip(begins.iter().copied().skip(1)).collect()
}

fn ones(parts: &[Part], currency: &str, periods: &[(Timestamp, Timestamp)]) -> Vec<One> {
    let objects: BTreeSet<_> =
        parts.iter().filter(|part| part.currency == currency).map(|part| part.object.clone()).collect();
    let one = |object: String| {
        let own: Vec<_> =
            parts.iter().filter(|part| part.currency == currency && part.object == object).collect();
        let bought: Vec<_> = own.iter().filter(|part| part.is_purchase).collect();
        let within = |(from, to): &(Timestamp, Timestamp)| {
            let orders =
                bought.iter().filter(|part| part.at >= *from && part.at < *to).map(|part| part.order);
            orders.collect::<BTreeSet<_>>().len() as i128
        };
        One {
            orders: bought.iter().map(|part| part.order).collect(),
            value: own.iter().map(|part| i128::from(part.net)).sum(),
            last: bought.iter().map(|part| part.at).max(),
            by_period: periods.iter().map(within).collect(),
            object,
        }
    };
    objects.into_iter().map(one).filter(|one| !one.orders.is_empty() || one.value != 0).collect()
}

struct Asked<'a> {
    world: &'a World,
    measures: [bool; 3],
    window: (Timestamp, Timestamp),
    periods: Vec<(Timestamp, Timestamp)>,
    currency: &'static str,
}

impl Asked<'_> {
    fn cuts(&self, nth: usize) -> [u32; 2] {
        let held = self.world.definitions[nth];
        if nth == 0 {
            held.map_or([8_000, 9_500], |held| ABC[held].1)
        } else {
            held.map_or([1_000, 2_500], |held| XYZ[held].1)
        }
    }

    fn abc(&self, all: &[One], of: &One) -> &'static str {
        if !self.measures[0] || self.currency.is_empty() {
            return "";
        }
        if of.value <= 0 {
            return "C";
        }
        let total: i128 = all.iter().filter(|one| one.value > 0).map(|one| one.value).sum();
        let share = |hundredths: u32| before(all, of) * 10_000 < total * i128::from(hundredths);
        let [a, b] = self.cuts(0);
        if share(a) {
            "A"
        } else if share(b) {
            "B"
        } else {
            "C"
        }
    }

    /// (σ/μ)² = Σ(n·x − S)² / (n·S²).
    fn variation(&self, of: &One) -> Option<(i128, i128)> {
        let (n, sum) = (of.by_period.len() as i128, of.by_period.iter().sum::<i128>());
        let deviations: i128 = of.by_period.iter().map(|x| (n * x - sum) * (n * x - sum)).sum();
        (sum > 0).then_some((deviations, n * sum * sum))
    }

    fn xyz(&self, of: &One) -> &'static str {
        if !self.measures[1] || self.periods.len() < 3 {
            return "";
        }
        let Some((part, whole)) = self.variation(of) else { return "N" };
        let within = |cut: u32| part * 100_000_000 <= whole * i128::from(cut) * i128::from(cut);
        let [x, y] = self.cuts(1);
        if within(x) {
            "X"
        } else if within(y) {
            "Y"
        } else {
            "Z"
        }
    }

    fn days(&self, of: &One) -> i64 {
        let last = Timestamp::from_micros(self.window.1.as_micros() - 1);
        let (mut day, end, mut days) = (zoned(of.last.unwrap()).date(), zoned(last).date(), 0);
        while day < end {
            day += 1.day();
            days += 1;
        }
        days
    }

    fn scores(&self, all: &[One], of: &One) -> [Option<u32>; 3] {
        if !self.measures[2] || of.orders.is_empty() {
            return [None; 3];
        }
        let buyers: Vec<_> = all.iter().filter(|one| !one.orders.is_empty()).collect();
        let quintile = |less: usize| {
            (buyers.len() >= 5)
                .then(|| (1..=5).rev().find(|score| 5 * less >= (score - 1) * buyers.len()).unwrap() as u32)
        };
        let less = |is_less: &dyn Fn(&One) -> bool| buyers.iter().filter(|one| is_less(one)).count();
        let borders = self.world.definitions[2].map(|held| RFM[held].1);
        let recency = match borders {
            Some([days, _]) => Some(5 - days.iter().filter(|border| self.days(of) > **border).count() as u32),
            None => quintile(less(&|one| self.days(one) > self.days(of))),
        };
        let frequency = quintile(less(&|one| one.orders.len() < of.orders.len()));
        let monetary = match borders {
            _ if self.currency.is_empty() => None,
            Some([_, money]) if self.currency == "EUR" => {
                Some(1 + money.iter().filter(|border| of.value >= i128::from(**border)).count() as u32)
            }
            Some(_) | None => quintile(less(&|one| one.value < of.value)),
        };
        [recency, frequency, monetary]
    }

    fn segment(&self, [recency, frequency, monetary]: [Option<u32>; 3]) -> &'static str {
        const GRID: [[&str; 5]; 5] = [
            ["hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"],
            ["hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"],
            ["fading", "fading", "need_attention", "loyal", "loyal"],
            ["promising", "potential_loyal", "potential_loyal", "loyal", "loyal"],
            ["new", "potential_loyal", "potential_loyal", "champions", "champions"],
        ];
        let (Some(recency), Some(frequency)) = (recency, frequency) else { return "" };
        let mean = f64::from(frequency + monetary.unwrap_or(frequency)) / 2.0;
        if self.world.request.by == 2 { "" } else { GRID[recency as usize - 1][mean.ceil() as usize - 1] }
    }

    fn row(&self, all: &[One], of: &One) -> v1::ClassRow {
        let (value_minor_units, value_minor_units_wide) = written(of.value, self.currency);
        let total: i128 = all.iter().filter(|one| one.value > 0).map(|one| one.value).sum();
        let has_share = self.measures[0] && !self.currency.is_empty() && of.value > 0;
        let share = |part: i128| has_share.then(|| part as f64 / total as f64);
        let xyz = self.xyz(of);
        let scores = self.scores(all, of);
        let sum: i128 = of.by_period.iter().sum();
        let variation = self.variation(of).filter(|_| !xyz.is_empty());
        let kind = if self.world.request.by == 2 { "product" } else { "party" };
        v1::ClassRow {
            object: format!("{kind}:{}", of.object),
            currency: self.currency.to_owned(),
            purchases: count(of.orders.len()),
            value_minor_units,
            value_minor_units_wide,
            last_purchase: of.last.map(time::to_proto),
            abc: self.abc(all, of).to_owned(),
            share: share(of.value),
            share_before: share(before(all, of)),
            xyz: xyz.to_owned(),
            mean: (!xyz.is_empty()).then(|| sum as f64 / of.by_period.len() as f64),
            variation: variation.map(|(part, whole)| (part as f64 / whole as f64).sqrt()),
            recency_days: of.last.filter(|_| self.measures[2]).map(|_| self.days(of) as u32),
            recency: scores[0],
            frequency: scores[1],
            monetary: scores[2],
            segment: self.segment(scores).to_owned(),
        }
    }

    /// Counts of classes, in the order in which they are listed.
    fn classes(&self, all: &[One], rows: &[v1::ClassRow]) -> Vec<v1::ClassCount> {
        let segments = [
            "champions",
            "loyal",
            "potential_loyal",
            "new",
            "promising",
            "need_attention",
            "fading",
            "cannot_lose",
            "at_risk",
            "hibernating",
        ];
        let lists: [&[&str]; 3] = [&["A", "B", "C"], &["X", "Y", "Z", "N"], &segments];
        let total: i128 = all.iter().filter(|one| one.value > 0).map(|one| one.value).sum();
        let mut counts = Vec::new();
        for (nth, names) in lists.iter().enumerate() {
            let class = |row: &v1::ClassRow| [&row.abc, &row.xyz, &row.segment][nth].clone();
            let classified = rows.iter().filter(|row| !class(row).is_empty()).count();
            for name in *names {
                let members: Vec<_> =
                    all.iter().zip(rows).filter(|(_, row)| class(row) == *name).map(|(one, _)| one).collect();
                if members.is_empty() {
                    continue;
                }
                let (value_minor_units, value_minor_units_wide) =
                    written(members.iter().map(|one| one.value).sum(), self.currency);
                let positive: i128 = members.iter().filter(|one| one.value > 0).map(|one| one.value).sum();
                counts.push(v1::ClassCount {
                    measure: nth as i32 + 1,
                    currency: self.currency.to_owned(),
                    name: (*name).to_owned(),
                    objects: count(members.len()),
                    share_of_objects: Some(members.len() as f64 / classified as f64),
                    value_minor_units,
                    value_minor_units_wide,
                    share_of_value: (total > 0).then(|| positive as f64 / total as f64),
                });
            }
        }
        counts
    }
}

/// The positive values before it.
fn before(all: &[One], of: &One) -> i128 {
    let ahead = |one: &&One| one.value > of.value || (one.value == of.value && one.object < of.object);
    all.iter().filter(ahead).filter(|one| one.value > 0).map(|one| one.value).sum()
}

pub(crate) fn answer(world: &World) -> v1::ClassesResponse {
    let window = window(world);
    let wanted = |measure: i32| {
        let asked = &world.request.measures;
        asked.is_empty() || asked.contains(&0) || asked.contains(&measure)
    };
    let measures = [1, 2, 3].map(wanted);
    let periods = if measures[1] { periods(world.request.every, window) } else { Vec::new() };
    let parts = parts(world, window);
    let mut response = v1::ClassesResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(v1::AsOf {
                occurred_until: Some(time::to_proto(world.as_of.occurred_until)),
                recorded_until: Some(time::to_proto(world.as_of.recorded_until)),
            }),
            definitions: definitions(world, measures),
            ..v1::ViewMeta::default()
        }),
        purchases_from: 1,
        value: v1::classes_request::Value::Revenue.into(),
        period_from: Some(time::to_proto(window.0)),
        period_to: Some(time::to_proto(window.1)),
        periods: periods.len() as u32,
        periods_from: periods.first().map(|(from, _)| time::to_proto(*from)),
        periods_to: periods.last().map(|(_, to)| time::to_proto(*to)),
        ..v1::ClassesResponse::default()
    };
    for currency in ["EUR", "USD", ""] {
        let asked = Asked { world, measures, window, periods: periods.clone(), currency };
        let all = ones(&parts, currency, &asked.periods);
        let (nobody, mut all): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.object.is_empty());
        let weight = |one: &One| if currency.is_empty() { one.orders.len() as i128 } else { one.value };
        all.sort_by(|a, b| weight(b).cmp(&weight(a)).then(a.object.cmp(&b.object)));
        if all.is_empty() && nobody.is_empty() {
            continue;
        }
        let sum = |ones: &[One]| written(ones.iter().map(|one| one.value).sum(), currency);
        let (value_minor_units, value_minor_units_wide) = sum(&all);
        let (left_out_minor_units, left_out_minor_units_wide) = sum(&nobody);
        response.totals.push(v1::ClassesTotal {
            currency: currency.to_owned(),
            objects: count(all.len()),
            buyers: count(all.iter().filter(|one| !one.orders.is_empty()).count()),
            value_minor_units,
            value_minor_units_wide,
            left_out: count(nobody.iter().map(|one| one.orders.len()).sum()),
            left_out_minor_units,
            left_out_minor_units_wide,
        });
        let rows: Vec<_> = all.iter().map(|one| asked.row(&all, one)).collect();
        response.classes.extend(asked.classes(&all, &rows));
        response.rows.extend(rows);
    }
    response
}

fn definitions(world: &World, measures: [bool; 3]) -> Vec<v1::DefinitionUse> {
    let code = if world.request.by == 2 { "product" } else { "customer" };
    let used = |(nth, kind): (usize, &str)| {
        let is_used = measures[nth] && world.definitions[nth].is_some();
        is_used.then(|| v1::DefinitionUse { kind: kind.to_owned(), code: code.to_owned(), version: 3 })
    };
    ["abc", "xyz", "rfm"].into_iter().enumerate().filter_map(used).collect()
}

/// The events of each row, by currency and object.
pub(crate) fn evidence(world: &World) -> BTreeMap<(String, String), BTreeSet<u64>> {
    let mut evidence: BTreeMap<(String, String), BTreeSet<u64>> = BTreeMap::new();
    for part in parts(world, window(world)) {
        evidence.entry((part.currency.to_owned(), part.object)).or_default().insert(part.position);
    }
    evidence
}
