//! XLSX workbooks: a sheet row by row. A thread of its own reads it, because the reader borrows the workbook.
//!
//! In memory are the workbook's table of texts, and some rows ahead.

use std::{
    io::{self, BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, Xlsx, XlsxError};
use csv::StringRecord;

use super::{
    archive::{self, Packed, Source},
    input::{self, Watch},
    row::{RowError, TypedRows},
};
use crate::expr::context::Line;

/// A workbook may unpack to this many bytes, because its texts are in memory.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// The columns of any sheet. A cell further to the right would make a row of empty cells.
const COLUMNS_MAX: u32 = 16_384;

/// From here on a number has more digits before its point than the 15 that a sheet keeps.
const WHOLE_END: f64 = 1e15;

/// Rows in a chunk, and chunks that wait for the import.
const ROWS_AHEAD: usize = 256;
const CHUNKS_AHEAD: usize = 4;

/// What the thread hands over.
enum Chunk {
    Rows(Vec<Row>),
    /// The sheet has ended; these are its merged ranges.
    End(Vec<Merged>),
    Failed(io::Error),
}

#[derive(Debug)]
struct Merged {
    /// Such as `B4:B5`.
    range: String,
    /// From 1.
    last_row: u64,
    first_column: usize,
}

/// A row, and the columns whose cells have a formula and no value.
struct Row {
    line: Line,
    unvalued: Vec<usize>,
}

/// The rows of a sheet.
pub(super) struct Sheet {
    chunks: Receiver<Chunk>,
    rows: std::vec::IntoIter<Row>,
    /// The first row's texts, and its number.
    header: Option<(StringRecord, u64)>,
    merged: Vec<Merged>,
}

/// Opens a sheet: the named one, else the first. `skip` rows at its top are left out.
pub(super) fn open(path: &Path, sheet: Option<&str>, skip: u32) -> io::Result<(Sheet, Arc<Watch>)> {
    let part = Part { sheet: sheet.map(str::to_owned), skip };
    match archive::split(path) {
        None => {
            let file = input::regular(path)?;
            let watch = Watch::of_file(path, file.metadata()?.len());
            Ok((part.start(Box::new(BufReader::new(file)))?, Arc::new(watch)))
        }
        Some((outer, _)) => {
            let (text, inner) = input::open_bytes(path)?;
            let mut bytes = Vec::new();
            if text.take(UNPACKED_BYTES_MAX).read_to_end(&mut bytes)? as u64 == UNPACKED_BYTES_MAX {
                return Err(invalid(
                    "the workbook in the archive is too large; unpack it and import it by itself",
                ));
            }
            let watch = Watch::of_file(outer, inner.bytes());
            Ok((part.start(Box::new(Cursor::new(bytes)))?, Arc::new(watch)))
        }
    }
}

/// The names of a workbook's sheets.
pub(crate) fn names(path: &Path) -> io::Result<Vec<String>> {
    let file: &mut dyn Source = &mut BufReader::new(input::regular(path)?);
    let workbook = Xlsx::new(file).map_err(|error| said(&error))?;
    Ok(workbook.sheet_names())
}

impl Sheet {
    /// The row, unless a formula in a named column has no value.
    fn checked(&mut self, row: Row) -> Result<Line, RowError> {
        let Row { line, unvalued } = row;
        let (header, _) = self.header.get_or_insert_with(|| (line.record.clone(), line.line));
        let named = |column: &usize| header.get(*column).filter(|name| !name.trim().is_empty());
        let Some((column, name)) = unvalued.iter().find_map(|column| Some((*column, named(column)?))) else {
            return Ok(line);
        };
        let reason = format!(
            "cell `{}` has a formula without a value: the program that wrote the file did not calculate it; open the \
             file in a spreadsheet program, save it, and import it again",
            cell_name(column, line.line)
        );
        Err(RowError::Row { line: line.line, column: name.trim().to_owned(), value: String::new(), reason })
    }
}

impl TypedRows for Sheet {
    fn next(&mut self, line: &mut Line) -> Result<bool, RowError> {
        loop {
            if let Some(row) = self.rows.next() {
                // The header is the first row that has a value.
                if self.header.is_none() && row.line.record.is_empty() {
                    continue;
                }
                *line = self.checked(row)?;
                return Ok(true);
            }
            match self.chunks.recv() {
                Ok(Chunk::Rows(rows)) => self.rows = rows.into_iter(),
                Ok(Chunk::End(merged)) => {
                    self.merged.extend(merged);
                    return Ok(false);
                }
                Ok(Chunk::Failed(error)) => return Err(RowError::File(error)),
                // The thread hands over the end last, unless it panicked or the end was taken before.
                Err(_) => {
                    return Err(RowError::File(invalid(
                        "the workbook cannot be read; save it again as XLSX",
                    )));
                }
            }
        }
    }

    fn warnings(&self) -> Vec<String> {
        let Some((header, header_row)) = &self.header else { return Vec::new() };
        let below = |merged: &&Merged| merged.last_row > *header_row && merged.first_column < header.len();
        let ranges: Vec<&str> =
            self.merged.iter().filter(below).map(|merged| merged.range.as_str()).collect();
        let Some(first) = ranges.first() else { return Vec::new() };
        let others = if ranges.len() > 1 { format!(" and {} more", ranges.len() - 1) } else { String::new() };
        vec![format!(
            "merged cells (`{first}`{others}): only the first cell of each has the value, and the others count as empty; \
             if that is wrong, split them and fill every cell"
        )]
    }
}

/// What is read of a workbook.
struct Part {
    sheet: Option<String>,
    skip: u32,
}

impl Part {
    /// Checks the workbook, and begins to read it.
    fn start(self, mut source: Box<dyn Source>) -> io::Result<Sheet> {
        match archive::kind_of(&mut *source)? {
            Some(Packed::Workbook) => {}
            Some(Packed::Document | Packed::Archive) => return Err(not_a_workbook()),
            None => return Err(not_packed(&mut source)?),
        }
        archive::check(&mut *source, UNPACKED_BYTES_MAX)?;
        let (to, chunks) = sync_channel(CHUNKS_AHEAD);
        std::thread::spawn(move || {
            let end = match self.read(&mut *source, &to) {
                Ok(merged) => Chunk::End(merged),
                Err(error) => Chunk::Failed(error),
            };
            // An import that has stopped takes nothing more.
            let _ = to.send(end);
        });
        Ok(Sheet { chunks, rows: Vec::new().into_iter(), header: None, merged: Vec::new() })
    }

    /// Hands over the rows, until the import has stopped; then the merged ranges.
    fn read(&self, source: &mut dyn Source, to: &SyncSender<Chunk>) -> io::Result<Vec<Merged>> {
        let mut workbook = Xlsx::new(source).map_err(|error| said(&error))?;
        let names = workbook.sheet_names();
        let name = match &self.sheet {
            Some(sheet) => names.iter().find(|name| *name == sheet),
            None => names.first(),
        };
        let name = name.ok_or_else(|| {
            let sheet = self.sheet.as_deref().unwrap_or_default();
            let reason = format!("it has no sheet `{sheet}`; it has `{}`", names.join("`, `"));
            io::Error::new(io::ErrorKind::NotFound, reason)
        })?;
        let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| said(&error))?;
        let mut rows: Vec<Row> = Vec::with_capacity(ROWS_AHEAD);
        let mut row = Cells::default();
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| said(&error))? {
            let (number, column) = cell.pos;
            if number < self.skip {
                continue;
            }
            if u64::from(number) + 1 != row.line {
                rows.extend(std::mem::take(&mut row).finish());
                row.line = u64::from(number) + 1;
                if rows.len() >= ROWS_AHEAD && to.send(Chunk::Rows(std::mem::take(&mut rows))).is_err() {
                    return Ok(Vec::new());
                }
            }
            if column >= COLUMNS_MAX {
                return Err(invalid(&format!(
                    "row {} has a cell beyond the {COLUMNS_MAX} columns of a sheet",
                    number + 1
                )));
            }
            row.put(column as usize, &cell.value, cell.formula.is_some());
        }
        rows.extend(row.finish());
        if to.send(Chunk::Rows(rows)).is_err() {
            return Ok(Vec::new());
        }
        drop(cells);
        let merged = workbook.merge_cells_by_sheet_name(name).map_err(|error| said(&error))?;
        Ok(merged.iter().map(Merged::new).collect())
    }
}

