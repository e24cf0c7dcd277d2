//! What several members of a body have to be together. Each looks at the JSON, and leaves out what has a fault of its own.

use std::collections::HashMap;

use super::{
    fault::Faults,
    form::{Form, Verdict, minutes},
    json::{Json, Object, member},
    targets::Metric,
};

pub(super) fn none(_: &mut Faults, _: &Object) {}

pub(super) fn pipeline(faults: &mut Faults, body: &Object) {
    codes_once(faults, body, "stages", "code");
}

pub(super) fn abc(faults: &mut Faults, body: &Object) {
    ascending(faults, body, &[("a", 80.0), ("b", 95.0)], 100.0);
}

pub(super) fn xyz(faults: &mut Faults, body: &Object) {
    ascending(faults, body, &[("x", 10.0), ("y", 25.0)], 1_000.0);
}

pub(super) fn pyramid(faults: &mut Faults, body: &Object) {
    ascending(faults, body, &[("top", 1.0), ("large", 5.0), ("medium", 20.0)], 100.0);
}

pub(super) fn rfm(faults: &mut Faults, body: &Object) {
    let key = |one: &Json| one.object().and_then(|one| member(one, "currency")).cloned();
    once(faults, items(body, "monetary"), "body.monetary", ".currency", key, |_| {
        "expected each currency once".to_owned()
    });
}

pub(super) fn potential(faults: &mut Faults, body: &Object) {
    values_once(faults, items(body, "products"), "body.products");
    codes_once(faults, body, "conditions", "key");
    for (place, condition) in items(body, "conditions").iter().enumerate() {
        let values = condition.object().map_or(&[][..], |condition| items(condition, "values"));
        values_once(faults, values, &format!("body.conditions[{place}].values"));
    }
}

pub(super) fn process(faults: &mut Faults, body: &Object) {
    codes_once(faults, body, "steps", "code");
    for (place, step) in items(body, "steps").iter().enumerate() {
        let has = |name| step.object().is_some_and(|step| member(step, name).is_some());
        if has("due_within_days") && has("due_within_minutes") {
            let path = format!("body.steps[{place}].due_within_minutes");
            faults.fault(&path, "expected either this or `due_within_days`, found both");
        }
    }
}

pub(super) fn calendar(faults: &mut Faults, body: &Object) {
    values_once(faults, items(body, "holidays"), "body.holidays");
    // By day of the week: which hours it has so far, and where they are written.
    let mut taken: HashMap<&str, Vec<(u32, u32, usize)>> = HashMap::new();
    for (place, hours) in items(body, "hours").iter().enumerate() {
        let Some(hours) = hours.object() else { continue };
        let path = format!("body.hours[{place}]");
        let days = items(hours, "weekdays");
        values_once(faults, days, &format!("{path}.weekdays"));
        let time = |name| member(hours, name).and_then(Json::text).and_then(minutes);
        let (Some(from), Some(to)) = (time("from"), time("to")) else { continue };
        if from >= to {
            faults.fault(&format!("{path}.to"), "expected a time after `from`");
            continue;
        }
        for day in days.iter().filter_map(Json::text) {
            let others = taken.entry(day).or_default();
            let meets = |(other_from, other_to, other): &(u32, u32, usize)| {
                (from < *other_to && *other_from < to && *other != place).then_some(*other)
            };
            if let Some(other) = others.iter().find_map(meets) {
                let told = format!("expected hours that do not overlap those of hours[{other}] on `{day}`");
                faults.fault(&format!("{path}.from"), told);
                break;
            }
            others.push((from, to, place));
        }
    }
}

pub(super) fn service_level(faults: &mut Faults, body: &Object) {
    let minutes = |name| member(body, name).and_then(Json::whole);
    if let (Some(first), Some(resolution)) =
        (minutes("first_response_minutes"), minutes("resolution_minutes"))
        && resolution < first
    {
        let told =
            format!("expected at least `first_response_minutes`, which is {first}, found {resolution}");
        faults.fault("body.resolution_minutes", told);
    }
}

pub(super) fn incentive(faults: &mut Faults, body: &Object) {
    if member(body, "cap_minor_units").is_some() && member(body, "currency").is_none() {
        faults.fault("body.currency", "expected the currency of `cap_minor_units`, found none");
    }
}

pub(super) fn contact_policy(faults: &mut Faults, body: &Object) {
    values_once(faults, items(body, "channels"), "body.channels");
    let quiet = member(body, "quiet").and_then(Json::object);
    let time = |name| quiet.and_then(|quiet| member(quiet, name)).and_then(Json::text).and_then(minutes);
    if let (Some(from), Some(to)) = (time("from"), time("to"))
        && from == to
    {
        faults.fault("body.quiet.to", "expected another time than `from`, found the same");
    }
}

