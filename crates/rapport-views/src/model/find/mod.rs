//! Finds customers: by id, telephone number, e-mail, registration number or name.
//!
//! First candidates are looked up in the directory ([`candidates`]), each lookup by one index and with a limit; then all that
//! is known of the candidates is read, and what of it matches is decided here ([`matching`]), so that both stores answer the
//! same.
//!
//! **Invariant:** no error names what was looked for.
//!
//! What an answer means is written in `docs/views-find.md`.

mod ask;
mod candidates;
mod matching;
mod page;
mod query;
mod related;

pub use page::Find;
