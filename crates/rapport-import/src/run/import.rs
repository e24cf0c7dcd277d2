//! The import itself: files one after the other, rows one after the other.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
};

use rapport_model::Timestamp;

use super::{
    FileEnd, ImportError, Reject, RowEvents, Step, definitions,
    event::Maker,
    group::{Unit, Units, context},
    identity::Ordinals,
    scan::{self, Decision},
};
use crate::{
    expr::{
        context::{Binding, Context, JoinedRows},
        join_key,
        reading::Readings,
    },
    mapping::{Mapping, Table},
    source::{
        archive,
        files::{Files, TableFile},
        header,
        lookup::{KEY_SEPARATOR, Lookup},
        records::{Records, RowError},
    },
    value::{
        fault::Fault,
        number::{SHORTENED, is_shortened},
    },
};

/// What the caller decides about an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The date of events that have none, in place of the mapping's `undated`.
    pub undated_as: Option<Timestamp>,
}

/// An import under way. An iterator: definitions first, then for each file its rows and its end.
///
/// Memory: one row (or the rows of open groups), the joined files of the table being read, and for a table without
/// `id` 12 to 27 bytes for each different row of the file being read.
#[derive(Debug)]
pub struct Import {
    mapping: Mapping,
    options: Options,
    files: Files,
    pending: VecDeque<Step>,
    next_file: usize,
    /// For each file, which way its columns are written.
    decisions: Vec<Decision>,
    lookups: Option<(usize, Vec<Lookup>)>,
    open: Option<OpenFile>,
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
    ordinals: Ordinals,
    warnings: Vec<String>,
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
    /// Matches the paths (files, folders, or `TABLE=PATH`) to the mapping's tables, reads the definitions, and looks
    /// through the files for columns whose values can be read in two ways. No events are made yet.
    ///
    /// # Errors
    /// A path is of no table, a required file is missing, a file of definitions cannot be read, or a column is written in
    /// two ways.
    pub fn new(mapping: &Mapping, paths: &[PathBuf], options: Options) -> Result<Self, ImportError> {
        let files = Files::find(mapping.content(), paths)?;
        let pending =
            definitions::events(mapping.content(), &files)?.into_iter().map(Step::Definition).collect();
        let mut import = Self {
            mapping: mapping.clone(),
            options,
            files,
            pending,
            next_file: 0,
            decisions: Vec::new(),
            lookups: None,
            open: None,
            bytes_done: 0,
            stopped: false,
        };
        for index in 0..import.files.rows.len() {
            let decision = import.decide(index)?;
            import.decisions.push(decision);
        }
        Ok(import)
    }

    /// Which way the columns of a file are written.
    fn decide(&mut self, file: usize) -> Result<Decision, ImportError> {
        let mapping = self.mapping.clone();
        let content = mapping.content();
        let Some(file) = self.files.rows.get(file).cloned() else { return Ok(Decision::default()) };
        let Some(table) = content.tables.get(file.table) else { return Ok(Decision::default()) };
        // What can be read once only is not read before its time.
        if !scan::can_matter(table) || (file.path.exists() && !file.path.is_file()) {
            return Ok(Decision::default());
        }
        let mut open = OpenFile::new(&file, table, Readings::default())?;
        self.load(file.table, table)?;
        let lookups = self.lookups.as_ref().map_or(&[][..], |(_, lookups)| lookups.as_slice());
        if !scan::is_doubtful(&mut open.records, &open.binding, table, lookups) {
            return Ok(Decision::default());
        }
        let mut open = OpenFile::new(&file, table, Readings::watching())?;
        let joins = on_demand(table, lookups);
        let maker = Maker { mapping: content, table, undated_as: self.options.undated_as };
        loop {
            match open.units.next(&mut open.records, table, &open.binding, &joins) {
                Ok(Some(unit)) => {
                    open.row(&unit, table, &joins, &maker);
                    open.units.recycle(unit);
                }
                Err(RowError::Row { .. }) => {}
                // The import itself says what is wrong with the file.
                Ok(None) | Err(RowError::File(_)) => break,
            }
        }
        let watched = open.binding.readings.watched.take().unwrap_or_default().into_inner();
        scan::decision(watched, &file.path)
    }

