//! Files: found and matched, opened and decoded, cut into rows, looked up by key.

pub(crate) mod archive;
pub(crate) mod files;
pub(crate) mod header;
mod input;
mod json;
mod lines;
pub(crate) mod lookup;
mod named;
pub(crate) use input::open_bytes;
mod quotes;
pub(crate) mod records;
pub(crate) mod row;
pub(crate) mod sheet;
mod xes;
