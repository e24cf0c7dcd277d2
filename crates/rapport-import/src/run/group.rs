//! Rows that belong together: groups that become one unit, and runs in which a row sees those around it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    identity::Layout,
    sort::{self, Sorted, Sorter},
};
use crate::{
    expr::{
        condition::holds,
        context::{Around, Binding, Context, JoinedRows, Line, Remembered},
        lookup::KEY_SEPARATOR,
        tree::Expr,
    },
    mapping::table::Table,
    source::{records::Records, row::RowError},
    value::fault::Fault,
};

/// A group with more rows is a mistake in the mapping, so it is cut here.
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
    /// In a run: the first row, the one before and the one behind.
    first: Option<Line>,
    previous: Option<Line>,
    next: Option<Line>,
    pub place: u64,
    /// The mapping's `where` leaves the row out.
    pub filtered: bool,
    last_row: u64,
}

impl Unit {
    fn of(line: Line) -> Self {
        Self { lines: vec![line], ..Self::default() }
    }

    /// The rows around it.
    pub(super) fn around<'a>(&'a self, remembered: &'a [Remembered]) -> Around<'a> {
        Around {
            first: self.first.as_ref(),
            previous: self.previous.as_ref(),
            next: self.next.as_ref(),
            place: self.place,
            remembered,
        }
    }
}

/// Why the next unit cannot be handed out.
#[derive(Debug)]
pub(super) enum UnitError {
    Row(RowError),
    /// The row on this line has the key of a group or run that had ended.
    Again(u64),
    /// The row on this line begins a run that begins with another row in an earlier file.
    Parted(u64),
}

impl From<std::io::Error> for UnitError {
    fn from(error: std::io::Error) -> Self {
        let folder = std::env::temp_dir();
        let why = format!(
            "its rows are sorted in temporary files in `{}`, which failed: {error}; make room there, or name another \
             folder by TMPDIR",
            folder.display()
        );
        Self::Row(RowError::File(std::io::Error::new(error.kind(), why)))
    }
}

/// Cuts rows into units. Holds the rows of open groups and three rows of a run. In a table without `sort_by` it also
/// holds a digest of each key that has ended (9 to 18 bytes a key).
#[derive(Default)]
pub(super) struct Units {
    open: VecDeque<Unit>,
    rows: u64,
    ended: bool,
    order: Order,
    run: Option<Run>,
    /// Where the mapping reads the row behind: the last row of a run, until that row is known.
    held: Option<Unit>,
    keys_ended: HashSet<u64>,
    /// Where the table has several files: those before, and this one so far.
    pub runs: Option<Runs>,
    /// Lines for reuse: their buffers have grown to the size of the file's rows.
    spare: Vec<Line>,
}

/// The runs of a table's files: by each key's digest that of the run's first row. A run that begins with another row in
/// a later file is a part of a run that was cut: both parts would begin it. A later export of everything begins it with
/// the same row. Costs 18 to 36 bytes a key.
#[derive(Debug, Default)]
pub(super) struct Runs {
    before: HashMap<u64, u64>,
    here: HashMap<u64, u64>,
}

impl Runs {
    pub(super) fn begin_file(&mut self) {
        self.before.extend(self.here.drain());
    }

    /// A run begins; whether its first row is what it was in the files before.
    fn begin(&mut self, key: &str, first: u64) -> bool {
        let key = digest(key);
        self.here.insert(key, first);
        self.before.get(&key).is_none_or(|before| *before == first)
    }
}

/// The run that goes on.
struct Run {
    key: String,
    first: Line,
    last: Line,
    place: u64,
}

/// Where rows come from.
#[derive(Default)]
enum Order {
    /// As the file has them.
    #[default]
    File,
    Sorting(Sorter),
    Sorted(Sorted),
}

/// The rows of a file and what is needed to read them.
pub(super) struct Reader<'a> {
    pub records: &'a mut Records,
    pub table: &'a Table,
    pub binding: &'a Binding,
    pub layout: &'a Layout,
    pub joins: &'a [JoinedRows<'a>],
}

impl Units {
    pub(super) fn new(table: &Table) -> Self {
        let order = if table.sort_by.is_empty() { Order::File } else { Order::Sorting(Sorter::default()) };
        Self { order, ..Self::default() }
    }

    /// Rows read so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a unit's lines back for the rows to come.
    pub(super) fn recycle(&mut self, unit: Unit) {
        let room = SPARE_LINES_MAX.saturating_sub(self.spare.len());
        self.spare.extend(unit.lines.into_iter().take(room));
    }

