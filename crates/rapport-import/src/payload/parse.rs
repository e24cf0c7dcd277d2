//! From the TOML of a payload to its fields, checked against the contract.

use std::{collections::HashMap, sync::Arc};

use prost_reflect::{FieldDescriptor, Kind as ProtoKind, MessageDescriptor};

use super::{
    custom::Custom,
    fields::{Body, Content, Field, Fields, Kind, Value},
};
use crate::{
    expr::{parse, scope::Scope, tree::Expr},
    mapping::{error::MappingError, section::Section},
};

/// What an emit of this type says of the payload: the keys `payload`, or `custom` for a type of the organisation's own.
pub(crate) fn body_of_type(
    scope: &mut Scope,
    event_type: &str,
    section: &mut Section,
) -> Result<Body, MappingError> {
    let payload = section.section("payload")?;
    let custom = section.section("custom")?;
    let number = rapport_proto::event_type::field_of_name(event_type);
    match (number, custom) {
        (Some(_), Some(custom)) => {
            let value = toml::Value::from(custom.place);
            Err(section.wrong(
                "custom",
                &value,
                format!("`payload`: `{event_type}` is of the standard vocabulary"),
            ))
        }
        (None, Some(custom)) if payload.is_none() => Custom::parse(scope, custom).map(Body::Own),
        (None, _) => Err(unknown_type(section, event_type)),
        (Some(number), None) => {
            let Some(message) = message(number) else { return Err(unknown_type(section, event_type)) };
            let values = payload.map(|mut payload| payload.rest()).unwrap_or_default();
            let path = event_type.replace('.', "_");
            let fields = fields(scope, &message, values, &format!("{} / payload", section.place), &path)?;
            Ok(Body::Known(number, fields))
        }
    }
}

pub(super) fn message(number: u32) -> Option<MessageDescriptor> {
    let payload = rapport_proto::json::descriptors().get_message_by_name("rapport.v1.Payload")?;
    match payload.get_field(number)?.kind() {
        ProtoKind::Message(message) => Some(message),
        _ => None,
    }
}

fn unknown_type(section: &Section, event_type: &str) -> MappingError {
    let types: Vec<&str> = rapport_proto::event_type::all().map(|(_, name)| name).collect();
    let near = crate::mapping::error::nearest(event_type, types.iter().copied());
    let known = near.map_or_else(|| format!("one of {}", types.join(", ")), |near| format!("`{near}`"));
    let expected = format!("{known}; for a type of your own write `custom = {{ … }}` and no `payload`");
    section.wrong("type", &toml::Value::from(event_type), expected)
}

fn fields(
    scope: &mut Scope,
    message: &MessageDescriptor,
    values: toml::Table,
    place: &str,
    path: &str,
) -> Result<Fields, MappingError> {
    let mut fields = Vec::with_capacity(values.len());
    for (name, value) in values {
        let Some(descriptor) = message.get_field_by_name(&name) else {
            let known: Vec<String> = message.fields().map(|field| field.name().to_owned()).collect();
            let unknown = MappingError::unknown_key(place, &name, known.iter().map(String::as_str));
            return Err(match (unknown, inner_field(message, &name)) {
                (MappingError::UnknownKey { place, key, known, .. }, suggestion @ Some(_)) => {
                    MappingError::UnknownKey { place, key, suggestion, known }
                }
                (unknown, _) => unknown,
            });
        };
        fields.push(field(scope, &descriptor, &value, place, format!("{path}.{name}"))?);
    }
    fields.sort_by_key(|field| field.number);
    Ok(Fields(fields))
}

/// The field of this name in a message of the message, such as `personal.value` for `value`.
fn inner_field(message: &MessageDescriptor, name: &str) -> Option<String> {
    message.fields().find_map(|field| match field.kind() {
        ProtoKind::Message(inner) if kind(&field).is_none() => {
            inner.get_field_by_name(name).map(|inner| format!("{}.{}", field.name(), inner.name()))
        }
        _ => None,
    })
}

