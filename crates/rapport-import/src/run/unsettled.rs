//! Changes that cannot be appended: why, and the reject that says so.

use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use rapport_proto::{
    json::descriptors,
    v1::{self, payload::Kind},
};

use super::{
    row_events::{Reject, RowEvents},
    stream_event::StreamEvent,
};
use crate::mapping::{Content, emit::Emit};

/// Why an event that changed is not appended.
#[derive(Debug)]
pub(super) enum Unsettled {
    /// The event is another customer's.
    Customer { position: u64 },
    /// The event is of another type.
    Type { position: u64 },
    /// Another row of this import, on this line, says otherwise; the field is empty where it is not known.
    AnotherRow { field: String, line: u64 },
    /// Another row of this import, whose event is at this position, says otherwise.
    ToldBefore { field: String, position: u64 },
    /// A value is gone or another one, and a joined file that may have had it was not given.
    Partial { field: String, position: u64 },
    /// The ledger would refuse the event that says it.
    Refused { field: String, reason: String },
    /// A newer version appended what this one cannot read.
    Unreadable,
}

impl Unsettled {
    /// The reject of one event; the others of its row are not touched by it.
    pub(super) fn reject(&self, mapping: &Content, row: &RowEvents, event: &StreamEvent) -> Reject {
        let table = mapping.tables.iter().find(|table| *table.name == *row.table);
        let emit = table.and_then(|table| table.emits.get(event.origin.emit));
        let field = self.field();
        let (column, value) = source(emit, event, field);
        let name = emit.map_or("", |emit| emit.name.as_str());
        let place = if field.is_empty() { String::new() } else { format!("`{field}`: ") };
        let reason = format!("emit `{name}`: {place}{}; {EVENT_ONLY}", self.reason(&event.event.id));
        Reject { column, value, ..row.refused(reason) }
    }

    fn field(&self) -> &str {
        match self {
            Self::Customer { .. } => "customer",
            Self::Type { .. } | Self::Unreadable => "type",
            Self::Refused { field, .. }
            | Self::AnotherRow { field, .. }
            | Self::ToldBefore { field, .. }
            | Self::Partial { field, .. } => field,
        }
    }

    fn reason(&self, id: &str) -> String {
        match self {
            Self::Customer { position } => format!(
                "the ledger has the event at position {position} for another customer, which a correction cannot \
                 change; where both are one party append `party.merged`, else retract event {id} with \
                 `event.retracted` and append it anew"
            ),
            Self::Type { position } => format!(
                "the ledger has the event at position {position} with another type, which a correction cannot change; \
                 give the emit another `name`"
            ),
            Self::AnotherRow { line, .. } => {
                format!("the row on line {line} of this import says otherwise; {ONE_ROW}")
            }
            Self::ToldBefore { position, .. } => format!(
                "another row of this import, whose event is at position {position}, says otherwise; {ONE_ROW}"
            ),
            Self::Partial { position, .. } => format!(
                "it is another one now, and a joined file of the table was not given; the ledger has the event at \
                 position {position}; give all files of the export"
            ),
            Self::Refused { reason, .. } => {
                format!("the event that would say its change is refused: {reason}")
            }
            Self::Unreadable => {
                "the ledger's event is of a newer version; use an up-to-date `rapport`".to_owned()
            }
        }
    }
}

const EVENT_ONLY: &str = "the row's other events are not concerned";
const ONE_ROW: &str = "make the `id` different for different rows, or put what differs into the emit's `key`; import \
                       exports of different days one after the other";

