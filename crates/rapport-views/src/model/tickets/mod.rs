//! Tickets (R12, service): what is open, how fast tickets are answered and solved, which promises are broken, why they come.
//!
//! Rows are read whole and put in the order in which things happened: what a step means to a ticket depends on those before.
//!
//! What each figure means is written in `docs/views-tickets.md`.

mod ask;
mod causes;
mod grids;
mod group;
mod keys;
mod levels;
mod measured;
mod open;
mod page;
mod params;
mod response;
mod said;
mod sold;
mod ticket;

pub(in crate::model) use ask::due;
pub use page::Tickets;
