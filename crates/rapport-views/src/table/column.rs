//! A column of a table, and what it holds.

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in both stores.
    pub name: &'static str,
    /// What it means.
    pub says: &'static str,
    /// What its cells hold.
    pub holds: Holds,
    /// Whether a cell may be [`super::Cell::Null`].
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A thing by its id, as a number of a dictionary; 0 stands for none.
    Name(Dictionary),
    /// A text that repeats, as a [`crate::rows::Symbol`].
    Symbol,
    /// One of these words, as its place among them.
    Word(&'static [&'static str]),
    /// A text of its own.
    Text,
    /// The id of an event.
    EventId,
    /// Microseconds since 1970.
    Moment,
    /// A whole number that fits 64 bits.
    Integer,
    /// A whole number that fits 16 bits.
    Small,
    /// A floating-point number.
    Real,
    /// Yes or no.
    Flag,
}

/// What names are names of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dictionary {
    /// Customers and whoever else has a role.
    Party,
    /// Deals.
    Deal,
    /// Surveys.
    Survey,
    /// Orders.
    Order,
}

impl Dictionary {
    /// Every dictionary.
    pub const ALL: [Self; 4] = [Self::Party, Self::Deal, Self::Survey, Self::Order];

    /// Its name, which is that of its table in SQLite.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Deal => "deal",
            Self::Survey => "survey",
            Self::Order => "order_name",
        }
    }
}
