//! What rows are added up by, and what is added up.

use rapport_model::Timestamp;

/// What rows have in common that are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKey<'a> {
    /// The value of an own column.
    Column(&'static str),
    /// The latest of these moments that is not after `occurred_at`. They are at most a thousand, they ascend, and the first
    /// is not after any row.
    Since(&'a [Timestamp]),
}

/// What is told of the rows of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How many rows.
    Rows,
    /// How many different values an own column has.
    Distinct(&'static str),
    /// The values of an own column with whole numbers, added.
    Sum(&'static str),
    /// When the first row occurred, in microseconds since 1970.
    First,
    /// When the last row occurred, in microseconds since 1970.
    Last,
}
