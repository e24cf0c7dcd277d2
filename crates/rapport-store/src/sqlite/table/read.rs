//! The rows of a declared table at one moment.

use hashbrown::HashSet;
use rapport_views::{
    answers::AsOf,
    read::{Take, TakeGroup},
    table::{Cell, Filter, GroupKey, Measure, NotARow, POSITION, Table, Without},
};
use rusqlite::Connection;

use super::{
    asking::Asking,
    ended::Ended,
    excluded::Excluded,
    hashed,
    select::Select,
    shares::Shares,
    together::{read, together},
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
    let select = select(connections, (table, &columns, &order), filter, as_of);
    Ended::nested(select.and_then(|select| alone(connections.own(), &select, columns.len(), take)))
}

/// Hands over some own columns of the same rows, in any order.
pub(crate) fn pick(
    connections: &Connections,
    of: (&'static Table, &[&str]),
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    Ended::nested(pick_until_ended(connections, of, filter, as_of, take))
}

fn pick_until_ended(
    connections: &Connections,
    (table, columns): (&'static Table, &[&str]),
    filter: &Filter,
    as_of: AsOf,
    take: &mut Take<'_>,
) -> Result<(), Ended> {
    let select = select(connections, (table, columns, ""), filter, as_of)?;
    match Shares::of(connections, table, filter)? {
        None => alone(connections.own(), &select, columns.len(), take),
        Some(shares) => {
            let select = select.by_ranges_of(shares.ranges.column);
            together((connections.own(), shares), &select, columns.len(), take)
        }
    }
}

fn select(
    connections: &Connections,
    (table, columns, order): (&Table, &[&str], &str),
    filter: &Filter,
    as_of: AsOf,
) -> Result<Select, Ended> {
    let mut asking = Asking::of(as_of);
    let beginning = [POSITION, table.kind.begins()];
    let selected: Vec<&str> = beginning.iter().chain(columns).copied().collect();
    let condition = asking.condition(filter);
    let excluded = excluded(connections, filter, as_of)?;
    Ok(Select::new(&selected, (table.name, &condition, order), asking, excluded))
}

fn excluded(connections: &Connections, filter: &Filter, as_of: AsOf) -> Result<Vec<Excluded>, Ended> {
    Excluded::all(connections, filter, as_of, |Without { column, table, condition }| {
        let mut these = HashSet::new();
        let filter = Filter::all().and(condition.column, condition.any_of.clone());
        pick_until_ended(connections, (table, &[column]), &filter, as_of, &mut |_, cells| {
            these.extend(cells.first().and_then(Cell::int));
            Ok(())
        })?;
        Ok(these)
    })
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
    connections: &Connections,
    table: &'static Table,
    filter: &Filter,
    as_of: AsOf,
) -> rusqlite::Result<Result<bool, NotARow>> {
    let mut has_any = false;
    let select = select(connections, (table, &[], ""), filter, as_of);
    let first = select.and_then(|select| {
        select.each(connections.own(), None, |_| {
            has_any = true;
            Err(Ended::Enough)
        })
    });
    Ok(Ended::nested(first)?.map(|()| has_any))
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
    let condition = asking.condition(filter);
    Ended::nested(excluded(connections, filter, as_of).and_then(|excluded| {
        let select = |columns: &[&str]| Select::new(columns, (table.name, &condition, ""), asking, excluded);
        let shares = Shares::of(connections, table, filter)?;
        hashed::group((connections.own(), shares), (table, by, measures), select, take)
    }))
}
