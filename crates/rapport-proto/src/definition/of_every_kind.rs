//! Every kind by the examples of `docs/definitions.md`: each is accepted, and each change of it is accepted and readable, or
//! refused with its path.

use std::collections::BTreeSet;

use proptest::prelude::*;
use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::*;
use crate::json::descriptors;

/// The body of each kind that the documentation shows.
fn examples() -> Vec<(&'static DefinitionKind, Value)> {
    let text = include_str!("../../../../docs/definitions.md");
    let examples = text.split("\n## `").skip(1).map(|section| {
        let name = section.split('`').next().unwrap();
        let body = section.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        (kind(name).unwrap(), serde_json::from_str(body).unwrap())
    });
    examples.collect()
}

/// Whether the views can read a body as what it is.
fn is_readable(kind: &str, body: &str) -> bool {
    macro_rules! read_as {
        ($($message:ident),*) => {
            match kind {
                $(<v1::$message as Body>::KIND => read::<v1::$message>(body).is_ok(),)*
                other => panic!("no body of {other}"),
            }
        };
    }
    read_as!(
        PipelineDefinition,
        AbcDefinition,
        XyzDefinition,
        RfmDefinition,
        PyramidDefinition,
        PotentialDefinition,
        ProcessDefinition,
        CalendarDefinition,
        ServiceLevelDefinition,
        AttributionDefinition,
        IncentiveDefinition,
        ContactPolicyDefinition,
        TargetsDefinition
    )
}

fn faults(kind: &str, body: &str) -> Vec<(String, String)> {
    let faults = refused(kind, body).into_iter();
    faults.map(|fault| (fault.path, fault.description)).collect()
}

/// The members of a message, as the table of kinds has them.
fn members(message: &MessageDescriptor, path: &str, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        let path = if path.is_empty() { field.name().to_owned() } else { format!("{path}.{}", field.name()) };
        found.insert(path.clone());
        match field.kind() {
            Kind::Message(message) => members(&message, &path, found),
            Kind::String | Kind::Bool | Kind::Double | Kind::Uint32 | Kind::Int64 | Kind::Enum(_) => {}
            other => panic!("{path}: no reader of {other:?}"),
        }
        assert!(!field.is_map(), "{path}");
    }
}

