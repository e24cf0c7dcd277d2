//! What `rapport bench` compares with: the same rows and records, written by hand with the vendors' libraries alone.
//!
//! Each module measures the least that a library needs for the work: [`sqlite`] and [`postgres`] write rows that are
//! there already, [`kafka`] publishes records. Nothing is decoded, projected or sorted. Only the bench uses this crate,
//! so the libraries that it names are named nowhere in the command line.

pub mod kafka;
pub mod postgres;
pub mod sqlite;

use std::time::Duration;

/// What writing by hand took.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByHand {
    /// Rows of all tables of all views.
    pub rows: u64,
    /// Writing them until they are on disk; reading them is not counted.
    pub elapsed: Duration,
}