    /// Loads the files that the table's rows are joined with, unless they are there.
    fn load(&mut self, index: usize, table: &Table) -> Result<(), ImportError> {
        if self.lookups.as_ref().is_none_or(|(loaded, _)| *loaded != index) {
            self.lookups = None;
            self.lookups = Some((index, load(table, &self.files)?));
        }
        Ok(())
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
            let unit = match open.units.next(&mut open.records, table, &open.binding, &joins) {
                Ok(unit) => unit,
                Err(RowError::File(source)) => return Err(ImportError::read(&open.path, source)),
                Err(RowError::Row { line, column, value, reason }) => {
                    return Ok(Some(Step::Reject(open.reject(line, 1, Fault { column, value, reason }))));
                }
            };
            let Some(unit) = unit else {
                return self.close().map(Some);
            };
            let maker = Maker { mapping: content, table, undated_as: self.options.undated_as };
            let step = open.row(&unit, table, &joins, &maker);
            open.units.recycle(unit);
            return Ok(Some(step));
        }
    }

    /// Opens the next file; `false` when there is none.
    fn open_next(&mut self) -> Result<bool, ImportError> {
        let mapping = self.mapping.clone();
        let Some(file) = self.files.rows.get(self.next_file) else {
            self.lookups = None;
            return Ok(false);
        };
        let index = file.table;
        let Some(table) = mapping.content().tables.get(index) else { return Ok(false) };
        let decision = self.decisions.get_mut(self.next_file).map(std::mem::take).unwrap_or_default();
        let readings = Readings { decided: decision.decided, watched: None };
        let open = OpenFile::new(file, table, readings)?;
        self.load(index, table)?;
        self.open = Some(OpenFile { warnings: decision.warnings, ..open });
        self.next_file += 1;
        Ok(true)
    }

    fn close(&mut self) -> Result<Step, ImportError> {
        let content = self.mapping.content();
        let mut end = FileEnd {
            mapping: content.name.as_str().into(),
            table: "".into(),
            file: Arc::default(),
            sha256: String::new(),
            rows: 0,
            warnings: Vec::new(),
            member: None,
            id_namespace: content.id_namespace.as_str().into(),
            source: content.source.as_str().into(),
        };
        if let Some(open) = self.open.take() {
            self.bytes_done += open.records.watch.bytes();
            end.sha256 =
                open.records.watch.sha256().map_err(|source| ImportError::read(&open.path, source))?;
            end.rows = open.units.rows();
            end.warnings = open.warnings;
            end.member = archive::split(&open.path).map(|(_, member)| member.display().to_string());
            end.table = open.name;
            end.file = open.path;
        }
        Ok(Step::FileEnd(end))
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
    fn new(file: &TableFile, table: &Table, readings: Readings) -> Result<Self, ImportError> {
        let path = &file.path;
        let records = Records::open(path, &table.format).map_err(|source| ImportError::read(path, source))?;
        let columns = header::bind(&records.header, &table.columns, &table.format.optional_columns)
            .map_err(|missing| ImportError::columns(path, &table.name, missing, &records.header))?;
        Ok(Self {
            table: file.table,
            name: table.name.as_str().into(),
            path: Arc::new(path.clone()),
            records,
            binding: Binding {
                columns,
                nulls: table.format.nulls.clone(),
                trim: table.format.trim,
                readings,
            },
            units: Units::default(),
            ordinals: Ordinals::default(),
            warnings: Vec::new(),
        })
    }

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
        let mut row = context(&self.binding, line, unit.previous.as_ref(), unit.place);
        row.group = &unit.lines;
        row.joins = on_demand;
        let identity = identity(&mut self.ordinals, unit, table, &row)?;
        row.identity = &identity;
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
        maker.events(&row, &identity)
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
fn identity(ordinals: &mut Ordinals, unit: &Unit, table: &Table, row: &Context<'_>) -> Result<String, Fault> {
    if table.id.is_empty() {
        let no_key = unit.key.is_empty();
        return Ok(if no_key { ordinals.identify(&row.line.record) } else { unit.key.clone() });
    }
    let mut identity = String::new();
    for part in &table.id {
        let text = part.eval(row)?;
        if is_shortened(&text) {
            return Err(part.fault(&text, SHORTENED));
        }
        identity.push_str(&text);
        identity.push(KEY_SEPARATOR);
    }
    if identity.trim_matches(KEY_SEPARATOR).is_empty() {
        let label = table.id.first().map_or("", |part| part.label.as_str());
        return Err(Fault::new(label, "", "the row's id is empty"));
    }
    Ok(identity)
}
