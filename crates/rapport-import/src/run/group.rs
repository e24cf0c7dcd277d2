//! Rows that belong together: groups that become one unit, and runs in which a row sees the one before.

use std::collections::VecDeque;

use csv::StringRecord;

use crate::{
    expr::context::{Binding, Context, JoinedRows, Line},
    mapping::Table,
    source::records::{Records, RowError},
};

/// More rows in one group are an error of the mapping, not an order.
const GROUP_ROWS_MAX: usize = 100_000;

/// Lines kept for the rows to come.
const SPARE_LINES_MAX: usize = 16;

/// What is evaluated at once: a row, or the rows of a group.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// At least one.
    pub lines: Vec<Line>,
    /// The group's key; empty without grouping.
    pub key: String,
    pub previous: Option<StringRecord>,
    pub place: u64,
    /// The row is of no interest to the mapping.
    pub filtered: bool,
    last_row: u64,
}

/// Cuts rows into units. Holds the rows of open groups, and the last row of a run.
#[derive(Debug, Default)]
pub(super) struct Units {
    open: VecDeque<Unit>,
    rows: u64,
    ended: bool,
    run: Option<(String, u64, StringRecord)>,
    /// Lines that are done with: their buffers have grown to the size of the file's rows.
    spare: Vec<Line>,
}

impl Units {
    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a unit's lines back for the rows to come.
    pub fn recycle(&mut self, unit: Unit) {
        let room = SPARE_LINES_MAX.saturating_sub(self.spare.len());
        self.spare.extend(unit.lines.into_iter().take(room));
    }

    /// The next unit; `None` at the end of the file.
    pub fn next(
        &mut self,
        records: &mut Records,
        table: &Table,
        binding: &Binding,
        joins: &[JoinedRows<'_>],
    ) -> Result<Option<Unit>, RowError> {
        loop {
            if let Some(unit) = self.closed(table) {
                return Ok(Some(unit));
            }
            if self.ended {
                return Ok(None);
            }
            let mut line = self.spare.pop().unwrap_or_default();
            match records.next(&mut line) {
                Ok(true) => {}
                Ok(false) => {
                    self.ended = true;
                    continue;
                }
                Err(error) => {
                    self.rows += u64::from(matches!(error, RowError::Row { .. }));
                    return Err(error);
                }
            }
            self.rows += 1;
            if let Some(unit) = self.take(line, table, binding, joins) {
                return Ok(Some(unit));
            }
        }
    }

    /// The oldest group that no further row can join.
    fn closed(&mut self, table: &Table) -> Option<Unit> {
        let oldest = self.open.front()?;
        let over = self.ended
            || self.rows - oldest.last_row > table.group_window
            || oldest.lines.len() >= GROUP_ROWS_MAX;
        // Without a window the newest group is open until a row with another key has come.
        let newest_is_open = !self.ended && self.open.len() == 1 && table.group_window == 0;
        if over && !newest_is_open { self.open.pop_front() } else { None }
    }

    /// A unit of its own, or a row more of a group.
    fn take(
        &mut self,
        line: Line,
        table: &Table,
        binding: &Binding,
        joins: &[JoinedRows<'_>],
    ) -> Option<Unit> {
        let row = Context { joins, ..context(binding, &line, None, 0) };
        let filtered = table.filter.as_ref().is_some_and(|filter| !filter.holds(&row));
        if filtered {
            return Some(Unit { lines: vec![line], filtered, ..Unit::default() });
        }
        if !table.group_by.is_empty() {
            let key = key(&table.group_by, &row);
            let last_row = self.rows;
            match self.open.iter_mut().rev().find(|unit| unit.key == key) {
                Some(unit) => {
                    unit.lines.push(line);
                    unit.last_row = last_row;
                }
                None => self.open.push_back(Unit { lines: vec![line], key, last_row, ..Unit::default() }),
            }
            return None;
        }
        if table.run_by.is_empty() {
            return Some(Unit { lines: vec![line], ..Unit::default() });
        }
        let key = key(&table.run_by, &row);
        let record = line.record.clone();
        let (place, previous) = match self.run.take() {
            Some((run, place, previous)) if run == key => (place + 1, Some(previous)),
            _ => (0, None),
        };
        self.run = Some((key, place, record));
        Some(Unit { lines: vec![line], previous, place, ..Unit::default() })
    }
}

/// A row before anything is known of it but its columns.
pub(super) fn context<'a>(
    binding: &'a Binding,
    line: &'a Line,
    previous: Option<&'a StringRecord>,
    place: u64,
) -> Context<'a> {
    Context {
        binding,
        line,
        group: std::slice::from_ref(line),
        previous,
        place,
        identity: "",
        joins: &[],
        item: None,
    }
}

fn key(parts: &[crate::expr::Expr], row: &Context<'_>) -> String {
    let mut key = String::new();
    for part in parts {
        // A part that cannot be evaluated is reported where it is used; here rows without it stand together.
        key.push_str(&part.eval(row).unwrap_or_default());
        key.push(crate::source::lookup::KEY_SEPARATOR);
    }
    key
}
