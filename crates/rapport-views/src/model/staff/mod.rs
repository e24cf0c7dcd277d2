//! Staff (R20): deals, contacts and time, tickets, orders, incentives with their evidence, and turnover of staff.
//!
//! Deals that were won and lost are those of the funnel, whose rows lie beside; who closed them, and all else, is of `facts`.
//! The events that payouts name are looked up in the log.
//!
//! What each figure means is written in `docs/views-staff.md`.

mod ask;
mod deals;
mod done;
mod evidence;
mod grids;
mod measures;
mod page;
mod params;
mod payouts;
mod purpose;
mod response;
mod turnover;

pub use page::Staff;
