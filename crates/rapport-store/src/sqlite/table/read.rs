//! The rows of a declared table at one moment.

use hashbrown::HashSet;
use rapport_views::{
    answers::AsOf,
    read::{Take, TakeGroup},
    table::{Cell, Filter, GroupKey, Measure, NotARow, POSITION, Table, Without},
};
use rusqlite::{Connection, params_from_iter};

use super::{
    asking::Asking,
    excluded::Excluded,
    hashed,
    select::Select,
    shares::Shares,
    together::{Ended, read, together},
};
use crate::sqlite::connections::Connections;

/// Hands over the rows until T as believed at K that fulfil a filter, in the order of the table, until `take` fails.
/// A database that fails is the outer error.
pub(crate) fn scan(
    connections: &Connections,
    table: &'static Table,
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let key: Vec<&str> = table.key_columns().collect();
    let order = format!(" ORDER BY {}", key.join(", "));
    let select = match select(connections, (table, &columns, &order), filter, as_of)? {
        Ok(select) => select,
        Err(not_a_row) => return Ok(Err(not_a_row)),
    };
    nested(alone(connections.own(), &select, columns.len(), take))
}

/// Hands over some own columns of the same rows, in any order.
pub(crate) fn pick(
    connections: &Connections,
    (table, columns): (&'static Table, &[&str]),
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let select = match select(connections, (table, columns, ""), filter, as_of)? {
        Ok(select) => select,
        Err(not_a_row) => return Ok(Err(not_a_row)),
    };
    match Shares::of(connections, table, filter)? {
        None => nested(alone(connections.own(), &select, columns.len(), take)),
        Some(shares) => {
            let select = select.by_ranges_of(shares.ranges.column);
            nested(together((connections.own(), shares), &select, columns.len(), take))
        }
    }
}

fn select(
    connections: &Connections,
    (table, columns, order): (&Table, &[&str], &str),
    filter: &Filter,
    as_of: AsOf,
) -> rusqlite::Result<Result<Select, NotARow>> {
    let mut asking = Asking::of(as_of);
    let beginning = [POSITION, table.kind.begins()];
    let selected: Vec<&str> = beginning.iter().chain(columns).copied().collect();
    let condition = asking.fulfils(filter);
    let excluded = excluded(connections, filter, as_of)?;
    Ok(excluded.map(|excluded| Select::new(&selected, (table.name, &condition, order), asking, excluded)))
}

fn excluded(
    connections: &Connections,
    filter: &Filter,
    as_of: AsOf,
) -> rusqlite::Result<Result<Vec<Excluded>, NotARow>> {
    Excluded::all(connections, filter, as_of, |Without { column, table, condition }| {
        let mut these = HashSet::new();
        let filter = Filter::all().and(condition.column, condition.any_of.clone());
        let taken = pick(connections, (table, &[column]), &filter, as_of, &mut |_, cells| {
            these.extend(cells.first().and_then(Cell::int));
            Ok(())
        })?;
        Ok(taken.map(|()| these))
    })
}

fn nested(result: Result<(), Ended>) -> rusqlite::Result<Result<(), NotARow>> {
    match result {
        Ok(()) | Err(Ended::NotWanted) => Ok(Ok(())),
        Err(Ended::Row(error)) => Ok(Err(error)),
        Err(Ended::Database(error)) => Err(error),
    }
}

fn alone(connection: &Connection, select: &Select, width: usize, take: &mut Take<'_>) -> Result<(), Ended> {
    let mut cells = Vec::with_capacity(width);
    select.each(connection, None, |row| {
        cells.clear();
        let beginning = read(row, width, &mut cells)?;
        Ok(take(&beginning, &cells)?)
    })
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
    connections: &Connections,
    table: &'static Table,
    (filter, as_of): (&Filter, AsOf),
    by: &[GroupKey<'_>],
    measures: &[Measure],
    take: &mut TakeGroup<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let mut asking = Asking::of(as_of);
    let condition = asking.fulfils(filter);
    let excluded = match excluded(connections, filter, as_of)? {
        Ok(excluded) => excluded,
        Err(not_a_row) => return Ok(Err(not_a_row)),
    };
    let select = |columns: &[&str]| Select::new(columns, (table.name, &condition, ""), asking, excluded);
    let shares = Shares::of(connections, table, filter)?;
    hashed::group((connections.own(), shares), (table, by, measures), select, take)
}
