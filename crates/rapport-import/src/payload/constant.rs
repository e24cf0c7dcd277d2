//! Mistakes of a mapping that do not depend on the rows. They are found when the mapping is read and named once at their
//! place, instead of once a row.
//!
//! Two probes of the event are validated: one without the fields that come from the row, and one in which each of them
//! has a possible value. A fault of both probes that is in none of these fields would be in every row.

use std::collections::HashSet;

use bytes::Bytes;
use rapport_model::currency_exponent;
use rapport_proto::{v1, validate};

use super::{
    encode,
    fields::{Body, Content, Fields, Kind, Value},
};
use crate::{
    expr::context::{Binding, Context, Line},
    mapping::error::MappingError,
};

/// Evaluates on an empty row, for an expression that reads nothing of the row.
pub(crate) fn on_no_row<T>(read: impl FnOnce(&Context<'_>) -> T) -> T {
    let binding = Binding::default();
    let line = Line::default();
    read(&Context::bare(&binding, &line))
}

/// A field's path without the indices of lists: `order_placed.lines.product`.
fn plain(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        inside = (inside || letter == '[') && letter != ']';
        if !inside && letter != ']' {
            plain.push(letter);
        }
    }
    plain
}

/// Whether one path is the other or leads through it.
fn related(one: &str, other: &str) -> bool {
    let within = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(one, other) || within(other, one)
}

/// Checks an emit's payload, the constant parts of its tags, and that it names a customer where its type needs one;
/// `given` is the payload as the mapping has it.
pub(crate) fn check(
    body: &Body,
    tags: Vec<String>,
    has_customer: bool,
    given: &toml::Table,
    place: &str,
) -> Result<(), MappingError> {
    let Body::Known(number, fields) = body else { return Ok(()) };
    let place = format!("{place} / payload");
    let mut mapped = Vec::new();
    readable(fields, given, &place, &mut mapped)?;
    let currency = on_no_row(|row| currency(fields, row)).unwrap_or_else(|| "EUR".to_owned());
    let faults = |filled: Option<&str>| {
        let payload = on_no_row(|row| encode::probe(*number, fields, filled, row)).unwrap_or_default();
        violations(payload, tags.clone(), has_customer)
    };
    let (bare, filled) = (faults(None), faults(Some(&currency)));
    let both: HashSet<&str> = filled.iter().map(|(path, _)| path.as_str()).collect();
    for (path, description) in bare.iter().filter(|(path, _)| both.contains(path.as_str())) {
        if mapped.iter().any(|field| !field.constant && related(&field.path, path)) {
            continue;
        }
        let key = path.split_once('.').map_or(path.as_str(), |(_, key)| key);
        let emit = place.trim_end_matches(" / payload");
        return Err(match value_at(given, key) {
            _ if path == "customer" => MappingError::MissingKey { place: emit.to_owned(), key: path.clone() },
            _ if path.starts_with("tags") => {
                MappingError::wrong(emit, "tags", &toml::Value::from(tags.join(", ")), wanted(description))
            }
            Some(value) => MappingError::wrong(&place, key, value, wanted(description)),
            None => MappingError::MissingKey { place, key: key.to_owned() },
        });
    }
    Ok(())
}

/// What was expected, to stand behind that word.
fn wanted(reason: &str) -> String {
    match reason.strip_prefix("expected ") {
        Some(wanted) => wanted.to_owned(),
        None => format!("a text that the field can read: it is {reason}"),
    }
}

/// A currency that the mapping itself names: amounts of one event are mostly of one currency.
fn currency(fields: &Fields, row: &Context<'_>) -> Option<String> {
    let of_value = |value: &Value| {
        let currency = value.currency.as_ref().filter(|currency| currency.is_constant())?;
        currency.eval(row).ok().map(|code| code.into_owned())
    };
    fields.0.iter().find_map(|field| {
        let mut content = &field.content;
        while let Content::Each { of, .. } = content {
            content = of;
        }
        match content {
            Content::Values(_, values) => values.iter().find_map(of_value),
            Content::Messages(messages) => messages.iter().find_map(|fields| currency(fields, row)),
            Content::Each { .. } | Content::Split { .. } => None,
        }
    })
}

fn violations(payload: Bytes, tags: Vec<String>, has_customer: bool) -> Vec<(String, String)> {
    // Any customer will do here: the real one comes from the row.
    let customer = if has_customer { "1".to_owned() } else { String::new() };
    let event = v1::Event { payload, tags, customer, ..v1::Event::default() };
    let Err(invalid) = validate::check_event(&event, "") else { return Vec::new() };
    let violation = |violation: validate::Violation| {
        let path = violation.field.strip_prefix("payload.").unwrap_or(&violation.field);
        (plain(path), violation.description)
    };
    invalid.violations.into_iter().map(violation).collect()
}

fn value_at<'a>(given: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    let mut parts = key.split('.');
    let mut value = given.get(parts.next()?)?;
    for part in parts {
        value = match value {
            toml::Value::Table(table) => table.get(part)?,
            _ => return Some(value),
        };
    }
    Some(value)
}

struct Mapped {
    path: String,
    constant: bool,
}

/// Every field that the mapping has; an error where a text of the mapping itself cannot be read by its field.
fn readable(
    fields: &Fields,
    given: &toml::Table,
    place: &str,
    mapped: &mut Vec<Mapped>,
) -> Result<(), MappingError> {
    for field in &fields.0 {
        readable_content(&field.content, &field.path, given, place, mapped)?;
    }
    Ok(())
}

fn readable_content(
    content: &Content,
    path: &str,
    given: &toml::Table,
    place: &str,
    mapped: &mut Vec<Mapped>,
) -> Result<(), MappingError> {
    match content {
        Content::Values(kind, values) => {
            for value in values {
                readable_value(kind, value, path, given, place)?;
            }
            let constant = values.iter().all(Value::is_constant);
            mapped.push(Mapped { path: path.to_owned(), constant });
        }
        Content::Messages(messages) => {
            for fields in messages {
                readable(fields, given, place, mapped)?;
            }
        }
        Content::Each { of, .. } => {
            readable_content(of, path, given, place, mapped)?;
            mapped.push(Mapped { path: path.to_owned(), constant: false });
        }
        Content::Split { .. } => mapped.push(Mapped { path: path.to_owned(), constant: false }),
    }
    Ok(())
}

/// The texts that the mapping itself gives a field, whatever chooses between them.
fn readable_value(
    kind: &Kind,
    value: &Value,
    path: &str,
    given: &toml::Table,
    place: &str,
) -> Result<(), MappingError> {
    let key = path.split_once('.').map_or(path, |(_, key)| key);
    let wrong = |text: &str, reason: String| {
        let whole = value_at(given, key).filter(|whole| whole.is_str());
        MappingError::wrong(place, key, whole.unwrap_or(&toml::Value::from(text)), wanted(&reason))
    };
    if let Some(currency) = &value.currency {
        let mut codes = currency.outcomes();
        if let Some(code) = codes.find(|code| currency_exponent(code).is_none()) {
            return Err(wrong(&code, "expected an ISO 4217 currency code, upper case".into()));
        }
    }
    if matches!(kind, Kind::Money) && value.currency.as_ref().is_some_and(|currency| !currency.is_constant())
    {
        return Ok(());
    }
    for text in value.expr.outcomes() {
        if let Err(fault) = on_no_row(|row| encode::readable(kind, value, &text, row)) {
            return Err(wrong(&text, fault.reason));
        }
    }
    Ok(())
}
