//! Scores by groups: what all responses say, or the latest of each customer.
//!
//! Responses of the view of satisfaction are read one by one, and parted by instrument and question. What makes a response
//! positive or negative, scales and scores are those of [`crate::answers::satisfaction`]; there the latest response of each
//! customer counts, here every one does unless the request asks for the latest.
//!
//! What each figure means is written in `docs/views-scores.md`.

mod ask;
mod by;
mod counter;
mod grids;
mod grouping;
mod matrix;
mod measures;
mod page;
mod params;
mod points;
mod read;
mod response;
mod rolling;
mod rows;
mod spread;
mod subject;

pub use page::Scores;
