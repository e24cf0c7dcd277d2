//! The rows of one moment, from a view's schema.
//!
//! A [`PostgresSnapshot`] is one transaction that reads and sees one state of the database. Rows hold texts; numbers
//! are given as they are met, and mean something within the snapshot alone.

mod funnel;
mod identity;
mod pool;
mod satisfaction;
mod snapshot;
mod timeline;

pub use funnel::PostgresFunnel;
pub use pool::Pool;
pub use satisfaction::PostgresSatisfaction;
pub use snapshot::PostgresSnapshot;
pub use timeline::PostgresTimeline;
