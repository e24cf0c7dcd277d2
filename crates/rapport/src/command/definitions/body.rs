//! A body as members with paths, and the difference between two.

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::definition;
use serde_json::Value;

/// Members of which one names an object of a list, so that a new stage in the middle does not change all behind it.
const NAMES: [&str; 3] = ["code", "key", "currency"];

/// The values of a body, each with its path.
pub(super) type Members = Vec<(String, Value)>;

/// What differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub path: String,
    /// `None` where the older body has no such member.
    pub old: Option<Value>,
    /// `None` where the newer body has none.
    pub new: Option<Value>,
}

/// A body with the members that it leaves out; as it is where nothing is known of its kind.
pub(super) fn whole(kind: &str, body: &str) -> Value {
    let whole = definition::kind(kind).map_or_else(|| body.to_owned(), |kind| kind.whole(body));
    serde_json::from_str(&whole).unwrap_or_else(|_| Value::String(body.to_owned()))
}

/// The values of a body with their paths: `stages[offer].probability`.
pub(super) fn members(body: &Value) -> Members {
    let mut found = Vec::new();
    put("", body, &mut found);
    found
}

/// A value as people read it: text without quotation marks.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is said otherwise in the newer body, in its order, and then what it does not say any more.
pub(super) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let (old, new) = (members(old), members(new));
    let before: BTreeMap<&str, &Value> = old.iter().map(|(path, value)| (&**path, value)).collect();
    let still: BTreeSet<&str> = new.iter().map(|(path, _)| &**path).collect();
    let said = new.iter().filter(|(path, value)| before.get(&**path) != Some(&value));
    let said = said.map(|(path, value)| Change {
        path: path.clone(),
        old: before.get(&**path).copied().cloned(),
        new: Some(value.clone()),
    });
    let gone = old.iter().filter(|(path, _)| !still.contains(&**path));
    let gone = gone.map(|(path, value)| Change { path: path.clone(), old: Some(value.clone()), new: None });
    said.chain(gone).collect()
}

fn put(path: &str, value: &Value, found: &mut Members) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let dot = if path.is_empty() { "" } else { "." };
                put(&format!("{path}{dot}{name}"), value, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => put_list(path, items, found),
        value => found.push((path.to_owned(), value.clone())),
    }
}

/// Objects with names by their names, and the order of these; others by their places.
fn put_list(path: &str, items: &[Value], found: &mut Members) {
    let of = |name: &str| items.iter().map(|item| item.get(name)?.as_str()).collect::<Option<Vec<_>>>();
    let are_own = |names: &Vec<&str>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    match NAMES.iter().find_map(|name| of(name).filter(are_own)) {
        Some(names) => {
            found.push((path.to_owned(), names.join(", ").into()));
            for (name, item) in names.iter().zip(items) {
                put(&format!("{path}[{name}]"), item, found);
            }
        }
        None => {
            for (place, item) in items.iter().enumerate() {
                put(&format!("{path}[{place}]"), item, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_default_says_as_well_is_no_change() {
        assert_eq!(changes(&whole("abc", "{}"), &whole("abc", r#"{"a":80}"#)), []);
        let changed = changes(&whole("abc", r#"{"a":70}"#), &whole("abc", r#"{"b":90}"#));
        let change = |path: &str, old: i32, new: i32| Change {
            path: path.to_owned(),
            old: Some(old.into()),
            new: Some(new.into()),
        };
        assert_eq!(changed, [change("a", 70, 80), change("b", 95, 90)]);
    }

    #[test]
    fn a_stage_in_the_middle_changes_nothing_of_those_behind_it() {
        let stage = |code: &str| json!({"code": code, "probability": 0.5});
        let old = json!({"stages": [stage("a"), stage("c"), stage("d")]});
        let new = json!({"stages": [stage("a"), stage("b"), stage("c")]});
        let paths: Vec<_> = changes(&old, &new)
            .into_iter()
            .map(|one| (one.path, one.old.is_some(), one.new.is_some()))
            .collect();
        let expected = [
            ("stages", true, true),
            ("stages[b].code", false, true),
            ("stages[b].probability", false, true),
            ("stages[d].code", true, false),
            ("stages[d].probability", true, false),
        ];
        assert_eq!(paths, expected.map(|(path, old, new)| (path.to_owned(), old, new)));
        // Another order is a change.
        let turned = json!({"stages": [stage("c"), stage("a"), stage("d")]});
        assert_eq!(changes(&old, &turned).len(), 1);
    }

    #[test]
    fn lists_without_names_are_compared_by_place_and_lists_of_texts_as_one() {
        let old = json!({"hours": [{"from": "09:00"}, {"from": "13:00"}], "holidays": ["2026-01-01"]});
        let new = json!({"hours": [{"from": "09:00"}], "holidays": []});
        let paths: Vec<_> = changes(&old, &new).into_iter().map(|one| one.path).collect();
        assert_eq!(paths, ["holidays", "hours[1].from"]);
    }
}
