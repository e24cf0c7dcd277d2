//! Files: found and matched, opened and decoded, cut into rows, looked up by key.

pub(crate) mod files;
pub(crate) mod header;
mod input;
mod lines;
pub(crate) mod lookup;
pub(crate) mod records;
