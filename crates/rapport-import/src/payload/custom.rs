//! Payloads of the organisation's own types: JSON, with what is personal apart.

use bytes::Bytes;
use prost::Message as _;
use rapport_proto::v1;
use serde_json::Value;

use crate::{
    expr::{context::Context, parse, scope::Scope, tree::Expr},
    mapping::{error::MappingError, section::Section},
    value::{
        fault::Fault,
        flag::{EXPECTED_FLAG, flag},
        number::{NumberStyle, shortest},
    },
};

/// The keys by which a table is an expression and not an object.
const EXPRESSION_KEYS: [&str; 9] =
    ["text", "first", "times", "plus", "sum", "cases", "between", "latest", "earliest"];

/// What becomes of a row.
#[derive(Debug)]
pub(crate) struct Custom {
    data: Json,
    personal: Json,
}

#[derive(Debug)]
enum Json {
    Object(Vec<(String, Json)>),
    List(Vec<Json>),
    /// A text that holds several, and what stands between them.
    Split(Expr, String),
    Text(Expr),
    Number(Expr, NumberStyle),
    Flag(Expr),
}

impl Custom {
    /// From the table `custom` of an emit; its key `personal` is what identifies or describes a person.
    pub(crate) fn parse(scope: &mut Scope, mut section: Section) -> Result<Self, MappingError> {
        let personal = section.section("personal")?.map(|mut personal| personal.rest()).unwrap_or_default();
        let place = section.place.clone();
        Ok(Self {
            data: object(scope, section.rest(), &place)?,
            personal: object(scope, personal, &format!("{place} / personal"))?,
        })
    }

    /// The bytes of `rapport.v1.Payload` on this row.
    pub(crate) fn payload(&self, row: &Context<'_>) -> Result<Bytes, Fault> {
        let text = |json: &Json| Ok(json.value(row)?.map(|value| value.to_string().into_bytes()));
        let custom = v1::Custom {
            content_type: "application/json".into(),
            data: text(&self.data)?.unwrap_or_else(|| b"{}".to_vec()).into(),
            personal: text(&self.personal)?.map(|data| v1::custom::Personal { data: data.into() }),
        };
        Ok(v1::Payload { kind: Some(v1::payload::Kind::Custom(custom)) }.encode_to_vec().into())
    }
}

fn object(scope: &mut Scope, values: toml::Table, place: &str) -> Result<Json, MappingError> {
    let mut fields = Vec::with_capacity(values.len());
    for (name, value) in values {
        let value = json(scope, &value, place, &name)?;
        fields.push((name, value));
    }
    Ok(Json::Object(fields))
}

fn json(scope: &mut Scope, value: &toml::Value, place: &str, name: &str) -> Result<Json, MappingError> {
    match value {
        toml::Value::Table(table) if table.len() == 2 && table.contains_key("split") => {
            let (Some(list), Some(by)) = (table.get("split"), table.get("by").and_then(toml::Value::as_str))
            else {
                return object(scope, table.clone(), &format!("{place} / {name}"));
            };
            Ok(Json::Split(parse::expr(scope, list, place, name)?, by.to_owned()))
        }
        toml::Value::Table(table) if !EXPRESSION_KEYS.iter().any(|key| table.contains_key(*key)) => {
            object(scope, table.clone(), &format!("{place} / {name}"))
        }
        toml::Value::Array(items) => {
            let items = items.iter().map(|item| json(scope, item, place, name));
            items.collect::<Result<_, _>>().map(Json::List)
        }
        toml::Value::Table(table) => {
            let kind = table.get("as").and_then(toml::Value::as_str);
            let expr = parse::expr(scope, value, place, name)?;
            Ok(match kind {
                // The steps of the expression have left plain digits.
                Some("number") => Json::Number(expr, NumberStyle::default()),
                Some("boolean") => Json::Flag(expr),
                _ => Json::Text(expr),
            })
        }
        toml::Value::Integer(_) | toml::Value::Float(_) => {
            Ok(Json::Number(parse::expr(scope, value, place, name)?, NumberStyle::default()))
        }
        toml::Value::Boolean(_) => Ok(Json::Flag(parse::expr(scope, value, place, name)?)),
        toml::Value::String(_) | toml::Value::Datetime(_) => {
            parse::expr(scope, value, place, name).map(Json::Text)
        }
    }
}

impl Json {
    /// The value on this row; none where there is nothing to say.
    fn value(&self, row: &Context<'_>) -> Result<Option<Value>, Fault> {
        let value = match self {
            Self::Split(list, by) => {
                let texts = list.eval(row)?;
                let texts = texts.split(by.as_str()).map(str::trim).filter(|text| !text.is_empty());
                let texts: Vec<Value> = texts.map(Value::from).collect();
                (!texts.is_empty()).then(|| texts.into())
            }
            Self::Object(fields) => {
                let mut object = serde_json::Map::new();
                for (name, field) in fields {
                    if let Some(value) = field.value(row)? {
                        object.insert(name.clone(), value);
                    }
                }
                (!object.is_empty()).then(|| object.into())
            }
            Self::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.extend(item.value(row)?);
                }
                (!list.is_empty()).then(|| list.into())
            }
            Self::Text(expr) => filled(expr, row)?.map(Value::from),
            Self::Number(expr, style) => match filled(expr, row)? {
                Some(text) => {
                    let digits = style.parse(&text).map(|number| shortest(number).to_string());
                    let number = digits.and_then(|digits| digits.parse::<serde_json::Number>().ok());
                    Some(number.ok_or_else(|| expr.fault(&text, style.expected()))?.into())
                }
                None => None,
            },
            Self::Flag(expr) => match filled(expr, row)? {
                Some(text) => {
                    let flag = flag(&text);
                    Some(flag.ok_or_else(|| expr.fault(&text, EXPECTED_FLAG))?.into())
                }
                None => None,
            },
        };
        Ok(value)
    }
}

fn filled(expr: &Expr, row: &Context<'_>) -> Result<Option<String>, Fault> {
    let text = expr.eval(row)?;
    Ok((!text.is_empty()).then(|| text.into_owned()))
}
