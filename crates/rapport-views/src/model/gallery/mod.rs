//! The gallery: files in the histories of customers, with their results, and what the customers said and did next.
//!
//! Files until T are read one by one. What came after a file is looked up in the responses and orders of its customer, which
//! are read once and kept in their order.
//!
//! What each figure means is written in `docs/views-gallery.md`.

mod after;
mod artifacts;
mod ask;
mod groups;
mod page;
mod params;
mod response;

pub use page::Gallery;
