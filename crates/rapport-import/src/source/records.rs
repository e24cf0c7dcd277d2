//! The rows of a file.

use std::{io, io::BufRead as _, path::Path, sync::Arc};

use csv::StringRecord;

use super::input::{self, Text, Watch};
use crate::{
    expr::context::Line,
    mapping::{Delimiter, Format},
};

/// The rows of one open file; the header, if there is one, is not among them.
pub(crate) struct Records {
    rows: Rows,
    pub header: Vec<String>,
    pub watch: Arc<Watch>,
    ragged: bool,
    lines_before: u64,
    /// A first row that turned out not to be a header.
    first: Option<Line>,
}

enum Rows {
    Csv { reader: Box<csv::Reader<Terminated>>, carriage_returns: bool },
    Words { text: Text, line: u64, buffer: String },
}

/// A longer row is none: a quotation mark that is never closed makes one row of the rest of the file.
const ROW_BYTES_MAX: u64 = 16 << 20;

/// A row that cannot be read as one.
#[derive(Debug)]
pub(crate) enum RowError {
    /// The row is wrong; the next one can be read.
    Row { line: u64, column: String, value: String, reason: String },
    /// Nothing more can be read.
    File(io::Error),
}

impl Records {
    pub fn open(path: &Path, format: &Format) -> Result<Self, io::Error> {
        let (mut text, watch) = input::open(path, format.encoding)?;
        for _ in 0..format.skip_lines {
            text.skip_until(b'\n')?;
        }
        let rows = match format.delimiter {
            Delimiter::Whitespace => Rows::Words { text, line: 0, buffer: String::new() },
            Delimiter::Byte(delimiter) => {
                let carriage_returns = ends_with_carriage_return(text.fill_buf()?);
                let mut builder = csv::ReaderBuilder::new();
                builder.has_headers(false).flexible(true).delimiter(delimiter).buffer_capacity(1 << 16);
                match format.quote {
                    Some(quote) => builder.quote(quote),
                    None => builder.quoting(false),
                };
                let text = Terminated { text, carriage_returns, last: b'\n', row_bytes: 0 };
                Rows::Csv { reader: Box::new(builder.from_reader(text)), carriage_returns }
            }
        };
        let lines_before = u64::from(format.skip_lines);
        let mut records =
            Self { rows, header: Vec::new(), watch, ragged: format.ragged, lines_before, first: None };
        records.read_header(format)?;
        Ok(records)
    }

