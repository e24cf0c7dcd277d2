//! Handover (R15): what those who left or are absent still own, how it is handed over, and how soon successors meet the
//! customers.
//!
//! Open deals are those of the funnel, whose rows lie beside; all else is of `facts`. Objects meet by their tags, merges
//! resolved, since the numbers of two views are not the same.
//!
//! What each figure means is written in `docs/views-handover.md`.

mod ask;
mod contact;
mod evidence;
mod grids;
mod item;
mod items;
mod objects;
mod owned;
mod owners;
mod page;
mod params;
mod processes;
mod response;
mod staff;

pub use page::Handover;
