//! The real binary: what it prints where, and with which exit code it ends.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod adjust;
mod answers;
mod appending;
mod definitions;
mod find;
mod headline;
mod import;
mod import_help;
mod purchases;
mod questions;
mod satisfaction;
mod serve;
mod support;
mod terminal;
mod words;
