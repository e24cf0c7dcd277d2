//! Rows of declared tables as PostgreSQL takes them.

use std::{borrow::Cow, collections::BTreeSet};

use rapport_model::EventId;
use rapport_views::{
    rows::{ObjectId, Symbol},
    table::{Cell, Column, Field, Holds, Table},
};
use uuid::Uuid;

use super::{columns, key};
use crate::postgres::{
    failure::PostgresError,
    numbered::Numbered,
    session::Session,
    tables::{self, Kind, Row},
    value::Value,
};

/// A declared table with what writes it.
pub(crate) struct Declared {
    written: tables::Table,
    /// For each column of the written table its place among all columns of the declared one.
    order: Vec<(usize, &'static Column)>,
}

impl Declared {
    /// Of a table.
    pub(crate) fn of(table: &'static Table) -> Self {
        let columns = columns(table);
        let place = |column: &&'static Column| {
            let at = table.all_columns().position(|one| one.name == column.name);
            (at.unwrap_or_default(), *column)
        };
        let order = columns.iter().map(place).collect();
        let kinds: Vec<(&str, Kind)> =
            columns.iter().map(|column| (column.name, kind(column.holds))).collect();
        let written = tables::Table { name: table.name, columns: Cow::Owned(kinds), key: key(table).len() };
        Self { written, order }
    }

    /// Adds rows whose keys are not there; of each the cells of all columns.
    pub(crate) fn insert(
        &self,
        session: &mut Session,
        rows: &[Vec<Cell>],
        numbered: &Numbered,
    ) -> Result<(), PostgresError> {
        self.written.insert(session, rows.iter().map(|cells| self.row(cells, numbered)).collect())
    }

    /// Takes away the rows that have the keys of these.
    pub(crate) fn delete(
        &self,
        session: &mut Session,
        rows: &[Vec<Cell>],
        numbered: &Numbered,
    ) -> Result<(), PostgresError> {
        self.written.delete(session, rows.iter().map(|cells| self.row(cells, numbered)).collect())
    }

    fn row<'a>(&self, cells: &'a [Cell], numbered: &'a Numbered) -> Row<'a> {
        let value = |(place, column): &(usize, &Column)| {
            cells.get(*place).map_or(Value::Null, |cell| value(cell, column.holds, numbered))
        };
        self.order.iter().map(value).collect()
    }
}

const fn kind(holds: Holds) -> Kind {
    match holds {
        Holds::Name(_) | Holds::Symbol | Holds::Word(_) | Holds::Text => Kind::Text,
        Holds::Symbols => Kind::Texts,
        Holds::EventId => Kind::Uuid,
        Holds::Moment => Kind::Moment,
        Holds::Integer => Kind::Big,
        Holds::Small => Kind::Small,
        Holds::Real => Kind::Float,
        Holds::Flag => Kind::Bool,
    }
}

/// A cell of a column.
pub(super) fn value<'a>(cell: &'a Cell, holds: Holds, numbered: &'a Numbered) -> Value<'a> {
    match cell {
        Cell::Null => Value::Null,
        Cell::Real(number) => Value::Float(*number),
        Cell::Text(text) if holds == Holds::EventId => {
            text.parse::<EventId>().map_or(Value::Null, |id| Value::Uuid(Uuid::from_u128(id.as_u128())))
        }
        Cell::Text(_) if holds == Holds::Symbols => {
            let symbols: Box<[Symbol]> = Field::of(cell).unwrap_or_default();
            let texts: BTreeSet<&str> = symbols.iter().map(|symbol| numbered.symbols.text(*symbol)).collect();
            Value::Texts(texts.into_iter().map(str::to_owned).collect())
        }
        Cell::Text(text) => Value::text(text),
        Cell::Int(number) => of_number(*number, holds, numbered),
    }
}

fn of_number<'a>(number: i64, holds: Holds, numbered: &'a Numbered) -> Value<'a> {
    match holds {
        Holds::Name(dictionary) => {
            Value::text(numbered.name_of(dictionary, ObjectId(number.cast_unsigned())))
        }
        Holds::Symbol => {
            Value::text(numbered.symbols.text(Symbol(u32::try_from(number).unwrap_or_default())))
        }
        Holds::Word(words) => {
            let word = usize::try_from(number).ok().and_then(|place| words.get(place));
            word.map_or(Value::Null, |word| Value::text(word))
        }
        Holds::Moment => Value::moment(rapport_model::Timestamp::from_micros(number)),
        Holds::Small => i16::try_from(number).map_or(Value::Null, Value::Small),
        Holds::Flag => Value::Bool(number != 0),
        Holds::Integer | Holds::Symbols | Holds::Text | Holds::EventId | Holds::Real => Value::Big(number),
    }
}
