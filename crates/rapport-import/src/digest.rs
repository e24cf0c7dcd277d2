//! Digests as texts.

use sha2::{Digest, Sha256};

/// 32 hexadecimal digits in place of a text that must not be in an id, such as an address.
pub(crate) fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    hex(digest.get(..16).unwrap_or_default())
}

/// 16 hexadecimal digits for an identity, to use in ids of things that the source gives none.
pub(crate) fn short(identity: &str) -> String {
    let digest = Sha256::digest(identity.as_bytes());
    hex(digest.get(..8).unwrap_or_default())
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    let mut text = String::with_capacity(bytes.len() * 2 + 8);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}
