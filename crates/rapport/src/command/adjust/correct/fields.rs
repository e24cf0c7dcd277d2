//! The fields of a content: setting one by its path, and what differs between two contents.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Map, Value};

/// Sets `FIELD=VALUE` in the JSON of a payload; the path begins in the message that it holds.
pub(super) fn set(payload: &mut Value, text: &str) -> anyhow::Result<()> {
    let (path, value) =
        text.split_once('=').with_context(|| format!("--set: expected FIELD=VALUE, found `{text}`"))?;
    let value = value_of(value);
    let content = payload.as_object_mut().and_then(|one| one.values_mut().next());
    let mut place = content.context("the event has no content")?;
    for step in path.split('.').flat_map(steps) {
        place = match step? {
            Step::Member(name) => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                let members = place.as_object_mut().with_context(|| no_such(path))?;
                members.entry(name).or_insert(Value::Null)
            }
            Step::Item(nth) => {
                place.as_array_mut().and_then(|list| list.get_mut(nth)).with_context(|| no_such(path))?
            }
        };
    }
    *place = value;
    Ok(())
}

/// JSON where it can be nothing else. Numbers stay texts: ids are made of digits as well, and JSON writes 64-bit numbers so.
fn value_of(text: &str) -> Value {
    let is_json = text.starts_with(['{', '[', '"']) || ["true", "false", "null"].contains(&text);
    let read = is_json.then(|| serde_json::from_str(text).ok()).flatten();
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn no_such(path: &str) -> String {
    format!("--set: there is no `{path}` in the event; `rapport import --types TYPE` lists the fields")
}

enum Step {
    Member(String),
    Item(usize),
}

/// `lines[0]` is a member and a place in its list. Names may be written as in the contract, `minor_units`.
fn steps(part: &str) -> Vec<anyhow::Result<Step>> {
    let (name, places) = part.split_at(part.find('[').unwrap_or(part.len()));
    let mut steps = vec![Ok(Step::Member(camel(name)))];
    for place in places.split('[').skip(1) {
        let nth = place.strip_suffix(']').and_then(|digits| digits.parse().ok());
        steps.push(nth.map(Step::Item).with_context(|| {
            format!("--set: `{part}` is not a field; write a place in a list as `lines[0]`")
        }));
    }
    steps
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// What differs: the path, what was there, what is there.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<(String, String, String)> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    flatten("", before, &mut old);
    flatten("", after, &mut new);
    let paths: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let text = |of: &BTreeMap<String, String>, path: &String| of.get(path).cloned().unwrap_or_default();
    let changed = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
    changed.map(|path| (path.clone(), text(&old, path), text(&new, path))).collect()
}

/// The values that hold no others, by path.
fn flatten(path: &str, value: &Value, to: &mut BTreeMap<String, String>) {
    let below = |name: &str| {
        if path.is_empty() || name.is_empty() { format!("{path}{name}") } else { format!("{path}.{name}") }
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| flatten(&below(name), value, to)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(nth, value)| flatten(&format!("{path}[{nth}]"), value, to));
        }
        Value::String(text) => drop(to.insert(path.to_owned(), text.clone())),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => drop(to.insert(path.to_owned(), value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(sets: &[&str]) -> anyhow::Result<Value> {
        let mut payload =
            json!({"orderPlaced": {"orderId": "7", "lines": [{"product": "pen"}, {"product": "ink"}]}});
        sets.iter().try_for_each(|text| set(&mut payload, text))?;
        Ok(payload["orderPlaced"].clone())
    }

    #[test]
    fn a_field_is_set_by_its_path_in_either_spelling_and_the_rest_stays() {
        let set =
            after(&["order_id=8", "lines[1].net.minor_units=250", "lines[1].net.currency=EUR"]).unwrap();
        let net = json!({"minorUnits": "250", "currency": "EUR"});
        let lines = json!([{"product": "pen"}, {"product": "ink", "net": net}]);
        assert_eq!(set, json!({"orderId": "8", "lines": lines}));
        assert_eq!(after(&["lines=null"]).unwrap(), json!({"orderId": "7", "lines": null}));
        for (wrong, said) in [
            ("orderId", "expected FIELD=VALUE"),
            ("lines[2].product=x", "there is no `lines[2].product`"),
            ("lines[x]=1", "is not a field"),
            ("orderId.x=1", "there is no `orderId.x`"),
        ] {
            let error = after(&[wrong]).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn what_differs_is_told_by_path_with_both_values() {
        let before = json!({"happened": true, "": {"a": {"b": "1", "c": [1, 2]}}});
        let now = json!({"happened": true, "": {"a": {"b": "2", "c": [1]}, "d": false}});
        let row = |path: &str, old: &str, new: &str| (path.to_owned(), old.to_owned(), new.to_owned());
        let expected = [row("a.b", "1", "2"), row("a.c[1]", "2", ""), row("d", "", "false")];
        assert_eq!(changes(&before, &now), expected);
        assert_eq!(changes(&now, &now), []);
    }
}
