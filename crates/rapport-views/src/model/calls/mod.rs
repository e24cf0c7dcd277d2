//! Calls: whether they were answered, how long they took, and what became of what the customer wanted.
//!
//! Calls of the window are read one by one. Tickets are read beside them: no event says which call opened a ticket.
//!
//! What each figure means is written in `docs/views-calls.md`.

mod ask;
mod call;
mod groups;
mod measures;
mod page;
mod params;
mod solved;

pub use page::Calls;
