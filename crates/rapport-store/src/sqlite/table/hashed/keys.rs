//! Keys of groups as numbers, so that the keys of a group lie in the map itself.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_views::table::{Cell, GroupKey, Table};
use rusqlite::{Row, types::ValueRef};

use crate::sqlite::table::{ddl::is_number, value::cell};

/// No question has more keys: see `Rows::group`.
pub(super) const KEYS_MAX: usize = 8;

/// How a key is read of a row.
pub(super) enum KeyOf<'a> {
    /// What the column holds, which is always a number.
    Number(&'static str),
    /// What else a column holds, by numbers that are given here.
    Value(&'static str, Values),
    /// The latest of these moments that is not after the row.
    Since(&'a [Timestamp]),
}

impl<'a> KeyOf<'a> {
    pub(super) fn new(table: &Table, key: GroupKey<'a>) -> Self {
        match key {
            GroupKey::Since(moments) => Self::Since(moments),
            GroupKey::Column(column) if table.column(column).is_some_and(is_number) => Self::Number(column),
            GroupKey::Column(column) => Self::Value(column, Values::default()),
        }
    }

    pub(super) const fn column(&self) -> &'static str {
        match self {
            Self::Number(column) | Self::Value(column, _) => column,
            Self::Since(_) => "occurred_at",
        }
    }

    pub(super) fn number(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
        match self {
            Self::Number(_) => row.get(column),
            Self::Value(_, values) => Ok(values.number(row.get_ref(column)?)),
            Self::Since(moments) => {
                let at: i64 = row.get(column)?;
                let begun = moments.partition_point(|moment| moment.as_micros() <= at);
                Ok(moments.get(begun.saturating_sub(1)).map_or(i64::MIN, |moment| moment.as_micros()))
            }
        }
    }

    /// The number of what has another number in the same key of other rows.
    pub(super) fn number_of(&mut self, other: &Self, number: i64) -> i64 {
        match (self, other) {
            (Self::Value(_, values), Self::Value(_, others)) => values.number_of_cell(&others.cell(number)),
            _ => number,
        }
    }

    pub(super) fn cell(&self, number: i64) -> Cell {
        match self {
            Self::Number(_) | Self::Since(_) => Cell::Int(number),
            Self::Value(_, values) => values.cell(number),
        }
    }
}

/// Values, each with a number.
#[derive(Default)]
pub(super) struct Values {
    numbers: HashMap<Value, i64>,
    cells: Vec<Cell>,
}

/// What a column holds.
#[derive(PartialEq, Eq, Hash)]
enum Value {
    Null,
    Int(i64),
    /// The bits of the number.
    Real(u64),
    Text(Box<str>),
}

impl Values {
    fn number_of_cell(&mut self, cell: &Cell) -> i64 {
        self.number(match cell {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        })
    }

    fn number(&mut self, value: ValueRef<'_>) -> i64 {
        let of = match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Real(number) => Value::Real(number.to_bits()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                Value::Text(String::from_utf8_lossy(bytes).into())
            }
        };
        let next = i64::try_from(self.cells.len()).unwrap_or(i64::MAX);
        *self.numbers.entry(of).or_insert_with(|| {
            self.cells.push(cell(value));
            next
        })
    }

    fn cell(&self, number: i64) -> Cell {
        let place = usize::try_from(number).ok();
        place.and_then(|place| self.cells.get(place)).cloned().unwrap_or(Cell::Null)
    }
}
