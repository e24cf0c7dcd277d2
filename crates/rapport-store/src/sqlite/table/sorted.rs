//! Rows that fall on random keys, collected and written in the order of their table.
//!
//! A collected row is as many 64-bit numbers as the table has columns. Texts cannot be collected: a table with
//! [`Layout::By`](rapport_views::table::Layout::By) holds numbers alone, which [`Collected::new`] demands.

use std::path::Path;

use rapport_views::{
    projection::Op,
    table::{Cell, Column, Holds, Place, Table},
};
use rusqlite::{Connection, types::Value};

use super::{
    key::{KEY_COLUMNS_MAX, Key, key_of},
    runs::Runs,
};
use crate::sqlite::failure::Failure;

/// Rows in one INSERT: a statement costs as much as several rows.
const INSERT_ROWS: usize = 50;

/// In a column that may be null: nothing. No number of ours is as small, and -0.0 is written as 0.0.
const NULL: i64 = i64::MIN;

/// The rows of a table since the last commit, in the order in which they appeared and went.
pub(super) struct Collected {
    table: &'static Table,
    columns: Vec<Column>,
    key: Vec<usize>,
    rows: Vec<i64>,
    ops: Vec<Op>,
    /// While a view is built: where rows wait until all are there.
    runs: Option<Runs>,
}

impl Collected {
    /// None yet. While a view is built, rows beyond memory wait in a file; `runs_path` is free, and is free again at
    /// once.
    pub(super) fn new(table: &'static Table, runs_path: Option<&Path>) -> std::io::Result<Self> {
        let columns: Vec<Column> = table.all_columns().copied().collect();
        debug_assert!(
            columns.iter().all(|column| !matches!(column.holds, Holds::Text | Holds::EventId)),
            "rows with texts cannot be sorted"
        );
        debug_assert!(table.key_places().len() <= KEY_COLUMNS_MAX);
        let runs = runs_path.map(|path| Runs::new(path, &columns)).transpose()?;
        let key = table.key_places();
        Ok(Self { table, columns, key, rows: Vec::new(), ops: Vec::new(), runs })
    }

    /// Drops what is collected.
    pub(super) fn forget(&mut self) {
        self.rows.clear();
        self.ops.clear();
    }

    /// How many rows are in memory.
    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// Collects a row, or that it goes.
    pub(super) fn put(&mut self, place: &Place, cells: &[Cell], op: Op) {
        self.rows.extend(place.numbers());
        self.rows.extend(cells.iter().map(number));
        self.ops.push(op);
    }

    /// While a view is built: takes what is collected out of memory.
    pub(super) fn spill(&mut self) -> Result<(), Failure> {
        let Some(mut runs) = self.runs.take() else { return Ok(()) };
        runs.add(self.order().into_iter().map(|(_, at)| self.row(at))).map_err(Failure::Runs)?;
        self.runs = Some(runs);
        self.forget();
        Ok(())
    }

    /// Writes what is collected, unless it waits for the end of a build.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), Failure> {
        if self.runs.is_some() || self.ops.is_empty() {
            return Ok(());
        }
        let mut writing = Writing::new(connection, self.table, &self.columns);
        for (key, at) in self.order() {
            let (row, op) = self.row(at);
            writing.take(key, row, op)?;
        }
        writing.finish()?;
        self.forget();
        Ok(())
    }

    /// Writes everything of a build, in the order of the table.
    pub(super) fn finish(&mut self, connection: &Connection) -> Result<(), Failure> {
        self.spill()?;
        let Some(runs) = self.runs.take() else { return self.flush(connection) };
        let mut writing = Writing::new(connection, self.table, &self.columns);
        let mut merged = runs.merged(&self.key).map_err(Failure::Runs)?;
        let mut row = Vec::with_capacity(self.columns.len());
        while let Some((key, op)) = merged.next(&mut row).map_err(Failure::Runs)? {
            writing.take(key, &row, op)?;
        }
        writing.finish()
    }

    /// The row of a place, and what happens to it.
    fn row(&self, at: u32) -> (&[i64], Op) {
        let (at, width) = (at as usize, self.columns.len());
        let row = self.rows.get(at * width..(at + 1) * width).unwrap_or_default();
        (row, self.ops.get(at).copied().unwrap_or(Op::Add))
    }

    /// The places of the rows by their keys; of equal keys the older come first.
    fn order(&self) -> Vec<(Key, u32)> {
        let rows = self.rows.chunks_exact(self.columns.len());
        let mut order: Vec<(Key, u32)> =
            rows.zip(0..).map(|(row, at)| (key_of(row, &self.key), at)).collect();
        order.sort_unstable();
        order
    }
}

