//! The customer pyramid (R5): customers in levels by the revenue of a period, who moved up or down since an earlier moment,
//! and who can step up (Jay Curry and Adam Curry, "The Customer Marketing Method", 2000).
//!
//! A store groups: revenue and purchases by customer and currency, once for each moment. Merged parties become one here, and
//! levels are made of what is left.
//!
//! Markets are those that campaigns name; a customer is of none of them.
//!
//! What each figure means is written in `docs/views-pyramid.md`.

mod ask;
mod bought;
mod candidates;
mod cuts;
mod evidence;
mod kept;
mod level;
mod lists;
mod market;
mod migration;
mod of_customers;
mod others;
mod page;
mod params;
mod ranked;
mod response;
mod spent;

pub(super) use of_customers::{Everybody, LEVELS, Levels, Standing, everybody, levels, levels_of_months};
pub use page::Pyramid;

use rapport_proto::v1;

use crate::stats::narrow_or_wide;

/// As answers have it.
fn sum(minor_units: i128) -> v1::Sum {
    let (minor_units, minor_units_wide) = narrow_or_wide(Some(minor_units));
    v1::Sum { minor_units, minor_units_wide }
}