#[test]
fn the_table_of_kinds_the_contract_and_the_documentation_name_the_same() {
    let documented: Vec<_> = examples().into_iter().map(|(kind, _)| kind.name).collect();
    assert_eq!(documented, KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>());
    let bodies: Vec<_> =
        BODIES.iter().map(|(kind, message)| (*kind, format!("rapport.v1.{message}"))).collect();
    assert_eq!(bodies, KINDS.iter().map(|kind| (kind.name, kind.message.to_owned())).collect::<Vec<_>>());
    for kind in &KINDS {
        let message = descriptors().get_message_by_name(kind.message).unwrap();
        let mut known = BTreeSet::new();
        members(&message, "", &mut known);
        for named in kind.named() {
            assert!(known.contains(named.trim_end_matches("[]")), "{}: {named}", kind.name);
        }
        // Required in the contract is required in the table, and in the documentation.
        let text = include_str!("../../../../proto/rapport/v1/definition.proto");
        let name = kind.message.rsplit('.').next().unwrap();
        let section = text.split(&format!("message {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
        let required = section.matches("Required.").count() + section.matches("At least one.").count();
        assert_eq!(kind.named().filter(|member| kind.required(member).is_some()).count(), required, "{name}");
        let docs = include_str!("../../../../docs/definitions.md");
        let docs =
            docs.split(&format!("\n## `{}`", kind.name)).nth(1).unwrap().split("\n## ").next().unwrap();
        assert_eq!(docs.matches("**required**").count(), required, "{name}");
        for member in &known {
            let shown = member.split('.').map(str::to_owned).collect::<Vec<_>>();
            let last = shown.last().unwrap();
            assert!(
                docs.contains(&format!("`{last}`")) || docs.contains(&format!(".{last}`")),
                "{name}: {member}"
            );
        }
    }
}

#[test]
fn what_holds_by_default_is_sound_and_does_not_clash_with_what_is_left_out() {
    for kind in &KINDS {
        assert_eq!(
            kind.flaws(kind.left_out).map_err(|faults| faults.len()).unwrap_or_default(),
            [],
            "{}",
            kind.name
        );
        for (code, body) in kind.unpublished {
            assert!(kind.has_code(code));
            assert_eq!(kind.flaws(body), Ok(vec![]), "{} {code}", kind.name);
        }
        for code in kind.codes {
            assert!(kind.unpublished.iter().any(|(known, _)| known == code), "{} {code}", kind.name);
        }
    }
    // What is left out is what classes take.
    let left_out = |name: &str| kind(name).unwrap().left_out;
    assert_eq!(classes::abc(left_out("abc")).unwrap().0, classes::Abc::default());
    assert_eq!(classes::xyz(left_out("xyz")).unwrap().0, classes::Xyz::default());
}

#[test]
fn a_typed_body_has_what_its_json_says() {
    let body = examples().into_iter().find(|(kind, _)| kind.name == "calendar").unwrap().1.to_string();
    let (says, flaws) = read::<v1::CalendarDefinition>(&body).unwrap();
    assert_eq!((says.zone.as_str(), says.holidays.len(), flaws), ("Europe/Riga", 2, vec![]));
    assert_eq!(says.hours[2].weekdays().collect::<Vec<_>>(), [v1::Weekday::Friday]);
    let (says, _) =
        read::<v1::AttributionDefinition>(r#"{"model":"u_shaped","half_life_days":0.5}"#).unwrap();
    assert_eq!(
        (says.model(), says.half_life_days, says.lookback_days),
        (v1::AttributionModel::UShaped, Some(0.5), None)
    );
    let (says, _) = read::<v1::IncentiveDefinition>(
        r#"{"metric":"margin","rate":0,"currency":"EUR","cap_minor_units":9007199254740991,"cap_every":"year"}"#,
    )
    .unwrap();
    assert_eq!(
        (says.rate, says.cap_minor_units, says.cap_every()),
        (Some(0.0), Some((1 << 53) - 1), v1::Every::Year)
    );
    let (says, _) = read::<v1::ProcessDefinition>(r#"{"steps":[{"code":"a","required":false}]}"#).unwrap();
    assert_eq!((says.steps[0].required, says.steps[0].due_within_days), (Some(false), None));
}

/// A kind, a body, and the path and the text of its one fault.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    ("pyramid", r#"{"top":5}"#, "body.large", "expected more than `top`, which is 5"),
    ("pyramid", r#"{"large":30}"#, "body.medium", "expected more than `large`, which is 30"),
    (
        "pyramid",
        r#"{"window_months":0}"#,
        "body.window_months",
        "expected a whole number from 1 to 1200, found the number 0",
    ),
    (
        "pyramid",
        r#"{"window_months":1.5}"#,
        "body.window_months",
        "expected a whole number from 1 to 1200, found the number 1.5",
    ),
    ("potential", "{}", "body.products", "expected at least one product, found none"),
    ("potential", r#"{"products":[]}"#, "body.products", "expected at least one product, found none"),
    ("potential", r#"{"products":["a",7]}"#, "body.products[1]", "expected text, found the number 7"),
    ("potential", r#"{"products":["a","a"]}"#, "body.products[1]", "expected each value once"),
    ("potential", r#"{"products":["a "]}"#, "body.products[0]", "expected no blanks at its ends"),
    (
        "potential",
        r#"{"products":["a"],"conditions":[{"key":"k","values":["x","x"]}]}"#,
        "body.conditions[0].values[1]",
        "expected each value once",
    ),
    (
        "potential",
        r#"{"products":["a"],"conditions":[{"key":"k","values":["x"]},{"key":"k","values":["y"]}]}"#,
        "body.conditions[1].key",
        "expected a key of its own, found the one of conditions[0]",
    ),
    (
        "potential",
        r#"{"products":["a"],"conditions":[{"values":["x"]}]}"#,
        "body.conditions[0].key",
        "expected a value, found none",
    ),
    (
        "potential",
        r#"{"products":["a"],"conditions":[{"key":"k"}]}"#,
        "body.conditions[0].values",
        "expected at least one value, found none",
    ),
    (
        "process",
        r#"{"steps":[{"code":"a"},{"code":"a"}]}"#,
        "body.steps[1].code",
        "expected a code of its own, found the one of steps[0]",
    ),
    (
        "process",
        r#"{"steps":[{"code":"a","required":"yes"}]}"#,
        "body.steps[0].required",
        "expected true or false, found text",
    ),
    (
        "process",
        r#"{"steps":[{"code":"a","due_within_days":1,"due_within_minutes":5}]}"#,
        "body.steps[0].due_within_minutes",
        "expected either this or `due_within_days`, found both",
    ),
    ("process", r#"{"steps":[{"code":"a"}],"calendar":""}"#, "body.calendar", "expected a value, found none"),
    (
        "calendar",
        r#"{"zone":"Europe/Rigga"}"#,
        "body.zone",
        "expected an IANA time zone such as `Europe/Riga`, found text",
    ),
    ("calendar", r#"{"hours":[]}"#, "body.hours", "expected at least one row of hours, found none"),
    (
        "calendar",
        r#"{"hours":[{"weekdays":["monday"],"from":"17:00","to":"09:00"}]}"#,
        "body.hours[0].to",
        "expected a time after `from`",
    ),
    (
        "calendar",
        r#"{"hours":[{"weekdays":["Monday"],"from":"09:00","to":"17:00"}]}"#,
        "body.hours[0].weekdays[0]",
        "expected one of `monday`, `tuesday`, `wednesday`, `thursday`, `friday`, `saturday`, `sunday`, found text",
    ),
    (
        "calendar",
        r#"{"hours":[{"weekdays":["monday"],"from":"09:00","to":"17:00"},{"weekdays":["sunday","monday"],"from":"16:59","to":"24:00"}]}"#,
        "body.hours[1].from",
        "expected hours that do not overlap those of hours[0] on `monday`",
    ),
    (
        "calendar",
        r#"{"holidays":["2026-02-30"]}"#,
        "body.holidays[0]",
        "expected an ISO 8601 date such as `2026-12-24`, found text",
    ),
    (
        "service_level",
        r#"{"first_response_minutes":60,"resolution_minutes":59}"#,
        "body.resolution_minutes",
        "expected at least `first_response_minutes`, which is 60, found 59",
    ),
    (
        "attribution",
        r#"{"model":"best"}"#,
        "body.model",
        "expected one of `first`, `last`, `linear`, `u_shaped`, `time_decay`, `markov`, found text",
    ),
    (
        "attribution",
        r#"{"model":"unspecified"}"#,
        "body.model",
        "expected one of `first`, `last`, `linear`, `u_shaped`, `time_decay`, `markov`, found text",
    ),
    (
        "attribution",
        r#"{"half_life_days":0}"#,
        "body.half_life_days",
        "expected a number above 0 and at most 36500, found the number 0",
    ),
    ("incentive", r#"{"metric":"revenue"}"#, "body.rate", "expected a value, found none"),
    (
        "incentive",
        r#"{"metric":"revenue","rate":2}"#,
        "body.rate",
        "expected a number from 0 to 1, found the number 2",
    ),
    (
        "incentive",
        r#"{"metric":"revenue","rate":0.1,"currency":"eur"}"#,
        "body.currency",
        "expected an ISO 4217 code such as `EUR`, found text",
    ),
    (
        "incentive",
        r#"{"metric":"revenue","rate":0.1,"cap_minor_units":5}"#,
        "body.currency",
        "expected the currency of `cap_minor_units`, found none",
    ),
    ("contact_policy", r#"{"quiet":{"from":"21:00"}}"#, "body.quiet.to", "expected a value, found none"),
    (
        "contact_policy",
        r#"{"quiet":{"from":"21:00","to":"21:00"}}"#,
        "body.quiet.to",
        "expected another time than `from`, found the same",
    ),
    ("contact_policy", r#"{"channels":["sms","sms"]}"#, "body.channels[1]", "expected each value once"),
    (
        "targets",
        r#"{"targets":[{"metric":"nps","period":"2026"}]}"#,
        "body.targets[0].value",
        "expected this or `minor_units`, found none",
    ),
    (
        "targets",
        r#"{"targets":[{"metric":"nps","period":"26","value":1}]}"#,
        "body.targets[0].period",
        "expected a year, quarter or month such as `2026`, `2026-Q1` or `2026-03`, found text",
    ),
    (
        "targets",
        r#"{"targets":[{"metric":"m","period":"2026","minor_units":1}]}"#,
        "body.targets[0].currency",
        "expected the currency of `minor_units`, found none",
    ),
    (
        "targets",
        r#"{"targets":[{"metric":"m","period":"2026","value":1,"currency":"EUR"}]}"#,
        "body.targets[0].currency",
        "expected `minor_units` beside it: a currency is of an amount",
    ),
    (
        "targets",
        r#"{"targets":[{"metric":"m","period":"2026","value":1},{"metric":"m","period":"2026","value":2}]}"#,
        "body.targets[1]",
        "expected each metric, period and currency once, found those of targets[0]",
    ),
];

#[test]
fn the_faults_of_every_kind_are_named_with_their_path() {
    for (kind, body, path, description) in FAULTS {
        assert_eq!(faults(kind, body), [((*path).to_owned(), (*description).to_owned())], "{kind} {body}");
    }
}

#[test]
fn the_texts_of_faults_stay_as_they_were() {
    for (kind, body, description) in [
        ("pipeline", "7", "expected an object, found the number 7"),
        ("pipeline", "{}", "expected at least one stage, found none"),
        ("pipeline", r#"{"stages":7}"#, "expected a list, found the number 7"),
        ("pipeline", r#"{"stages":[7]}"#, "expected an object, found the number 7"),
        ("pipeline", r#"{"stages":[{"code":7}]}"#, "expected text, found the number 7"),
        ("pipeline", r#"{"stages":[{"code":""}]}"#, "expected a value, found none"),
        (
            "pipeline",
            r#"{"stages":[{"code":"a"},{"code":"a"}]}"#,
            "expected a code of its own, found the one of stages[0]",
        ),
        (
            "pipeline",
            r#"{"stages":[{"code":"a","name":null}]}"#,
            "expected text, or no name at all, found null",
        ),
        (
            "pipeline",
            r#"{"stages":[{"code":"a","probability":true}]}"#,
            "expected a number from 0 to 1, or none at all, found true or false",
        ),
        ("pipeline", r#"{"stages":[{"code":"a","p":1}]}"#, "expected one of `code`, `name`, `probability`"),
        ("pipeline", r#"{"stages":[{"code":"a","code":"a"}]}"#, "expected once, found a second time"),
        ("abc", r#"{"a":0}"#, "expected percent above 0 and at most 100, found the number 0"),
        ("abc", r#"{"a":1.005}"#, "expected at most two decimals, found the number 1.005"),
        ("abc", r#"{"a":96.5}"#, "expected more than `a`, which is 96.5"),
        ("rfm", r#"{"frequency":1}"#, "expected a list of four whole numbers, found the number 1"),
        ("rfm", r#"{"frequency":[1]}"#, "expected four whole numbers from 0 on, each above the one before"),
        (
            "rfm",
            r#"{"monetary":[{"currency":"euro","minor_units":[1,2,3,4]}]}"#,
            "expected an ISO 4217 code such as `EUR`, found text",
        ),
    ] {
        let described: Vec<_> = faults(kind, body).into_iter().map(|(_, description)| description).collect();
        assert_eq!(described, [description], "{kind} {body}");
    }
}

/// Every place in a value, as a path and as a pointer.
fn places(value: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    found.push((path.to_owned(), pointer.to_owned()));
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                places(value, &format!("{path}.{name}"), &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                places(value, &format!("{path}[{place}]"), &format!("{pointer}/{place}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaves = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..400).prop_map(Value::from),
        prop::sample::select(vec![0.5, 1e300, -0.25, 33.333, 9_007_199_254_740_992.0]).prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "a",
            " a",
            "EUR",
            "09:00",
            "2026",
            "2026-12-24",
            "monday",
            "last",
            "offer"
        ])
        .prop_map(Value::from),
    ];
    leaves.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                prop::sample::select(vec!["code", "from", "currency", "other"]),
                inner,
                0..3
            )
            .prop_map(|members| json!(members)),
        ]
    })
}

const fn same_type(one: &Value, other: &Value) -> bool {
    matches!(
        (one, other),
        (Value::Bool(_), Value::Bool(_))
            | (Value::Number(_), Value::Number(_))
            | (Value::String(_), Value::String(_))
            | (Value::Array(_), Value::Array(_))
            | (Value::Object(_), Value::Object(_))
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_value_at_any_place_is_readable_or_refused_with_that_place(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        value in values(),
    ) {
        let examples = examples();
        let (kind, example) = which.get(&examples);
        let mut found = Vec::new();
        places(example, "body", "", &mut found);
        let (path, pointer) = place.get(&found);
        let mut changed = example.clone();
        let before = changed.pointer(pointer).unwrap().clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let faults = faults(kind.name, &changed.to_string());
        if faults.is_empty() {
            prop_assert!(is_readable(kind.name, &changed.to_string()), "{}", changed);
            prop_assert!(same_type(&before, &value), "{}", changed);
        } else {
            // Borders are judged as one. A value of its type may also be wrong beside its neighbours.
            let list = path.rsplit_once('[').map_or("body", |(list, _)| list);
            let near = if same_type(&before, &value) || path.ends_with(']') { list } else { path };
            prop_assert!(faults.iter().all(|(at, _)| at.starts_with(near)), "{} {:?}", changed, faults);
        }
    }

    #[test]
    fn a_name_that_no_member_has_and_a_name_given_twice_are_refused_where_they_are(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
    ) {
        let examples = examples();
        let (kind, example) = which.get(&examples);
        let mut found = Vec::new();
        places(example, "body", "", &mut found);
        found.retain(|(_, pointer)| example.pointer(pointer).unwrap().is_object());
        let (path, pointer) = place.get(&found);
        let mut changed = example.clone();
        let object = changed.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        let name = object.keys().next().unwrap().clone();
        let twice = object[&name].to_string();
        object.insert("colour".to_owned(), Value::from("red"));
        let text = changed.to_string();
        prop_assert!(is_readable(kind.name, &text));
        prop_assert_eq!(faults(kind.name, &text).into_iter().map(|fault| fault.0).collect::<Vec<_>>(), [format!("{path}.colour")]);
        let text = text.replace(r#""colour":"red""#, &format!(r#""{name}":{twice}"#));
        prop_assert!(!is_readable(kind.name, &text));
        prop_assert_eq!(faults(kind.name, &text), [(format!("{path}.{name}"), "expected once, found a second time".to_owned())]);
    }
}
