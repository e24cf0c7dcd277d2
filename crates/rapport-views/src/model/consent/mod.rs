//! Consent (R16): whether a customer may be addressed and by which decision, and which messages were sent without one.
//!
//! [`mod@held`] decides what holds for a customer, for every model that asks. Messages and calls are judged one by one, as of
//! the moment at which they were sent: by the decisions, preferences and contact policies until then.
//!
//! What each figure means is written in `docs/views-consent.md`.

mod ask;
mod cells;
mod decided;
mod groups;
mod held;
mod hours;
mod judge;
mod overview;
mod page;
mod page_customer;
mod params;
mod policy;
mod preferences;
mod purpose;
mod response;
mod sent;
mod verdicts;
mod whose;

pub(super) use held::{Decision, Holding, Use, WORDS, about, held};
pub use page::Consent;
