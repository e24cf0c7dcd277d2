//! The import itself: files one after the other, rows one after the other.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
};

use rapport_model::Timestamp;

use rapport_proto::validate::Limits;

use super::{
    FileEnd, ImportError, Reject, RowEvents, Step, definitions,
    event::Maker,
    group::{Reader, Unit, UnitError, Units},
    identity::{Contents, Identity, Layout, Ordinals, RowCounts},
    size::check_row,
};
use crate::{
    expr::{
        context::{Binding, Context, JoinedRows, Line},
        join_key,
    },
    mapping::{Join, Mapping, Table},
    source::{
        files::{Files, TableFile},
        header,
        lookup::{KEY_SEPARATOR, Lookup},
        records::{Records, RowError},
    },
    value::fault::Fault,
};

/// What the caller decides about an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The date of events that have none, in place of the mapping's `undated`.
    pub undated_as: Option<Timestamp>,
    /// The recorded clock as the import begins: what has ended by then has no later date. Without it every date is told.
    pub now: Option<Timestamp>,
    /// How large events and requests may be.
    pub limits: Limits,
    /// Whether the ledger may have events that an earlier version of Rapport made by this mapping.
    pub is_repeated: bool,
}

/// An import under way. An iterator: definitions first, then for each file its rows and its end.
///
/// Memory: one row (or the rows of open groups), the joined files of the table being read, for a table without `id`
/// 12 to 27 bytes for each different row of its files, for one with `run_by` or `group_by` and without `sort_by` 9 to
/// 18 for each key, and for one with `sort_by` some 32 MiB.
#[derive(Debug)]
pub struct Import {
    mapping: Mapping,
    options: Options,
    files: Files,
    pending: VecDeque<Step>,
    next_file: usize,
    lookups: Option<(usize, Vec<Lookup>)>,
    open: Option<OpenFile>,
    /// Of the table whose file was read last.
    ordinals: Option<(usize, Ordinals)>,
    bytes_done: u64,
    stopped: bool,
}

struct OpenFile {
    table: usize,
    name: Arc<str>,
    path: Arc<PathBuf>,
    records: Records,
    binding: Binding,
    units: Units,
    contents: Contents,
    /// The joins of the table whose files were not given, a bit each.
    absent_joins: u64,
    /// What the `let`s that are read of the row before were there.
    remembered: Vec<String>,
}

impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenFile")
            .field("table", &self.name)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Import {
    /// Matches the paths (files, folders, or `TABLE=PATH`) to the mapping's tables and reads the definitions. No rows
    /// are read yet.
    ///
    /// # Errors
    /// A path is of no table, a required file is missing, or a file of definitions cannot be read.
    pub fn new(mapping: &Mapping, paths: &[PathBuf], options: Options) -> Result<Self, ImportError> {
        let files = Files::find(mapping.content(), paths)?;
        let pending =
            definitions::events(mapping.content(), &files)?.into_iter().map(Step::Definition).collect();
        Ok(Self {
            mapping: mapping.clone(),
            options,
            files,
            pending,
            next_file: 0,
            lookups: None,
            open: None,
            ordinals: None,
            bytes_done: 0,
            stopped: false,
        })
    }

    /// The bytes on disk of all files with rows.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.files.rows.iter().map(|file| file.bytes).sum()
    }

    /// How many of them have been read.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes_done + self.open.as_ref().map_or(0, |open| open.records.watch.bytes())
    }

    /// The files with rows, in the order in which they are read, each with its table.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        let tables = &self.mapping.content().tables;
        self.files
            .rows
            .iter()
            .filter_map(|file| Some((tables.get(file.table)?.name.as_str(), file.path.as_path())))
    }

    /// Given files that are not read, each with the reason.
    pub fn not_read(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.not_read.iter().map(|(path, reason)| (path.as_path(), reason.as_str()))
    }

    fn step(&mut self) -> Result<Option<Step>, ImportError> {
        loop {
            if let Some(step) = self.pending.pop_front() {
                return Ok(Some(step));
            }
            if self.open.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let Some(open) = &mut self.open else { continue };
            let content = self.mapping.content();
            let Some(table) = content.tables.get(open.table) else { return Ok(None) };
            let lookups = self.lookups.as_ref().map_or(&[][..], |(_, lookups)| lookups.as_slice());
            let joins = on_demand(table, lookups);
            let mut reader =
                Reader { records: &mut open.records, table, binding: &open.binding, joins: &joins };
            let unit = match open.units.next(&mut reader) {
                Ok(unit) => unit,
                Err(UnitError::Again(line)) => return Err(ImportError::scattered(&open.path, line, table)),
                Err(UnitError::Row(RowError::File(source))) => {
                    return Err(ImportError::read(&open.path, source));
                }
                Err(UnitError::Row(RowError::Row { line, column, value, reason })) => {
                    return Ok(Some(Step::Reject(open.reject(line, 1, Fault { column, value, reason }))));
                }
            };
            let Some(unit) = unit else {
                return Ok(Some(self.close()));
            };
            let maker =
                Maker { mapping: content, table, options: self.options, absent_joins: open.absent_joins };
            let step = open.row(&unit, table, &joins, &maker);
            open.units.recycle(unit);
            return Ok(Some(step));
        }
    }

    /// Opens the next file; `false` when there is none.
    fn open_next(&mut self) -> Result<bool, ImportError> {
        let Some(TableFile { table: index, path, .. }) = self.files.rows.get(self.next_file) else {
            self.lookups = None;
            return Ok(false);
        };
        let Some(table) = self.mapping.content().tables.get(*index) else { return Ok(false) };
        let records = Records::open(path, &table.format).map_err(|source| ImportError::read(path, source))?;
        let columns = header::bind(&records.header, &table.columns, &table.format.optional_columns)
            .map_err(|missing| ImportError::columns(path, &table.name, missing, &records.header))?;
        if self.lookups.as_ref().is_none_or(|(loaded, _)| loaded != index) {
            self.lookups = None;
            self.lookups = Some((*index, load(table, &self.files)?));
        }
        let lookups = self.lookups.as_ref().map_or(&[][..], |(_, lookups)| lookups.as_slice());
        let layout = Layout::new(&table.columns);
        let binding = Binding { columns, nulls: table.format.nulls.clone(), trim: table.format.trim };
        let is_next = self.ordinals.as_ref().is_some_and(|(before, _)| before == index);
        let mut ordinals =
            self.ordinals.take().filter(|_| is_next).map(|(_, known)| known).unwrap_or_default();
        if is_next && table.id.is_empty() && table.group_by.is_empty() {
            let rows = counted(path, table, &binding, &layout, &on_demand(table, lookups))?;
            ordinals.begin_file(&rows);
        }
        let is_absent = |join: &Join| self.files.named(&join.files).next().is_none();
        let absent = table.joins.iter().enumerate().filter(|(_, join)| is_absent(join));
        let absent_joins = absent.fold(0, |joins, (place, _)| joins | 1 << place.min(63));
        self.open = Some(OpenFile {
            table: *index,
            name: table.name.as_str().into(),
            path: Arc::new(path.clone()),
            records,
            binding,
            units: Units::new(table),
            contents: Contents {
                layout,
                ordinals,
                earlier: self.options.is_repeated.then(RowCounts::default),
            },
            absent_joins,
            remembered: vec![String::new(); table.remembered.len()],
        });
        self.next_file += 1;
        Ok(true)
    }

    fn close(&mut self) -> Step {
        let content = self.mapping.content();
        let mut end = FileEnd {
            mapping: content.name.as_str().into(),
            table: "".into(),
            file: Arc::default(),
            sha256: String::new(),
            rows: 0,
            id_namespace: content.id_namespace.as_str().into(),
            source: content.source.as_str().into(),
        };
        if let Some(open) = self.open.take() {
            self.bytes_done += open.records.watch.bytes();
            end.sha256 = open.records.watch.sha256();
            end.rows = open.units.rows();
            end.table = open.name;
            end.file = open.path;
            self.ordinals = Some((open.table, open.contents.ordinals));
        }
        Step::FileEnd(end)
    }
}

