//! Where JSON is not that of a message, and what was expected there.
//!
//! It is said by the path and by the kind of what was found, and never by the value: that may be about a person, and
//! errors end up in logs.

use std::fmt::Display;

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use rapport_import::nearest;
use rapport_proto::json::descriptors;
use serde_json::{Map, Value};

/// Names of an enum that are listed in an error.
const NAMES_LISTED: usize = 12;

/// The first place at which a value is not the JSON of a message.
///
/// # Errors
/// The path there and what was expected.
pub fn check(full_name: &str, value: &Value) -> Result<(), String> {
    let Some(message) = descriptors().get_message_by_name(full_name) else { return Ok(()) };
    check_message(&message, value, "")
}

fn check_message(message: &MessageDescriptor, value: &Value, path: &str) -> Result<(), String> {
    match message.full_name() {
        "google.protobuf.Timestamp" => {
            let expected = "a time of the years 1 to 9999 with its zone, such as `\"2026-03-01T10:00:00Z\"` or `…+02:00\"`";
            return expect(is_read(message, value), value, path, expected);
        }
        "google.protobuf.Duration" => {
            let expected =
                "a length of time of at most 315576000000 seconds, such as `\"90s\"` or `\"0.5s\"`";
            return expect(is_read(message, value), value, path, expected);
        }
        _ => {}
    }
    let object = value.as_object().ok_or_else(|| wrong(value, path, "an object `{…}`"))?;
    let mut chosen: Vec<(String, String)> = Vec::new();
    for (key, value) in object {
        let Some(field) = message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key))
        else {
            return Err(no_such_field(key, object, path));
        };
        if value.is_null() {
            continue;
        }
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if let Some(oneof) = field.containing_oneof().filter(|oneof| oneof.fields().len() > 1) {
            if let Some((_, other)) = chosen.iter().find(|(name, _)| name == oneof.name()) {
                return Err(format!("`{other}` and `{path}` are both there; give one of them"));
            }
            chosen.push((oneof.name().to_owned(), path.clone()));
        }
        check_field(&field, value, &path)?;
    }
    Ok(())
}

fn check_field(field: &FieldDescriptor, value: &Value, path: &str) -> Result<(), String> {
    if field.is_map() {
        return expect(value.is_object(), value, path, "an object `{…}`");
    }
    if field.kind() == Kind::Bytes {
        return check_bytes(field, value, path);
    }
    if !field.is_list() {
        return check_kind(&field.kind(), value, path);
    }
    let list = value.as_array().ok_or_else(|| wrong(value, path, "a list `[…]`"))?;
    let mut places = list.iter().enumerate();
    places.try_for_each(|(place, value)| check_kind(&field.kind(), value, &format!("{path}[{place}]")))
}

fn check_kind(kind: &Kind, value: &Value, path: &str) -> Result<(), String> {
    match kind {
        Kind::Message(message) => check_message(message, value, path),
        Kind::Enum(names) => check_enum(names, value, path),
        Kind::String => expect(value.is_string(), value, path, "a text in quotation marks"),
        // Read as a whole, see `check_field`.
        Kind::Bytes => Ok(()),
        Kind::Bool => expect(value.is_boolean(), value, path, "`true` or `false`"),
        Kind::Double | Kind::Float => {
            let fits = value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
            expect(fits, value, path, "a number")
        }
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => check_whole(i32::MIN, i32::MAX, value, path),
        Kind::Uint32 | Kind::Fixed32 => check_whole(u32::MIN, u32::MAX, value, path),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => check_whole(i64::MIN, i64::MAX, value, path),
        Kind::Uint64 | Kind::Fixed64 => check_whole(u64::MIN, u64::MAX, value, path),
    }
}

