//! The vocabulary as a mapping's author needs it: types, and the fields of `payload` by the names that a mapping writes,
//! with what the contract says of them.

use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};

use super::fields::Kind as FieldKind;

/// Messages in messages, so deep: a correction holds a payload, which may be a correction.
const DEPTH_MAX: usize = 4;

/// A type of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventType {
    /// As an emit's `type` names it: `deal.opened`.
    pub name: &'static str,
    /// What the contract says of it.
    pub comment: String,
    /// What `payload` may hold.
    pub fields: Vec<PayloadField>,
}

/// A field of a payload, or of a message in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadField {
    /// As a mapping writes it: `deal_id`, `personal.title`; `lines[].product` in a list of tables.
    pub path: String,
    /// How its text is read: `text`, `number`, `money`, `moment`, …
    pub kind: &'static str,
    /// Whether it is a list.
    pub repeated: bool,
    /// Whether an event without it is refused; in a list or a table, one that has it.
    pub required: bool,
    /// The values that it may have, each with what the contract says of it; empty for anything but an enumeration.
    pub values: Vec<(String, String)>,
    /// What the contract says of it.
    pub comment: String,
}

/// Every type of the vocabulary, in the order of the contract.
#[must_use]
pub fn vocabulary() -> Vec<EventType> {
    rapport_proto::event_type::all()
        .filter_map(|(number, name)| {
            let message = super::parse::message(number)?;
            let mut fields = Vec::new();
            add(&message, "", 0, &mut fields);
            let comment = comment(&message.parent_file(), message.path());
            Some(EventType { name, comment: without_name(&comment, name), fields })
        })
        .collect()
}

/// The comment repeats the type's name before a colon: `` `deal.won`: the customer bought.``
fn without_name(comment: &str, name: &str) -> String {
    let rest = comment.strip_prefix('`').and_then(|rest| rest.strip_prefix(name)?.strip_prefix('`'));
    rest.map_or(comment, |rest| rest.trim_start_matches([':', '.', ' '])).to_owned()
}

fn add(message: &MessageDescriptor, prefix: &str, depth: usize, fields: &mut Vec<PayloadField>) {
    for field in message.fields() {
        let path = format!("{prefix}{}", field.name());
        let inner = match field.kind() {
            Kind::Message(inner) if super::parse::kind(&field).is_none() && depth < DEPTH_MAX => Some(inner),
            _ => None,
        };
        match inner.filter(|inner| inner.full_name() != "rapport.v1.Payload") {
            Some(inner) => {
                let list = if field.is_list() { "[]" } else { "" };
                add(&inner, &format!("{path}{list}."), depth + 1, fields);
            }
            None => fields.push(one(&field, path)),
        }
    }
}

fn one(field: &FieldDescriptor, path: String) -> PayloadField {
    let comment = comment(&field.parent_message().parent_file(), field.path());
    let values = match field.kind() {
        Kind::Enum(values) => enum_values(&values),
        _ => Vec::new(),
    };
    PayloadField {
        path,
        kind: kind_name(field),
        repeated: field.is_list(),
        required: is_required(&comment),
        values,
        comment,
    }
}

/// Whether the contract requires the field: `Required` with a mark behind it. `Required where …` is a condition and does
/// not count.
fn is_required(comment: &str) -> bool {
    comment.match_indices("Required").any(|(at, word)| {
        comment.get(at + word.len()..).is_some_and(|rest| rest.starts_with(['.', ';', ',']))
    })
}

fn enum_values(values: &EnumDescriptor) -> Vec<(String, String)> {
    let file = values.parent_file();
    let zero = values.get_value(0).map(|zero| zero.name().to_lowercase()).unwrap_or_default();
    let prefix = zero.strip_suffix("unspecified").unwrap_or_default();
    let named = values.values().filter(|value| value.number() != 0).map(|value| {
        let name = value.name().to_lowercase();
        (name.strip_prefix(prefix).unwrap_or(&name).to_owned(), comment(&file, value.path()))
    });
    named.collect()
}

fn kind_name(field: &FieldDescriptor) -> &'static str {
    match super::parse::kind(field) {
        None => "table",
        Some(FieldKind::Text) => "text",
        Some(FieldKind::Bool) => "yes or no",
        Some(FieldKind::Signed { .. } | FieldKind::Unsigned { .. }) => "whole number",
        Some(FieldKind::Double) => "number",
        Some(FieldKind::Enum(_)) => "one of",
        Some(FieldKind::Money) => "money",
        Some(FieldKind::Timestamp) => "moment",
        Some(FieldKind::Duration) => "duration",
    }
}

/// What stands before the thing at this path of its file, in one line.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let location = info.and_then(|info| info.location.iter().find(|location| location.path == path));
    let text = location.map(|location| location.leading_comments()).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> EventType {
        vocabulary().into_iter().find(|known| known.name == name).unwrap()
    }

    #[test]
    fn every_type_and_field_of_the_contract_is_described_by_its_comment() {
        let all = vocabulary();
        assert_eq!(all.len(), rapport_proto::event_type::all().count());
        for known in &all {
            assert!(!known.fields.is_empty(), "{}", known.name);
            // One sentence at least, behind the type's own name.
            let (words, is_named) = (known.comment.split(' ').count(), !known.comment.starts_with('`'));
            assert!(
                words > 2 && is_named && known.comment.ends_with(['.', ':']),
                "{}: {}",
                known.name,
                known.comment
            );
            for field in &known.fields {
                assert!(!field.comment.is_empty(), "{} {}", known.name, field.path);
                assert_eq!(field.values.is_empty(), field.kind != "one of", "{} {}", known.name, field.path);
            }
        }
        let required: usize =
            all.iter().map(|known| known.fields.iter().filter(|field| field.required).count()).sum();
        assert!(required > 80, "{required}");
    }

    #[test]
    fn fields_are_named_as_a_mapping_writes_them_with_required_kinds_and_values() {
        let deal = of("deal.opened");
        assert!(deal.comment.starts_with("a deal begins"), "{}", deal.comment);
        let field = |path: &str| deal.fields.iter().find(|field| field.path == path).unwrap();
        assert!(field("deal_id").required && field("stage").required && !field("amount").required);
        assert_eq!((field("amount").kind, field("products").repeated), ("money", true));
        assert_eq!(field("personal.title").kind, "text");
        let order = of("order.placed");
        assert!(order.fields.iter().any(|field| field.path == "lines[].quantity" && field.required));
        let party = of("party.registered");
        let kind = party.fields.iter().find(|field| field.path == "kind").unwrap();
        assert_eq!(kind.values[0].0, "person");
        assert!(kind.required);
    }
}
