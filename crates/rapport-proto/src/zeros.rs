//! Writes numbers that are 0 and flags that are false into the JSON of answers. Protobuf's JSON leaves them out, and a
//! reader could not tell them from fields that a server does not know.
//!
//! Events stay as they were recorded, in an answer as in Kafka's JSON.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

/// The messages of an event, to which nothing is added.
const EVENTS: [&str; 3] = ["rapport.v1.Event", "rapport.v1.RecordedEvent", "rapport.v1.Payload"];

/// Adds the zeros that a message leaves out, wherever in it they are.
pub(crate) fn add(message: &MessageDescriptor, json: &mut Value) {
    let Value::Object(members) = json else { return };
    if EVENTS.contains(&message.full_name()) {
        return;
    }
    for field in message.fields() {
        match members.get_mut(field.json_name()) {
            Some(value) => add_below(&field, value),
            None => add_own(&field, members),
        }
    }
}

fn add_below(field: &FieldDescriptor, value: &mut Value) {
    let Kind::Message(message) = field.kind() else { return };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| add(&message, item)),
        value => add(&message, value),
    }
}

fn add_own(field: &FieldDescriptor, members: &mut Map<String, Value>) {
    if field.is_list() || field.supports_presence() {
        return;
    }
    let zero = match field.kind() {
        Kind::Bool => Value::Bool(false),
        Kind::Double | Kind::Float => Value::from(0.0),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => Value::from(0),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => Value::from("0"),
        Kind::String | Kind::Bytes | Kind::Enum(_) | Kind::Message(_) => return,
    };
    members.insert(field.json_name().to_owned(), zero);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{json::to_json, v1};

    #[test]
    fn an_answer_writes_its_zeros_and_leaves_out_what_it_does_not_say() {
        let head = v1::HeadResponse { disk: Some(v1::Disk::default()), ..v1::HeadResponse::default() };
        let expected = json!({
            "position": "0", "logPoisoned": false, "appendsRefused": false, "disk": {"bytes": "0"}
        });
        assert_eq!(to_json("rapport.v1.HeadResponse", &head).unwrap(), expected);
        let duplicates = v1::AppendResponse { duplicates: vec![0, 2], ..v1::AppendResponse::default() };
        let expected = json!({
            "firstPosition": "0", "lastPosition": "0", "duplicates": [0, 2], "firstNewPosition": "0"
        });
        assert_eq!(to_json("rapport.v1.AppendResponse", &duplicates).unwrap(), expected);
    }

    #[test]
    fn an_event_is_as_it_was_recorded_within_an_answer_too() {
        use prost::Message as _;
        let amount = Some(v1::Money { minor_units: 0, currency: "EUR".into() });
        let received = v1::PaymentReceived { amount, ..v1::PaymentReceived::default() };
        let payload = v1::Payload { kind: Some(v1::payload::Kind::PaymentReceived(received)) };
        let recorded = v1::RecordedEvent {
            position: 1,
            payload: payload.encode_to_vec().into(),
            ..v1::RecordedEvent::default()
        };
        let content = json!({"paymentReceived": {"amount": {"currency": "EUR"}}});
        let event = json!({"position": "1", "payload": content});
        assert_eq!(to_json("rapport.v1.RecordedEvent", &recorded).unwrap(), event);
        let bytes = recorded.encode_to_vec();
        assert_eq!(crate::json::bytes_to_json("rapport.v1.RecordedEvent", &bytes).unwrap(), event);
        let entry = v1::TimelineEntry { payload: Some(payload), ..v1::TimelineEntry::default() };
        let expected =
            json!({"position": "0", "payload": content, "correctionsLeftOut": "0", "withheld": false});
        assert_eq!(to_json("rapport.v1.TimelineEntry", &entry).unwrap(), expected);
    }
}
