//! Needs (R18): what became of them, which are not satisfied, and of which customers somebody asked.
//!
//! What happened to needs until T is read one by one, and folded by need: what a need is depends on all of it. Classes and
//! revenue are those of the twelve months until T.
//!
//! What each figure means is written in `docs/views-needs.md`.

mod ask;
mod evidence;
mod grids;
mod grids_offers;
mod groups;
mod lists;
mod measures;
mod need;
mod offers;
mod page;
mod params;
mod response;
mod satisfied;
mod studied;
mod unmet;

pub use page::Needs;