impl Merged {
    fn new(cells: &Dimensions) -> Self {
        let name = |(row, column): (u32, u32)| cell_name(column as usize, u64::from(row) + 1);
        Self {
            range: format!("{}:{}", name(cells.start), name(cells.end)),
            last_row: u64::from(cells.end.0) + 1,
            first_column: cells.start.1 as usize,
        }
    }
}

/// `AB12`, of a column from 0 and a row from 1.
fn cell_name(column: usize, row: u64) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or_default()));
        left = (left - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{row}")
}

/// The cells of a row.
#[derive(Default)]
struct Cells {
    line: u64,
    texts: Vec<String>,
    typed: Vec<bool>,
    unvalued: Vec<usize>,
}

impl Cells {
    fn put(&mut self, column: usize, value: &DataRef<'_>, is_formula: bool) {
        // A formula whose result is the empty text has a value: that text.
        if is_formula && *value == DataRef::Empty {
            self.unvalued.push(column);
        }
        let (text, typed) = text_of(value);
        if text.is_empty() {
            return;
        }
        if self.texts.len() <= column {
            self.texts.resize(column + 1, String::new());
            self.typed.resize(column + 1, false);
        }
        if let (Some(to), Some(kind)) = (self.texts.get_mut(column), self.typed.get_mut(column)) {
            (*to, *kind) = (text, typed);
        }
    }

