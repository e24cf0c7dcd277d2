//! The rows of one moment, from a view's file.
//!
//! A [`Snapshot`] is one read transaction on one view's file: what it hands out belongs together and to one position,
//! whatever is written or rebuilt meanwhile.

mod entries;
mod funnel;
mod identity;
mod moved;
mod satisfaction;
mod snapshot;
mod timeline;

pub use funnel::FunnelSnapshot;
pub use satisfaction::SatisfactionSnapshot;
pub use snapshot::{Snapshot, adjustment_places, symbols};
pub use timeline::TimelineSnapshot;
