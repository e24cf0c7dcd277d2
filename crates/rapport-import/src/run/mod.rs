//! Running an import: rows become events with stable ids, or rejects.

mod believed;
mod change;
mod definitions;
mod error;
mod event;
mod file;
mod group;
mod identity;
mod import;
mod look_alike;
mod meeting;
mod outcome;
mod scan;
mod settle;
mod size;
mod sort;
mod tally;
mod twice;
mod unsettled;

pub use error::ImportError;
pub(crate) use identity::{hash, hex, short};
pub use import::{Import, Options};
pub use look_alike::{LookAlike, LookAlikes};
pub use meeting::Meeting;
pub(crate) use outcome::batch_stream;
pub use outcome::{FileEnd, Origin, Reject, RowEvents, Step, StreamEvent};
pub use settle::{Settled, SettledRow, Settling, Told};
pub use size::event_bytes;
pub use tally::{Counts, Met, Place, Tally};
