//! The canonical JSON of the messages, as protobuf defines it: what `rapport append` reads and `--output json` prints.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, SerializeOptions, Value};

use crate::{DESCRIPTOR_SET, v1};

/// Text that is not the JSON of a message, or bytes that are not the message.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or not of this message.
    #[error("{0}")]
    Text(#[from] serde_json::Error),
    /// Not the bytes of this message.
    #[error("not the bytes of `{message}`: {source}")]
    Bytes {
        /// The message's full name.
        message: String,
        /// What is wrong.
        source: prost::DecodeError,
    },
    /// The contract has no such message.
    #[error("there is no message `{0}`")]
    UnknownMessage(String),
}

/// Every message of the contract, described.
///
/// # Panics
/// Never: the descriptor set is made by the build of this crate, and a test reads it.
#[must_use]
pub fn descriptors() -> &'static DescriptorPool {
    #[expect(clippy::expect_used, reason = "the bytes are made by this crate's build and read by its tests")]
    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET).expect("the descriptor set of this build"));
    &POOL
}

/// An event from its JSON.
///
/// # Errors
/// The text is not the JSON of a `rapport.v1.Event`; unknown fields are refused.
pub fn event_from_json(text: &str) -> Result<v1::Event, JsonError> {
    from_json("rapport.v1.Event", text)
}

/// A message from its JSON.
///
/// # Errors
/// The text is not the JSON of this message; unknown fields are refused.
pub fn from_json<M: Message + Default>(full_name: &str, text: &str) -> Result<M, JsonError> {
    let descriptor = descriptor(full_name)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(descriptor, &mut reader)?;
    reader.end()?;
    decode(full_name, &message.encode_to_vec())
}

/// The JSON of a message. Fields that are not set, and numbers that are 0, are left out, as protobuf does; where the
/// contract tells the two apart, a 0 is written. The value of an answer is always there: what was accepted before it had
/// to be given holds no 0, and is to be read, and to be appended elsewhere, as what it says.
///
/// # Errors
/// The contract has no such message.
pub fn to_json<M: Message>(full_name: &str, message: &M) -> Result<serde_json::Value, JsonError> {
    bytes_to_json(full_name, &message.encode_to_vec())
}

/// The same of an encoded message.
///
/// # Errors
/// The contract has no such message, or the bytes are none.
pub fn bytes_to_json(full_name: &str, bytes: &[u8]) -> Result<serde_json::Value, JsonError> {
    let mut message = DynamicMessage::decode(descriptor(full_name)?, bytes)
        .map_err(|source| JsonError::Bytes { message: full_name.to_owned(), source })?;
    say_zeros(&mut message);
    let options = SerializeOptions::new().skip_default_fields(true);
    Ok(message.serialize_with_options(serde_json::value::Serializer, &options)?)
}

/// Fields that an earlier contract left out when they were 0, and that this one requires.
const ONCE_LEFT_OUT: [(&str, &str); 1] = [("rapport.v1.SurveyAnswered", "value")];

/// Writes the zeros that an earlier contract left out, wherever in the message they are.
fn say_zeros(message: &mut DynamicMessage) {
    let descriptor = message.descriptor();
    for (name, field) in ONCE_LEFT_OUT {
        let field = descriptor.get_field_by_name(field).filter(|_| descriptor.full_name() == name);
        if let Some(field) = field.filter(|field| !message.has_field(field)) {
            let zero = message.get_field(&field).into_owned();
            message.set_field(&field, zero);
        }
    }
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(inner) => say_zeros(inner),
            Value::List(items) => {
                items.iter_mut().filter_map(Value::as_message_mut).for_each(say_zeros);
            }
            _ => {}
        }
    }
}

fn descriptor(full_name: &str) -> Result<prost_reflect::MessageDescriptor, JsonError> {
    descriptors()
        .get_message_by_name(full_name)
        .ok_or_else(|| JsonError::UnknownMessage(full_name.to_owned()))
}

fn decode<M: Message + Default>(full_name: &str, bytes: &[u8]) -> Result<M, JsonError> {
    M::decode(bytes).map_err(|source| JsonError::Bytes { message: full_name.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_its_json() {
        let text = r#"{"customer":"7","occurredAt":"2026-03-01T10:00:00Z","payload":{"dealOpened":{"dealId":"42",
            "stage":"new","amount":{"minorUnits":"1250","currency":"EUR"},"personal":{"title":"Jāņa jumts"}}}}"#;
        let event = event_from_json(text).unwrap();
        let payload = v1::Payload::decode(event.payload.clone()).unwrap();
        let Some(v1::payload::Kind::DealOpened(deal)) = payload.kind else { panic!("another payload") };
        assert_eq!((deal.deal_id.as_str(), deal.amount.unwrap().minor_units), ("42", 1250));
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(to_json("rapport.v1.Event", &event).unwrap(), expected);
    }

    #[test]
    fn the_value_of_an_answer_is_there_also_where_an_earlier_contract_left_the_zero_out() {
        let answered = v1::SurveyAnswered { survey_id: "s".into(), ..Default::default() };
        let corrected = v1::EventCorrected {
            replacement: Some(Box::new(v1::Payload {
                kind: Some(v1::payload::Kind::SurveyAnswered(answered.clone())),
            })),
            ..Default::default()
        };
        for kind in [
            v1::payload::Kind::SurveyAnswered(answered),
            v1::payload::Kind::EventCorrected(Box::new(corrected)),
        ] {
            let payload = v1::Payload { kind: Some(kind) }.encode_to_vec();
            let event = v1::RecordedEvent { payload: payload.into(), ..Default::default() };
            let json = to_json("rapport.v1.RecordedEvent", &event).unwrap().to_string();
            assert!(json.contains(r#""value":0.0"#), "{json}");
        }
        // Other numbers that were not said stay away.
        let need = v1::NeedIdentified { need_id: "n".into(), urgency: Some(0.0), ..Default::default() };
        let json = to_json("rapport.v1.NeedIdentified", &need).unwrap();
        assert_eq!(json, serde_json::json!({ "needId": "n", "urgency": 0.0 }));
    }

    #[test]
    fn unknown_fields_and_trailing_text_are_refused() {
        assert!(event_from_json(r#"{"custmer":"7"}"#).unwrap_err().to_string().contains("custmer"));
        assert!(event_from_json(r#"{"customer":"7"} x"#).is_err());
    }
}
