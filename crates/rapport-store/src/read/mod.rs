//! Rows at one moment, and the timeline that is made of them.
//!
//! What a store can be asked is in [`models`]; what is answered the same from both stores is here or in
//! `rapport-views`.

mod history;
mod models;

pub(crate) use history::fold;
pub(crate) use models::SET_ASIDE_TOLD;
pub use models::{ReadModels, SetAside, ViewState};