fn check_enum(names: &EnumDescriptor, value: &Value, path: &str) -> Result<(), String> {
    let fits = match value {
        Value::String(name) => names.get_value_by_name(name).is_some(),
        Value::Number(number) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let listed = names.values().skip(1).take(NAMES_LISTED).map(|value| format!("`{}`", value.name()));
    let mut listed = listed.collect::<Vec<_>>().join(", ");
    if names.values().len() > NAMES_LISTED + 1 {
        listed.push_str(", …");
    }
    Err(format!("`{path}`: expected one of {listed}"))
}

/// Whether the JSON is read as the message; it is asked of what has a form of its own.
fn is_read(message: &MessageDescriptor, value: &Value) -> bool {
    DynamicMessage::deserialize(message.clone(), value).is_ok()
}

/// Bytes are base64, of the usual letters or those of URLs.
fn check_bytes(field: &FieldDescriptor, value: &Value, path: &str) -> Result<(), String> {
    let alone = Value::Object(Map::from_iter([(field.json_name().to_owned(), value.clone())]));
    expect(
        is_read(field.parent_message(), &alone),
        value,
        path,
        "bytes as a text in base64, such as `\"AAEC\"`",
    )
}

fn check_whole<T: Into<i128> + Display>(min: T, max: T, value: &Value, path: &str) -> Result<(), String> {
    let expected = format!("a whole number from {min} to {max}, best as a text such as `\"42\"`");
    match whole(value) {
        Some(number) if (min.into()..=max.into()).contains(&number) => Ok(()),
        Some(_) => Err(format!("`{path}`: expected {expected}, found one beyond that")),
        None => Err(wrong(value, path, &expected)),
    }
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let float = || number.as_f64().filter(|number| number.fract() == 0.0);
            number.as_i128().or_else(|| format!("{:.0}", float()?).parse().ok())
        }
        _ => None,
    }
}

fn expect(fits: bool, value: &Value, path: &str, expected: &str) -> Result<(), String> {
    if fits { Ok(()) } else { Err(wrong(value, path, expected)) }
}

fn wrong(value: &Value, path: &str, expected: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let found = if expected.contains(found) { "another".to_owned() } else { found.to_owned() };
    if path.is_empty() {
        format!("expected {expected}, found {found}")
    } else {
        format!("`{path}`: expected {expected}, found {found}")
    }
}

/// A key that could be a name of a field is told, to be found; any other may be somebody's.
fn no_such_field(key: &str, beside: &Map<String, Value>, path: &str) -> String {
    let place = if path.is_empty() { "here".to_owned() } else { format!("in `{path}`") };
    if key.len() > 40 || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        let nth = beside.keys().position(|other| other == key).unwrap_or(0) + 1;
        return format!("key {nth} {place} is not a field; the fields are in `proto/rapport/v1`");
    }
    let names = field_names();
    if names.iter().any(|name| name == key) {
        return format!("there is no field `{key}` {place}; where it belongs is in `proto/rapport/v1`");
    }
    match nearest(key, names.iter().map(String::as_str)) {
        Some(near) => format!("there is no field `{key}` {place}; is it `{near}`?"),
        None => format!("there is no field `{key}` {place}; the fields are in `proto/rapport/v1`"),
    }
}

