//! Running an import: rows become events with stable ids, or rejects.

mod definitions;
mod error;
mod event;
mod group;
mod identity;
mod import;
mod outcome;
mod scan;
mod tally;

pub use error::ImportError;
pub(crate) use identity::{hash, hex, short};
pub use import::{Import, Options};
pub(crate) use outcome::batch_stream;
pub use outcome::{FileEnd, Reject, RowEvents, Step, StreamEvent};
pub use tally::{Counts, Met, Place, Tally};
