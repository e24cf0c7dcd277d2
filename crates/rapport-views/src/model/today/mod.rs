//! What is to be done: what is due, promised, silent too long, about to leave, and handed over but not done.
//!
//! What each thing is, other models decide: this one puts them into the order of their days.

mod ask;
mod dated;
mod owners;
mod page;
mod params;
mod silent;
mod thing;

pub use page::Today;
