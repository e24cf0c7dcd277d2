//! The rows of a declared table at one moment.

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    read::{Take, TakeGroup},
    table::{Beginning, Filter, GroupKey, Measure, NotARow, POSITION, Table},
};
use rusqlite::{Connection, params_from_iter};

use super::{asking::Asking, hashed, value::cell};

/// Hands over the rows until T as believed at K that fulfil a filter, in the order of the table, until `take` fails.
/// A database that fails is the outer error.
pub(crate) fn scan(
    connection: &Connection,
    table: &'static Table,
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let key: Vec<&str> = table.key_columns().collect();
    let order = format!(" ORDER BY {}", key.join(", "));
    each(connection, (table, &columns, &order), filter, as_of, take)
}

/// Hands over some own columns of the same rows, in any order.
pub(crate) fn pick(
    connection: &Connection,
    (table, columns): (&'static Table, &[&str]),
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    each(connection, (table, columns, ""), filter, as_of, take)
}

fn each(
    connection: &Connection,
    (table, columns, order): (&Table, &[&str], &str),
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let mut asking = Asking::of(as_of);
    let beginning = [POSITION, table.kind.begins()];
    let selected: Vec<&str> = beginning.iter().chain(columns).copied().collect();
    let condition = asking.condition(filter);
    let sql = format!("SELECT {} FROM {} WHERE {condition}{order}", selected.join(", "), table.name);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(asking.parameters))?;
    let mut cells = Vec::with_capacity(columns.len());
    while let Some(row) = rows.next()? {
        cells.clear();
        for column in 0..columns.len() {
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
