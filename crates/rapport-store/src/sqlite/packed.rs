//! Numbers packed into a column of bytes: variable lengths, small ones short.

use prost::encoding::{decode_varint, encode_varint};
use rusqlite::types::Type;

/// A packed column is not what this release writes.
#[derive(Debug, thiserror::Error)]
#[error("a packed column ends within a value")]
pub struct Damaged;

impl From<Damaged> for rusqlite::Error {
    fn from(damaged: Damaged) -> Self {
        Self::FromSqlConversionFailure(0, Type::Blob, Box::new(damaged))
    }
}

/// Appends numbers.
#[derive(Default)]
pub(super) struct Packer(Vec<u8>);

impl Packer {
    /// The bytes so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Starts anew with the same room.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn unsigned(&mut self, value: u64) {
        encode_varint(value, &mut self.0);
    }

    pub(super) fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(super) fn wide(&mut self, value: i128) {
        let zigzag = ((value << 1) ^ (value >> 127)).cast_unsigned();
        let low = u64::try_from(zigzag & u128::from(u64::MAX)).unwrap_or(0);
        self.unsigned(low);
        self.unsigned(u64::try_from(zigzag >> 64).unwrap_or(0));
    }
}

/// Takes them out again.
pub(super) struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, Damaged> {
        // Most are of one byte: flags, stages, bins, steps of a position.
        match self.0 {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.0 = rest;
                Ok(u64::from(*byte))
            }
            _ => decode_varint(&mut self.0).map_err(|_| Damaged),
        }
    }

    /// A number that was small when it was packed.
    pub(super) fn small(&mut self) -> Result<u32, Damaged> {
        self.unsigned()?.try_into().map_err(|_| Damaged)
    }

    #[inline]
    pub(super) fn signed(&mut self) -> Result<i64, Damaged> {
        let zigzag = self.unsigned()?;
        Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    pub(super) fn wide(&mut self) -> Result<i128, Damaged> {
        let (low, high) = (self.unsigned()?, self.unsigned()?);
        let zigzag = u128::from(high) << 64 | u128::from(low);
        Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_is_what_was_put_in() {
        let signed = [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN, 1_600_000_000_000_000];
        let wide = [0, -1, i128::from(i64::MIN) * 3, i128::MAX, i128::MIN, 1 << 64];
        let mut packer = Packer::default();
        signed.iter().for_each(|value| packer.signed(*value));
        wide.iter().for_each(|value| packer.wide(*value));
        packer.unsigned(u64::MAX);
        let mut unpacker = Unpacker::new(packer.bytes());
        assert!(signed.iter().all(|value| unpacker.signed().unwrap() == *value));
        assert!(wide.iter().all(|value| unpacker.wide().unwrap() == *value));
        assert!(unpacker.small().is_err(), "it is more than 32 bits");
        assert!(unpacker.is_empty());
        assert!(unpacker.unsigned().is_err());
    }
}