impl Iterator for Import {
    type Item = Result<Step, ImportError>;

    /// The next step. After an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.stopped {
            return None;
        }
        let step = self.step().transpose();
        self.stopped = !matches!(step, Some(Ok(_)));
        step
    }
}

fn load(table: &Table, files: &Files) -> Result<Vec<Lookup>, ImportError> {
    let mut lookups = Vec::with_capacity(table.joins.len());
    for join in &table.joins {
        let mut lookup = Lookup::default();
        for path in files.named(&join.files) {
            lookup.load(path, join)?;
        }
        lookups.push(lookup);
    }
    Ok(lookups)
}

/// The joined files, each looked up when a column of it is read: for what is evaluated before a row's partners are
/// known (`where`, `id`, the keys of groups and runs).
fn on_demand<'a>(table: &'a Table, lookups: &'a [Lookup]) -> Vec<JoinedRows<'a>> {
    let joins = table.joins.iter().zip(lookups);
    joins.map(|(join, lookup)| JoinedRows { lookup, rows: &[], per_item: Some(&join.on) }).collect()
}

impl OpenFile {
    fn row(&mut self, unit: &Unit, table: &Table, on_demand: &[JoinedRows<'_>], maker: &Maker<'_>) -> Step {
        let line = unit.lines.first().map_or(0, |line| line.line);
        let rows = unit.lines.len() as u64;
        let (table_name, file) = (Arc::clone(&self.name), Arc::clone(&self.path));
        let events = if unit.filtered { Ok(Vec::new()) } else { self.events(unit, table, on_demand, maker) };
        match events {
            Ok(events) => Step::Row(RowEvents { table: table_name, file, line, rows, events }),
            Err(fault) => Step::Reject(self.reject(line, rows, fault)),
        }
    }

    fn events(
        &mut self,
        unit: &Unit,
        table: &Table,
        on_demand: &[JoinedRows<'_>],
        maker: &Maker<'_>,
    ) -> Result<Vec<super::StreamEvent>, Fault> {
        let Some(line) = unit.lines.first() else { return Ok(Vec::new()) };
        if unit.place == 0 {
            self.remembered.iter_mut().for_each(String::clear);
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
                join_key(&join.on, &so_far)?
            };
            let rows = if key.is_empty() { &[][..] } else { lookup.rows(&key) };
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
            Ok(events)
        });
        // Of a `let` that cannot be evaluated nothing is kept; where the row itself uses it, the row is a reject.
        let now = table.remembered.iter().map(|kept| kept.eval(&row).unwrap_or_default().into_owned());
        self.remembered = now.collect();
        events
    }

    fn reject(&self, line: u64, rows: u64, fault: Fault) -> Reject {
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

/// What makes the row the same row in another import.
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
        identity.push_str(&part.eval(row)?);
        identity.push(KEY_SEPARATOR);
    }
    if identity.trim_matches(KEY_SEPARATOR).is_empty() {
        let label = table.id.first().map_or("", |part| part.label.as_str());
        return Err(Fault::new(label, "", "the row's id is empty"));
    }
    Ok(Identity { now: identity, earlier: None })
}

/// The rows of a file that count, for a table without an id: read before they are imported.
fn counted(
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
        if table.filter.as_ref().is_none_or(|filter| filter.holds(&row)) {
            counts.add(&layout.digest(&line.record, binding));
        }
    }
}