    /// The row; `None` when nothing is in it.
    fn finish(self) -> Option<Row> {
        let Self { line, texts, typed, unvalued } = self;
        let any = !texts.is_empty() || !unvalued.is_empty();
        any.then(|| Row { line: Line { record: StringRecord::from(texts), line, typed }, unvalued })
    }
}

/// The text of a cell, and whether the sheet says that it is a number or a date.
fn text_of(value: &DataRef<'_>) -> (String, bool) {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "a sheet has no more digits")]
        DataRef::Int(number) => (digits(*number as f64), true),
        DataRef::Float(number) => (digits(*number), true),
        DataRef::String(text) => (text.clone(), false),
        DataRef::SharedString(text) => ((*text).to_owned(), false),
        // As the sheet shows it.
        DataRef::Bool(flag) => (if *flag { "TRUE" } else { "FALSE" }.to_owned(), false),
        DataRef::DateTime(moment) => (moment_text(moment), true),
        DataRef::DateTimeIso(text) => (text.clone(), true),
        DataRef::DurationIso(text) => (text.clone(), false),
        DataRef::Error(error) => (error.to_string(), false),
        DataRef::Empty => (String::new(), false),
    }
}

/// With the 15 digits that a sheet shows. Further digits are rounding noise. A number with more digits before its point
/// is `1.23E+17`, as in a sheet: zeros for the digits that are lost would make it look like another number's whole id.
fn digits(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    if shown.abs() >= WHOLE_END {
        return format!("{shown:e}").replace('e', "E+");
    }
    // A sheet does not show a negative zero.
    if shown == 0.0 { "0".to_owned() } else { shown.to_string() }
}

/// ISO 8601; a time alone as `h:mm:ss`.
fn moment_text(moment: &ExcelDateTime) -> String {
    const DAY_SECONDS: f64 = 86_400.0;
    let days = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&days) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number of seconds; beyond 64 bits it is the nearest"
        )]
        let seconds = (days * DAY_SECONDS).round() as i64;
        return format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    if !(1.0..2_958_466.0).contains(&days) {
        return digits(days);
    }
    let (year, month, day, hour, minute, second, millis) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (days.fract() == 0.0, millis) {
        (true, _) => date,
        (false, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        (false, _) => format!("{date} {hour:02}:{minute:02}:{second:02}.{millis:03}"),
    }
}

fn not_a_workbook() -> io::Error {
    invalid("it is not an XLSX workbook; save it as XLSX, or its sheet as CSV")
}

/// The error of a file that is not packed; it may have an older format.
fn not_packed(source: &mut impl Read) -> io::Result<io::Error> {
    let mut magic = Vec::new();
    source.take(4).read_to_end(&mut magic)?;
    Ok(if magic == input::OLD_OFFICE { input::old_office() } else { not_a_workbook() })
}

fn said(error: &XlsxError) -> io::Error {
    let reason = match error {
        XlsxError::Password => "it has a password; save it without".to_owned(),
        XlsxError::NotAWorksheet(kind) => {
            format!("its sheet is a `{kind}` and has no cells; name another with `sheet`")
        }
        other => format!("the workbook cannot be read ({other}); save it again as XLSX, or its sheet as CSV"),
    };
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
