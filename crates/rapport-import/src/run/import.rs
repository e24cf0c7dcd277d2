//! The import itself: files one after the other, rows one after the other.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    definitions,
    error::ImportError,
    event::Maker,
    file::{OpenFile, counted},
    group::{Runs, UnitError},
    identity::{Ordinals, RowCounts},
    look_alike::{Ids, LookAlikes},
    options::Options,
    outcome::{FileEnd, Step},
    scan::{self, Decision},
    twice,
};
use crate::{
    expr::{context::JoinedRows, lookup::Lookup, readings::Readings},
    mapping::{
        Mapping,
        table::{Join, Table},
    },
    source::{archive, files::Files, lookup, row::RowError},
    value::fault::Fault,
};

/// An import under way. An iterator: definitions first, then for each file its rows and its end.
///
/// Memory: one row (or the rows of open groups), the joined files of the table being read, for a table without `id` 12
/// to 27 bytes for each different row of its files, for one with `run_by` or `group_by` and without `sort_by` 9 to 18
/// for each key, for one with `run_by` and several files 18 to 36 more, for one with `sort_by` some 32 MiB, and at most
/// 32 MiB for ids that may look alike.
#[derive(Debug)]
pub struct Import {
    mapping: Mapping,
    options: Options,
    files: Files,
    pending: VecDeque<Step>,
    next_file: usize,
    /// For each file, how its columns are written.
    decisions: Vec<Decision>,
    lookups: Option<(usize, Vec<Lookup>)>,
    open: Option<OpenFile>,
    /// The counts of equal rows in the table whose file was read last.
    ordinals: Option<(usize, Ordinals)>,
    /// The runs in the files of a table of which there are several.
    runs: Option<(usize, Runs)>,
    ids: Ids,
    bytes_done: u64,
    stopped: bool,
}

