//! Activity (R22): who did what when, every event of the ledger, what was disclosed to whom, and
//! what happened around the milestones of the company.
//!
//! The store adds entries up: a ledger has one for each event. Events themselves are read for a page of the list alone, and
//! for the figure that is asked for.
//!
//! What each figure means is written in `docs/views-activity.md`.

mod around;
mod ask;
mod counted;
mod disclosed;
mod grids;
mod grids_milestones;
mod keys;
mod list;
mod milestones;
mod page;
mod params;
mod which;

pub use page::Activity;
