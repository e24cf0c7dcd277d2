//! Prices (R17): how much of list prices is charged or offered, and what is conceded.
//!
//! A store groups lines of purchases by what they have in common and by their prices, so that it sends as many groups as there
//! are different prices. Offers have versions, of which the latest counts: their lines are read one by one.
//!
//! What each figure means is written in `docs/views-prices.md`.

mod ask;
mod bands;
mod concessions;
mod keys;
mod lines;
mod page;
mod params;
mod priced;
mod response;

pub use page::Prices;
