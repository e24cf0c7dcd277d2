//! The row that expressions are evaluated on.

use std::borrow::Cow;

use csv::StringRecord;

use super::{Expr, Many, Source, join_key};
use crate::source::lookup::Lookup;

/// How a file's columns are found and read.
#[derive(Debug)]
pub(crate) struct Binding {
    /// For each slot, the column's index; `None` for an optional column that this file does not have.
    pub columns: Vec<Option<usize>>,
    /// Texts that mean no value.
    pub nulls: Vec<String>,
    /// Whether blanks around values are dropped.
    pub trim: bool,
}

impl Binding {
    /// The value in a slot; empty when there is none.
    pub fn read<'a>(&self, record: &'a StringRecord, slot: usize) -> &'a str {
        let index = self.columns.get(slot).copied().flatten();
        let text = index.and_then(|index| record.get(index)).unwrap_or_default();
        let text = if self.trim { text.trim() } else { text };
        if self.nulls.iter().any(|null| null == text) { "" } else { text }
    }
}

/// One row of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub record: StringRecord,
    /// 1-based, of the row's first physical line.
    pub line: u64,
}

/// A joined file and the rows of it that belong to the row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JoinedRows<'a> {
    pub lookup: &'a Lookup,
    pub rows: &'a [u32],
    /// The key's expressions, where it is looked up for each row that belongs to the row.
    pub per_item: Option<&'a [Expr]>,
}

/// A row with everything that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub binding: &'a Binding,
    pub line: &'a Line,
    /// The rows of the group; the row alone without grouping.
    pub group: &'a [Line],
    pub previous: Option<&'a StringRecord>,
    pub place: u64,
    /// What makes it the same row in another import; empty in joined files.
    pub identity: &'a str,
    pub joins: &'a [JoinedRows<'a>],
    /// Inside `each` over a join: which join and which of its rows.
    pub item: Option<(usize, u32)>,
}

impl<'a> Context<'a> {
    pub fn read(&self, source: &Source) -> Cow<'a, str> {
        match source {
            Source::Column(slot) => Cow::Borrowed(self.binding.read(&self.line.record, *slot)),
            Source::Previous(slot) => {
                Cow::Borrowed(self.previous.map_or("", |record| self.binding.read(record, *slot)))
            }
            Source::First(slot) => {
                Cow::Borrowed(self.group.first().map_or("", |line| self.binding.read(&line.record, *slot)))
            }
            Source::Joined { join, slot } => Cow::Borrowed(self.joined(*join, *slot)),
            Source::RowId => Cow::Owned(crate::run::short(self.identity)),
            Source::Line => Cow::Owned(self.line.line.to_string()),
            Source::Place => Cow::Owned(self.place.to_string()),
        }
    }

    fn joined(&self, join: usize, slot: usize) -> &'a str {
        let Some(joined) = self.joins.get(join) else { return "" };
        if let Some(on) = joined.per_item {
            let key = join_key(on, self).unwrap_or_default();
            let row = if key.is_empty() { None } else { joined.lookup.rows(&key).first() };
            return row.map_or("", |row| joined.lookup.value(*row, slot));
        }
        let row = match self.item {
            Some((item_join, row)) if item_join == join => Some(row),
            _ => joined.rows.first().copied(),
        };
        row.map_or("", |row| joined.lookup.value(row, slot))
    }

    /// The same row seen from each of the rows that belong to it.
    pub fn items(&self, over: Many) -> impl Iterator<Item = Context<'a>> + use<'a> {
        let row = *self;
        let (lines, joined): (&'a [Line], (usize, &'a [u32])) = match over {
            Many::Rows => (self.group, (0, &[])),
            Many::Join(join) => (&[], (join, self.joins.get(join).map_or(&[], |joined| joined.rows))),
        };
        let of_group = lines.iter().map(move |line| Context { line, ..row });
        let of_join = joined.1.iter().map(move |item| Context { item: Some((joined.0, *item)), ..row });
        of_group.chain(of_join)
    }
}
