//! Numbers that are required now and that an earlier contract left out when they were 0: the value of a customer's
//! response. In an event from that time the missing number is read as 0.

use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage, Value};

use crate::v1::{self, payload::Kind};

/// The messages and their fields.
const FIELDS: [(&str, &str); 1] = [("rapport.v1.SurveyAnswered", "value")];

/// The content of a stored payload; `None` where this build cannot read it.
#[must_use]
pub fn kind(payload: &[u8]) -> Option<Kind> {
    let mut kind = v1::Payload::decode(payload).ok()?.kind?;
    say(&mut kind);
    Some(kind)
}

fn say(kind: &mut Kind) {
    match kind {
        Kind::SurveyAnswered(answered) => {
            answered.value.get_or_insert(0.0);
        }
        Kind::EventCorrected(correction) => {
            if let Some(kind) = correction.replacement.as_mut().and_then(|payload| payload.kind.as_mut()) {
                say(kind);
            }
        }
        _ => {}
    }
}

/// Writes the zeros, wherever in the message they are.
pub(crate) fn say_in(message: &mut DynamicMessage) {
    let descriptor = message.descriptor();
    for (name, field) in FIELDS {
        let field = descriptor.get_field_by_name(field).filter(|_| descriptor.full_name() == name);
        if let Some(field) = field.filter(|field| !message.has_field(field)) {
            let zero = message.get_field(&field).into_owned();
            message.set_field(&field, zero);
        }
    }
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(inner) => say_in(inner),
            Value::List(items) => items.iter_mut().filter_map(Value::as_message_mut).for_each(say_in),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_json;

    /// A response of 0 as an earlier release stored it, and a correction with that response.
    fn stored() -> [v1::Payload; 2] {
        let payload = |kind| v1::Payload { kind: Some(kind) };
        let answered = payload(Kind::SurveyAnswered(v1::SurveyAnswered::default()));
        let correction =
            v1::EventCorrected { replacement: Some(Box::new(answered.clone())), ..Default::default() };
        [answered, payload(Kind::EventCorrected(Box::new(correction)))]
    }

    #[test]
    fn a_value_that_was_left_out_is_0_in_what_is_read_and_in_what_is_printed() {
        for payload in stored() {
            let read = match kind(&payload.encode_to_vec()).unwrap() {
                Kind::EventCorrected(correction) => correction.replacement.unwrap().kind.unwrap(),
                kind => kind,
            };
            assert!(matches!(read, Kind::SurveyAnswered(v1::SurveyAnswered { value: Some(0.0), .. })));
            let event = v1::RecordedEvent { payload: payload.encode_to_vec().into(), ..Default::default() };
            let json = to_json("rapport.v1.RecordedEvent", &event).unwrap().to_string();
            assert!(json.contains(r#""value":0.0"#), "{json}");
        }
    }

    #[test]
    fn other_numbers_that_were_not_said_stay_away() {
        let need = v1::NeedIdentified { need_id: "n".into(), urgency: Some(0.0), ..Default::default() };
        let json = to_json("rapport.v1.NeedIdentified", &need).unwrap();
        assert_eq!(json, serde_json::json!({ "needId": "n", "urgency": 0.0 }));
    }
}
