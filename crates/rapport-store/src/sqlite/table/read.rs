//! The rows of a declared table at one moment.

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    read::{Take, TakeGroup},
    table::{Beginning, Cell, Filter, GroupKey, Measure, NotARow, POSITION, Table},
};
use rusqlite::{
    Connection, params_from_iter,
    types::{Value, ValueRef},
};

use super::{asking::Asking, hashed};

/// Hands over the rows until T as believed at K that fulfil a filter, in the order of the table, until `take` fails.
/// A database that fails is the outer error.
pub(crate) fn scan(
    connection: &Connection,
    table: &'static Table,
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let (sql, parameters) = statement(table, filter, as_of);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(parameters))?;
    let mut cells = Vec::with_capacity(table.columns.len());
    while let Some(row) = rows.next()? {
        cells.clear();
        for column in 0..table.columns.len() {
            cells.push(cell(row.get_ref(2 + column)?));
        }
        let beginning =
            Beginning { position: position(row.get(0)?), at: Timestamp::from_micros(row.get(1)?) };
        if let Err(not_a_row) = take(&beginning, &cells) {
            return Ok(Err(not_a_row));
        }
    }
    Ok(Ok(()))
}

fn statement(table: &Table, filter: &Filter, as_of: AsOf) -> (String, Vec<Value>) {
    let mut asking = Asking::of(as_of);
    let own = table.columns.iter().map(|column| column.name);
    let columns: Vec<&str> = [POSITION, table.kind.begins()].into_iter().chain(own).collect();
    let key: Vec<&str> = table.key_columns().collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {}",
        columns.join(", "),
        table.name,
        asking.condition(filter),
        key.join(", ")
    );
    (sql, asking.parameters)
}

/// Whether any row until T as believed at K fulfils a filter.
pub(crate) fn has_any(
    connection: &Connection,
    table: &'static Table,
    filter: &Filter,
    as_of: AsOf,
) -> rusqlite::Result<bool> {
    let mut asking = Asking::of(as_of);
    let sql = format!("SELECT 1 FROM {} WHERE {} LIMIT 1", table.name, asking.condition(filter));
    connection.prepare_cached(&sql)?.exists(params_from_iter(asking.parameters))
}

/// Adds up the rows until T as believed at K that fulfil a filter.
pub(crate) fn group(
    connection: &Connection,
    table: &'static Table,
    (filter, as_of): (&Filter, AsOf),
    by: &[GroupKey<'_>],
    measures: &[Measure],
    take: &mut TakeGroup<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let mut asking = Asking::of(as_of);
    let condition = asking.condition(filter);
    hashed::group(connection, (table, &condition, asking), by, measures, take)
}

const fn position(number: i64) -> Position {
    Position(number.cast_unsigned())
}

pub(super) fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into()),
    }
}
