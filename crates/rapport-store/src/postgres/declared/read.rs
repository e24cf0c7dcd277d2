//! The rows of a declared table at one moment.

use std::fmt::Write;

use postgres::{Row, types::ToSql};
use rapport_model::{EventId, Position};
use rapport_views::{
    answers::AsOf,
    read::{Take, TakeGroup},
    table::{
        Beginning, Cell, Column, Condition, Field as _, Filter, GroupKey, Holds, Kind, Measure, NotARow,
        Numbers as _, POSITION, Place, Table, VALID_TO, Without,
    },
};
use uuid::Uuid;

use super::{quoted, write::value};
use crate::postgres::{
    failure::PostgresError,
    numbered::Numbered,
    session::Session,
    value::{Moment, Value},
};

/// Hands over the rows until T as believed at K that fulfil a filter, in the order of the table, until `take` fails.
/// A database that fails is the outer error. `numbered` gives the numbers and is not held while `take` works.
pub(crate) fn scan<N: std::ops::DerefMut<Target = Numbered>>(
    session: &mut Session,
    numbered: impl Fn() -> N,
    table: &'static Table,
    (filter, as_of): (&Filter, AsOf),
    take: &mut Take<'_>,
) -> Result<Result<(), NotARow>, PostgresError> {
    let sql = select(table, &condition(table, filter));
    let bounds = Bounds::of(table, (filter, as_of), &numbered());
    let params = bounds.params();
    let mut taken = Ok(());
    let mut cells = Vec::with_capacity(table.columns.len());
    session.each(&sql, &params, |row| {
        if taken.is_err() {
            return Ok(());
        }
        cells.clear();
        taken = match own_cells(row, table, &mut numbered(), &mut cells)? {
            Ok(()) => take(&place(row)?.beginning(), &cells),
            not_a_row => not_a_row,
        };
        Ok(())
    })?;
    Ok(taken)
}

/// Hands over some own columns of the same rows, in any order.
pub(crate) fn pick<N: std::ops::DerefMut<Target = Numbered>>(
    session: &mut Session,
    numbered: impl Fn() -> N,
    (table, columns): (&'static Table, &[&'static str]),
    (filter, as_of): (&Filter, AsOf),
    take: &mut Take<'_>,
) -> Result<Result<(), NotARow>, PostgresError> {
    let columns: Vec<&Column> = columns.iter().filter_map(|name| table.column(name)).collect();
    let beginning = [POSITION, table.kind.begins()];
    let names = beginning.iter().copied().chain(columns.iter().map(|column| column.name));
    let names: Vec<String> = names.map(quoted).collect();
    let sql = format!("SELECT {} FROM {} WHERE {}", names.join(", "), table.name, condition(table, filter));
    let bounds = Bounds::of(table, (filter, as_of), &numbered());
    let mut taken = Ok(());
    let mut cells = Vec::with_capacity(columns.len());
    session.each(&sql, &bounds.params(), |row| {
        if taken.is_err() {
            return Ok(());
        }
        let beginning = Beginning {
            position: Position(row.try_get::<_, i64>(0)?.cast_unsigned()),
            at: row.try_get::<_, Moment>(1)?.0,
        };
        cells.clear();
        let read = cells_of(
            row,
            (table, BEGINNING_COLUMNS),
            columns.iter().copied(),
            (&mut numbered(), &mut cells),
        )?;
        taken = read.and_then(|()| take(&beginning, &cells));
        Ok(())
    })?;
    Ok(taken)
}

/// Selects the rows of a table for which a condition holds, with all columns, in the order of the table.
pub(super) fn select(table: &Table, condition: &str) -> String {
    let columns: Vec<String> = table.all_columns().map(|column| quoted(column.name)).collect();
    let key: Vec<String> = table.key_columns().map(quoted).collect();
    let (columns, key) = (columns.join(", "), key.join(", "));
    format!("SELECT {columns} FROM {} WHERE {condition} ORDER BY {key}", table.name)
}

