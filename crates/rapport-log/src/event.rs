//! An event as bytes: its envelope, what is personal in it, the record that the log stores. Knows no file.

pub(crate) mod envelope;
pub(crate) mod record;
pub(crate) mod recorded;
pub(crate) mod split;
