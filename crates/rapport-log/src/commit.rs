//! How events get into the log: the appender, the thread that lets many callers share it, and the one that brings
//! sled after the journal.

mod ahead;
pub(crate) mod appender;
mod pending;
mod plan;
mod sealed;
pub(crate) mod settle;
pub(crate) mod writer;
