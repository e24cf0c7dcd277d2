//! What the text of a date says.

use jiff::{Timestamp, civil};

/// What a text says, before the zone is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Instant(Timestamp),
    Local(civil::DateTime),
    Day(civil::Date),
}
