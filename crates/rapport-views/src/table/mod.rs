//! Tables of rows, each declared once.
//!
//! [`table!`](crate::table!) makes the struct of a row, its [`Table`] and its [`Row`] from one declaration. The stores
//! make schemas, writers and readers from a [`Table`]; nothing else names a column. Adding a column is adding a field:
//! the projection that fills it then no longer compiles until it does.
//!
//! Every row is what one event says as it is believed for some time, so every table has the columns of [`PLACE`] before
//! its own. A row that is told apart by its event alone has the key (position, known_from).
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
pub use filter::{Condition, Filter};
pub use group::{GroupKey, Measure};
pub use out::{Numbers, Out};

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name in both stores.
    pub name: &'static str,
    /// What a row of it is.
    pub says: &'static str,
    /// Its own columns, behind those of [`PLACE`].
    pub columns: &'static [Column],
    /// In which order rows lie.
    pub layout: Layout,
    /// The own columns that tell apart the rows of one event.
    pub key: &'static [&'static str],
    /// What else can be looked up quickly.
    pub indexes: &'static [Index],
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
}

/// The event of a row.
pub const POSITION: &str = "position";
/// From when a row is believed.
pub const KNOWN_FROM: &str = "known_from";

/// The columns that every table begins with.
pub const PLACE: [Column; 4] = [
    Column {
        name: POSITION,
        says: "The event: its place in the ledger.",
        holds: Holds::Integer,
        nullable: false,
    },
    Column {
        name: KNOWN_FROM,
        says: "From when the ledger believed this.",
        holds: Holds::Moment,
        nullable: false,
    },
    Column {
        name: "known_to",
        says: "Until when, exclusive; infinity while it does.",
        holds: Holds::Moment,
        nullable: false,
    },
    Column {
        name: "occurred_at",
        says: "When it happened, as believed.",
        holds: Holds::Moment,
        nullable: false,
    },
];

/// The cells of [`PLACE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The event.
    pub position: Position,
    /// From when the row is believed, inclusive.
    pub known_from: Timestamp,
    /// Until when, exclusive.
    pub known_to: Timestamp,
    /// When the event happened.
    pub occurred_at: Timestamp,
}

/// A row that a [`Table`] declares.
pub trait Row: Sized {
    /// Its table.
    const TABLE: &'static Table;

    /// Adds the cells of its own columns, in their order.
    fn cells(&self, to: &mut Vec<Cell>);

    /// The row of a place and of the cells of its own columns.
    ///
    /// # Errors
    /// A cell is not one of its column.
    fn of(place: &Place, cells: &[Cell]) -> Result<Self, NotARow>;
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

impl Table {
    /// Every column with those of [`PLACE`], in the order of cells.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        PLACE.iter().chain(self.columns)
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
