//! Running an import: rows become events with stable ids, or rejects.

mod definitions;
mod error;
mod event;
mod group;
mod identity;
mod import;
mod outcome;

pub use error::ImportError;
pub(crate) use identity::{hex, short};
pub use import::{Import, Options};
pub use outcome::{Counts, FileEnd, Reject, RowEvents, Step, StreamEvent, Tally};
