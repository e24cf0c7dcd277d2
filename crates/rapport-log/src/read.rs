//! How events are read from the log, and how all of them are checked.

pub(crate) mod invariants;
pub(crate) mod iterator;
pub(crate) mod reader;
pub(crate) mod verify;
