//! Rows at one moment, and the timeline that is made of them.
//!
//! What a store can be asked is in [`models`]; what is answered the same from both stores is here or in
//! `rapport-views`.

mod history;
mod models;

pub use history::fold;
pub use models::{ReadModels, SET_ASIDE_TOLD, SetAside, ViewState};