    /// The next unit; `None` at the end of the file.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Unit>, UnitError> {
        loop {
            if let Some(unit) = self.closed(reader.table) {
                return Ok(Some(unit));
            }
            if self.ended {
                return Ok(self.held.take());
            }
            let mut line = self.spare.pop().unwrap_or_default();
            if let Order::Sorted(sorted) = &mut self.order {
                if !sorted.next(&mut line)? {
                    self.ended = true;
                    continue;
                }
            } else {
                match reader.records.next(&mut line) {
                    Ok(true) => self.rows += 1,
                    Ok(false) => {
                        self.all_read()?;
                        continue;
                    }
                    Err(error) => {
                        self.rows += u64::from(matches!(error, RowError::Row { .. }));
                        return Err(UnitError::Row(error));
                    }
                }
                if reader.repeats_header(&line) {
                    return Err(of_row(Fault::new("", "", REPEATED_HEADER), line.line));
                }
                if !reader.takes(&line).map_err(|fault| of_row(fault, line.line))? {
                    return Ok(Some(Unit { filtered: true, ..Unit::of(line) }));
                }
            }
            if let Some(unit) = self.take(line, reader)? {
                return Ok(Some(unit));
            }
        }
    }

    fn all_read(&mut self) -> Result<(), UnitError> {
        match std::mem::take(&mut self.order) {
            Order::Sorting(sorter) => self.order = Order::Sorted(sorter.finish()?),
            Order::File | Order::Sorted(_) => self.ended = true,
        }
        Ok(())
    }

    /// The oldest group that no further row can join.
    fn closed(&mut self, table: &Table) -> Option<Unit> {
        let oldest = self.open.front()?;
        let sorted = matches!(self.order, Order::Sorted(_));
        let over = self.ended
            || (sorted && self.open.len() > 1)
            || (!sorted && self.rows - oldest.last_row > table.group_window)
            || oldest.lines.len() >= GROUP_ROWS_MAX;
        // Without a window the newest group is open until a row with another key has come.
        let newest_is_open = !self.ended && self.open.len() == 1 && table.group_window == 0;
        if !over || newest_is_open {
            return None;
        }
        let unit = self.open.pop_front()?;
        if !sorted {
            self.keys_ended.insert(digest(&unit.key));
        }
        Some(unit)
    }

    /// Takes one row more. Returns a unit that is complete by then: the row itself, or the row before it in a run.
    fn take(&mut self, line: Line, reader: &Reader<'_>) -> Result<Option<Unit>, UnitError> {
        let table = reader.table;
        let by = if table.group_by.is_empty() { &table.run_by } else { &table.group_by };
        let row = Context { joins: reader.joins, ..Context::bare(reader.binding, &line) };
        let key = key(by, &row).map_err(|fault| of_row(fault, line.line))?;
        if let Order::Sorting(sorter) = &mut self.order {
            let key = sort::key(&key, &table.sort_by, &row).map_err(|fault| of_row(fault, line.line))?;
            sorter.add(key, line)?;
            return Ok(None);
        }
        if by.is_empty() || key.is_empty() {
            return Ok(Some(Unit::of(line)));
        }
        if !table.group_by.is_empty() {
            let last_row = self.rows;
            if let Some(unit) = self.open.iter_mut().rev().find(|unit| unit.key == key) {
                unit.lines.push(line);
                unit.last_row = last_row;
                return Ok(None);
            }
            self.not_again(&key, line.line)?;
            self.open.push_back(Unit { key, last_row, ..Unit::of(line) });
            return Ok(None);
        }
        self.go_on(key, line, reader)
    }

    /// Adds a row to the current run, or begins another run.
    fn go_on(&mut self, key: String, line: Line, reader: &Reader<'_>) -> Result<Option<Unit>, UnitError> {
        let copy = line.clone();
        let mut unit = Unit::of(line);
        let mut same = false;
        match self.run.take() {
            Some(run) if run.key == key => {
                same = true;
                unit.first = Some(run.first.clone());
                unit.previous = Some(run.last);
                unit.place = run.place + 1;
                self.run = Some(Run { key, first: run.first, last: copy.clone(), place: unit.place });
            }
            other => {
                if matches!(self.order, Order::File) {
                    self.keys_ended.extend(other.map(|run| digest(&run.key)));
                    self.not_again(&key, copy.line)?;
                }
                if let Some(runs) = &mut self.runs
                    && !runs.begin(&key, reader.layout.short(&copy.record, reader.binding))
                {
                    return Err(UnitError::Parted(copy.line));
                }
                unit.first = Some(copy.clone());
                self.run = Some(Run { key, first: copy.clone(), last: copy.clone(), place: 0 });
            }
        }
        if !reader.table.looks_ahead {
            return Ok(Some(unit));
        }
        let mut before = self.held.replace(unit);
        if let Some(before) = before.as_mut().filter(|_| same) {
            before.next = Some(copy);
        }
        Ok(before)
    }

    fn not_again(&self, key: &str, line: u64) -> Result<(), UnitError> {
        if self.keys_ended.contains(&digest(key)) { Err(UnitError::Again(line)) } else { Ok(()) }
    }
}

const REPEATED_HEADER: &str = "the row repeats the header, as where files were put together; take it out";

/// A row that is wrong before it is in a unit.
fn of_row(fault: Fault, line: u64) -> UnitError {
    let Fault { column, value, reason } = fault;
    UnitError::Row(RowError::Row { line, column, value, reason })
}

impl Reader<'_> {
    /// Whether a row is the file's header once more.
    fn repeats_header(&self, line: &Line) -> bool {
        let header = &self.records.header;
        let same = |(field, name): (&str, &String)| field.trim().trim_start_matches('\u{feff}') == name;
        header.len() > 1 && line.record.len() == header.len() && line.record.iter().zip(header).all(same)
    }

    /// Whether the mapping's `where` takes a row.
    fn takes(&self, line: &Line) -> Result<bool, Fault> {
        let row = Context { joins: self.joins, ..Context::bare(self.binding, line) };
        holds(self.table.filter.as_ref(), &row)
    }
}

/// 64 bits of a key. Two keys with one digest would stop the import with a message, and change nothing.
fn digest(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The key of a group or run; empty where none of its parts has a value.
fn key(parts: &[Expr], row: &Context<'_>) -> Result<String, Fault> {
    let mut key = String::new();
    for part in parts {
        key.push_str(&part.eval(row)?);
        key.push(KEY_SEPARATOR);
    }
    Ok(if key.trim_matches(KEY_SEPARATOR).is_empty() { String::new() } else { key })
}