/// The JSON names of all fields of the contract.
fn field_names() -> Vec<String> {
    let messages = descriptors().all_messages();
    messages
        .flat_map(|message| message.fields().map(|field| field.json_name().to_owned()).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        check("rapport.v1.Event", &serde_json::from_str(text).unwrap()).unwrap_err()
    }

    #[test]
    fn a_wrong_value_is_told_by_its_path_and_never_itself() {
        let cases = [
            (r#""Secret""#, "expected an object `{…}`, found a text"),
            (r#"{"payload":"Secret"}"#, "`payload`: expected an object `{…}`, found a text"),
            (
                r#"{"occurredAt":"31.12.1999 Secret"}"#,
                "`occurredAt`: expected a time of the years 1 to 9999 with its zone",
            ),
            (r#"{"tags":"Secret"}"#, "`tags`: expected a list"),
            (r#"{"tags":["a",7]}"#, "`tags[1]`: expected a text in quotation marks, found a number"),
            (
                r#"{"payload":{"noteRecorded":{"personal":{"text":37129123456}}}}"#,
                "`payload.noteRecorded.personal.text`: expected a text",
            ),
            (
                r#"{"payload":{"dealOpened":{"amount":{"minorUnits":"12.5"}}}}"#,
                "`payload.dealOpened.amount.minorUnits`: expected a whole number",
            ),
            (
                r#"{"payload":{"surveyAnswered":{"instrument":"Secret"}}}"#,
                "`payload.surveyAnswered.instrument`: expected one of `",
            ),
            (
                r#"{"payload":{"dealWon":{},"dealLost":{}}}"#,
                "`payload.dealLost` and `payload.dealWon` are both there",
            ),
            (
                r#"{"payload":{"dealOpend":{}}}"#,
                "there is no field `dealOpend` in `payload`; is it `dealOpened`?",
            ),
            (r#"{"stage":"x"}"#, "there is no field `stage` here; where it belongs"),
            (r#"{"Jānis Secret":1}"#, "key 1 here is not a field"),
            // As a number and as a text, of each kind.
            (
                r#"{"payload":{"dealOpened":{"amount":{"minorUnits":"9223372036854775808"}}}}"#,
                "from -9223372036854775808 to 9223372036854775807, best as a text such as `\"42\"`, found one beyond",
            ),
            (
                r#"{"payload":{"dealOpened":{"amount":{"minorUnits":-9.3e18}}}}"#,
                "from -9223372036854775808 to 9223372036854775807",
            ),
            (
                r#"{"payload":{"importBatchClosed":{"rows":-1}}}"#,
                "`payload.importBatchClosed.rows`: expected a whole number from 0 to 18446744073709551615",
            ),
            (
                r#"{"payload":{"definitionPublished":{"version":4294967296}}}"#,
                "`payload.definitionPublished.version`: expected a whole number from 0 to 4294967295",
            ),
            (
                r#"{"payload":{"custom":{"data":"*Secret*"}}}"#,
                "`payload.custom.data`: expected bytes as a text in base64",
            ),
            (r#"{"payload":{"custom":{"data":7}}}"#, "`payload.custom.data`: expected bytes"),
        ];
        for (text, expected) in cases {
            let said = fault(text);
            assert!(said.contains(expected), "{text}: {said}");
            assert!(!said.contains("Secret") && !said.contains("3712"), "{text}: {said}");
        }
    }

    #[test]
    fn a_time_or_a_length_that_could_not_be_read_is_told_by_its_path() {
        for time in [
            "0000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-02-20",
            "2026-02-20 10:00:00Z",
            "2026-02-20T10:00Z",
            "2026-02-20T10:00:00",
            "2026-02-20T10:00:00+01:00[Europe/Riga]",
        ] {
            let said = fault(&format!(r#"{{"occurredAt":"{time}"}}"#));
            assert!(
                said.starts_with("`occurredAt`: expected a time of the years 1 to 9999"),
                "{time}: {said}"
            );
        }
        for length in ["1e9s", "NaNs", "+90s", "90", "s", "999999999999s", "1 s"] {
            let said = fault(&format!(r#"{{"payload":{{"touchCallLogged":{{"duration":"{length}"}}}}}}"#));
            let expected = "`payload.touchCallLogged.duration`: expected a length of time of at most";
            assert!(said.starts_with(expected), "{length}: {said}");
        }
    }

    #[test]
    fn what_the_contract_allows_is_taken() {
        for text in [
            r#"{}"#,
            r#"{"customer":"7","occurredAt":"2026-03-01T10:00:00+02:00","tags":[],"actor":null}"#,
            r#"{"payload":{"dealOpened":{"dealId":"1","amount":{"minorUnits":1250,"currency":"EUR"}}}}"#,
            r#"{"payload":{"surveyAnswered":{"instrument":1,"scale":{"min":0,"max":"10"},"value":9.5}}}"#,
            r#"{"payload":{"deal_won":{"deal_id":"1"}}}"#,
            r#"{"payload":{"dealOpened":{"amount":{"minorUnits":"-9223372036854775808"}}}}"#,
            r#"{"payload":{"importBatchClosed":{"rows":18446744073709551615}}}"#,
            r#"{"payload":{"touchCallLogged":{"duration":"0.5s"}}}"#,
            r#"{"payload":{"custom":{"data":"_-8="}}}"#,
            r#"{"payload":{"custom":{"data":"AAE"}}}"#,
        ] {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(check("rapport.v1.Event", &value), Ok(()), "{text}");
            assert!(rapport_proto::json::event_from_json(text).is_ok(), "{text}");
        }
    }
}
