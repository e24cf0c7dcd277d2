//! The canonical JSON of the messages, as protobuf defines it. `rapport append` reads it and `--output json` prints it.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, SerializeOptions};

use crate::{DESCRIPTOR_SET, once_left_out, v1, zeros};

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

/// The JSON of a message. An answer has all its numbers and flags, also those that are 0 and false; empty texts and lists,
/// and fields that are not set, are left out, as protobuf does. An event has a 0 only where the contract distinguishes it
/// from a missing number, or where an earlier contract left it out and this one requires it. So a reader, or another
/// ledger, takes the event as it was meant.
///
/// # Errors
/// The contract has no such message.
pub fn to_json<M: Message>(full_name: &str, message: &M) -> Result<serde_json::Value, JsonError> {
    let mut message = dynamic(full_name, &message.encode_to_vec())?;
    once_left_out::say_in(&mut message);
    let mut json = serialize(&message)?;
    zeros::add(&message.descriptor(), &mut json);
    Ok(json)
}

/// The JSON of an encoded message. The same bytes always give the same JSON, because published records are compared with
/// it.
///
/// # Errors
/// The contract has no such message, or the bytes are not one.
pub fn bytes_to_json(full_name: &str, bytes: &[u8]) -> Result<serde_json::Value, JsonError> {
    serialize(&dynamic(full_name, bytes)?)
}

fn serialize(message: &DynamicMessage) -> Result<serde_json::Value, JsonError> {
    let options = SerializeOptions::new().skip_default_fields(true);
    Ok(message.serialize_with_options(serde_json::value::Serializer, &options)?)
}

fn dynamic(full_name: &str, bytes: &[u8]) -> Result<DynamicMessage, JsonError> {
    DynamicMessage::decode(descriptor(full_name)?, bytes)
        .map_err(|source| JsonError::Bytes { message: full_name.to_owned(), source })
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
    fn every_number_and_flag_of_an_answer_is_always_there() {
        let figure = |count| Some(v1::Figure { count, figure: String::new() });
        let score = v1::Score { instrument: "ces".into(), answers: figure(0), ..v1::Score::default() };
        let point = v1::AttributePoint { question: "price".into(), ..v1::AttributePoint::default() };
        let trend =
            v1::WaveTrend { wave: "spring".into(), score: Some(score.clone()), ..v1::WaveTrend::default() };
        let answer = v1::SatisfactionResponse {
            scores: vec![score],
            trend: vec![trend],
            attributes: vec![point],
            ..v1::SatisfactionResponse::default()
        };
        let score = serde_json::json!({
            "instrument": "ces", "answers": { "count": "0" }, "answersWithoutCustomer": "0",
            "sentWithoutCustomer": "0",
        });
        let expected = serde_json::json!({
            "scores": [score],
            "trend": [{ "wave": "spring", "score": score, "significant": false }],
            "attributes": [{ "question": "price", "importance": 0.0, "performance": 0.0 }],
            "answersOffScale": "0", "answersWithoutWave": "0", "answersWithoutCompany": "0",
            "answersWithoutImportance": "0", "rowsLeftOut": "0",
        });
        assert_eq!(to_json("rapport.v1.SatisfactionResponse", &answer).unwrap(), expected);
        let head = to_json("rapport.v1.HeadResponse", &v1::HeadResponse::default()).unwrap();
        assert_eq!(head, serde_json::json!({"position": "0", "logPoisoned": false, "appendsRefused": false}));
    }

    #[test]
    fn unknown_fields_and_trailing_text_are_refused() {
        assert!(event_from_json(r#"{"custmer":"7"}"#).unwrap_err().to_string().contains("custmer"));
        assert!(event_from_json(r#"{"customer":"7"} x"#).is_err());
    }
}
