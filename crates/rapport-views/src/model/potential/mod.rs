//! Potential (R8): of the products that the customers of a segment could buy, which each owns, and what the missing ones are
//! worth to others of its segment.
//!
//! A segment is a definition: a list of products, and conditions over segment attributes. A store groups purchases and spend
//! by customer and product; merged parties become one here.
//!
//! What each figure means is written in `docs/views-potential.md`.

mod ask;
mod customers;
mod evidence;
mod facts;
mod known;
mod notes;
mod of_customers;
mod page;
mod params;
mod response;
mod segments;
mod spent;
mod valued;

pub(super) use of_customers::{WhiteSpace, of_customers};
pub use page::Potential;
