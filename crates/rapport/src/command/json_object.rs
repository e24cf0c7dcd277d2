//! A line of JSON, read strictly: one object, every key once.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// Reads an object.
///
/// # Errors
/// The text is not JSON, or has a key twice: what is wrong and at which character, without any of the content.
pub(super) fn read(text: &str) -> Result<Map<String, Value>, String> {
    let Strict(value) = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let what = said.split(" at line ").next().unwrap_or_default();
        format!("{what}, at character {}", error.column())
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err("expected an object `{…}`".to_owned()),
    }
}

/// A value in which no object has a key twice, because it would not be clear which of the two counts.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading).map(Self)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let Strict(value) = object.next_value()?;
            if values.insert(key, value).is_some() {
                return Err(de::Error::custom("the same key is there twice"));
            }
        }
        Ok(values.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strict_value_is_what_any_reader_makes_of_it() {
        let text = r#"{"a":[1,-2,2.5,"x",null,true,{"b":{}}],"c":18446744073709551615,"ā":"\u0101"}"#;
        assert_eq!(Value::Object(read(text).unwrap()), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        for (text, expected) in [
            (r#""Secret""#, "expected an object"),
            (r#"{"a":"Secret","a":1}"#, "the same key is there twice, at character 20"),
            (r#"{"a":{"b":1,"b":"Secret"}}"#, "the same key is there twice"),
            (r#"{"a":Secret}"#, "expected value, at character 6"),
            (r#"{"a":"Secret"#, "EOF while parsing a string"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(expected) && !said.contains("Secret"), "{text}: {said}");
        }
    }
}
