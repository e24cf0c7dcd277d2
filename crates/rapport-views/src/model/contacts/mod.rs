//! Contacts (R1): by which way, who began them, for what, how long, by whom, and who is silent for too long.
//!
//! Contacts of the window are read one by one; silence and strength are those of all time, as in a customer's own answer.
//!
//! What each figure means is written in `docs/views-contacts.md`.

mod ask;
mod classed;
mod contact;
mod evidence;
mod grids;
mod grids_classed;
mod groups;
mod measures;
mod page;
mod params;
mod promised;
mod purpose;
mod relations;
mod response;
mod signals;

pub use page::Contacts;