/// The column that a field comes from, and what the row says of it.
fn source(emit: Option<&Emit>, event: &StreamEvent, field: &str) -> (String, String) {
    let Some(emit) = emit else { return Default::default() };
    if field == "customer" {
        let label = emit.customer.as_ref().map_or("", |expr| expr.label.as_str());
        return (label.to_owned(), event.event.customer.clone());
    }
    if field == "occurred_at" {
        let label = emit.occurred_at.as_ref().map_or("", |(expr, _)| expr.label.as_str());
        let at = event.event.occurred_at.as_ref().and_then(rapport_proto::time::from_proto);
        return (label.to_owned(), at.map_or_else(String::new, |at| at.to_string()));
    }
    let label = emit.payload.label(field).unwrap_or_default();
    (label.to_owned(), text(&event.event.payload, field))
}

/// The first field in which two payloads differ, `deal_opened.amount`; `occurred_at` where none does.
pub(super) fn difference(known: &Kind, offered: &Kind) -> String {
    let (known, offered) = (dynamic(known), dynamic(offered));
    let found = known.zip(offered).and_then(|(known, offered)| differing(&known, &offered));
    found.unwrap_or_else(|| "occurred_at".to_owned())
}

/// Whether a field may differ only because a joined file that it is read from was not given this time.
pub(super) fn may_be_of_an_absent_file(
    mapping: &Content,
    row: &RowEvents,
    event: &StreamEvent,
    field: &str,
    (known, offered): (&Kind, &Kind),
) -> bool {
    // Another type is not a field that went: a deal that was moved was won.
    let same_type = std::mem::discriminant(known) == std::mem::discriminant(offered);
    if event.origin.absent_joins == 0 || !same_type {
        return false;
    }
    let has = |kind: &Kind| dynamic(kind).is_some_and(|payload| value(&payload, field).is_some());
    let table = mapping.tables.iter().find(|table| *table.name == *row.table);
    let reads_absent = || {
        let table = table?;
        let label = table.emits.get(event.origin.emit)?.payload.label(field)?;
        let join = table.joins.iter().position(|join| label.split('.').next() == Some(join.name.as_str()))?;
        Some(event.origin.absent_joins & (1_u64 << join.min(63)) != 0)
    };
    (has(known) && !has(offered)) || reads_absent().unwrap_or(false)
}

fn dynamic(kind: &Kind) -> Option<DynamicMessage> {
    let payload = v1::Payload { kind: Some(kind.clone()) };
    decode(&payload.encode_to_vec())
}

fn decode(payload: &[u8]) -> Option<DynamicMessage> {
    DynamicMessage::decode(descriptors().get_message_by_name("rapport.v1.Payload")?, payload).ok()
}

fn differing(known: &DynamicMessage, offered: &DynamicMessage) -> Option<String> {
    for field in known.descriptor().fields() {
        let (has, says) = (known.has_field(&field), offered.has_field(&field));
        if !has && !says || known.get_field(&field) == offered.get_field(&field) {
            continue;
        }
        let inner = match (known.get_field(&field).as_ref(), offered.get_field(&field).as_ref()) {
            // What a person is described by is one level deeper.
            (Value::Message(known), Value::Message(offered))
                if has && says && (field.containing_oneof().is_some() || field.name() == "personal") =>
            {
                differing(known, offered)
            }
            _ => None,
        };
        let name = field.name();
        return Some(inner.map_or_else(|| name.to_owned(), |inner| format!("{name}.{inner}")));
    }
    None
}

fn value(payload: &DynamicMessage, field: &str) -> Option<Value> {
    let mut message = payload.clone();
    let mut names = field.split('.').peekable();
    while let Some(name) = names.next() {
        let descriptor =
            message.descriptor().get_field_by_name(name).filter(|field| message.has_field(field))?;
        let found = message.get_field(&descriptor).into_owned();
        match (found, names.peek()) {
            (found, None) => return Some(found),
            (Value::Message(inner), Some(_)) => message = inner,
            (_, Some(_)) => return None,
        }
    }
    None
}

fn text(payload: &[u8], field: &str) -> String {
    match decode(payload).and_then(|payload| value(&payload, field)) {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(Value::Message(message)) => serde_json::to_string(&message).unwrap_or_default(),
        Some(value) => value.to_string(),
    }
}