/// $1 is T, $2 is K, $3 and $4 are the bounds of the filter; its lists follow, and then those of what it excludes.
fn condition(table: &Table, filter: &Filter) -> String {
    let begins = table.kind.begins();
    let mut sql =
        format!("{begins} <= $1 AND known_from <= $2 AND known_to > $2 AND {begins} >= $3 AND {begins} < $4");
    if table.kind == Kind::State {
        let _ = write!(sql, " AND {VALID_TO} > $1");
    }
    for (number, condition) in (5..).zip(filter.conditions()) {
        let _ = write!(sql, " AND {}", any_of(table, condition, number));
    }
    let name = table.name;
    for (number, Without { column, table, condition }) in
        (5 + filter.conditions().len()..).zip(filter.exclusions())
    {
        let (begins, which) = (table.kind.begins(), any_of(table, condition, number));
        // A join of what is without a partner; `NOT IN` of a long list would look through it for each row.
        let _ = write!(
            sql,
            " AND NOT EXISTS (SELECT FROM {} other WHERE {begins} <= $1 AND known_from <= $2 AND known_to > $2 \
             AND {which} AND other.\"{column}\" = {name}.\"{column}\")",
            table.name
        );
    }
    sql
}

fn any_of(table: &Table, condition: &Condition, number: usize) -> String {
    let column = condition.column;
    let list = format!("${number}::{}[]", element(table, column));
    // One value is one range of an index; the planner sees that only in an equation.
    if condition.any_of.len() == 1 {
        format!("\"{column}\" = ({list})[1]")
    } else {
        format!("\"{column}\" = ANY({list})")
    }
}

/// The parameters of a condition.
struct Bounds {
    moments: [Moment; 4],
    lists: Vec<List>,
}

impl Bounds {
    fn of(table: &Table, (filter, as_of): (&Filter, AsOf), numbered: &Numbered) -> Self {
        let (t, k) = Moment::both(as_of);
        let own = filter.conditions().iter().map(|one| list(table, one, numbered));
        let excluded = filter.exclusions().iter().map(|one| list(one.table, &one.condition, numbered));
        let lists = own.chain(excluded).collect();
        Self { moments: [t, k, Moment(filter.occurred_from()), Moment(filter.occurred_before())], lists }
    }

    fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        let moments = self.moments.iter().map(|moment| moment as &(dyn ToSql + Sync));
        moments.chain(self.lists.iter().map(List::param)).collect()
    }
}

