//! Where the rows of the read models live: in SQLite files beside the log, or in a PostgreSQL database.
//!
//! Synchronous and reads no clock. What rows are and mean is said in `rapport-views`; this crate writes them and hands
//! out those of one moment through [`ReadModels`]. [`sqlite::Store`] has one file a view and follows the log;
//! [`postgres::PostgresStore`] has one schema a view and follows the partitions of a topic. The text of a timeline's
//! entries comes through an [`EventSource`]: from the log, or from the database, which keeps the events. No file of
//! SQLite's holds what identifies a person, beyond the ids that events name; the database does.
//!
//! **Invariant:** a view holds exactly the rows of the events up to its checkpoint, which moves in the transaction of
//! the rows. Everything in it can be deleted and built again.

mod error;
mod event;
pub mod postgres;
mod read;
mod reads;
mod source;
pub mod sqlite;
mod view;

pub use error::{ApplyError, ReadError, StoreError};
pub use event::EncodedEvent;
pub use read::{
    AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, FunnelRows, LATEST, Place, ReadModels,
    SatisfactionRows, TimelineRows, ViewRows, ViewState, timeline,
};
pub use source::{EventSource, SourceError};
pub use sqlite::{
    ByHand, Chunk, Condition, FunnelSnapshot, Rebuild, SatisfactionSnapshot, Snapshot, Store,
    TimelineSnapshot, inspect,
};
pub use view::View;
