//! Definitions: which versions hold at (T, K), which will, which cannot be read, and what holds without any.
//!
//! Every view has the rows. Who approved a definition is in its event alone.
//!
//! What an answer means is written in `docs/definitions.md`.

mod ask;
mod page;

pub use page::Definitions;
