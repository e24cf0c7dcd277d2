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
    if let Some(sums) = hashed::sums(by, measures) {
        return hashed::group(connection, (table, &condition, asking), by, &sums, take);
    }
    let mut selected: Vec<String> = by.iter().map(|key| asking.key(*key)).collect();
    selected.extend(measures.iter().flat_map(|measure| of_measure(*measure)));
    let places: Vec<String> = (1..=by.len()).map(|place| place.to_string()).collect();
    let grouped = if by.is_empty() { String::new() } else { format!(" GROUP BY {}", places.join(", ")) };
    let sql = format!("SELECT {} FROM {} WHERE {condition}{grouped}", selected.join(", "), table.name);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(asking.parameters))?;
    let (mut keys, mut found) = (Vec::with_capacity(by.len()), Vec::with_capacity(measures.len()));
    while let Some(row) = rows.next()? {
        keys.clear();
        found.clear();
        for column in 0..by.len() {
            keys.push(cell(row.get_ref(column)?));
        }
        let mut column = by.len();
        for measure in measures {
            let mut next = || -> rusqlite::Result<i128> {
                column += 1;
                Ok(row.get::<_, Option<i64>>(column - 1)?.unwrap_or(0).into())
            };
            found.push(match measure {
                Measure::Sum(_) => (next()? << 32) + next()?,
                Measure::Rows | Measure::Distinct(_) | Measure::First | Measure::Last => next()?,
            });
        }
        if let Err(not_a_row) = take(&keys, &found) {
            return Ok(Err(not_a_row));
        }
    }
    Ok(Ok(()))
}

/// A sum is added up in two halves: one of 64 bits would end the question where it is larger.
fn of_measure(measure: Measure) -> Vec<String> {
    match measure {
        Measure::Rows => vec!["count(*)".to_owned()],
        Measure::Distinct(column) => vec![format!("count(DISTINCT {column})")],
        Measure::Sum(column) => vec![format!("sum({column} >> 32)"), format!("sum({column} & 4294967295)")],
        Measure::First => vec!["min(occurred_at)".to_owned()],
        Measure::Last => vec!["max(occurred_at)".to_owned()],
    }
}

const fn position(number: i64) -> Position {
    Position(number.cast_unsigned())
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into()),
    }
}
