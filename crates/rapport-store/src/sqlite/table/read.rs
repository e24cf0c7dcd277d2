//! The rows of a declared table at one moment.

use std::fmt::Write;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    read::Take,
    table::{Cell, Filter, NotARow, Place, Table},
};
use rusqlite::{
    Connection, Row, params_from_iter,
    types::{Value, ValueRef},
};

/// Hands over the rows until T as believed at K that fulfil a filter, in the order of the table, until `take` fails.
/// A database that fails is the outer error.
pub fn scan(
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
            cells.push(cell(row.get_ref(4 + column)?));
        }
        if let Err(not_a_row) = take(&place(row)?, &cells) {
            return Ok(Err(not_a_row));
        }
    }
    Ok(Ok(()))
}

/// ?1 is T, ?2 is K; what differs from question to question is a parameter.
fn statement(table: &Table, filter: &Filter, as_of: AsOf) -> (String, Vec<Value>) {
    let as_of = as_of.bounded();
    let mut parameters = vec![
        Value::Integer(as_of.occurred_until.as_micros()),
        Value::Integer(as_of.recorded_until.as_micros()),
    ];
    let columns: Vec<&str> = table.all_columns().map(|column| column.name).collect();
    let mut sql = format!(
        "SELECT {} FROM {} WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2",
        columns.join(", "),
        table.name
    );
    for condition in filter.conditions() {
        let first = parameters.len() + 1;
        parameters.extend(condition.any_of.iter().map(value));
        let places: Vec<String> = (first..=parameters.len()).map(|place| format!("?{place}")).collect();
        // One value is one range of an index; the planner sees that only in an equation.
        let _ = match places.as_slice() {
            [place] => write!(sql, " AND {} = {place}", condition.column),
            places => write!(sql, " AND {} IN ({})", condition.column, places.join(", ")),
        };
    }
    let key: Vec<&str> = table.key_columns().collect();
    let _ = write!(sql, " ORDER BY {}", key.join(", "));
    (sql, parameters)
}

/// The columns of every table come first.
fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
        known_from: Timestamp::from_micros(row.get(1)?),
        known_to: Timestamp::from_micros(row.get(2)?),
        occurred_at: Timestamp::from_micros(row.get(3)?),
    })
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into()),
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Integer(*number),
        Cell::Real(number) => Value::Real(*number),
        Cell::Text(text) => Value::Text(text.to_string()),
    }
}
