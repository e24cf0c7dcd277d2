//! Running an import: rows become events with stable ids, or rejects.

mod believed;
mod change;
mod definitions;
pub(crate) mod error;
mod event;
mod file;
mod group;
mod identity;
pub(crate) mod import;
pub(crate) mod look_alike;
pub(crate) mod meeting;
pub(crate) mod options;
pub(crate) mod outcome;
pub(crate) mod row_events;
mod scan;
pub(crate) mod settle;
pub(crate) mod size;
mod sort;
pub(crate) mod stream_event;
pub(crate) mod tally;
mod twice;
mod unsettled;
