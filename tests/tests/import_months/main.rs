//! Months of exports of every kind, through the real binary, against folds of the things that they tell of.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test that cannot go on fails; helper functions outside #[test] count as code for the lints"
)]

mod deals;
mod service;
mod shop;
