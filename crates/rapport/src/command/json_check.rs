//! Finds where JSON does not fit a message, and what was expected there.
//!
//! The error names the path and the kind of the value, never the value: it may be about a person, and errors end up in
//! logs.

use std::fmt::Display;

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use rapport_import::nearest;
use rapport_proto::json::descriptors;
use serde_json::{Map, Number, Value};

/// Names of an enum that are listed in an error.
const NAMES_LISTED: usize = 12;

/// A text in quotation marks says nothing else.
const TEXT: Expected<'_> = Expected { what: "a text in quotation marks", as_text: "" };
/// How a time is written, and its limits.
const TIME: Expected<'_> = Expected {
    what: "a time from `0001-01-01T00:00:00Z` to `9999-12-31T23:59:59.999999Z` with its zone, such as \
                    `\"2026-03-01T10:00:00Z\"` or `\"2026-03-01T12:00:00+02:00\"`",
    as_text: " that is not such a time",
};
/// How a length of time is written, and its limit.
const LENGTH: Expected<'_> = Expected {
    what: "a length of time of at most 315576000000 seconds, such as `\"90s\"` or `\"0.5s\"`",
    as_text: " that is not such a length of time",
};
/// How bytes are written.
const BYTES: Expected<'_> =
    Expected { what: "bytes as a text in base64, such as `\"AAEC\"`", as_text: " that is not base64" };
/// A number that validation takes.
const FINITE: Expected<'_> =
    Expected { what: "a finite number, such as `9.5`", as_text: " that is not a finite number" };

/// What is told of a field that another value is in.
#[derive(Clone, Copy)]
struct Expected<'a> {
    /// The kind of value, with its limits.
    what: &'a str,
    /// What is wrong with a text, where a text may say it.
    as_text: &'a str,
}

impl<'a> Expected<'a> {
    /// What no text says.
    const fn only(what: &'a str) -> Self {
        Self { what, as_text: "" }
    }
}

/// Whether a value is the JSON of a message.
///
/// # Errors
/// Every place at which it is not: the path there, what was expected with its limits, and what kind of value was found.
pub(super) fn check(full_name: &str, value: &Value) -> Result<(), Vec<String>> {
    let mut faults = Faults(Vec::new());
    if let Some(message) = descriptors().get_message_by_name(full_name) {
        faults.of_message(&message, value, "");
    }
    if faults.0.is_empty() { Ok(()) } else { Err(faults.0) }
}

/// The faults that were found so far, in the order of the text.
struct Faults(Vec<String>);

