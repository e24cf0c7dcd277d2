//! A page: an answer as grids of typed cells, the same for the command line, the console and every other reader.
//!
//! A page says what is shown, not how: an amount is minor units with a currency, a moment is a moment. Decimals, dates,
//! the place of the currency and the widths of columns are up to the renderer.
//!
//! **Invariant:** a row has a cell for each column of its grid, and the cell's value suits the column's unit.
//!
//! Begin with [`Grid`]; [`crate::model`] makes pages of answers.

mod cell;
mod wire;

use std::borrow::Cow;

pub use cell::{GridCell, Mark, Value};

/// What an answer shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// In the order in which they are read.
    pub grids: Vec<Grid>,
    /// What is said of all of them.
    pub notes: Vec<Words>,
}

/// Rows of cells under columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Its name in this kind of answer, such as `snapshot`.
    pub key: &'static str,
    /// What it is about where a page has the same grid for several things: a pipeline's code. Empty otherwise.
    pub of: String,
    /// Its heading.
    pub title: Words,
    /// Its columns.
    pub columns: Vec<GridColumn>,
    /// Its rows.
    pub rows: Vec<GridRow>,
    /// What is said below it.
    pub notes: Vec<Words>,
    /// Who sees it.
    pub shown: Shown,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRow {
    /// A cell for each column.
    pub cells: Vec<GridCell>,
    /// For exports, and for readers who ask for everything: an empty row, or one whose values stand in a title or a
    /// note.
    pub aside: bool,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct GridColumn {
    /// Its name in the grid, such as `deals`: the one that exports have.
    pub key: &'static str,
    /// Its heading.
    pub title: Cow<'static, str>,
    /// What its values are.
    pub unit: Unit,
    /// How much it says.
    pub telling: Telling,
    /// What is drawn beside its values.
    pub picture: Option<Picture>,
    /// Who sees it.
    pub shown: Shown,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Words.
    Text,
    /// A code or an id.
    Code,
    /// How many.
    Count,
    /// An amount of money.
    Money,
    /// An amount a day, in minor units that need not be whole.
    MoneyADay,
    /// A share of 1.
    Share,
    /// A point on a scale, with its interval.
    Score,
    /// A number without a unit.
    Ratio,
    /// A length of time.
    Duration,
    /// A moment of which the day matters.
    Day,
    /// A moment.
    Moment,
}

/// How much a column says, where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Telling {
    /// The one for which people read the grid: it gets the room.
    Most,
    /// As the others.
    #[default]
    Usual,
    /// Left out before the others; 1 is the first to go.
    Less(u8),
}

/// What is drawn beside a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Of a share, its part of 1; of a count, its part of the largest one in the column.
    Bar,
    /// The score between the ends of its interval, on its scale.
    Interval,
}

/// Who sees a grid or a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// Readers and exports.
    #[default]
    Everywhere,
    /// Readers only: exports have the same elsewhere.
    Readers,
    /// Exports only.
    Exports,
}

/// A sentence with values in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Words {
    /// Which one, for translation.
    pub key: &'static str,
    /// In English; each `{}` stands for the next value.
    pub text: Cow<'static, str>,
    /// The values.
    pub values: Vec<(Unit, GridCell)>,
}

