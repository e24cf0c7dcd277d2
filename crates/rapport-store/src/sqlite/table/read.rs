//! The rows of a declared table at one moment.

use std::fmt::Write;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    read::{Take, TakeGroup},
    table::{Beginning, Cell, Condition, Filter, GroupKey, Measure, NotARow, POSITION, Table, Without},
};
use rusqlite::{
    Connection, params_from_iter,
    types::{Value, ValueRef},
};

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

/// What had happened until T, as believed at K.
const BELIEVED: &str = "occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2";

/// A statement in the making, with its parameters: ?1 is T, ?2 is K; what differs from question to question is a
/// parameter, so that a statement is compiled once.
struct Asking {
    parameters: Vec<Value>,
}

impl Asking {
    fn of(as_of: AsOf) -> Self {
        let as_of = as_of.bounded();
        let moments = [as_of.occurred_until, as_of.recorded_until];
        Self { parameters: moments.map(|moment| Value::Integer(moment.as_micros())).to_vec() }
    }

    fn parameter(&mut self, value: Value) -> String {
        self.parameters.push(value);
        format!("?{}", self.parameters.len())
    }

    /// Which rows.
    fn condition(&mut self, filter: &Filter) -> String {
        let mut sql = BELIEVED.to_owned();
        for (moment, beyond) in [(filter.occurred_from(), ">="), (filter.occurred_before(), "<")] {
            if ![Timestamp::MIN, Timestamp::MAX].contains(&moment) {
                let moment = self.parameter(Value::Integer(moment.as_micros()));
                let _ = write!(sql, " AND occurred_at {beyond} {moment}");
            }
        }
        for condition in filter.conditions() {
            let _ = write!(sql, " AND {}", self.any_of(condition));
        }
        for Without { column, table, condition } in filter.exclusions() {
            let (table, which) = (table.name, self.any_of(condition));
            let _ = write!(
                sql,
                " AND {column} NOT IN (SELECT {column} FROM {table} WHERE {BELIEVED} AND {which})"
            );
        }
        sql
    }

    fn any_of(&mut self, condition: &Condition) -> String {
        let cells = condition.any_of.iter();
        let places: Vec<String> = cells.map(|cell| self.parameter(value(cell))).collect();
        // One value is one range of an index; the planner sees that only in an equation.
        match places.as_slice() {
            [place] => format!("{} = {place}", condition.column),
            places => format!("{} IN ({})", condition.column, places.join(", ")),
        }
    }

    /// A key of groups.
    fn key(&mut self, key: GroupKey<'_>) -> String {
        let moments = match key {
            GroupKey::Column(column) => return column.to_owned(),
            GroupKey::Since(moments) => moments,
        };
        let places: Vec<String> =
            moments.iter().map(|moment| self.parameter(Value::Integer(moment.as_micros()))).collect();
        latest_of(&places)
    }
}

/// The latest of these moments that is not after `occurred_at`, found by halving them.
fn latest_of(moments: &[String]) -> String {
    match moments {
        [] => "NULL".to_owned(),
        [only] => only.clone(),
        _ => {
            let (earlier, later) = moments.split_at(moments.len() / 2);
            let border = later.first().map_or("NULL", String::as_str);
            format!(
                "CASE WHEN occurred_at < {border} THEN {} ELSE {} END",
                latest_of(earlier),
                latest_of(later)
            )
        }
    }
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

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Integer(*number),
        Cell::Real(number) => Value::Real(*number),
        Cell::Text(text) => Value::Text(text.to_string()),
    }
}