impl Faults {
    fn of_message(&mut self, message: &MessageDescriptor, value: &Value, path: &str) {
        match message.full_name() {
            "google.protobuf.Timestamp" => return self.expect(is_read(message, value), value, path, TIME),
            "google.protobuf.Duration" => return self.expect(is_read(message, value), value, path, LENGTH),
            _ => {}
        }
        let Some(object) = value.as_object() else {
            return self.wrong(value, path, Expected::only("an object `{…}`"));
        };
        let mut chosen: Vec<(String, String)> = Vec::new();
        for (key, value) in object {
            let Some(field) = message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key))
            else {
                self.0.push(no_such_field(key, object, path));
                continue;
            };
            if value.is_null() {
                continue;
            }
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            // One of several fields, or one field by both of its names.
            let one = match field.containing_oneof().filter(|oneof| oneof.fields().len() > 1) {
                Some(oneof) => oneof.name().to_owned(),
                None => field.name().to_owned(),
            };
            if let Some((_, other)) = chosen.iter().find(|(name, _)| *name == one) {
                self.0.push(format!("`{other}` and `{path}` are both there; give one of them"));
            }
            chosen.push((one, path.clone()));
            self.of_field(&field, value, &path);
        }
    }

    fn of_field(&mut self, field: &FieldDescriptor, value: &Value, path: &str) {
        if field.is_map() {
            return self.expect(value.is_object(), value, path, Expected::only("an object `{…}`"));
        }
        if field.kind() == Kind::Bytes {
            // Of the usual letters, or those of URLs.
            let alone = Value::Object(Map::from_iter([(field.json_name().to_owned(), value.clone())]));
            return self.expect(is_read(field.parent_message(), &alone), value, path, BYTES);
        }
        if !field.is_list() {
            return self.of_kind(&field.kind(), value, path);
        }
        let Some(list) = value.as_array() else {
            return self.wrong(value, path, Expected::only("a list `[…]`"));
        };
        for (place, value) in list.iter().enumerate() {
            self.of_kind(&field.kind(), value, &format!("{path}[{place}]"));
        }
    }

    fn of_kind(&mut self, kind: &Kind, value: &Value, path: &str) {
        match kind {
            Kind::Message(message) => self.of_message(message, value, path),
            Kind::Enum(names) => self.of_enum(names, value, path),
            Kind::String => self.expect(value.is_string(), value, path, TEXT),
            // Read as a whole, see `of_field`.
            Kind::Bytes => {}
            Kind::Bool => self.expect(value.is_boolean(), value, path, Expected::only("`true` or `false`")),
            Kind::Double | Kind::Float => {
                self.expect(is_finite(value), value, path, FINITE);
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => self.of_whole(i32::MIN, i32::MAX, value, path),
            Kind::Uint32 | Kind::Fixed32 => self.of_whole(u32::MIN, u32::MAX, value, path),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => self.of_whole(i64::MIN, i64::MAX, value, path),
            Kind::Uint64 | Kind::Fixed64 => self.of_whole(u64::MIN, u64::MAX, value, path),
        }
    }

    fn of_enum(&mut self, names: &EnumDescriptor, value: &Value, path: &str) {
        let fits = match value {
            Value::String(name) => names.get_value_by_name(name).is_some(),
            Value::Number(number) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            _ => false,
        };
        let listed = names.values().skip(1).take(NAMES_LISTED).map(|value| format!("`{}`", value.name()));
        let mut listed = listed.collect::<Vec<_>>().join(", ");
        if names.values().len() > NAMES_LISTED + 1 {
            listed.push_str(", …");
        }
        let what = format!("one of {listed}");
        self.expect(fits, value, path, Expected { what: &what, as_text: " that is none of them" });
    }

    fn of_whole<T: Into<i128> + Display>(&mut self, min: T, max: T, value: &Value, path: &str) {
        let what = format!("a whole number from {min} to {max}, best as a text such as `\"42\"`");
        match whole(value) {
            Some(number) if (min.into()..=max.into()).contains(&number) => {
                // With a point, an exponent or too many digits it was rounded when the JSON was read.
                if number.unsigned_abs() >= 1 << 53 && value.as_number().is_some_and(Number::is_f64) {
                    self.tell(path, &what, "a number that a reader of JSON rounds; write it as a text");
                }
            }
            Some(_) => self.tell(path, &what, "one beyond these limits"),
            None => self.wrong(value, path, Expected { what: &what, as_text: " that is not a whole number" }),
        }
    }

    fn expect(&mut self, fits: bool, value: &Value, path: &str, expected: Expected<'_>) {
        if !fits {
            self.wrong(value, path, expected);
        }
    }

    fn wrong(&mut self, value: &Value, path: &str, expected: Expected<'_>) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) if whole(value).is_none() => "a number with a fraction",
            Value::Number(_) => "a number",
            Value::String(_) => &format!("a text{}", expected.as_text),
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.tell(path, expected.what, found);
    }

    fn tell(&mut self, path: &str, expected: &str, found: &str) {
        let place = if path.is_empty() { String::new() } else { format!("`{path}`: ") };
        self.0.push(format!("{place}expected {expected}, found {found}"));
    }
}

/// Whether the JSON is read as the message; it is asked of what has a form of its own.
fn is_read(message: &MessageDescriptor, value: &Value) -> bool {
    DynamicMessage::deserialize(message.clone(), value).is_ok()
}

/// Whether it is a number that validation takes, as a number or as a text.
fn is_finite(value: &Value) -> bool {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        _ => value.as_f64(),
    };
    number.is_some_and(f64::is_finite)
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

