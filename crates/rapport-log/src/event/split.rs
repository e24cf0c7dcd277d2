//! Separates the personal part of a payload from the rest.
//!
//! Every message of the vocabulary keeps it in its field 15. Concatenating protobuf messages merges them, so
//! `data ‖ personal` is the message again, whatever its type. The nested payload of `event.corrected` is treated
//! like a payload of its own.
//!
//! **Invariant:** what does not have the shape of a payload (one field that holds a message) is personal as a
//! whole: nothing that might describe a person stays in the part that is kept for ever.

use rapport_model::wire::{self, Malformed, Value};

const PAYLOAD: u32 = 12;
const PERSONAL: u32 = 15;
const EVENT_CORRECTED: u32 = 140;
const REPLACEMENT: u32 = 2;

/// A payload in parts; `prefix ‖ data ‖ personal` is field 12 of `RecordedEvent`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) prefix: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) personal: Vec<u8>,
}

impl Parts {
    /// Splits the bytes of a `Payload`; keeps the allocations of the last one.
    pub(crate) fn split(&mut self, payload: &[u8]) {
        self.data.clear();
        self.personal.clear();
        self.prefix.clear();
        let kind = single_message(payload)
            .and_then(|(kind, message)| self.split_message(kind, message).ok().map(|()| kind));
        match kind {
            Some(kind) => {
                let inner = self.data.len() + self.personal.len();
                let tag = wire::varint_len(u64::from(kind) << 3) + wire::varint_len(inner as u64);
                wire::put_len(&mut self.prefix, PAYLOAD, tag + inner);
                wire::put_len(&mut self.prefix, kind, inner);
            }
            None => {
                self.data.clear();
                self.personal.clear();
                self.personal.extend_from_slice(payload);
                wire::put_len(&mut self.prefix, PAYLOAD, payload.len());
            }
        }
    }

    fn split_message(&mut self, kind: u32, message: &[u8]) -> Result<(), Malformed> {
        let mut rest = message;
        while !rest.is_empty() {
            let before = rest;
            let field = wire::take_field(&mut rest)?;
            let (raw, _) = before.split_at_checked(before.len() - rest.len()).ok_or(Malformed)?;
            match field.value {
                _ if field.number == PERSONAL => self.personal.extend_from_slice(raw),
                Value::Bytes(payload) if kind == EVENT_CORRECTED && field.number == REPLACEMENT => {
                    if !self.split_replacement(payload) {
                        self.personal.extend_from_slice(raw);
                    }
                }
                Value::Varint(_) | Value::Bytes(_) | Value::Fixed => self.data.extend_from_slice(raw),
            }
        }
        Ok(())
    }

    /// Whether the nested payload had the shape of one.
    fn split_replacement(&mut self, payload: &[u8]) -> bool {
        let mut nested = Self::default();
        let Some((kind, message)) = single_message(payload) else { return false };
        // A correction of a correction would nest without end; its replacement stays personal as a whole.
        if kind == EVENT_CORRECTED || nested.split_message(kind, message).is_err() {
            return false;
        }
        put_nested(&mut self.data, kind, &nested.data);
        if !nested.personal.is_empty() {
            put_nested(&mut self.personal, kind, &nested.personal);
        }
        true
    }
}

fn put_nested(out: &mut Vec<u8>, kind: u32, message: &[u8]) {
    let mut payload = Vec::with_capacity(message.len() + 8);
    wire::put_bytes(&mut payload, kind, message);
    wire::put_bytes(out, REPLACEMENT, &payload);
}

/// The number and the bytes of the only field, when there is one and it holds bytes.
fn single_message(payload: &[u8]) -> Option<(u32, &[u8])> {
    let mut fields = wire::fields(payload);
    let Ok(field) = fields.next()? else { return None };
    match (field.value, fields.next()) {
        (Value::Bytes(message), None) => Some((field.number, message)),
        (Value::Bytes(_) | Value::Varint(_) | Value::Fixed, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[(u32, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        fields.iter().for_each(|(number, value)| wire::put_bytes(&mut out, *number, value));
        out
    }

    fn split(payload: &[u8]) -> Parts {
        let mut parts = Parts::default();
        parts.split(payload);
        parts
    }

    fn whole(parts: &Parts) -> Vec<u8> {
        [parts.prefix.as_slice(), &parts.data, &parts.personal].concat()
    }

    #[test]
    fn field_15_is_stored_apart_and_everything_else_stays_as_it_came() {
        let inner = message(&[(1, b"deal-1"), (15, b"a"), (3, b"stage"), (15, b"b")]);
        let parts = split(&message(&[(50, &inner)]));
        assert_eq!(parts.data, message(&[(1, b"deal-1"), (3, b"stage")]));
        assert_eq!(parts.personal, message(&[(15, b"a"), (15, b"b")]));
        let back =
            message(&[(12, &message(&[(50, &[parts.data.clone(), parts.personal.clone()].concat())]))]);
        assert_eq!(whole(&parts), back);
    }

    #[test]
    fn a_payload_in_its_usual_order_comes_back_byte_for_byte() {
        let payload = message(&[(50, &message(&[(1, b"deal-1"), (15, b"a title")]))]);
        assert_eq!(whole(&split(&payload)), message(&[(12, &payload)]));
    }

    #[test]
    fn what_is_personal_in_a_correction_is_stored_apart_and_merges_back() {
        let replacement = message(&[(50, &message(&[(1, b"deal-1"), (15, b"a name")]))]);
        let corrected = message(&[(1, b"target"), (2, &replacement), (4, b"reason")]);
        let parts = split(&message(&[(140, &corrected)]));
        let kept = message(&[(50, &message(&[(1, b"deal-1")]))]);
        assert_eq!(parts.data, message(&[(1, b"target"), (2, &kept), (4, b"reason")]));
        let apart = message(&[(50, &message(&[(15, b"a name")]))]);
        assert_eq!(parts.personal, message(&[(2, &apart)]));
    }

    #[test]
    fn what_is_not_shaped_like_a_payload_is_personal_as_a_whole() {
        let twice = message(&[(50, b""), (51, b"")]);
        for payload in [b"".as_slice(), b"\x0a", b"\x08\x01", &twice, &message(&[(50, b"\x0a\x09")])] {
            let parts = split(payload);
            assert_eq!((parts.data.as_slice(), parts.personal.as_slice()), (b"".as_slice(), payload));
            assert_eq!(whole(&parts), message(&[(12, payload)]));
        }
    }
}
