//! Stock (turnover): what was counted last, what was in stock on average, and how often a year it is sold.
//!
//! Counts until T are read one by one and put into the order of time by product and place: between two of them the first one
//! holds. Costs of goods are those that name a product, of the period.
//!
//! What each figure means is written in `docs/views-stock.md`.

mod added;
mod ask;
mod counts;
mod page;
mod params;
mod response;

pub use page::Stock;
