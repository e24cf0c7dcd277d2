//! A statement that reads rows of a table, whole or by ranges of a column.

use rusqlite::{Connection, Row, params_from_iter, types::Value};

use super::{asking::Asking, excluded::Excluded};

/// The statement with its parameters.
pub(super) struct Select {
    sql: String,
    parameters: Vec<Value>,
    excluded: Vec<Excluded>,
    /// The place of the first column of what is excluded; the others follow.
    excluded_from: usize,
}

impl Select {
    /// `end` comes behind the conditions.
    pub(super) fn new(
        columns: &[&str],
        (from, condition, end): (&str, &str, &str),
        asking: Asking,
        excluded: Vec<Excluded>,
    ) -> Self {
        let all: Vec<&str> = columns.iter().copied().chain(excluded.iter().map(|one| one.column)).collect();
        let sql = format!("SELECT {} FROM {from} WHERE {condition}{end}", all.join(", "));
        Self { sql, parameters: asking.parameters, excluded, excluded_from: columns.len() }
    }

    /// Only rows of which a column is in the range that is given with each execution.
    pub(super) fn by_ranges_of(mut self, column: &str) -> Self {
        let from = self.parameters.len() + 1;
        self.sql = format!("{} AND {column} BETWEEN ?{from} AND ?{}", self.sql, from + 1);
        self
    }

    /// Hands over each row. A `range` is there if the statement has [`Self::by_ranges_of`].
    pub(super) fn each<E: From<rusqlite::Error>>(
        &self,
        connection: &Connection,
        range: Option<[i64; 2]>,
        mut take: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut select = connection.prepare_cached(&self.sql)?;
        let range = range.into_iter().flatten().map(Value::Integer);
        let mut rows = select.query(params_from_iter(self.parameters.iter().cloned().chain(range)))?;
        while let Some(row) = rows.next()? {
            if !self.is_excluded(row)? {
                take(row)?;
            }
        }
        Ok(())
    }

    fn is_excluded(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        for (column, excluded) in (self.excluded_from..).zip(&self.excluded) {
            let number: i64 = row.get(column)?;
            if excluded.these.contains(&number) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
