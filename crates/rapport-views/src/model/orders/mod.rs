//! Orders: what is bought, by period, product, category, channel, staff, branch or way of paying.
//!
//! A store adds up; merged customers become one here. Which purchase is a customer's first is known from the store's
//! earliest moments, so that no list of orders is read unless a figure is asked for.
//!
//! **Invariant:** in each row, purchases of customers are new customers and repeated purchases, added: each new customer
//! has one first purchase there.
//!
//! What each figure means is written in `docs/views-orders.md`.

mod ask;
mod keys;
mod listed;
mod page;
mod params;
mod response;
mod sold;

pub use page::Orders;
