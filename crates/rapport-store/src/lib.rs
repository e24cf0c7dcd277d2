//! Where the rows of the read models live: in SQLite files, or in a PostgreSQL database.
//!
//! Synchronous and reads no clock. What rows are and mean is said in `rapport-views`; this crate writes them and hands
//! out those of one moment through [`ReadModels`]. [`sqlite::Store`] has one file a view and follows events in their
//! order: those of a log, or of an [`EventsFile`], which keeps what comes from elsewhere.
//! [`postgres::PostgresStore`] has one schema a view and follows the partitions of a topic. The text of a timeline's
//! entries comes through an [`EventSource`]: from the log or its copy, or from the database, which keeps the events.
//! What identifies a person is in the directory's file alone, beyond the ids that events name; it is in the copy, and in
//! the database.
//!
//! A store sets an event aside that it refuses for its content, and goes on: `by_halves` decides this for both stores.
//!
//! **Invariant:** a view holds exactly the rows of the events up to its checkpoint, which moves in the transaction of
//! the rows. Everything in it can be deleted and built again.

#![warn(clippy::wildcard_enum_match_arm)]

mod batch;
mod by_halves;
mod error;
mod event;
pub mod postgres;
mod read;
mod reads;
mod source;
pub mod sqlite;

pub use batch::{Applied, Checkpoint, Forgotten, PartitionBatch};
pub use error::{ApplyError, StoreError, store_error};
pub use event::EncodedEvent;
pub use rapport_views::{
    read::{EventSource, ReadError, Rows, SourceError, TypedRows},
    view::View,
};
pub use read::{ReadModels, SetAside, ViewState};
pub use source::{Chunk, OrderedEvents};
pub use sqlite::{Condition, EventsFile, Rebuild, Snapshot, Store, inspect, live_path};