/// How exports write a model's pages in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A line a row, with the cells of these columns, whichever grid the row is in. `part` is the key of the grid,
    /// `figure` that of the row's first count; `low` and `high` are the ends of the interval of the row's score.
    Rows(&'static [&'static str]),
    /// A line a value, with these seven columns: what the grid is about, its key, the row (its first cell, unless that is
    /// the `currency`), the currency, the key of the column, the value, the key of its figure.
    Values([&'static str; 7]),
}

impl Grid {
    /// Without columns and rows.
    #[must_use]
    pub fn new(key: &'static str, title: &'static str) -> Self {
        Self {
            key,
            of: String::new(),
            title: Words::new(key, title),
            columns: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
            shown: Shown::default(),
        }
    }

    /// Under another heading.
    #[must_use]
    pub fn titled(self, title: Words) -> Self {
        Self { title, ..self }
    }

    /// About this one of several things.
    #[must_use]
    pub fn of(self, what: &str) -> Self {
        Self { of: what.to_owned(), ..self }
    }

    /// With these columns.
    #[must_use]
    pub fn columns(self, columns: impl IntoIterator<Item = GridColumn>) -> Self {
        Self { columns: columns.into_iter().collect(), ..self }
    }

    /// For readers only.
    #[must_use]
    pub fn for_readers(self) -> Self {
        Self { shown: Shown::Readers, ..self }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = GridCell>) {
        self.push(cells, false);
    }

    /// Adds a row that stands aside.
    pub fn row_aside(&mut self, cells: impl IntoIterator<Item = GridCell>) {
        self.push(cells, true);
    }

    fn push(&mut self, cells: impl IntoIterator<Item = GridCell>, aside: bool) {
        let cells: Vec<_> = cells.into_iter().collect();
        debug_assert_eq!(
            cells.len(),
            self.columns.len(),
            "a row of `{}` has a cell for every column",
            self.key
        );
        self.rows.push(GridRow { cells, aside });
    }

    /// Adds a note, unless it has nothing to say.
    pub fn note(&mut self, note: Words) {
        if !note.text.is_empty() {
            self.notes.push(note);
        }
    }

    /// Puts the rows aside that count nothing, and says in a note how many: `3 stages without deals`. No note says so of
    /// all rows: then the grid is empty.
    pub fn leave_out_empty(&mut self, key: &'static str, one: &'static str, many: &'static str) {
        let mut left_out = 0;
        for row in self.rows.iter_mut().filter(|row| !row.aside) {
            let is_count = |cell: &&GridCell| matches!(cell.value, Value::Count(_));
            let counts = row.cells.iter().filter(is_count).count();
            let zeros = row.cells.iter().filter(|cell| cell.value == Value::Count(0)).count();
            row.aside = counts > 0 && zeros == counts;
            left_out += u64::from(row.aside);
        }
        if left_out > 0 && !self.is_empty() {
            self.note(Words::counted(key, left_out, one, many));
        }
    }

    /// Whether readers see no row of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.aside)
    }
}

impl GridColumn {
    /// A column like the others.
    #[must_use]
    pub fn new(key: &'static str, title: impl Into<Cow<'static, str>>, unit: Unit) -> Self {
        Self {
            key,
            title: title.into(),
            unit,
            telling: Telling::Usual,
            picture: None,
            shown: Shown::Everywhere,
        }
    }

    /// The most telling one.
    #[must_use]
    pub fn most(self) -> Self {
        Self { telling: Telling::Most, ..self }
    }

    /// Left out before others where there is no room; 1 is the first to go.
    #[must_use]
    pub fn less(self, place: u8) -> Self {
        Self { telling: Telling::Less(place), ..self }
    }

    /// With a picture.
    #[must_use]
    pub fn drawn(self, picture: Picture) -> Self {
        Self { picture: Some(picture), ..self }
    }

    /// For readers only.
    #[must_use]
    pub fn for_readers(self) -> Self {
        Self { shown: Shown::Readers, ..self }
    }

    /// For exports only.
    #[must_use]
    pub fn for_exports(self) -> Self {
        Self { shown: Shown::Exports, ..self }
    }
}

impl Unit {
    /// Whether a column of this unit holds such a value.
    #[must_use]
    pub const fn suits(self, value: &Value) -> bool {
        match value {
            Value::Nothing | Value::Unknown => true,
            Value::Text(_) => matches!(self, Self::Text | Self::Code),
            // A position is a code made of digits.
            Value::Count(_) => matches!(self, Self::Count | Self::Code),
            Value::Number(_) => matches!(self, Self::Share | Self::Score | Self::Ratio | Self::MoneyADay),
            Value::MinorUnits(_) => matches!(self, Self::Money),
            Value::Micros(_) => matches!(self, Self::Duration),
            Value::Moment(_) => matches!(self, Self::Day | Self::Moment),
        }
    }
}

impl Words {
    /// A sentence without values.
    #[must_use]
    pub fn new(key: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { key, text: text.into(), values: Vec::new() }
    }

    /// With the value of the next `{}`.
    #[must_use]
    pub fn with(mut self, unit: Unit, cell: GridCell) -> Self {
        self.values.push((unit, cell));
        self
    }

    /// With a count for the next `{}`.
    #[must_use]
    pub fn with_count(self, count: u64) -> Self {
        self.with(Unit::Count, GridCell::count(count))
    }

    /// A count and what is counted: `1 answer …`, `12 345 answers …`.
    #[must_use]
    pub fn counted(key: &'static str, count: u64, one: &str, many: &str) -> Self {
        Self::new(key, format!("{{}} {}", if count == 1 { one } else { many })).with_count(count)
    }
}
