//! Deliveries (R13): whether orders arrive on time and in full, by how much they slip, and why.
//!
//! Promises and arrivals until T are read one by one, and folded by order: what an order is depends on all of them. What
//! was ordered is read of those orders alone of which an arrival lists goods.
//!
//! What each figure means is written in `docs/views-deliveries.md`.

mod ask;
mod delivery;
mod evidence;
mod goods;
mod grids;
mod groups;
mod late;
mod measures;
mod milestones;
mod orders;
mod page;
mod params;
mod response;
mod said;
mod slip;

pub(in crate::model) use ask::awaited;
pub use page::Deliveries;
