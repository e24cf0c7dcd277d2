//! Tables of rows, each declared once.
//!
//! [`table!`](crate::table!) makes the struct of a row, its [`Table`] and its [`Row`] from one declaration. The stores
//! make schemas, writers and readers from a [`Table`]; nothing else names a column. Adding a column is adding a field:
//! the projection that fills it then no longer compiles until it does.
//!
//! Every row begins with one event and is believed for some time, so every table has the columns of its [`Kind`] before its
//! own. A row that is told apart by its event alone has the key (position, known_from).
//!
//! **Invariant:** a row is the same in both stores but for its numbers: parties, objects and repeating texts are numbers
//! here; SQLite keeps the numbers with a table of names, PostgreSQL keeps the texts.

mod cell;
mod column;
mod declare;
mod filter;
mod group;
mod out;

use rapport_model::{Position, Timestamp};

pub use cell::{Cell, Field};
pub use column::{Column, Dictionary, Holds, PerDictionary};
pub use filter::{Condition, Filter, Without};
pub use group::{GroupKey, Measure};
pub use out::{Numbers, Out};

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name in both stores.
    pub name: &'static str,
    /// What a row of it is.
    pub says: &'static str,
    /// What its rows are.
    pub kind: Kind,
    /// Its own columns, behind those of its kind.
    pub columns: &'static [Column],
    /// In which order rows lie.
    pub layout: Layout,
    /// The own columns that tell apart the rows of one event.
    pub key: &'static [&'static str],
    /// What else can be looked up quickly.
    pub indexes: &'static [Index],
    /// As what people find its rows: PostgreSQL has `NAME_now` and `NAME_as_of(t, k)`, where merged parties are one and
    /// amounts are in major units.
    pub people: Option<&'static str>,
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What one event says, from `occurred_at` on.
    Occurrence,
    /// What the events of an object until one add up to, from `valid_from` until [`VALID_TO`].
    State,
}

/// In which order the rows of a table lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// In the order of the log: rows are written as they come.
    OfLog,
    /// By these columns, then in the order of the log: rows are collected, sorted and written in runs.
    By(&'static [&'static str]),
}

/// An index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// In both stores.
    Everywhere(&'static [&'static str]),
    /// In PostgreSQL alone: SQLite's tables are read whole, or are small.
    Postgres(&'static [&'static str]),
    /// The same of the rows alone whose first column, a flag, is set; the others are the index's.
    PostgresWhere(&'static str, &'static [&'static str]),
}

/// The event of a row.
pub const POSITION: &str = "position";
/// From when a row is believed.
pub const KNOWN_FROM: &str = "known_from";

/// Of states: until when a row holds, exclusive. An own column.
pub const VALID_TO: &str = "valid_to";
/// The party of a row, as recorded.
pub const CUSTOMER: &str = "customer";
/// The currency of a row's amounts.
pub const CURRENCY: &str = "currency";
/// How the name of an amount ends; [`CURRENCY`] is beside it.
pub const MINOR_UNITS: &str = "_minor_units";
/// Whether a row is believed not to have happened.
pub const RETRACTED: &str = "retracted";

const fn moment(name: &'static str, says: &'static str) -> Column {
    Column { name, says, holds: Holds::Moment, nullable: false }
}

const OF_EVENT: Column = Column {
    name: POSITION,
    says: "The event: its place in the ledger.",
    holds: Holds::Integer,
    nullable: false,
};
const BELIEVED_FROM: Column = moment(KNOWN_FROM, "From when the ledger believed this.");
const BELIEVED_TO: Column = moment("known_to", "Until when, exclusive; infinity while it does.");

impl Kind {
    /// The columns before a table's own, those of a [`Place`].
    #[must_use]
    pub const fn place(self) -> &'static [Column; Place::COLUMNS] {
        match self {
            Self::Occurrence => {
                const {
                    &[
                        OF_EVENT,
                        BELIEVED_FROM,
                        BELIEVED_TO,
                        moment("occurred_at", "When it happened, as believed."),
                    ]
                }
            }
            Self::State => {
                const {
                    &[
                        OF_EVENT,
                        BELIEVED_FROM,
                        BELIEVED_TO,
                        moment("valid_from", "When its event happened, inclusive."),
                    ]
                }
            }
        }
    }

    /// The column that says when a row begins.
    #[must_use]
    pub const fn begins(self) -> &'static str {
        let [.., begins] = self.place();
        begins.name
    }
}