impl Import {
    /// Matches the paths (files, folders, or `TABLE=PATH`) to the mapping's tables, reads the definitions, finds the
    /// columns of every file, and looks through the files for columns whose values can be read in two ways. No events
    /// are made yet.
    ///
    /// # Errors A path is of no table, a required file is missing, a file cannot be opened or lacks a column, a file of
    /// definitions cannot be read, or a column is written in two ways.
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
            ordinals: None,
            runs: None,
            ids: Ids::default(),
            bytes_done: 0,
            stopped: false,
        };
        import.check_joined()?;
        for index in 0..import.files.rows.len() {
            let decision = import.decide(index)?;
            import.decisions.push(decision);
        }
        Ok(import)
    }

    /// Finds the columns of the joined files of all tables that are read.
    fn check_joined(&self) -> Result<(), ImportError> {
        for (index, table) in self.mapping.content().tables.iter().enumerate() {
            if !self.files.rows.iter().any(|file| file.table == index) {
                continue;
            }
            for join in &table.joins {
                for path in self.files.named(&join.files).filter(|path| !is_read_once(path)) {
                    lookup::open(path, join)?;
                }
            }
        }
        Ok(())
    }

    /// Finds the columns of a file, and decides how they are written. The import itself reports any fault of the rows.
    fn decide(&mut self, file: usize) -> Result<Decision, ImportError> {
        let mapping = self.mapping.clone();
        let content = mapping.content();
        let Some(file) = self.files.rows.get(file).cloned() else { return Ok(Decision::default()) };
        let Some(table) = content.tables.get(file.table) else { return Ok(Decision::default()) };
        if is_read_once(&file.path) {
            return Ok(Decision::default());
        }
        let mut open = OpenFile::new(&file, table, Readings::default())?;
        if !scan::can_matter(table) || self.load(file.table, table).is_err() {
            return Ok(Decision::default());
        }
        let lookups = self.lookups.as_ref().map_or(&[][..], |(_, lookups)| lookups.as_slice());
        if !scan::is_doubtful(&mut open.records, &open.binding, table, lookups) {
            return Ok(Decision::default());
        }
        let mut open = OpenFile::new(&file, table, Readings::watching())?;
        let joins = on_demand(table, lookups);
        let maker = Maker { mapping: content, table, options: self.options, absent_joins: 0 };
        loop {
            match open.next_unit(table, &joins) {
                Ok(Some(unit)) => {
                    open.row(&unit, table, &joins, &maker);
                    open.units.recycle(unit);
                }
                Err(UnitError::Row(RowError::Row { .. })) => {}
                Ok(None)
                | Err(UnitError::Row(RowError::File(_)) | UnitError::Again(_) | UnitError::Parted(_)) => {
                    break;
                }
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

    /// How many of these bytes have been read.
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
            let unit = match open.next_unit(table, &joins) {
                Ok(unit) => unit,
                Err(UnitError::Again(line)) => return Err(ImportError::scattered(&open.path, line, table)),
                Err(UnitError::Parted(line)) => return Err(ImportError::parted(&open.path, line, table)),
                Err(UnitError::Row(RowError::File(source))) => {
                    return Err(ImportError::read(&open.path, source));
                }
                Err(UnitError::Row(RowError::Row { line, column, value, reason })) => {
                    return Ok(Some(Step::Reject(open.reject(line, 1, Fault { column, value, reason }))));
                }
            };
            let Some(unit) = unit else {
                return self.close().map(Some);
            };
            let maker =
                Maker { mapping: content, table, options: self.options, absent_joins: open.absent_joins };
            let step = open.row(&unit, table, &joins, &maker);
            open.units.recycle(unit);
            return Ok(Some(step));
        }
    }

    /// Opens the next file; `false` after the last one.
    fn open_next(&mut self) -> Result<bool, ImportError> {
        let mapping = self.mapping.clone();
        let Some(file) = self.files.rows.get(self.next_file) else {
            self.lookups = None;
            return Ok(false);
        };
        let index = file.table;
        let Some(table) = mapping.content().tables.get(index) else { return Ok(false) };
        let decision = self.decisions.get_mut(self.next_file).map(std::mem::take).unwrap_or_default();
        let readings = Readings { decided: decision.decided, ..Readings::default() };
        let mut open = OpenFile::new(file, table, readings)?;
        let path = file.path.clone();
        self.load(index, table)?;
        let lookups = self.lookups.as_ref().map_or(&[][..], |(_, lookups)| lookups.as_slice());
        let is_next = self.ordinals.as_ref().is_some_and(|(before, _)| *before == index);
        let known = self.ordinals.take().filter(|_| is_next).map(|(_, known)| known);
        open.contents.ordinals = known.unwrap_or_default();
        let counts = is_next && table.id.is_empty() && table.group_by.is_empty() && !is_read_once(&path);
        if counts {
            let rows =
                counted(&path, table, &open.binding, &open.contents.layout, &on_demand(table, lookups))?;
            open.contents.ordinals.begin_file(&rows);
        }
        open.units.runs = self.runs_before(index);
        open.contents.earlier = self.options.is_repeated.then(RowCounts::default);
        let is_absent = |join: &Join| self.files.named(&join.files).next().is_none();
        let absent = table.joins.iter().enumerate().filter(|(_, join)| is_absent(join));
        open.absent_joins = absent.fold(0, |joins, (place, _)| joins | 1 << place.min(63));
        open.warnings = decision.warnings;
        open.ids = std::mem::take(&mut self.ids);
        self.open = Some(open);
        self.next_file += 1;
        Ok(true)
    }

    /// The runs in the files of the table that were read before; `None` for a table with one file.
    fn runs_before(&mut self, table: usize) -> Option<Runs> {
        let several = self.files.rows.iter().filter(|file| file.table == table).nth(1).is_some();
        let mut runs = self.runs.take().filter(|(before, _)| *before == table).map(|(_, runs)| runs);
        if let Some(runs) = &mut runs {
            runs.begin_file();
        }
        several.then(|| runs.unwrap_or_default())
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
            look_alikes: LookAlikes::default(),
            member: None,
            id_namespace: content.id_namespace.as_str().into(),
            source: content.source.as_str().into(),
        };
        if let Some(mut open) = self.open.take() {
            self.bytes_done += open.records.watch.bytes();
            end.sha256 =
                open.records.watch.sha256().map_err(|source| ImportError::read(&open.path, source))?;
            end.rows = open.units.rows();
            end.warnings.clone_from(&open.warnings);
            end.warnings.extend(open.records.warnings());
            end.warnings.extend(open.binding.readings.words.borrow().warnings());
            let lookups = self.lookups.iter_mut().flat_map(|(_, lookups)| lookups);
            end.warnings.extend(lookups.flat_map(|lookup| std::mem::take(&mut lookup.warnings)));
            // A preset names what the files of a system may have, and not what these have.
            if let Some(table) = content.tables.get(open.table).filter(|_| !content.is_preset) {
                let not_given = open.not_given(table);
                if end.rows > 0 && !not_given.is_empty() {
                    end.warnings.push(format!(
                        "no row meets the `when` of `{}`; if some should, compare its words with the file's",
                        not_given.join("`, `")
                    ));
                }
                for join in open.not_joined(table) {
                    end.warnings.push(format!(
                        "no row has a partner in `{join}`; compare the values of its `on` with those of its `key`"
                    ));
                }
                end.warnings.extend(twice::warning(&content.tables, open.table, &self.files));
            }
            end.member = archive::split(&open.path).map(|(_, member)| member.display().to_string());
            end.table = open.name;
            end.file = open.path;
            end.look_alikes = open.ids.of_file();
            self.ids = open.ids;
            self.ordinals = Some((open.table, open.contents.ordinals));
            self.runs = open.units.runs.map(|runs| (open.table, runs));
        }
        Ok(Step::FileEnd(end))
    }
}

impl Iterator for Import {
    type Item = Result<Step, ImportError>;

    /// The next step. After an error no step follows.
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
            lookup::load(&mut lookup, path, join)?;
        }
        lookups.push(lookup);
    }
    Ok(lookups)
}

/// The joined files, looked up when a column of one is read. `where`, `id` and the keys of groups and runs need this:
/// they are evaluated before the row's partners are known.
fn on_demand<'a>(table: &'a Table, lookups: &'a [Lookup]) -> Vec<JoinedRows<'a>> {
    let joins = table.joins.iter().zip(lookups);
    joins.map(|(join, lookup)| JoinedRows { lookup, rows: &[], per_item: Some(&join.on) }).collect()
}

/// Whether the path can be read only once, such as a pipe. Nothing looks through it before its import.
fn is_read_once(path: &Path) -> bool {
    path.exists() && !path.is_file()
}
