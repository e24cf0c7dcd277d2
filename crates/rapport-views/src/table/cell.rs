//! What one column of one row holds, and the types of Rust that are cells.

use rapport_model::{EventId, Timestamp};

use super::column::{Dictionary, Holds};
use crate::rows::{ObjectId, Symbol};

/// The value of a column in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// None.
    Null,
    /// A number: also of a name, a symbol, a word, a moment, a flag.
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// A text of its own, or the id of an event.
    Text(Box<str>),
}

impl Cell {
    /// As an error shows it. Never a text: it may be of a person.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => format!("a text of {} bytes", text.len()),
        }
    }

    /// The number; `None` when it holds none.
    #[must_use]
    pub const fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Null | Self::Real(_) | Self::Text(_) => None,
        }
    }
}

/// A type that a column can hold.
pub trait Field: Sized {
    /// What such a column holds.
    const HOLDS: Holds;
    /// Whether it may hold nothing.
    const NULLABLE: bool = false;

    /// As a cell.
    fn cell(&self) -> Cell;

    /// From a cell; `None` when this type has no such value.
    fn of(cell: &Cell) -> Option<Self>;
}

impl Field for ObjectId {
    const HOLDS: Holds = Holds::Name(Dictionary::Party);

    fn cell(&self) -> Cell {
        Cell::Int(self.0.cast_signed())
    }

    fn of(cell: &Cell) -> Option<Self> {
        cell.int().map(|number| Self(number.cast_unsigned()))
    }
}

impl Field for Symbol {
    const HOLDS: Holds = Holds::Symbol;

    fn cell(&self) -> Cell {
        Cell::Int(self.0.into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        cell.int().and_then(|number| u32::try_from(number).ok()).map(Self)
    }
}

impl Field for Box<[Symbol]> {
    const HOLDS: Holds = Holds::Symbols;

    fn cell(&self) -> Cell {
        let numbers: Vec<String> = self.iter().map(|symbol| symbol.0.to_string()).collect();
        Cell::Text(numbers.join(" ").into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        let Cell::Text(numbers) = cell else { return None };
        numbers.split_ascii_whitespace().map(|number| number.parse().ok().map(Symbol)).collect()
    }
}

impl Field for Timestamp {
    const HOLDS: Holds = Holds::Moment;

    fn cell(&self) -> Cell {
        Cell::Int(self.as_micros())
    }

    fn of(cell: &Cell) -> Option<Self> {
        cell.int().map(Self::from_micros)
    }
}

impl Field for i64 {
    const HOLDS: Holds = Holds::Integer;

    fn cell(&self) -> Cell {
        Cell::Int(*self)
    }

    fn of(cell: &Cell) -> Option<Self> {
        cell.int()
    }
}

impl Field for u32 {
    const HOLDS: Holds = Holds::Integer;

    fn cell(&self) -> Cell {
        Cell::Int((*self).into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        cell.int().and_then(|number| number.try_into().ok())
    }
}

impl Field for i8 {
    const HOLDS: Holds = Holds::Small;

    fn cell(&self) -> Cell {
        Cell::Int((*self).into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        cell.int().and_then(|number| number.try_into().ok())
    }
}

impl Field for bool {
    const HOLDS: Holds = Holds::Flag;

    fn cell(&self) -> Cell {
        Cell::Int((*self).into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        match cell.int() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) | None => None,
        }
    }
}

impl Field for f64 {
    const HOLDS: Holds = Holds::Real;

    fn cell(&self) -> Cell {
        Cell::Real(*self)
    }

    fn of(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Real(number) => Some(*number),
            Cell::Null | Cell::Int(_) | Cell::Text(_) => None,
        }
    }
}

impl Field for String {
    const HOLDS: Holds = Holds::Text;

    fn cell(&self) -> Cell {
        Cell::Text(self.as_str().into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.to_string()),
            Cell::Null | Cell::Int(_) | Cell::Real(_) => None,
        }
    }
}

impl Field for EventId {
    const HOLDS: Holds = Holds::EventId;

    fn cell(&self) -> Cell {
        Cell::Text(self.to_string().into())
    }

    fn of(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Text(text) => text.parse().ok(),
            Cell::Null | Cell::Int(_) | Cell::Real(_) => None,
        }
    }
}

impl<T: Field> Field for Option<T> {
    const HOLDS: Holds = T::HOLDS;
    const NULLABLE: bool = true;

    fn cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, T::cell)
    }

    fn of(cell: &Cell) -> Option<Self> {
        if *cell == Cell::Null { Some(None) } else { T::of(cell).map(Some) }
    }
}
