//! The row that expressions are evaluated on.

use std::borrow::Cow;

use csv::StringRecord;

use super::{End, Expr, Many, Source, join_key};
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

/// The rows around a row in its run; nothing of it outside a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    pub first: Option<&'a StringRecord>,
    pub previous: Option<&'a StringRecord>,
    pub next: Option<&'a StringRecord>,
    /// From 0.
    pub place: u64,
    /// What the `let`s that the mapping reads of the row before were there.
    pub remembered: &'a [String],
}

/// A row with everything that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub binding: &'a Binding,
    pub line: &'a Line,
    /// The rows of the group; the row alone without grouping.
    pub group: &'a [Line],
    pub run: Around<'a>,
    /// What makes it the same row in another import; empty in joined files.
    pub identity: &'a str,
    pub joins: &'a [JoinedRows<'a>],
    /// Inside `each` over a join: which join and which of its rows.
    pub item: Option<(usize, u32)>,
}

impl<'a> Context<'a> {
    /// A row before anything is known of it but its columns.
    pub fn bare(binding: &'a Binding, line: &'a Line) -> Self {
        let group = std::slice::from_ref(line);
        Self { binding, line, group, run: Around::default(), identity: "", joins: &[], item: None }
    }

    /// The same group seen from its first or its last row.
    pub fn at(&self, end: End) -> Self {
        let line = match end {
            End::First => self.group.first(),
            End::Last => self.group.last(),
        };
        Self { line: line.unwrap_or(self.line), item: None, ..*self }
    }

    pub fn read(&self, source: &Source) -> Cow<'a, str> {
        match source {
            Source::Column(slot) => Cow::Borrowed(self.binding.read(&self.line.record, *slot)),
            Source::Previous(slot) => Cow::Borrowed(self.of(self.run.previous, *slot)),
            Source::Next(slot) => Cow::Borrowed(self.of(self.run.next, *slot)),
            Source::Remembered(slot) => {
                Cow::Borrowed(self.run.remembered.get(*slot).map_or("", String::as_str))
            }
            Source::First(slot) => {
                let first = self.run.first.or_else(|| self.group.first().map(|line| &line.record));
                Cow::Borrowed(self.of(first, *slot))
            }
            Source::Last(slot) => Cow::Borrowed(self.of(self.group.last().map(|line| &line.record), *slot)),
            Source::Joined { join, slot } => Cow::Borrowed(self.joined(*join, *slot)),
            Source::RowId => Cow::Owned(crate::run::short(self.identity)),
            Source::Line => Cow::Owned(self.line.line.to_string()),
            Source::Place => Cow::Owned(self.run.place.to_string()),
            Source::Final => Cow::Borrowed(if self.run.next.is_none() { "true" } else { "false" }),
        }
    }

    fn of(&self, record: Option<&'a StringRecord>, slot: usize) -> &'a str {
        record.map_or("", |record| self.binding.read(record, slot))
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
