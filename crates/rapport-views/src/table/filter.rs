//! Which rows of a table.

use super::Cell;

/// What every row must fulfil; without conditions, all rows do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    conditions: Vec<Condition>,
}

/// What a column of a row must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: &'static str,
    /// One of these.
    pub any_of: Vec<Cell>,
}

impl Filter {
    /// All rows.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of which a column also holds one of these cells.
    #[must_use]
    pub fn and(mut self, column: &'static str, any_of: Vec<Cell>) -> Self {
        self.conditions.push(Condition { column, any_of });
        self
    }

    /// All that must hold.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}