fn number(cell: &Cell) -> i64 {
    match cell {
        Cell::Int(number) => *number,
        // Adding 0 makes 0.0 of -0.0.
        Cell::Real(number) => (number + 0.0).to_bits().cast_signed(),
        Cell::Null | Cell::Text(_) => NULL,
    }
}

fn value(number: i64, column: &Column) -> Value {
    match column.holds {
        _ if column.nullable && number == NULL => Value::Null,
        Holds::Real => Value::Real(f64::from_bits(number.cast_unsigned())),
        Holds::Name(_)
        | Holds::Symbol
        | Holds::Symbols
        | Holds::Word(_)
        | Holds::Text
        | Holds::EventId
        | Holds::Moment
        | Holds::Integer
        | Holds::Small
        | Holds::Flag => Value::Integer(number),
    }
}

/// Rows on their way into a table, in its order; of several things that happened to a key the last one holds.
struct Writing<'c> {
    connection: &'c Connection,
    columns: &'c [Column],
    insert_many: String,
    insert_one: String,
    delete: String,
    key: usize,
    last: Option<(Key, Op)>,
    last_row: Vec<i64>,
    waiting: Vec<i64>,
}

impl<'c> Writing<'c> {
    fn new(connection: &'c Connection, table: &Table, columns: &'c [Column]) -> Self {
        let key: Vec<String> = table.key_columns().map(|column| format!("{column} = ?")).collect();
        Self {
            connection,
            columns,
            insert_many: insert(table, columns.len(), INSERT_ROWS),
            insert_one: insert(table, columns.len(), 1),
            delete: format!("DELETE FROM {} WHERE {}", table.name, key.join(" AND ")),
            key: key.len(),
            last: None,
            last_row: Vec::with_capacity(columns.len()),
            waiting: Vec::with_capacity(INSERT_ROWS * columns.len()),
        }
    }

    fn take(&mut self, key: Key, row: &[i64], op: Op) -> Result<(), Failure> {
        if let Some((before, happened)) = self.last.replace((key, op)) {
            if before != key {
                self.settle(&before, happened)?;
            } else if happened == Op::Remove {
                // What is added again may stand in the table.
                self.delete(&before)?;
            }
        }
        self.last_row.clear();
        self.last_row.extend_from_slice(row);
        Ok(())
    }

    fn settle(&mut self, key: &Key, happened: Op) -> Result<(), Failure> {
        if happened == Op::Remove {
            return self.delete(key);
        }
        self.waiting.extend_from_slice(&self.last_row);
        if self.waiting.len() == INSERT_ROWS * self.columns.len() {
            self.insert(&self.insert_many, &self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        if let Some((key, happened)) = self.last.take() {
            self.settle(&key, happened)?;
        }
        for row in self.waiting.chunks(self.columns.len()) {
            self.insert(&self.insert_one, row)?;
        }
        Ok(())
    }

    fn insert(&self, statement: &str, rows: &[i64]) -> Result<(), Failure> {
        let mut insert = self.connection.prepare_cached(statement)?;
        for (place, (number, column)) in (1..).zip(rows.iter().zip(self.columns.iter().cycle())) {
            match value(*number, column) {
                Value::Integer(number) => insert.raw_bind_parameter(place, number)?,
                other @ (Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_)) => {
                    insert.raw_bind_parameter(place, other)?;
                }
            }
        }
        insert.raw_execute()?;
        Ok(())
    }

    /// Rows of this key are not on their way: each key is settled once.
    fn delete(&self, key: &Key) -> Result<(), Failure> {
        let mut delete = self.connection.prepare_cached(&self.delete)?;
        for (place, number) in (1..).zip(key.iter().take(self.key)) {
            delete.raw_bind_parameter(place, number)?;
        }
        delete.raw_execute()?;
        Ok(())
    }
}

/// A failure takes back the whole transaction anyway: `OR ROLLBACK` spares SQLite a journal for each statement.
fn insert(table: &Table, columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    format!("INSERT OR ROLLBACK INTO {} VALUES {}", table.name, vec![row; rows].join(", "))
}