/// The cells that every row begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The event.
    pub position: Position,
    /// From when the row is believed, inclusive.
    pub known_from: Timestamp,
    /// Until when, exclusive.
    pub known_to: Timestamp,
    /// When the row begins on the occurred clock.
    pub begins: Timestamp,
}

/// Where a row begins on the occurred clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// The event.
    pub position: Position,
    /// When.
    pub at: Timestamp,
}

impl Place {
    /// How many columns it takes.
    pub const COLUMNS: usize = 4;

    /// Its numbers, in the order of the columns.
    #[must_use]
    pub const fn numbers(&self) -> [i64; Self::COLUMNS] {
        let Self { position, known_from, known_to, begins } = self;
        [position.0.cast_signed(), known_from.as_micros(), known_to.as_micros(), begins.as_micros()]
    }

    /// From its numbers.
    #[must_use]
    pub const fn of([position, known_from, known_to, begins]: [i64; Self::COLUMNS]) -> Self {
        Self {
            position: Position(position.cast_unsigned()),
            known_from: Timestamp::from_micros(known_from),
            known_to: Timestamp::from_micros(known_to),
            begins: Timestamp::from_micros(begins),
        }
    }

    /// Where the row begins.
    #[must_use]
    pub const fn beginning(&self) -> Beginning {
        Beginning { position: self.position, at: self.begins }
    }

    /// The place and the own cells of a row, from the cells of all its columns.
    #[must_use]
    pub fn split(cells: &[Cell]) -> (Self, &[Cell]) {
        let (place, own) = cells.split_at_checked(Self::COLUMNS).unwrap_or_default();
        let mut numbers = place.iter().map(|cell| cell.int().unwrap_or_default());
        (Self::of(std::array::from_fn(|_| numbers.next().unwrap_or_default())), own)
    }
}

/// A row that a [`Table`] declares.
pub trait Row: Sized {
    /// Its table.
    const TABLE: &'static Table;

    /// Adds the cells of its own columns, in their order.
    fn cells(&self, to: &mut Vec<Cell>);

    /// Makes the row from its beginning and from the cells of its own columns.
    ///
    /// # Errors
    /// A cell is not one of its column.
    fn of(beginning: &Beginning, cells: &[Cell]) -> Result<Self, NotARow>;
}

/// A row holds what no row of its table can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "column `{column}` of table `{table}` holds `{value}`, which this release does not know; rebuild the view, or \
     install the release that wrote it"
)]
pub struct NotARow {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What it holds.
    pub value: String,
}

/// What a column holds, as a field of a row.
///
/// # Errors
/// The field has no such value.
pub fn field<T: Field>(table: &'static Table, column: &'static str, cell: &Cell) -> Result<T, NotARow> {
    T::of(cell).ok_or_else(|| NotARow { table: table.name, column, value: cell.shown() })
}

impl Table {
    /// Every column with those of its kind, in the order of cells.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.kind.place().iter().chain(self.columns)
    }

    /// The columns of the primary key, in their order.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static str> {
        let by = match self.layout {
            Layout::OfLog => &[][..],
            Layout::By(columns) => columns,
        };
        by.iter().copied().chain([POSITION]).chain(self.key.iter().copied()).chain([KNOWN_FROM])
    }

    /// The places of the columns of the primary key among all columns.
    #[must_use]
    pub fn key_places(&self) -> Vec<usize> {
        let place = |name| self.all_columns().position(|column| column.name == name);
        self.key_columns().filter_map(place).collect()
    }

    /// An own column by its name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The own columns that hold names of a dictionary.
    pub fn named(&self, dictionary: Dictionary) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(move |column| column.holds == Holds::Name(dictionary))
    }
}

/// A comment as it was written, without the space that begins it.
#[must_use]
pub fn said(comment: &str) -> &str {
    comment.trim()
}
