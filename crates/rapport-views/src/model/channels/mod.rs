//! Channels (R11): which touchpoints purchases are credited to, what channels and campaigns cost, and whom campaigns reached.
//!
//! Purchases until T are read line by line and folded by order; touchpoints are kept of customers alone who have a conversion.
//! Each touchpoint is in the path of one conversion at most, so that time and memory grow with the rows and not with their
//! square.
//!
//! **Invariant:** the credit of every model adds up to the conversions, and the credited revenue to what was charged for them,
//! to the minor unit.
//!
//! What each figure means is written in `docs/views-channels.md`.

mod ask;
mod attribution;
mod bought;
mod campaign_grids;
mod campaigns;
mod costs;
mod credit;
mod credits;
mod evidence;
mod grids;
mod lift;
mod markov;
mod page;
mod params;
mod plans;
mod results;
mod rule;
mod spent;
mod totals;
mod touchpoints;

pub use page::Channels;
