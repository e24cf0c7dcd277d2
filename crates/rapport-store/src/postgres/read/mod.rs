//! The rows of one moment, from a view's schema.
//!
//! A [`PostgresSnapshot`] is one transaction that reads and sees one state of the database. Rows hold texts; numbers
//! are given as they are met, and mean something within the snapshot alone.

mod deals;
mod entries;
mod pool;
mod snapshot;

pub(super) use pool::Pool;
pub use snapshot::PostgresSnapshot;
