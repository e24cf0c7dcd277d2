//! Profit (R10): what customers bring, less what they cost, and how few bring most of it.
//!
//! A store adds up purchases, costs and concessions by customer and currency; merged parties become one here.
//!
//! What each figure means is written in `docs/views-profit.md`.

mod added;
mod ask;
mod evidence;
mod notes;
mod of_customers;
mod page;
mod params;
mod parts;
mod ranked;
mod response;
mod spent;
mod total;

pub(super) use of_customers::{Profits, of_customers};
pub use page::Profit;
pub(super) use spent::spent_on_customers;
