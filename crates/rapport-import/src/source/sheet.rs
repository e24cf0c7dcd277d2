//! XLSX workbooks: a sheet row by row. A thread of its own reads it, because the reader borrows the workbook.
//!
//! In memory are the workbook's table of texts, and some rows ahead.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};
use csv::StringRecord;

use super::{
    archive::{self, Packed},
    input::{self, Watch},
    records::{RowError, TypedRows},
};
use crate::expr::context::Line;

/// What a workbook may unpack to: its texts are in memory.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// Of any sheet; a cell that says to be further right would be a row of empty ones.
const COLUMNS_MAX: u32 = 16_384;

/// Rows handed over at a time, and how often before they are taken.
const ROWS_AHEAD: usize = 256;
const CHUNKS_AHEAD: usize = 4;

type Chunk = io::Result<Vec<Line>>;

/// The rows of a sheet.
pub(super) struct Sheet {
    chunks: Receiver<Chunk>,
    rows: std::vec::IntoIter<Line>,
}

/// Opens a sheet: the named one, else the first. `skip` rows at its top are left out.
pub(super) fn open(path: &Path, sheet: Option<&str>, skip: u32) -> io::Result<(Sheet, Arc<Watch>)> {
    let sheet = sheet.map(str::to_owned);
    let (to, chunks) = sync_channel(CHUNKS_AHEAD);
    let watch = match archive::split(path) {
        None => {
            let file = input::regular(path)?;
            match archive::kind(path)? {
                Some(Packed::Workbook) => {}
                Some(Packed::Document | Packed::Archive) => return Err(not_a_workbook()),
                None => return Err(no_archive(path)?),
            }
            archive::check(path, UNPACKED_BYTES_MAX)?;
            let watch = Watch::of_file(path, file.metadata()?.len());
            std::thread::spawn(move || send(BufReader::new(file), sheet.as_deref(), skip, &to));
            watch
        }
        Some((outer, _)) => {
            let (text, inner) = input::open_bytes(path)?;
            let mut bytes = Vec::new();
            if text.take(UNPACKED_BYTES_MAX).read_to_end(&mut bytes)? as u64 == UNPACKED_BYTES_MAX {
                return Err(invalid(
                    "the workbook in the archive is too large; unpack it and import it by itself",
                ));
            }
            std::thread::spawn(move || send(Cursor::new(bytes), sheet.as_deref(), skip, &to));
            Watch::of_file(outer, inner.bytes())
        }
    };
    Ok((Sheet { chunks, rows: Vec::new().into_iter() }, Arc::new(watch)))
}

impl TypedRows for Sheet {
    fn next(&mut self, line: &mut Line) -> Result<bool, RowError> {
        loop {
            if let Some(row) = self.rows.next() {
                *line = row;
                return Ok(true);
            }
            match self.chunks.recv() {
                Ok(Ok(rows)) if !rows.is_empty() => self.rows = rows.into_iter(),
                Ok(Ok(_)) => return Ok(false),
                Ok(Err(error)) => return Err(RowError::File(error)),
                // The thread ends with an empty chunk, unless it came to harm.
                Err(_) => {
                    return Err(RowError::File(invalid(
                        "the workbook cannot be read; save it again as XLSX",
                    )));
                }
            }
        }
    }
}

/// Reads the rows and hands them over, until nobody takes them any more.
fn send<R: Read + Seek>(source: R, sheet: Option<&str>, skip: u32, to: &SyncSender<Chunk>) {
    if let Err(error) = read(source, sheet, skip, to) {
        // Nobody is there who could be told.
        let _ = to.send(Err(error));
    }
}

fn read<R: Read + Seek>(source: R, sheet: Option<&str>, skip: u32, to: &SyncSender<Chunk>) -> io::Result<()> {
    let mut workbook = Xlsx::new(source).map_err(|error| said(&error))?;
    let names = workbook.sheet_names();
    let name = match sheet {
        Some(sheet) => names.iter().find(|name| *name == sheet),
        None => names.first(),
    };
    let name = name.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("it has no sheet `{}`; it has `{}`", sheet.unwrap_or_default(), names.join("`, `")),
        )
    })?;
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|error| said(&error))?;
    let mut rows: Vec<Line> = Vec::with_capacity(ROWS_AHEAD);
    let mut row = Cells::default();
    while let Some(cell) = cells.next_cell().map_err(|error| said(&error))? {
        let (number, column) = cell.get_position();
        if number < skip {
            continue;
        }
        if u64::from(number) + 1 != row.line {
            rows.extend(std::mem::take(&mut row).finish());
            row.line = u64::from(number) + 1;
            if rows.len() >= ROWS_AHEAD && to.send(Ok(std::mem::take(&mut rows))).is_err() {
                return Ok(());
            }
        }
        if column >= COLUMNS_MAX {
            return Err(invalid(&format!(
                "row {} has a cell beyond the {COLUMNS_MAX} columns of a sheet",
                number + 1
            )));
        }
        row.put(column as usize, cell.get_value());
    }
    rows.extend(row.finish());
    if !rows.is_empty() && to.send(Ok(rows)).is_err() {
        return Ok(());
    }
    // Whether it is taken or not, it is the end.
    let _ = to.send(Ok(Vec::new()));
    Ok(())
}

/// The cells of a row.
#[derive(Default)]
struct Cells {
    line: u64,
    texts: Vec<String>,
    typed: Vec<bool>,
}

impl Cells {
    fn put(&mut self, column: usize, value: &DataRef<'_>) {
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
    fn finish(self) -> Option<Line> {
        let Self { line, texts, typed } = self;
        (!texts.is_empty()).then(|| Line { record: StringRecord::from(texts), line, typed })
    }
}

/// The text of a cell, and whether the sheet says that it is a number or a date.
fn text_of(value: &DataRef<'_>) -> (String, bool) {
    match value {
        DataRef::Int(number) => (number.to_string(), true),
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

/// To the fifteen digits that a sheet shows: the rest is noise of its arithmetic.
fn digits(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // No sheet shows a negative zero.
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

/// Of a file that is not packed at all: perhaps of an older format.
fn no_archive(path: &Path) -> io::Result<io::Error> {
    let mut magic = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut magic)?;
    Ok(if magic == input::OLD_OFFICE {
        invalid(
            "it is a spreadsheet of an old format, or one with a password; save it as XLSX, without a password",
        )
    } else {
        not_a_workbook()
    })
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
