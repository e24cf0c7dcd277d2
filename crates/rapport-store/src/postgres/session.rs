//! A connection with its prepared statements.

use std::collections::HashMap;

use postgres::{Client, Row, Statement, types::ToSql};

use super::failure::PostgresError;

/// Statements are few: their texts do not hold values.
pub(super) struct Session {
    pub client: Client,
    statements: HashMap<String, Statement>,
}

/// Parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Session {
    /// On a connection of its own.
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new() }
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement, PostgresError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// All rows.
    pub(super) fn query(&mut self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, PostgresError> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query(&statement, params)?)
    }

    /// Rows one after the other, while they come.
    pub(super) fn each(
        &mut self,
        sql: &str,
        params: Params<'_>,
        mut take: impl FnMut(&Row) -> Result<(), PostgresError>,
    ) -> Result<(), PostgresError> {
        use postgres::fallible_iterator::FallibleIterator;
        let statement = self.prepared(sql)?;
        let mut rows = self.client.query_raw(&statement, params.iter().copied())?;
        while let Some(row) = rows.next()? {
            take(&row)?;
        }
        Ok(())
    }

    /// How many rows it changed.
    pub(super) fn execute(&mut self, sql: &str, params: Params<'_>) -> Result<u64, PostgresError> {
        let statement = self.prepared(sql)?;
        Ok(self.client.execute(&statement, params)?)
    }

    /// Statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), PostgresError> {
        Ok(self.client.batch_execute(sql)?)
    }
}
