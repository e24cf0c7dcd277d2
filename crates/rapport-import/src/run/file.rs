//! A file of a table while it is read: its rows, and what they have in common.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    error::ImportError,
    event::Maker,
    group::{Reader, Unit, UnitError, Units},
    identity::{Contents, Identity, Layout, Ordinals, RowCounts},
    look_alike::Ids,
    outcome::Step,
    row_events::{Reject, RowEvents},
    size::check_row,
    stream_event::StreamEvent,
};
use crate::{
    expr::{
        condition::holds,
        context::{Binding, Context, JoinedRows, Line, Remembered},
        lookup::KEY_SEPARATOR,
        readings::Readings,
        tree::Condition,
    },
    mapping::{emit::Emit, table::Table},
    source::{files::TableFile, header, records::Records, row::RowError},
    value::{fault::Fault, number::not_an_id},
};

pub(super) struct OpenFile {
    pub table: usize,
    pub name: Arc<str>,
    pub path: Arc<PathBuf>,
    pub records: Records,
    pub binding: Binding,
    pub units: Units,
    pub contents: Contents,
    pub ids: Ids,
    /// The joins of the table whose files were not given, a bit each.
    pub absent_joins: u64,
    /// The joins in which rows looked for a partner, and those in which a row found one.
    asked_joins: u64,
    found_joins: u64,
    /// The values that the remembered `let`s had on the row before.
    remembered: Vec<Remembered>,
    /// What may be wrong with the file as a whole.
    pub warnings: Vec<String>,
    /// For each emit whether a row gave it.
    given: Vec<bool>,
}

impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenFile")
            .field("table", &self.name)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl OpenFile {
    /// Opens a file and reads its header.
    pub(super) fn new(file: &TableFile, table: &Table, readings: Readings) -> Result<Self, ImportError> {
        let path = &file.path;
        let records = Records::open(path, &table.format).map_err(|source| ImportError::read(path, source))?;
        let columns = header::bind(&records.header, &table.columns, &table.format.optional_columns)
            .map_err(|missing| ImportError::columns(path, &table.name, missing, &records.header))?;
        let (nulls, trim) = (table.format.nulls.clone(), table.format.trim);
        Ok(Self {
            table: file.table,
            name: table.name.as_str().into(),
            path: Arc::new(path.clone()),
            records,
            binding: Binding { columns, nulls, trim, readings },
            units: Units::new(table),
            contents: Contents {
                layout: Layout::new(&table.columns),
                ordinals: Ordinals::default(),
                earlier: None,
            },
            ids: Ids::default(),
            absent_joins: 0,
            asked_joins: 0,
            found_joins: 0,
            remembered: vec![Remembered::default(); table.remembered.len()],
            warnings: Vec::new(),
            given: vec![false; table.emits.len()],
        })
    }

    /// The next row or group to evaluate; `None` at the end of the file.
    pub(super) fn next_unit(
        &mut self,
        table: &Table,
        joins: &[JoinedRows<'_>],
    ) -> Result<Option<Unit>, UnitError> {
        let (binding, layout) = (&self.binding, &self.contents.layout);
        let mut reader = Reader { records: &mut self.records, table, binding, layout, joins };
        self.units.next(&mut reader)
    }

    pub(super) fn row(
        &mut self,
        unit: &Unit,
        table: &Table,
        on_demand: &[JoinedRows<'_>],
        maker: &Maker<'_>,
    ) -> Step {
        let line = unit.lines.first().map_or(0, |line| line.line);
        let rows = unit.lines.len() as u64;
        let (table_name, file) = (Arc::clone(&self.name), Arc::clone(&self.path));
        let events = if unit.filtered { Ok(Vec::new()) } else { self.events(unit, table, on_demand, maker) };
        match events {
            Ok(events) => {
                let takes_back = |event: &StreamEvent| {
                    table.emits.get(event.origin.emit).is_some_and(|emit| emit.takes_back)
                };
                let (taken_back, events) = events.into_iter().partition(takes_back);
                Step::Row(RowEvents { table: table_name, file, line, rows, events, taken_back })
            }
            Err(fault) => Step::Reject(self.reject(line, rows, fault)),
        }
    }

    fn events(
        &mut self,
        unit: &Unit,
        table: &Table,
        on_demand: &[JoinedRows<'_>],
        maker: &Maker<'_>,
    ) -> Result<Vec<StreamEvent>, Fault> {
        let Some(line) = unit.lines.first() else { return Ok(Vec::new()) };
        if unit.place == 0 {
            self.remembered.fill_with(Remembered::default);
        }
        let mut row = Context::bare(&self.binding, line);
        row.run = unit.around(&self.remembered);
        row.group = &unit.lines;
        row.joins = on_demand;
        let identity = identity(&mut self.contents, unit, table, &row)?;
        row.identity = &identity.now;
        let mut joins: Vec<JoinedRows<'_>> = Vec::with_capacity(on_demand.len());
        for (join, joined) in table.joins.iter().zip(on_demand) {
            if join.per.is_some() {
                joins.push(*joined);
                continue;
            }
            let lookup = joined.lookup;
            let key = {
                let so_far = Context { joins: &joins, ..row };
                so_far.join_key(&join.on)?
            };
            let rows = if key.is_empty() { &[][..] } else { lookup.rows(&key) };
            let bit = 1_u64 << joins.len().min(63);
            self.asked_joins |= if key.is_empty() { 0 } else { bit };
            self.found_joins |= if rows.is_empty() { 0 } else { bit };
            if rows.is_empty() && join.required {
                let first = join.on.first();
                let reason = format!("the joined file `{}` has no row with this key", join.name);
                return Err(Fault::new(first.map_or("", |on| on.label.as_str()), &key, reason));
            }
            joins.push(JoinedRows { lookup, rows, per_item: None });
        }
        let row = Context { joins: &joins, ..row };
        let events = maker.events(&row, &identity).and_then(|events| {
            check_row(&events, &maker.options.limits)?;
            self.ids.row(table, &row, &events, &self.path)?;
            Ok(events)
        });
        let now = table.remembered.iter().zip(&self.remembered).map(|(kept, before)| match kept.eval(&row) {
            Ok(text) => Remembered { text: text.into_owned(), is_plain: kept.is_plain(&row) },
            // A row with a fault adds nothing to a running total.
            Err(_) => before.clone(),
        });
        self.remembered = now.collect();
        for event in events.iter().flatten() {
            if let Some(given) = self.given.get_mut(event.origin.emit) {
                *given = true;
            }
        }
        events
    }

    /// The emits that ask for words and that no row gave.
    pub(super) fn not_given<'a>(&self, table: &'a Table) -> Vec<&'a str> {
        let asks = |emit: &Emit| emit.when.as_ref().is_some_and(Condition::asks_for_words);
        let emits = table.emits.iter().zip(&self.given).filter(|(emit, given)| !**given && asks(emit));
        emits.map(|(emit, _)| emit.name.as_str()).collect()
    }

    /// The joins whose files were given and in which no row found a partner.
    pub(super) fn not_joined<'a>(&self, table: &'a Table) -> Vec<&'a str> {
        let alone = self.asked_joins & !self.found_joins & !self.absent_joins;
        let joins =
            table.joins.iter().enumerate().filter(|(place, _)| alone & (1_u64 << (*place).min(63)) != 0);
        joins.map(|(_, join)| join.name.as_str()).collect()
    }

    pub(super) fn reject(&self, line: u64, rows: u64, fault: Fault) -> Reject {
        let Fault { column, value, reason } = fault;
        Reject {
            table: Arc::clone(&self.name),
            file: Arc::clone(&self.path),
            line,
            rows,
            column,
            value,
            reason,
        }
    }
}

