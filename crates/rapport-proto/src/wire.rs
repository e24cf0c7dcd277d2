//! As much of the protobuf wire format as is needed to look at a payload without decoding it.

/// A field of a message: its number, its content when it is length-delimited, its value when it is a varint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) bytes: Option<&'a [u8]>,
    pub(crate) varint: Option<u64>,
}

/// The next field and what follows it; `None` when the bytes are no protobuf.
#[inline]
pub(crate) fn next_field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (key, rest) = varint(bytes)?;
    let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0)?;
    let mut field = Field { number, bytes: None, varint: None };
    let rest = match key & 7 {
        0 => {
            let (value, rest) = varint(rest)?;
            field.varint = Some(value);
            rest
        }
        1 => rest.get(8..)?,
        2 => {
            let (length, rest) = varint(rest)?;
            let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            field.bytes = Some(content);
            rest
        }
        5 => rest.get(4..)?,
        _ => return None,
    };
    Some((field, rest))
}

/// The fields of a message, as far as it is one; what is left over of the bytes is broken.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let (field, rest) = next_field(self.0)?;
        self.0 = rest;
        Some(field)
    }
}

#[inline]
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    // Most keys and lengths are one byte.
    if let Some((byte, rest)) = bytes.split_first()
        && *byte < 0x80
    {
        return Some((u64::from(*byte), rest));
    }
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}
