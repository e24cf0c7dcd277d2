//! One customer at a glance: who they are, how they are classed, what is open, what comes next.
//!
//! All but the classes is a fold over the events of the customer and of those who act for it, as believed at (T, K), which
//! are read as the timeline reads them. The classes come from the rows of everybody, and are left out on request.
//!
//! What each part means is written in `docs/views-customer.md`.

mod ask;
mod bought;
mod classes;
mod consents;
mod contact;
mod contracts;
mod counter;
mod deals;
mod history;
mod next_step;
mod numbered;
mod page;
mod parts;
mod things;
mod tickets;
mod with;
mod words;

pub use page::Customer;
