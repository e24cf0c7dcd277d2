//! The rows of a view's declared tables on their way into its file.

use std::{io, path::Path};

use rapport_views::{
    projection::Op,
    table::{Cell, Layout, Place, Table},
    view::View,
};
use rusqlite::{Connection, ToSql, params_from_iter, types::ToSqlOutput};

use super::sorted::Collected;
use crate::sqlite::failure::Failure;

/// Rows of all tables that are sorted at once, and what a build holds in memory.
const ROWS_MAX: usize = 250_000;

/// Writes rows of the declared tables of a view.
pub(crate) struct Tables(Vec<Writing>);

enum Writing {
    /// Rows fall at the end of the table: they are written as they come.
    OfLog { table: &'static Table, insert: String, delete: String },
    /// Rows fall on random keys.
    Sorted { table: &'static Table, collected: Collected },
}

impl Tables {
    /// Of a view. While it is built, rows beyond memory wait in files; `runs_path` is free, and is free again at once.
    pub(crate) fn new(view: View, runs_path: Option<&Path>) -> io::Result<Self> {
        let writing = view.tables().map(|table| match table.layout {
            Layout::OfLog => Ok(Writing::of_log(table)),
            Layout::By(_) => Ok(Writing::Sorted { table, collected: Collected::new(table, runs_path)? }),
        });
        writing.collect::<io::Result<_>>().map(Self)
    }

    /// Drops what is collected.
    pub(crate) fn forget(&mut self) {
        self.sorted().for_each(Collected::forget);
    }

    /// Writes or collects a row, or that it goes.
    pub(crate) fn put(
        &mut self,
        connection: &Connection,
        table: &'static Table,
        (place, cells): (&Place, &[Cell]),
        op: Op,
    ) -> Result<(), Failure> {
        match self.0.iter_mut().find(|writing| std::ptr::eq(writing.table(), table)) {
            Some(Writing::OfLog { insert, delete, .. }) => {
                match op {
                    Op::Add => write(connection, insert, place, cells)?,
                    Op::Remove => {
                        let key = (place.position.0.cast_signed(), place.known_from.as_micros());
                        connection.prepare_cached(delete)?.execute(key)?;
                    }
                }
                Ok(())
            }
            Some(Writing::Sorted { collected, .. }) => {
                collected.put(place, cells, op);
                Ok(())
            }
            None => {
                debug_assert!(false, "table `{}` is not one of this view", table.name);
                Ok(())
            }
        }
    }

    /// While a view is built: takes rows out of memory when there are many.
    pub(crate) fn spill(&mut self) -> Result<(), Failure> {
        if self.sorted().map(|collected| collected.len()).sum::<usize>() < ROWS_MAX {
            return Ok(());
        }
        self.sorted().try_for_each(Collected::spill)
    }

    /// Writes what is collected, unless it waits for the end of a build.
    pub(crate) fn flush(&mut self, connection: &Connection) -> Result<(), Failure> {
        self.sorted().try_for_each(|collected| collected.flush(connection))
    }

    /// Writes everything of a build, in the order of the tables.
    pub(crate) fn finish(&mut self, connection: &Connection) -> Result<(), Failure> {
        self.sorted().try_for_each(|collected| collected.finish(connection))
    }

    fn sorted(&mut self) -> impl Iterator<Item = &mut Collected> {
        self.0.iter_mut().filter_map(|writing| match writing {
            Writing::OfLog { .. } => None,
            Writing::Sorted { collected, .. } => Some(collected),
        })
    }
}

impl Writing {
    fn of_log(table: &'static Table) -> Self {
        let places = vec!["?"; table.all_columns().count()].join(", ");
        // Every row of a belief goes with it, whatever else tells apart the rows of one event.
        let delete = format!("DELETE FROM {} WHERE position = ?1 AND known_from = ?2", table.name);
        Self::OfLog { table, insert: format!("INSERT INTO {} VALUES ({places})", table.name), delete }
    }

    const fn table(&self) -> &'static Table {
        match self {
            Self::OfLog { table, .. } | Self::Sorted { table, .. } => table,
        }
    }
}

fn write(connection: &Connection, insert: &str, place: &Place, cells: &[Cell]) -> rusqlite::Result<()> {
    let values = place.numbers().into_iter().map(Bound::Int).chain(cells.iter().map(Bound::Cell));
    connection.prepare_cached(insert)?.execute(params_from_iter(values))?;
    Ok(())
}

/// A cell as SQLite takes it, without a copy of its text.
enum Bound<'a> {
    Int(i64),
    Cell(&'a Cell),
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(number) => number.to_sql(),
            Self::Cell(Cell::Null) => Ok(ToSqlOutput::from(rusqlite::types::Null)),
            Self::Cell(Cell::Int(number)) => number.to_sql(),
            Self::Cell(Cell::Real(number)) => number.to_sql(),
            Self::Cell(Cell::Text(text)) => Ok(ToSqlOutput::from(text.as_ref())),
        }
    }
}
