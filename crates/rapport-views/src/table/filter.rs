//! Which rows of a table.

use rapport_model::Timestamp;

use super::{Cell, Table};

/// What every row must fulfil; without conditions, all rows do.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
    without: Vec<Without>,
    occurred_from: Option<Timestamp>,
    occurred_before: Option<Timestamp>,
}

/// What a column of a row must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: &'static str,
    /// One of these.
    pub any_of: Vec<Cell>,
}

/// What a column of a row must not hold: what the same column holds in rows of a table that fulfil a condition, as of the
/// same moment.
#[derive(Debug, Clone)]
pub struct Without {
    /// The column, in both tables: a number, never null.
    pub column: &'static str,
    /// Whose rows.
    pub table: &'static Table,
    /// Which of them.
    pub condition: Condition,
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

    /// Those of which a column holds nothing that it holds in a row of a table of which another column holds one of these
    /// cells: lines of orders that no line of the order cancels.
    #[must_use]
    pub fn without(
        mut self,
        column: &'static str,
        table: &'static Table,
        (of, any_of): (&'static str, Vec<Cell>),
    ) -> Self {
        self.without.push(Without { column, table, condition: Condition { column: of, any_of } });
        self
    }

    /// Those that occurred from one moment, inclusive, until another, exclusive: none from the end of time on, and none before its
    /// beginning.
    #[must_use]
    pub const fn occurred(mut self, from: Timestamp, before: Timestamp) -> Self {
        self.occurred_from = Some(from);
        self.occurred_before = Some(before);
        self
    }

    /// From when on rows occurred, inclusive; the beginning of time without a bound.
    #[must_use]
    pub fn occurred_from(&self) -> Timestamp {
        self.occurred_from.unwrap_or(Timestamp::MIN)
    }

    /// Until when rows occurred, exclusive; the end of time without a bound.
    #[must_use]
    pub fn occurred_before(&self) -> Timestamp {
        self.occurred_before.unwrap_or(Timestamp::MAX)
    }

    /// All that must hold.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// All that must not.
    #[must_use]
    pub fn exclusions(&self) -> &[Without] {
        &self.without
    }
}