/// Whether any row until T as believed at K fulfils a filter.
pub(crate) fn has_any(
    session: &mut Session,
    numbered: &Numbered,
    table: &'static Table,
    (filter, as_of): (&Filter, AsOf),
) -> Result<bool, PostgresError> {
    let sql = format!("SELECT EXISTS (SELECT FROM {} WHERE {})", table.name, condition(table, filter));
    let bounds = Bounds::of(table, (filter, as_of), numbered);
    let rows = session.query(&sql, &bounds.params())?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// Adds up the rows until T as believed at K that fulfil a filter. `numbered` is as for [`scan`].
pub(crate) fn group<N: std::ops::DerefMut<Target = Numbered>>(
    session: &mut Session,
    numbered: impl Fn() -> N,
    table: &'static Table,
    (filter, as_of): (&Filter, AsOf),
    (by, measures): (&[GroupKey<'_>], &[Measure]),
    take: &mut TakeGroup<'_>,
) -> Result<Result<(), NotARow>, PostgresError> {
    let bounds = Bounds::of(table, (filter, as_of), &numbered());
    let mut params = bounds.params();
    let since: Vec<Vec<Moment>> = by.iter().map(|key| moments_of(*key)).collect();
    let mut selected = Vec::new();
    for (key, moments) in by.iter().zip(&since) {
        selected.push(match key {
            GroupKey::Column(column) => quoted(column),
            GroupKey::Since(_) => {
                params.push(moments);
                format!("width_bucket({}, ${}::timestamptz[])", table.kind.begins(), params.len())
            }
        });
    }
    selected.extend(measures.iter().map(|measure| of_measure(table, *measure)));
    let places: Vec<String> = (1..=by.len()).map(|place| place.to_string()).collect();
    let grouped = if by.is_empty() { String::new() } else { format!(" GROUP BY {}", places.join(", ")) };
    let sql = format!(
        "SELECT {} FROM {} WHERE {}{grouped}",
        selected.join(", "),
        table.name,
        condition(table, filter)
    );
    let mut taken = Ok(());
    let (mut keys, mut found) = (Vec::with_capacity(by.len()), Vec::with_capacity(measures.len()));
    session.each(&sql, &params, |row| {
        if taken.is_err() {
            return Ok(());
        }
        keys.clear();
        found.clear();
        match read_keys(row, table, by, &mut numbered(), &mut keys)? {
            Ok(()) => {}
            Err(not_a_row) => {
                taken = Err(not_a_row);
                return Ok(());
            }
        }
        for (at, measure) in (by.len()..).zip(measures) {
            found.push(measured(row, at, *measure)?);
        }
        taken = take(&keys, &found);
        Ok(())
    })?;
    Ok(taken)
}

fn moments_of(key: GroupKey<'_>) -> Vec<Moment> {
    match key {
        GroupKey::Column(_) => Vec::new(),
        GroupKey::Since(moments) => moments.iter().copied().map(Moment).collect(),
    }
}

fn read_keys(
    row: &Row,
    table: &'static Table,
    by: &[GroupKey<'_>],
    numbered: &mut Numbered,
    keys: &mut Vec<Cell>,
) -> Result<Result<(), NotARow>, PostgresError> {
    for (at, key) in by.iter().enumerate() {
        match key {
            GroupKey::Since(moments) => {
                // Buckets count from 1; before the first moment there is no row.
                let bucket = usize::try_from(row.try_get::<_, i32>(at)?).unwrap_or_default();
                let moment = bucket.checked_sub(1).and_then(|bucket| moments.get(bucket));
                keys.push(moment.map_or(Cell::Null, |moment| Cell::Int(moment.as_micros())));
            }
            GroupKey::Column(name) => {
                let Some(column) = table.column(name) else { continue };
                match cell(row, at, column, numbered)? {
                    Ok(cell) => keys.push(cell),
                    Err(value) => return Ok(Err(NotARow { table: table.name, column: column.name, value })),
                }
            }
        }
    }
    Ok(Ok(()))
}

fn of_measure(table: &Table, measure: Measure) -> String {
    let begins = table.kind.begins();
    match measure {
        Measure::Rows => "count(*)".to_owned(),
        Measure::Distinct(column) => format!("count(DISTINCT \"{column}\")"),
        Measure::Sum(column) => format!("coalesce(sum(\"{column}\"), 0)::text"),
        Measure::First => format!("min({begins})"),
        Measure::Last => format!("max({begins})"),
    }
}

fn measured(row: &Row, at: usize, measure: Measure) -> Result<i128, PostgresError> {
    match measure {
        Measure::Rows | Measure::Distinct(_) => Ok(row.try_get::<_, i64>(at)?.into()),
        Measure::Sum(_) => {
            let sum: &str = row.try_get(at)?;
            sum.parse().map_err(|_| PostgresError::other("a sum is not a whole number"))
        }
        Measure::First | Measure::Last => Ok(row.try_get::<_, Moment>(at)?.0.as_micros().into()),
    }
}

/// The type of the elements of a [`List`] for a column.
fn element(table: &Table, column: &str) -> &'static str {
    match holds(table, column) {
        Holds::Name(_) | Holds::Symbol | Holds::Symbols | Holds::Word(_) | Holds::Text => "text",
        Holds::EventId => "uuid",
        Holds::Moment => "timestamptz",
        Holds::Flag => "boolean",
        Holds::Integer | Holds::Small | Holds::Real => "bigint",
    }
}

fn holds(table: &Table, column: &str) -> Holds {
    table.column(column).map_or(Holds::Integer, |column| column.holds)
}

/// What a condition lets through, as an array of the column's type.
enum List {
    Texts(Vec<String>),
    Ids(Vec<Option<Uuid>>),
    Moments(Vec<Moment>),
    Numbers(Vec<i64>),
    Flags(Vec<bool>),
}

impl List {
    fn param(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Texts(texts) => texts,
            Self::Ids(ids) => ids,
            Self::Moments(moments) => moments,
            Self::Numbers(numbers) => numbers,
            Self::Flags(flags) => flags,
        }
    }
}

fn list(table: &Table, condition: &Condition, numbered: &Numbered) -> List {
    let holds = holds(table, condition.column);
    let cells = || condition.any_of.iter();
    let numbers = || cells().filter_map(Cell::int);
    match holds {
        Holds::Name(_) | Holds::Symbol | Holds::Symbols | Holds::Word(_) | Holds::Text => {
            let text = |cell| {
                let Value::Text(text) = value(cell, holds, numbered) else { return None };
                Some(rapport_views::rows::storable(&text).into_owned())
            };
            List::Texts(cells().filter_map(text).collect())
        }
        Holds::EventId => {
            let id = |cell: &Cell| match cell {
                Cell::Text(text) => text.parse::<EventId>().ok().map(|id| Uuid::from_u128(id.as_u128())),
                Cell::Null | Cell::Int(_) | Cell::Real(_) => None,
            };
            List::Ids(cells().map(id).collect())
        }
        Holds::Moment => List::Moments(
            numbers().map(|micros| Moment(rapport_model::Timestamp::from_micros(micros))).collect(),
        ),
        Holds::Flag => List::Flags(numbers().map(|number| number != 0).collect()),
        Holds::Integer | Holds::Small | Holds::Real => List::Numbers(numbers().collect()),
    }
}

/// The place of a row that was [`select`]ed.
pub(super) fn place(row: &Row) -> Result<Place, PostgresError> {
    Ok(Place {
        position: Position(row.try_get::<_, i64>(0)?.cast_unsigned()),
        known_from: row.try_get::<_, Moment>(1)?.0,
        known_to: row.try_get::<_, Moment>(2)?.0,
        begins: row.try_get::<_, Moment>(3)?.0,
    })
}

/// Adds the own cells of a row that was [`select`]ed.
pub(super) fn own_cells(
    row: &Row,
    table: &Table,
    numbered: &mut Numbered,
    cells: &mut Vec<Cell>,
) -> Result<Result<(), NotARow>, PostgresError> {
    cells_of(row, (table, Place::COLUMNS), table.columns, (numbered, cells))
}

/// The columns before those that are [`pick`]ed: what a [`Beginning`] is made of.
const BEGINNING_COLUMNS: usize = 2;

/// Adds the cells of own columns, the first of which is at a place of the row.
fn cells_of<'a>(
    row: &Row,
    (table, first): (&Table, usize),
    columns: impl IntoIterator<Item = &'a Column>,
    (numbered, cells): (&mut Numbered, &mut Vec<Cell>),
) -> Result<Result<(), NotARow>, PostgresError> {
    for (at, column) in (first..).zip(columns) {
        match cell(row, at, column, numbered)? {
            Ok(cell) => cells.push(cell),
            Err(value) => return Ok(Err(NotARow { table: table.name, column: column.name, value })),
        }
    }
    Ok(Ok(()))
}

/// A cell, or a word that the column cannot hold.
fn cell(
    row: &Row,
    at: usize,
    column: &Column,
    numbered: &mut Numbered,
) -> Result<Result<Cell, String>, PostgresError> {
    let number = |number: Option<i64>| number.map_or(Cell::Null, Cell::Int);
    Ok(Ok(match column.holds {
        Holds::Name(dictionary) => number(
            row.try_get::<_, Option<&str>>(at)?.map(|name| numbered.name(dictionary, name).0.cast_signed()),
        ),
        Holds::Symbol => {
            number(row.try_get::<_, Option<&str>>(at)?.map(|text| numbered.symbols.intern(text).0.into()))
        }
        Holds::Word(words) => match row.try_get::<_, Option<&str>>(at)? {
            None => Cell::Null,
            Some(word) => match words.iter().position(|one| *one == word) {
                Some(place) => Cell::Int(i64::try_from(place).unwrap_or_default()),
                None => return Ok(Err(word.to_owned())),
            },
        },
        Holds::Symbols => row.try_get::<_, Option<Vec<&str>>>(at)?.map_or(Cell::Null, |texts| {
            texts.into_iter().map(|text| numbered.symbols.intern(text)).collect::<Box<[_]>>().cell()
        }),
        Holds::Text => row.try_get::<_, Option<&str>>(at)?.map_or(Cell::Null, |text| Cell::Text(text.into())),
        Holds::EventId => row
            .try_get::<_, Option<Uuid>>(at)?
            .map_or(Cell::Null, |id| Cell::Text(id.hyphenated().to_string().into())),
        Holds::Moment => number(row.try_get::<_, Option<Moment>>(at)?.map(|moment| moment.0.as_micros())),
        Holds::Integer => number(row.try_get(at)?),
        Holds::Small => number(row.try_get::<_, Option<i16>>(at)?.map(i64::from)),
        Holds::Real => row.try_get::<_, Option<f64>>(at)?.map_or(Cell::Null, Cell::Real),
        Holds::Flag => number(row.try_get::<_, Option<bool>>(at)?.map(i64::from)),
    }))
}