/// The row's identity, by which another import knows it again.
fn identity(
    contents: &mut Contents,
    unit: &Unit,
    table: &Table,
    row: &Context<'_>,
) -> Result<Identity, Fault> {
    if table.id.is_empty() {
        let no_key = unit.key.is_empty();
        if no_key && let Some(first) = table.group_by.first() {
            return Err(Fault::new(&first.label, "", "the row's `group_by` is empty: it is of no group"));
        }
        return Ok(if no_key {
            contents.identify(&row.line.record, row.binding)
        } else {
            Identity { now: unit.key.clone(), earlier: None }
        });
    }
    let mut identity = String::new();
    for part in &table.id {
        let text = part.eval(row)?;
        if let Some(reason) = not_an_id(&text) {
            return Err(part.fault(&text, reason));
        }
        identity.push_str(&text);
        identity.push(KEY_SEPARATOR);
    }
    if identity.trim_matches(KEY_SEPARATOR).is_empty() {
        let label = table.id.first().map_or("", |part| part.label.as_str());
        return Err(Fault::new(label, "", "the row's id is empty"));
    }
    Ok(Identity { now: identity, earlier: None })
}

/// Counts the equal rows of a file before its import, for a table without an `id`.
pub(super) fn counted(
    path: &Path,
    table: &Table,
    binding: &Binding,
    layout: &Layout,
    joins: &[JoinedRows<'_>],
) -> Result<RowCounts, ImportError> {
    let mut records = Records::open(path, &table.format).map_err(|source| ImportError::read(path, source))?;
    let (mut counts, mut line) = (RowCounts::default(), Line::default());
    loop {
        match records.next(&mut line) {
            Ok(true) => {}
            Ok(false) => return Ok(counts),
            Err(RowError::Row { .. }) => continue,
            Err(RowError::File(source)) => return Err(ImportError::read(path, source)),
        }
        let row = Context { joins, ..Context::bare(binding, &line) };
        // The import itself rejects a row of which the filter cannot decide.
        if holds(table.filter.as_ref(), &row).unwrap_or_default() {
            counts.add(&layout.digest(&line.record, binding));
        }
    }
}
