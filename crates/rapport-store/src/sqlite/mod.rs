//! Rows in SQLite: one file a view.
//!
//! **Invariant:** a view's file holds exactly the rows of the events up to its position. Everything in it can be
//! deleted; the next start builds it again from the log.

mod catch_up;
mod checked;
mod connections;
mod damage;
mod deal_facts;
mod events_file;
mod failure;
mod generation;
mod inspect;
mod pace;
mod packed;
mod read;
mod rebuild;
mod schema;
mod slots;
mod store;
mod sums;
mod table;
mod tagged;
mod view_file;
mod writer;

pub use events_file::EventsFile;
pub use generation::live_path;
pub use inspect::{Condition, inspect};
pub use read::Snapshot;
pub use rebuild::Rebuild;
pub use store::Store;