    /// Takes the first row as the header; of a mapping with `columns` only where it repeats them.
    fn read_header(&mut self, format: &Format) -> Result<(), io::Error> {
        let mut first = Line::default();
        let found = match self.read(&mut first) {
            Ok(found) => found,
            Err(RowError::File(error)) => return Err(error),
            Err(RowError::Row { reason, .. }) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("its first row cannot be read: {reason}"),
                ));
            }
        };
        let names: Vec<String> = first.record.iter().map(|name| name.trim().to_owned()).collect();
        self.header = match &format.columns {
            None => names,
            Some(columns) => {
                let repeated = names.len() == columns.len()
                    && names.iter().zip(columns).all(|(name, column)| name.eq_ignore_ascii_case(column));
                if found && !repeated {
                    self.first = Some(first);
                }
                columns.clone()
            }
        };
        Ok(())
    }

    /// The number of fields of the row that was taken as the first.
    pub fn first_row_fields(&self) -> usize {
        self.first.as_ref().map_or(self.header.len(), |first| first.record.len())
    }

    /// The next row; `false` at the end of the file.
    pub fn next(&mut self, line: &mut Line) -> Result<bool, RowError> {
        let found = match self.first.take() {
            Some(first) => {
                *line = first;
                true
            }
            None => self.read(line)?,
        };
        if !found {
            return Ok(false);
        }
        let (fields, wanted) = (line.record.len(), self.header.len());
        let surplus = line.record.iter().skip(wanted).any(|field| !field.trim().is_empty());
        if surplus || (fields < wanted && !self.ragged) {
            let reason = format!(
                "the row has {fields} fields, the header {wanted}; a delimiter in a value needs quotes around it"
            );
            return Err(RowError::Row {
                line: line.line,
                column: String::new(),
                value: String::new(),
                reason,
            });
        }
        Ok(true)
    }

    fn read(&mut self, line: &mut Line) -> Result<bool, RowError> {
        match &mut self.rows {
            Rows::Csv { reader, carriage_returns } => {
                reader.get_mut().row_bytes = 0;
                let begun = reader.position().line() + self.lines_before;
                match reader.read_record(&mut line.record) {
                    Ok(found) => {
                        line.line = first_line(reader, &line.record, *carriage_returns) + self.lines_before;
                        Ok(found)
                    }
                    Err(error) => Err(self.csv_error(error, begun)),
                }
            }
            Rows::Words { text, line: number, buffer } => loop {
                buffer.clear();
                let read =
                    io::Read::take(&mut **text, ROW_BYTES_MAX).read_line(buffer).map_err(RowError::File)?;
                if read as u64 == ROW_BYTES_MAX {
                    return Err(RowError::File(too_long(*number + 1 + self.lines_before)));
                }
                if read == 0 {
                    return Ok(false);
                }
                *number += 1;
                if buffer.trim().is_empty() {
                    continue;
                }
                line.record = StringRecord::from_iter(buffer.split_whitespace());
                line.line = *number + self.lines_before;
                return Ok(true);
            },
        }
    }

    /// `begun` is the line that the row begins in or after.
    fn csv_error(&self, error: csv::Error, begun: u64) -> RowError {
        let line = error.position().map_or(0, csv::Position::line) + self.lines_before;
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                RowError::File(too_long(begun))
            }
            csv::ErrorKind::Io(error) => RowError::File(error),
            csv::ErrorKind::Utf8 { err, .. } => {
                let column = self.header.get(err.field()).cloned().unwrap_or_default();
                let reason = "not UTF-8; say which `encoding` the file has, such as `windows-1252`".into();
                RowError::Row { line, column, value: String::new(), reason }
            }
            other => RowError::Row {
                line,
                column: String::new(),
                value: String::new(),
                reason: format!("not a row: {other:?}"),
            },
        }
    }
}

fn too_long(line: u64) -> io::Error {
    let mebibytes = ROW_BYTES_MAX >> 20;
    io::Error::other(format!(
        "the row that begins at line {line} is longer than {mebibytes} MiB; perhaps a quotation mark is never closed \
         (`quote = \"\"` reads files without quoting), or it is no text file"
    ))
}

/// Whether the text's first line ends with `\r\n`.
fn ends_with_carriage_return(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.ends_with(b"\r")
}

/// A text whose last line ends like the others, so that every record's end is counted alike.
struct Terminated {
    text: Text,
    carriage_returns: bool,
    last: u8,
    /// Read since the row was begun.
    row_bytes: u64,
}

impl io::Read for Terminated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes > ROW_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.text.read(buffer)?;
        self.row_bytes += read as u64;
        if let Some(last) = buffer.get(..read).and_then(<[u8]>::last) {
            self.last = *last;
            return Ok(read);
        }
        let end: &[u8] = if self.carriage_returns { b"\r\n" } else { b"\n" };
        match buffer.get_mut(..end.len()) {
            Some(room) if self.last != b'\n' => {
                room.copy_from_slice(end);
                self.last = b'\n';
                Ok(end.len())
            }
            _ => Ok(0),
        }
    }
}

/// The first line of the record just read, from 1. Counted back from its end: where the record begins, the `csv`
/// crate counts blank lines before it, and the `\n` of the line before where lines end with `\r\n`.
fn first_line(reader: &csv::Reader<Terminated>, record: &StringRecord, carriage_returns: bool) -> u64 {
    // Of `\r\n` only the `\r` has been read when a record ends.
    let behind = u64::from(!carriage_returns);
    let inside: usize = record.iter().map(|field| field.bytes().filter(|byte| *byte == b'\n').count()).sum();
    reader.position().line().saturating_sub(behind + inside as u64)
}
