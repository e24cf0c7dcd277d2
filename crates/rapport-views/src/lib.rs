//! Read models: events become rows, rows become answers.
//!
//! Pure: no I/O, no clock, no async, no SQL. `rapport-store` keeps the rows; this crate says what they are and what
//! they mean. Begin with [`rows`].

pub mod answers;
pub mod calendar;
pub mod directory;
pub mod identity;
pub mod model;
pub mod page;
pub mod projection;
pub mod read;
pub mod rows;
pub mod stats;
pub mod table;
pub mod timeline;
pub mod view;
pub mod working_time;
