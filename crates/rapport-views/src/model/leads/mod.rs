//! Leads (R2, before the deal): what comes in, what becomes of it, how long it takes, and why it is turned down.
//!
//! Steps until T are read one by one and joined as the funnel joins them ([`crate::answers::joining`]): a lead is a customer,
//! or a tag of which no event says a customer.
//!
//! What each figure means is written in `docs/views-leads.md`.

mod ask;
mod cohorts;
mod deals;
mod evidence;
mod grids;
mod groups;
mod lead;
mod listed;
mod measures;
mod outcomes;
mod owners;
mod page;
mod params;
mod response;
mod steps;
mod tables;
mod times;
mod verdicts;

pub use page::Leads;
