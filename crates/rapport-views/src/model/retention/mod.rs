//! Retention (R6): who stays, leaves and comes back; how long contracts last; what more retention is worth; which valuable
//! customers may be about to leave.
//!
//! A store hands over the moments of all purchases, grouped by customer and purchase, once; values are added up there.
//! Merged parties become one here, and everything else is a walk over each customer's days.
//!
//! What each figure means is written in `docs/views-retention.md`.

mod alerts;
mod ask;
mod bought;
mod churn;
mod cohorts;
mod contract;
mod contracts;
mod evidence;
mod gaps;
mod overview;
mod page;
mod params;
mod rhythm;
mod scenario;
mod survival;
mod targets;
mod what_if;
mod worth;

pub(in crate::model) use ask::{ask_knowing, leaving};
pub(in crate::model) use contract::terms;
pub use page::Retention;
pub(in crate::model) use rhythm::{Occasion, Rhythm};

/// Days without a purchase that no customer is inactive after, unless a request says otherwise.
pub const INACTIVE_DAYS: u32 = 180;
/// Fewer customers say little about what share of them stays.
pub const MEASURED_MIN: u64 = 10;
