//! Portfolio (R9): how much of what there is each customer buys.
//!
//! Products per customer and pairs of products, from purchases and contracts; cross-sell and up-sell, from what customers
//! bought before; revenue kept, from the same customers in two windows of one length.
//!
//! What each figure means is written in `docs/views-portfolio.md`.

mod ask;
mod growth;
mod listed;
mod page;
mod pairs;
mod params;
mod retention;

pub use page::Portfolio;
