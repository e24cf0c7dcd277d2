//! What customers are worth (R7): what they have bought, and what they may be expected to buy.
//!
//! A store hands over all purchases, grouped by customer and purchase, once. Merged parties become one here; then each
//! currency has its own fits, of [`crate::stats`], and each customer what they expect of it.
//!
//! What each figure means is written in `docs/views-value.md`.

mod ask;
mod bought;
mod evidence;
mod fits;
mod notes;
mod of_customers;
mod page;
mod params;
mod ranked;
mod response;
mod simple;
mod since;

pub(super) use of_customers::of_customers;
pub use page::Value;
