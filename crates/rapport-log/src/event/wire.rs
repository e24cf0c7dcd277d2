//! As much of the protobuf wire format as the log needs: to write an envelope, and to find a field in bytes whose
//! message it does not know. Groups (wire types 3 and 4) count as malformed; proto3 has none.

/// The bytes are not protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a protobuf message")]
pub(crate) struct Malformed;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    /// The field as it came, with its tag.
    pub(crate) raw: &'a [u8],
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes that the log never looks into.
    Fixed,
}

/// The fields of a message in the order they came; ends after the first malformed one.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

pub(crate) const fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

impl<'a> Fields<'a> {
    fn take_field(&mut self) -> Result<Field<'a>, Malformed> {
        let before = self.rest;
        let tag = take_varint(&mut self.rest)?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed)?;
        let value = match tag & 7 {
            0 => Value::Varint(take_varint(&mut self.rest)?),
            1 => take(&mut self.rest, 8).map(|_| Value::Fixed)?,
            2 => {
                let len = usize::try_from(take_varint(&mut self.rest)?).map_err(|_| Malformed)?;
                Value::Bytes(take(&mut self.rest, len)?)
            }
            5 => take(&mut self.rest, 4).map(|_| Value::Fixed)?,
            _ => return Err(Malformed),
        };
        let (raw, _) = before.split_at_checked(before.len() - self.rest.len()).ok_or(Malformed)?;
        if number == 0 { Err(Malformed) } else { Ok(Field { number, value, raw }) }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.take_field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], Malformed> {
    let (taken, after) = rest.split_at_checked(len).ok_or(Malformed)?;
    *rest = after;
    Ok(taken)
}

/// Takes a base-128 number off the front.
pub(crate) fn take_varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(Malformed)?;
        *rest = after;
        if shift == 63 && byte > 1 {
            return Err(Malformed);
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed)
}

#[expect(clippy::cast_possible_truncation, reason = "the value is masked to seven bits, or below 128")]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that `put_varint` needs.
pub(crate) const fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Writes a number, unless it is 0 as proto3 has it.
pub(crate) fn put_number(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        put_varint(out, u64::from(number) << 3);
        put_varint(out, value);
    }
}

/// Writes a length-delimited field, empty or not.
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_len(out, number, value.len());
    out.extend_from_slice(value);
}

/// Writes a text, unless it is empty as proto3 has it.
pub(crate) fn put_text(out: &mut Vec<u8>, number: u32, value: &str) {
    if !value.is_empty() {
        put_bytes(out, number, value.as_bytes());
    }
}

/// Writes the tag and the length of a length-delimited field.
pub(crate) fn put_len(out: &mut Vec<u8>, number: u32, len: usize) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, len as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_have_the_length_foretold() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out.len(), varint_len(value), "{value}");
            let mut rest = out.as_slice();
            assert_eq!((take_varint(&mut rest), rest), (Ok(value), [].as_slice()));
        }
    }

    #[test]
    fn what_is_no_message_is_malformed() {
        let wrong: [&[u8]; 6] = [&[0x0a], &[0x0a, 5, 1], &[0x0b], &[0x02, 0], &[0xff; 11], &[0x09, 1, 2]];
        for bytes in wrong {
            assert!(fields(bytes).any(|field| field.is_err()), "{bytes:?}");
        }
    }

    #[test]
    fn a_field_keeps_its_own_bytes() {
        let mut message = Vec::new();
        put_number(&mut message, 1, 300);
        put_text(&mut message, 15, "ilze");
        let raw: Vec<_> = fields(&message).map(|field| field.unwrap().raw.to_vec()).collect();
        assert_eq!(raw.concat(), message);
        assert_eq!(raw.len(), 2);
    }
}
