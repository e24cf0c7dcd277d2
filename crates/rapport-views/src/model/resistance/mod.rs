//! Resistance (R14): which segments buy less, what speaks against buying, and whether the approach changes it.
//!
//! Deals that were closed in the period, each with what objections and its loss name, and with the contacts of its customer
//! between its opening and its close. Protected traits are refused: see [`super::protected`].
//!
//! What each figure means is written in `docs/views-resistance.md`.

mod approaches;
mod ask;
mod attributes;
mod evidence;
mod factors;
mod gaps;
mod grids;
mod lists;
mod page;
mod params;
mod response;
mod said;
mod segments;

pub use page::Resistance;
