//! As much of the protobuf wire format as it takes to write an envelope, and to find a field in bytes without decoding
//! their message. Groups (wire types 3 and 4) count as malformed; proto3 has none.

/// The bytes are not protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a protobuf message")]
pub struct Malformed;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its number, from 1.
    pub number: u32,
    /// Its value.
    pub value: Value<'a>,
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number, or a bool.
    Varint(u64),
    /// A text, bytes or a message.
    Bytes(&'a [u8]),
    /// Four or eight bytes, which no field of an envelope is.
    Fixed,
}

impl<'a> Field<'a> {
    /// The content of a length-delimited field.
    ///
    /// # Errors
    /// The field is of another wire type.
    #[inline]
    pub const fn bytes(&self) -> Result<&'a [u8], Malformed> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Varint(_) | Value::Fixed => Err(Malformed),
        }
    }

    /// The text of a field.
    ///
    /// # Errors
    /// The field is of another wire type, or not UTF-8.
    #[inline]
    pub fn text(&self) -> Result<&'a str, Malformed> {
        str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    /// The number of a field.
    ///
    /// # Errors
    /// The field is of another wire type.
    #[inline]
    pub const fn varint(&self) -> Result<u64, Malformed> {
        match self.value {
            Value::Varint(value) => Ok(value),
            Value::Bytes(_) | Value::Fixed => Err(Malformed),
        }
    }
}

/// Takes a field off the front of a message.
///
/// # Errors
/// There is none.
#[inline]
pub fn take_field<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>, Malformed> {
    let key = take_varint(rest)?;
    let number = u32::try_from(key >> 3).map_err(|_| Malformed)?;
    let value = match key & 7 {
        0 => Value::Varint(take_varint(rest)?),
        1 => take(rest, 8).map(|_| Value::Fixed)?,
        2 => {
            let len = usize::try_from(take_varint(rest)?).map_err(|_| Malformed)?;
            Value::Bytes(take(rest, len)?)
        }
        5 => take(rest, 4).map(|_| Value::Fixed)?,
        _ => return Err(Malformed),
    };
    if number == 0 { Err(Malformed) } else { Ok(Field { number, value }) }
}

/// The fields of a message in the order they came; ends after the first malformed one.
#[derive(Debug, Clone)]
pub struct Fields<'a>(&'a [u8]);

/// The fields of a message.
#[must_use]
pub const fn fields(message: &[u8]) -> Fields<'_> {
    Fields(message)
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = take_field(&mut self.0);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[inline]
fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], Malformed> {
    let (taken, after) = rest.split_at_checked(len).ok_or(Malformed)?;
    *rest = after;
    Ok(taken)
}

/// Takes a base-128 number off the front.
///
/// # Errors
/// There is none, or it has more than 64 bits.
#[inline]
pub fn take_varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    // Most keys and lengths are one byte.
    if let Some((byte, after)) = rest.split_first()
        && *byte < 0x80
    {
        *rest = after;
        return Ok(u64::from(*byte));
    }
    take_long_varint(rest)
}

#[inline]
fn take_long_varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
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

/// Writes a base-128 number.
#[expect(clippy::cast_possible_truncation, reason = "the value is masked to seven bits, or below 128")]
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that `put_varint` needs.
#[must_use]
pub const fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Writes a number, unless it is 0 as proto3 has it.
pub fn put_number(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        put_varint(out, u64::from(number) << 3);
        put_varint(out, value);
    }
}

/// Writes a length-delimited field, empty or not.
pub fn put_bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    put_len(out, number, value.len());
    out.extend_from_slice(value);
}

/// Writes a text, unless it is empty as proto3 has it.
pub fn put_text(out: &mut Vec<u8>, number: u32, value: &str) {
    if !value.is_empty() {
        put_bytes(out, number, value.as_bytes());
    }
}

/// Writes the tag and the length of a length-delimited field.
pub fn put_len(out: &mut Vec<u8>, number: u32, len: usize) {
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
    fn bytes_that_are_not_a_message_are_malformed() {
        let wrong: [&[u8]; 6] = [&[0x0a], &[0x0a, 5, 1], &[0x0b], &[0x02, 0], &[0xff; 11], &[0x09, 1, 2]];
        for bytes in wrong {
            assert!(fields(bytes).any(|field| field.is_err()), "{bytes:?}");
        }
    }

    #[test]
    fn a_field_of_another_wire_type_is_malformed() {
        let mut message = Vec::new();
        put_number(&mut message, 1, 300);
        put_text(&mut message, 15, "ilze");
        let found: Vec<_> = fields(&message).map(Result::unwrap).collect();
        assert_eq!((found[0].varint(), found[0].bytes()), (Ok(300), Err(Malformed)));
        assert_eq!((found[1].text(), found[1].varint()), (Ok("ilze"), Err(Malformed)));
        put_bytes(&mut message, 2, &[0xff]);
        assert_eq!(fields(&message).last().unwrap().unwrap().text(), Err(Malformed));
    }
}
