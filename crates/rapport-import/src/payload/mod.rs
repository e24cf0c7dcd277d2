//! Payloads: the fields of an event's message, found by name in the contract when the mapping is read, and written as
//! protobuf bytes for each row. So every type and field of the vocabulary can be mapped, and a row costs no look-ups.

pub(crate) mod constant;
mod custom;
mod encode;
pub(crate) mod fields;
pub(crate) mod parse;
pub(crate) mod vocabulary;