fn field(
    scope: &mut Scope,
    descriptor: &FieldDescriptor,
    value: &toml::Value,
    place: &str,
    path: String,
) -> Result<Field, MappingError> {
    let name = descriptor.name();
    let content = if descriptor.is_list() {
        list(scope, descriptor, value, place, &path)?
    } else {
        one(scope, descriptor, value, place, &path)?
    };
    let presence = descriptor.supports_presence();
    let (number, repeated) = (descriptor.number(), descriptor.is_list());
    Ok(Field { number, path, id: id_of(name), repeated, presence, content })
}

/// What a field of this name holds the id of, or the ids.
fn id_of(field: &str) -> Option<String> {
    match field {
        "survivor" | "absorbed" | "related_party" => Some("customer".into()),
        "supersedes" => Some("agreement_id".into()),
        _ if field.ends_with("_id") => Some(field.to_owned()),
        _ => field.strip_suffix('s').filter(|one| one.ends_with("_id")).map(str::to_owned),
    }
}

/// A single value: of a message a table of its fields, of anything else an expression.
fn one(
    scope: &mut Scope,
    descriptor: &FieldDescriptor,
    value: &toml::Value,
    place: &str,
    path: &str,
) -> Result<Content, MappingError> {
    let name = descriptor.name();
    match kind(descriptor) {
        Some(kind) => Ok(Content::Values(kind.clone(), vec![self::value(scope, &kind, value, place, name)?])),
        None => {
            let (ProtoKind::Message(message), toml::Value::Table(table)) = (descriptor.kind(), value) else {
                return Err(MappingError::wrong(place, name, value, "a table of the message's fields"));
            };
            let inner = fields(scope, &message, table.clone(), &format!("{place} / {name}"), path)?;
            Ok(Content::Messages(vec![inner]))
        }
    }
}

/// A repeated field: a list, `{ each, of }` or `{ split, by }`.
fn list(
    scope: &mut Scope,
    descriptor: &FieldDescriptor,
    value: &toml::Value,
    place: &str,
    path: &str,
) -> Result<Content, MappingError> {
    let name = descriptor.name();
    match value {
        toml::Value::Array(items) => {
            let mut values = Vec::new();
            let mut messages = Vec::new();
            for item in items {
                match one(scope, descriptor, item, place, path)? {
                    Content::Messages(inner) => messages.extend(inner),
                    Content::Values(_, inner) => values.extend(inner),
                    Content::Each { .. } | Content::Split { .. } => {}
                }
            }
            Ok(kind(descriptor).map_or(Content::Messages(messages), |kind| Content::Values(kind, values)))
        }
        toml::Value::Table(table) if table.contains_key("each") => {
            let mut section = Section::new(format!("{place} / {name}"), table.clone());
            let each = section.text_required("each")?;
            let over = scope.many(&each, &section.place)?;
            let when = section
                .take("when")
                .map(|value| parse::condition(scope, &value, &section.place))
                .transpose()?;
            let of = section.take("of").ok_or_else(|| section.missing("of"))?;
            let of = Box::new(one(scope, descriptor, &of, &section.place, path)?);
            section.finish()?;
            Ok(Content::Each { over, when, of })
        }
        toml::Value::Table(table) if table.contains_key("split") => {
            let mut section = Section::new(format!("{place} / {name}"), table.clone());
            let by = section.text_required("by")?;
            let split = section.take("split").ok_or_else(|| section.missing("split"))?;
            let Some(kind) = kind(descriptor) else {
                return Err(section.wrong("split", &split, "`each` for a list of messages"));
            };
            let value = self::value(scope, &kind, &split, &section.place, "split")?;
            section.finish()?;
            Ok(Content::Split { kind, value, by })
        }
        toml::Value::String(_) if kind(descriptor).is_some() => one(scope, descriptor, value, place, path),
        _ => Err(MappingError::wrong(
            place,
            name,
            value,
            "a list, `{ each = …, of = … }` or `{ split = …, by = … }`",
        )),
    }
}