pub(super) fn targets(faults: &mut Faults, body: &Object) {
    let targets = items(body, "targets");
    for (place, target) in targets.iter().enumerate() {
        let Some(target) = target.object() else { continue };
        let has = |name| member(target, name).is_some();
        let mut fault = |name: &str, told: &str| faults.fault(&format!("body.targets[{place}].{name}"), told);
        match (has("value"), has("minor_units")) {
            (false, false) => fault("value", "expected this or `minor_units`, found none"),
            (true, true) => fault("minor_units", "expected either this or `value`, found both"),
            (false, true) if !has("currency") => {
                fault("currency", "expected the currency of `minor_units`, found none");
            }
            (true, false) if has("currency") => {
                fault("currency", "expected `minor_units` beside it: a currency is of an amount");
            }
            (true, false) | (false, true) => misfit(faults, target, &format!("body.targets[{place}]")),
        }
    }
    let key = |target: &Json| {
        let target = target.object()?;
        let of = |name| member(target, name).cloned().unwrap_or(Json::Null);
        Some(Json::List(vec![of("metric"), of("period"), of("currency")]))
    };
    once(faults, targets, "body.targets", "", key, |first| {
        format!("expected each metric, period and currency once, found those of targets[{first}]")
    });
}

/// A new target of a metric that answers read is a number that the metric can have.
fn misfit(faults: &mut Faults, target: &Object, path: &str) {
    let metric = member(target, "metric").and_then(Json::text).and_then(Metric::named);
    let Some(metric) = metric else { return };
    match member(target, "value").map(Json::number) {
        Some(Some(number)) if !metric.fits(number) => {
            let told = format!("expected {}, found the number {number}", metric.expected());
            faults.flaw(&format!("{path}.value"), told);
        }
        // The check of the member's type refuses what is not a number.
        Some(_) => {}
        None => {
            let told = format!("expected `value` in its place, {}", metric.expected());
            faults.flaw(&format!("{path}.minor_units"), told);
        }
    }
}

/// The values of a list; none where it is missing.
fn items<'a>(object: &'a Object, name: &str) -> &'a [Json] {
    member(object, name).map_or(&[], Json::items)
}

/// Percents with their defaults, each above the one before.
fn ascending(faults: &mut Faults, body: &Object, members: &[(&str, f64)], most: f64) {
    let percent = |(name, default): (&str, f64)| match member(body, name) {
        None => Some(default),
        Some(value) => value.number().filter(|_| Form::Percent(most).of(value) == Verdict::Fits),
    };
    for (low, high) in members.iter().zip(members.iter().skip(1)) {
        if let (Some(below), Some(above)) = (percent(*low), percent(*high))
            && (below * 100.0).round() >= (above * 100.0).round()
        {
            // Where only the lower one is written, the higher one is its default.
            let told = format!("expected more than `{}`, which is {below}", low.0);
            faults.fault(&format!("body.{}", high.0), told);
        }
    }
}

/// Each object of a list has a code of its own.
fn codes_once(faults: &mut Faults, body: &Object, list: &str, code: &str) {
    let text = |one: &Json| {
        let code = member(one.object()?, code)?;
        code.text().filter(|text| !text.is_empty()).map(|_| code.clone())
    };
    once(faults, items(body, list), &format!("body.{list}"), &format!(".{code}"), text, |first| {
        format!("expected a {code} of its own, found the one of {list}[{first}]")
    });
}

fn values_once(faults: &mut Faults, values: &[Json], path: &str) {
    let text = |one: &Json| one.text().map(|_| one.clone());
    once(faults, values, path, "", text, |_| "expected each value once".to_owned());
}

/// Each thing of a list has a key of its own; `at` is where the key stands in it.
fn once(
    faults: &mut Faults,
    list: &[Json],
    path: &str,
    at: &str,
    key: impl Fn(&Json) -> Option<Json>,
    told: impl Fn(usize) -> String,
) {
    let mut first: HashMap<String, usize> = HashMap::with_capacity(list.len());
    for (place, one) in list.iter().enumerate() {
        // The kind of value is part of the key: the text `1` is not the number.
        let Some(key) = key(one).map(|key| format!("{key:?}")) else { continue };
        match first.get(&key) {
            Some(earlier) => faults.fault(&format!("{path}[{place}]{at}"), told(*earlier)),
            None => drop(first.insert(key, place)),
        }
    }
}
