//! Where the rows of the read models live: one SQLite file a view, with its checkpoint in the same transaction.
//!
//! Synchronous; owns no runtime and reads no clock. What rows are and mean is said in `rapport-views`; this crate
//! writes them ([`Store::apply`], [`Store::catch_up`]), builds them anew beside the live ones ([`Store::rebuild`]) and hands out those of
//! one moment ([`Store::timeline`], [`Store::funnel`], [`Store::satisfaction`]). The text of a timeline's entries is
//! not here: it comes from the log through an [`EventSource`]. No file here holds what identifies a person, beyond
//! the ids that events name.
//!
//! **Invariant:** a view's file holds exactly the rows of the events up to its position. Everything in it can be
//! deleted; the next start builds it again from the log.

mod by_hand;
mod catch_up;
mod codes;
mod deal_facts;
mod error;
mod event;
mod generation;
mod inspect;
mod packed;
mod read;
mod rebuild;
mod schema;
mod source;
mod store;
mod sums;
mod view;
mod view_file;
mod writer;

pub use by_hand::ByHand;
pub use catch_up::Chunk;
pub use error::{ApplyError, ReadError, StoreError};
pub use event::EncodedEvent;
pub use inspect::{Condition, inspect};
pub use read::{FunnelSnapshot, SatisfactionSnapshot, Snapshot, TimelineSnapshot};
pub use rebuild::Rebuild;
pub use source::{EventSource, SourceError};
pub use store::{Store, ViewState};
pub use view::View;