/// An expression with what reading it needs.
fn value(
    scope: &mut Scope,
    kind: &Kind,
    value: &toml::Value,
    place: &str,
    name: &str,
) -> Result<Value, MappingError> {
    // A value that is not a table is an expression alone.
    let table = match value {
        toml::Value::Table(table) => table.clone(),
        plain => toml::Table::from_iter([("text".to_owned(), plain.clone())]),
    };
    let mut section = Section::new(format!("{place} / {name}"), table);
    let reading = parse::reading(&mut section, &scope.reading)?;
    let currency =
        if matches!(kind, Kind::Money) { Some(currency(scope, &mut section, value)?) } else { None };
    let unit_micros = if matches!(kind, Kind::Duration) { unit(&mut section)? } else { SECOND_MICROS };
    let expr = parse::expr_of(scope, &mut section, &reading)?;
    section.finish()?;
    match kind {
        Kind::Signed { .. } | Kind::Unsigned { .. } | Kind::Double | Kind::Money | Kind::Duration => {
            scope.styles.number(reading.numbers);
        }
        Kind::Timestamp => scope.styles.date(&reading.dates),
        Kind::Text | Kind::Bool | Kind::Enum(_) => {}
    }
    Ok(Value { expr, numbers: reading.numbers, dates: reading.dates, currency, unit_micros })
}

/// The currency of an amount: what it says itself, else what holds in the table.
fn currency(scope: &mut Scope, section: &mut Section, amount: &toml::Value) -> Result<Expr, MappingError> {
    let given = section.take("currency").or_else(|| scope.reading.currency.clone().map(toml::Value::from));
    let Some(currency) = given else {
        let expected =
            "`{ text = \"…\", currency = \"EUR\" }`, or `currency` at the top of the mapping or table";
        return Err(section.wrong("currency", amount, expected));
    };
    parse::expr(scope, &currency, &section.place, "currency")
}

const SECOND_MICROS: i64 = 1_000_000;

/// Microseconds in the unit of a duration.
fn unit(section: &mut Section) -> Result<i64, MappingError> {
    let Some(unit) = section.text("unit")? else { return Ok(SECOND_MICROS) };
    Ok(match unit.as_str() {
        "milliseconds" => 1_000,
        "seconds" => SECOND_MICROS,
        "minutes" => 60 * SECOND_MICROS,
        "hours" => 3_600 * SECOND_MICROS,
        "days" => 86_400 * SECOND_MICROS,
        _ => {
            let expected = "`milliseconds`, `seconds`, `minutes`, `hours` or `days`";
            return Err(section.wrong("unit", &toml::Value::from(unit), expected));
        }
    })
}

/// How a field's text is read; `None` for a message of fields.
pub(super) fn kind(descriptor: &FieldDescriptor) -> Option<Kind> {
    Some(match descriptor.kind() {
        ProtoKind::Bool => Kind::Bool,
        ProtoKind::Int32 => Kind::Signed { bits: 32, zigzag: false },
        ProtoKind::Int64 => Kind::Signed { bits: 64, zigzag: false },
        ProtoKind::Sint32 => Kind::Signed { bits: 32, zigzag: true },
        ProtoKind::Sint64 => Kind::Signed { bits: 64, zigzag: true },
        ProtoKind::Uint32 => Kind::Unsigned { bits: 32 },
        ProtoKind::Uint64 => Kind::Unsigned { bits: 64 },
        ProtoKind::Double => Kind::Double,
        ProtoKind::Enum(values) => {
            let names: Vec<(String, i32)> =
                values.values().map(|value| (value.name().to_lowercase(), value.number())).collect();
            let zero = names.iter().find(|(_, number)| *number == 0).map_or("", |(name, _)| name.as_str());
            let prefix = zero.strip_suffix("unspecified").unwrap_or_default().to_owned();
            let mut by_name = HashMap::new();
            for (name, number) in names {
                by_name.insert(name.strip_prefix(&prefix).unwrap_or(&name).to_owned(), number);
                by_name.insert(name, number);
            }
            Kind::Enum(Arc::new(by_name))
        }
        ProtoKind::Message(message) => match message.full_name() {
            "rapport.v1.Money" => Kind::Money,
            "google.protobuf.Timestamp" => Kind::Timestamp,
            "google.protobuf.Duration" => Kind::Duration,
            _ => return None,
        },
        // Strings, and what the vocabulary does not use.
        _ => Kind::Text,
    })
}
