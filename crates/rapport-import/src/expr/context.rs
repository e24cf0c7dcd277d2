//! The row that expressions are evaluated on.

use std::borrow::Cow;

use csv::StringRecord;

use super::{
    lookup::{KEY_SEPARATOR, Lookup},
    readings::Readings,
    tree::{At, End, Expr, Many, Source},
};
use crate::{digest::short, value::fault::Fault};

/// How a file's columns are found and read.
#[derive(Debug, Default)]
pub(crate) struct Binding {
    /// For each slot, the column's index; `None` for an optional column that this file does not have.
    pub columns: Vec<Option<usize>>,
    /// Texts that mean no value.
    pub nulls: Vec<String>,
    /// Whether blanks around values are dropped.
    pub trim: bool,
    /// How its columns are written, as far as that is decided by their values.
    pub readings: Readings,
}

impl Binding {
    /// The value in a slot; empty when there is none.
    pub(crate) fn read<'a>(&self, record: &'a StringRecord, slot: usize) -> &'a str {
        let index = self.columns.get(slot).copied().flatten();
        let text = index.and_then(|index| record.get(index)).unwrap_or_default();
        let text = if self.trim { text.trim() } else { text };
        if self.nulls.iter().any(|null| null == text) { "" } else { text }
    }

    /// Whether the file itself says that the value is a number or a date.
    pub(crate) fn is_typed(&self, line: &Line, slot: usize) -> bool {
        let index = self.columns.get(slot).copied().flatten();
        index.and_then(|index| line.typed.get(index)).copied().unwrap_or_default()
    }
}

/// One row of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub record: StringRecord,
    /// 1-based, of the row's first physical line.
    pub line: u64,
    /// For each field whether the file says that it is a number or a date; empty for files of text alone.
    pub typed: Vec<bool>,
}

/// A joined file and the rows of it that belong to the row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JoinedRows<'a> {
    pub lookup: &'a Lookup,
    pub rows: &'a [u32],
    /// The key's expressions, where it is looked up for each row that belongs to the row.
    pub per_item: Option<&'a [Expr]>,
}

/// What a `let` was on the row before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered {
    pub text: String,
    /// Whether it was a number or a date that a computation or the file's format had made.
    pub is_plain: bool,
}

/// The rows around a row in its run; nothing of it outside a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    pub first: Option<&'a Line>,
    pub previous: Option<&'a Line>,
    pub next: Option<&'a Line>,
    /// From 0.
    pub place: u64,
    /// What the `let`s that the mapping reads of the row before were there.
    pub remembered: &'a [Remembered],
}

/// A row with everything that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub binding: &'a Binding,
    pub line: &'a Line,
    /// The rows of the group; the row alone without grouping.
    pub group: &'a [Line],
    pub run: Around<'a>,
    /// The row's identity, by which another import knows it again; empty in joined files.
    pub identity: &'a str,
    pub joins: &'a [JoinedRows<'a>],
    /// Inside `each` over a join: which join and which of its rows.
    pub item: Option<(usize, u32)>,
}

impl<'a> Context<'a> {
    /// A row of which only the columns are known.
    pub(crate) fn bare(binding: &'a Binding, line: &'a Line) -> Self {
        let group = std::slice::from_ref(line);
        Self { binding, line, group, run: Around::default(), identity: "", joins: &[], item: None }
    }

    /// The same group seen from its first or its last row.
    pub(crate) fn at(&self, end: End) -> Self {
        let line = match end {
            End::First => self.group.first(),
            End::Last => self.group.last(),
        };
        Self { line: line.unwrap_or(self.line), item: None, ..*self }
    }

    pub(crate) fn read(&self, source: &Source) -> Cow<'a, str> {
        match source {
            Source::At(row, slot) => {
                let line = self.line_at(*row);
                Cow::Borrowed(line.map_or("", |line| self.binding.read(&line.record, *slot)))
            }
            Source::Remembered(slot) => {
                Cow::Borrowed(self.run.remembered.get(*slot).map_or("", |kept| kept.text.as_str()))
            }
            Source::Joined { join, slot } => Cow::Borrowed(self.joined(*join, *slot)),
            Source::RowId => Cow::Owned(short(self.identity)),
            Source::Line => Cow::Owned(self.line.line.to_string()),
            Source::Place => Cow::Owned(self.run.place.to_string()),
            Source::Final => Cow::Borrowed(if self.run.next.is_none() { "true" } else { "false" }),
        }
    }

    fn line_at(&self, row: At) -> Option<&'a Line> {
        match row {
            At::This => Some(self.line),
            At::Previous => self.run.previous,
            At::Next => self.run.next,
            At::First => self.run.first.or_else(|| self.group.first()),
            At::Last => self.group.last(),
        }
    }

    /// Whether the text is a number or a date as the file's format or a computation writes it, and not as the file's
    /// author does.
    pub(crate) fn is_plain(&self, source: &Source) -> bool {
        match source {
            Source::At(row, slot) => {
                self.line_at(*row).is_some_and(|line| self.binding.is_typed(line, *slot))
            }
            Source::Remembered(slot) => self.run.remembered.get(*slot).is_some_and(|kept| kept.is_plain),
            Source::Joined { join, slot } => {
                self.joined_row(*join).is_some_and(|(lookup, row)| lookup.is_typed(row, *slot))
            }
            Source::RowId | Source::Final => false,
            Source::Line | Source::Place => true,
        }
    }

    fn joined(&self, join: usize, slot: usize) -> &'a str {
        self.joined_row(join).map_or("", |(lookup, row)| lookup.value(row, slot))
    }

    fn joined_row(&self, join: usize) -> Option<(&'a Lookup, u32)> {
        let joined = self.joins.get(join)?;
        if let Some(on) = joined.per_item {
            let key = self.join_key(on).unwrap_or_default();
            let row = if key.is_empty() { None } else { joined.lookup.rows(&key).first() };
            return Some((joined.lookup, *row?));
        }
        let row = match self.item {
            Some((item_join, row)) if item_join == join => Some(row),
            _ => joined.rows.first().copied(),
        };
        Some((joined.lookup, row?))
    }

    /// The key by which a joined file is looked up; empty when every part is.
    pub(crate) fn join_key(&self, parts: &[Expr]) -> Result<String, Fault> {
        let mut key = String::new();
        let mut filled = false;
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                key.push(KEY_SEPARATOR);
            }
            let text = part.eval(self)?;
            filled |= !text.is_empty();
            key.push_str(&text);
        }
        Ok(if filled { key } else { String::new() })
    }

    /// The same row seen from each of the rows that belong to it.
    pub(crate) fn items(&self, over: Many) -> impl Iterator<Item = Context<'a>> + use<'a> {
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
