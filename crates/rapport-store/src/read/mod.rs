//! Rows at one moment, and the timeline that is made of them.
//!
//! What a store can be asked is in [`models`]; what is answered the same from both stores is here or in
//! `rapport-views`.

mod history;
mod models;
mod page_token;
mod timeline;

pub use history::fold;
pub(crate) use models::bounded;
pub use models::{
    AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, FunnelRows, LATEST, Place, ReadModels,
    SET_ASIDE_TOLD, SatisfactionRows, SetAside, TimelineRows, ViewRows, ViewState,
};
pub use timeline::timeline;