/// The error names a key that could be the name of a field. Any other key may be personal data.
fn no_such_field(key: &str, beside: &Map<String, Value>, path: &str) -> String {
    let place = if path.is_empty() { "here".to_owned() } else { format!("in `{path}`") };
    if key.len() > 40 || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        let nth = beside.keys().position(|other| other == key).unwrap_or(0) + 1;
        return format!("key {nth} {place} is not a field; the fields are in `proto/rapport/v1`");
    }
    let names = field_names();
    if names.iter().any(|name| name == key) {
        return format!("there is no field `{key}` {place}; `proto/rapport/v1` says where it belongs");
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
        check("rapport.v1.Event", &serde_json::from_str(text).unwrap()).unwrap_err().join("; ")
    }

    #[test]
    fn a_wrong_value_is_told_by_its_path_and_never_itself() {
        let cases = [
            (r#""Secret""#, "expected an object `{…}`, found a text"),
            (r#"{"payload":"Secret"}"#, "`payload`: expected an object `{…}`, found a text"),
            (
                r#"{"occurredAt":"31.12.1999 Secret"}"#,
                "`occurredAt`: expected a time from `0001-01-01T00:00:00Z` to `9999-12-31T23:59:59.999999Z` with its zone",
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
                r#"{"payload":{"dealOpened":{"dealId":"1","deal_id":"Secret"}}}"#,
                "`payload.dealOpened.dealId` and `payload.dealOpened.deal_id` are both there; give one of them",
            ),
            (
                r#"{"payload":{"dealOpened":{"amount":{"minorUnits":9007199254740993.0}}}}"#,
                "found a number that a reader of JSON rounds; write it as a text",
            ),
            (
                r#"{"payload":{"dealOpend":{}}}"#,
                "there is no field `dealOpend` in `payload`; is it `dealOpened`?",
            ),
            (r#"{"stage":"x"}"#, "there is no field `stage` here; `proto/rapport/v1`"),
            (r#"{"Jānis Secret":1}"#, "key 1 here is not a field"),
            // As a number and as a text, of each kind.
            (
                r#"{"payload":{"dealOpened":{"amount":{"minorUnits":"9223372036854775808"}}}}"#,
                "from -9223372036854775808 to 9223372036854775807, best as a text such as `\"42\"`, found one beyond these limits",
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
                said.starts_with(
                    "`occurredAt`: expected a time from `0001-01-01T00:00:00Z` to `9999-12-31T23:59:59"
                ),
                "{time}: {said}"
            );
        }
        for length in ["1e9s", "NaNs", "+90s", "90", "s", "999999999999s", "1 s"] {
            let said = fault(&format!(r#"{{"payload":{{"touchCallLogged":{{"duration":"{length}"}}}}}}"#));
            let expected = "`payload.touchCallLogged.duration`: expected a length of time of at most";
            assert!(said.starts_with(expected), "{length}: {said}");
        }
    }

    /// A field of each kind, by its path, and what is told of its limits.
    const OF_EACH_KIND: [(&str, &str); 14] = [
        ("occurredAt", "a time from `0001-01-01T00:00:00Z` to `9999-12-31T23:59:59.999999Z`"),
        ("payload.touchCallLogged.duration", "of at most 315576000000 seconds"),
        ("payload.dealOpened.amount.minorUnits", "from -9223372036854775808 to 9223372036854775807"),
        ("payload.importBatchClosed.rows", "from 0 to 18446744073709551615"),
        ("payload.definitionPublished.version", "from 0 to 4294967295"),
        ("payload.surveyAnswered.expectation", "from -2147483648 to 2147483647"),
        ("payload.surveyAnswered.value", "a finite number"),
        ("payload.surveyAnswered.scale.max", "a finite number"),
        ("payload.deliveryPromised.isReschedule", "`true` or `false`"),
        ("payload.surveyAnswered.instrument", "one of `INSTRUMENT_"),
        ("payload.custom.data", "bytes as a text in base64"),
        ("payload.dealOpened.dealId", "a text in quotation marks"),
        ("tags[0]", "a text in quotation marks"),
        ("payload.offerIssued.lines[0].net.minorUnits", "from -9223372036854775808 to 9223372036854775807"),
    ];

    /// The JSON in which a path has a value.
    fn holding(path: &str, value: &str) -> String {
        path.rsplit('.').fold(value.to_owned(), |json, name| match name.strip_suffix("[0]") {
            Some(list) => format!("{{\"{list}\":[{json}]}}"),
            None => format!("{{\"{name}\":{json}}}"),
        })
    }

    #[test]
    fn a_value_that_cannot_be_read_is_told_by_path_limits_and_kind_for_each_kind_of_field() {
        let values = [
            "true",
            "7",
            "1.5",
            "-1e300",
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            r#""""#,
            r#""1.5""#,
            r#""9223372036854775808""#,
            r#""1e5""#,
            r#"" 7""#,
            r#""0x10""#,
            r#""NaN""#,
            r#""Infinity""#,
            r#""-inf""#,
            r#""1e400""#,
            r#""true""#,
            r#""Jānis""#,
            r#""AA=""#,
            "[]",
            "[7]",
            "{}",
            r#"{"a":1}"#,
            r#""9999-12-31T23:59:59.999999999Z""#,
            r#""0000-01-01T00:00:00Z""#,
            r#""10000-01-01T00:00:00Z""#,
            r#""0001-01-01T00:00:00+14:00""#,
            r#""9999-12-31T23:59:59-14:00""#,
            r#""2026-02-30T00:00:00Z""#,
            r#""2026-02-28T24:00:00Z""#,
            r#""2026-02-28T10:00:00.1234567891Z""#,
            r#""2026-02-28""#,
            r#""315576000001s""#,
            r#""-315576000000.5s""#,
        ];
        for (path, limits) in OF_EACH_KIND {
            for value in values {
                let text = holding(path, value);
                let Err(faults) = check("rapport.v1.Event", &serde_json::from_str(&text).unwrap()) else {
                    // What is not told here has to be read: the rest of the program has no path for it.
                    assert!(rapport_proto::json::event_from_json(&text).is_ok(), "{text}");
                    continue;
                };
                let [said] = &faults[..] else { panic!("{text}: {faults:?}") };
                let rest =
                    said.strip_prefix(&format!("`{path}`: expected ")).unwrap_or_else(|| panic!("{said}"));
                let (expected, found) = rest.split_once(", found ").unwrap();
                assert!(expected.contains(limits) && !found.contains("another"), "{text}: {said}");
                assert!(!found.contains("Jānis"), "{text}: {said}");
            }
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
