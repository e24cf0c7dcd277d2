//! Rows in PostgreSQL: one schema a view, typed, with the names that people know.
//!
//! Events come by partitions of a topic, in any interleaving and from several projectors; a view's rows are those of
//! the events up to its checkpoints, whatever the order. A projector tells the store up to which position no event is
//! missing ([`PostgresStore::complete`]); questions wait for that position.
//!
//! **Invariant:** the rows of a view are a function of the set of its events.
//! **Invariant:** checkpoints move in the transaction of the rows; a batch that does not begin at its checkpoint
//! changes nothing.

mod around;
mod beside;
mod connect;
mod declared;
mod failure;
mod numbered;
mod read;
mod rebuild;
mod schema;
mod schemas;
mod session;
mod store;
mod tables;
mod value;
mod watched;
mod writer;
mod writing;

pub use beside::Beside;
pub use failure::PostgresError;
pub use read::PostgresSnapshot;
pub use rebuild::PostgresRebuild;
pub use schema::READER_ROLE;
pub use schemas::PostgresOptions;
pub use store::PostgresStore;
