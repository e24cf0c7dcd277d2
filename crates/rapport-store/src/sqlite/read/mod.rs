//! The rows of one moment, from a view's file.
//!
//! A [`Snapshot`] is one read transaction on one view's file: what it hands out belongs together and to one position,
//! whatever is written or rebuilt meanwhile.

mod deals;
mod entries;
mod lookups;
mod moved;
mod row;
mod snapshot;

pub(super) use lookups::{adjustment_places, symbols};
pub use snapshot::Snapshot;
