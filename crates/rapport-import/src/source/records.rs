//! The rows of a file.

use std::{io, io::BufRead as _, path::Path, sync::Arc};

use csv::{ByteRecord, StringRecord};
use encoding_rs::{Encoding, UTF_8};

use super::{
    input::{self, Opened, Text, Watch},
    json,
    lines::Lines,
    named::{self, InOrder, NamedRows},
    quotes::Marks,
    row::{ROW_BYTES_MAX, RowError, TypedRows},
    sheet, xes,
};
use crate::{
    expr::context::Line,
    mapping::format::{Delimiter, FileKind, Format},
};

/// The rows of one open file; the header, if there is one, is not among them.
pub(crate) struct Records {
    rows: Rows,
    pub header: Vec<String>,
    pub watch: Arc<Watch>,
    ragged: bool,
    encoding: &'static Encoding,
    lines_before: u64,
    /// A first row that turned out not to be a header, or why it cannot be read.
    first: Option<Result<Line, RowError>>,
}

enum Rows {
    /// With the marks of a file that has quoted values.
    Csv(Box<csv::Reader<Terminated>>, Option<Marks>),
    Words {
        text: Text,
        line: u64,
        buffer: Vec<u8>,
    },
    Typed(Box<dyn TypedRows>),
}

impl Records {
    pub(crate) fn open(path: &Path, format: &Format) -> Result<Self, io::Error> {
        let kind = format.kind(path)?;
        if kind != FileKind::Text && path.exists() && !path.is_file() && !path.is_dir() {
            let reason = "a file of this format is read more than once; write it to a file first";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        if let FileKind::Json | FileKind::JsonLines | FileKind::Xes = kind {
            let header = match named::names(named_rows(path, format, kind)?.0) {
                Ok(header) => header,
                Err(RowError::File(error)) => return Err(error),
                Err(RowError::Row { line, reason, .. }) => {
                    let reason =
                        format!("it has no row that can be read; of the first, on line {line}: {reason}");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
            };
            let (rows, watch) = named_rows(path, format, kind)?;
            let rows = Rows::Typed(Box::new(InOrder::new(rows, &header)));
            return Ok(Self { header, ..Self::new(rows, watch, UTF_8, format) });
        }
        let mut records = match kind {
            FileKind::Workbook => {
                let (sheet, watch) = sheet::open(path, format.sheet.as_deref(), format.skip_lines)?;
                Self::new(Rows::Typed(Box::new(sheet)), watch, UTF_8, format)
            }
            FileKind::Text | FileKind::Json | FileKind::JsonLines | FileKind::Xes => text_rows(path, format)?,
        };
        records.read_header(format)?;
        Ok(records)
    }

    fn new(rows: Rows, watch: Arc<Watch>, encoding: &'static Encoding, format: &Format) -> Self {
        // Sheets number their rows themselves.
        let lines_before = if matches!(rows, Rows::Typed(_)) { 0 } else { u64::from(format.skip_lines) };
        let ragged = format.ragged || matches!(rows, Rows::Typed(_));
        Self { rows, header: Vec::new(), watch, ragged, encoding, lines_before, first: None }
    }

    /// Takes the first row as the header; of a mapping with `columns` only where it repeats them.
    fn read_header(&mut self, format: &Format) -> Result<(), io::Error> {
        let mut first = Line::default();
        self.header = format.columns.clone().unwrap_or_default();
        let found = match (self.read(&mut first), &format.columns) {
            (Ok(found), _) => found,
            (Err(RowError::File(error)), _) => return Err(error),
            (Err(error @ RowError::Row { .. }), Some(_)) => {
                self.first = Some(Err(error));
                return Ok(());
            }
            (Err(RowError::Row { reason, .. }), None) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("its first row cannot be read: {reason}"),
                ));
            }
        };
        let names = first.record.iter().map(str::trim);
        if let Some(columns) = &format.columns {
            let repeated = names.clone().count() == columns.len()
                && names.zip(columns).all(|(name, column)| name.eq_ignore_ascii_case(column));
            if found && !repeated {
                self.first = Some(Ok(first));
            }
        } else {
            self.header = names.map(str::to_owned).collect();
        }
        Ok(())
    }

    /// What may be wrong with the rows, known at the end of the file.
    pub(crate) fn warnings(&self) -> Vec<String> {
        match &self.rows {
            Rows::Typed(rows) => rows.warnings(),
            Rows::Csv(..) | Rows::Words { .. } => Vec::new(),
        }
    }

    /// The number of fields of the row that was taken as the first.
    pub(crate) fn first_row_fields(&self) -> usize {
        match &self.first {
            Some(Ok(first)) => first.record.len(),
            Some(Err(_)) | None => self.header.len(),
        }
    }

    /// The next row that has a value; `false` at the end of the file. Spreadsheets write rows of delimiters alone below
    /// their last row; these are empty lines.
    pub(crate) fn next(&mut self, line: &mut Line) -> Result<bool, RowError> {
        loop {
            let found = match self.first.take() {
                Some(first) => {
                    *line = first?;
                    true
                }
                None => self.read(line)?,
            };
            if !found {
                return Ok(false);
            }
            if line.record.iter().any(|field| !field.trim().is_empty()) {
                break;
            }
        }
        let (fields, wanted) = (line.record.len(), self.header.len());
        let surplus = !matches!(self.rows, Rows::Typed(_))
            && line.record.iter().skip(wanted).any(|field| !field.trim().is_empty());
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
            Rows::Csv(reader, marks) => {
                let begin = reader.position().byte();
                reader.get_mut().begin_row(begin);
                let mut bytes = std::mem::take(&mut line.record).into_byte_record();
                let found = reader.read_byte_record(&mut bytes);
                let (end, text) = (reader.position().byte(), reader.get_ref());
                line.line = text.lines.of_row() + self.lines_before;
                let found = found.map_err(|error| csv_error(error, line.line))?;
                if let Some(marks) = marks {
                    text.check_quotes(*marks, end, &bytes, line.line, &self.header)?;
                }
                line.record = StringRecord::from_byte_record(bytes).map_err(|error| {
                    let (field, bytes) = (error.utf8_error().field(), error.into_byte_record());
                    let value = bytes.get(field).unwrap_or_default();
                    undecodable(line.line, self.header.get(field), value, self.encoding)
                })?;
                Ok(found)
            }
            Rows::Words { text, line: number, buffer } => loop {
                buffer.clear();
                let mut limited = io::Read::take(&mut **text, ROW_BYTES_MAX);
                let read = limited.read_until(b'\n', buffer).map_err(RowError::File)?;
                if read as u64 == ROW_BYTES_MAX {
                    return Err(RowError::File(too_long(*number + 1 + self.lines_before)));
                }
                if read == 0 {
                    return Ok(false);
                }
                *number += 1;
                line.line = *number + self.lines_before;
                let Ok(words) = str::from_utf8(buffer) else {
                    let words = String::from_utf8_lossy(buffer);
                    let mut words = words.split_whitespace().enumerate();
                    let (field, value) = words
                        .find(|(_, word)| word.contains(char::REPLACEMENT_CHARACTER))
                        .unwrap_or_default();
                    let column = self.header.get(field);
                    return Err(undecodable(line.line, column, value.as_bytes(), self.encoding));
                };
                if words.trim().is_empty() {
                    continue;
                }
                line.record = StringRecord::from_iter(words.split_whitespace());
                return Ok(true);
            },
            Rows::Typed(rows) => rows.next(line),
        }
    }
}

fn text_rows(path: &Path, format: &Format) -> io::Result<Records> {
    let Opened { mut text, watch, encoding } = input::open(path, format.encoding)?;
    // Spreadsheets write, and read, a first line that names the delimiter.
    let names_delimiter = format.skip_lines == 0 && text.fill_buf()?.starts_with(b"sep=");
    let lines_before = format.skip_lines + u32::from(names_delimiter);
    for _ in 0..lines_before {
        text.skip_until(b'\n')?;
    }
    let rows = match format.delimiter {
        Delimiter::Whitespace => Rows::Words { text, line: 0, buffer: Vec::new() },
        Delimiter::Byte(delimiter) => {
            let mut builder = csv::ReaderBuilder::new();
            builder.has_headers(false).flexible(true).delimiter(delimiter).buffer_capacity(1 << 16);
            match format.quote {
                Some(quote) => builder.quote(quote),
                None => builder.quoting(false),
            };
            let quoted_rows = format.quoted_rows;
            let marks = format.quote.map(|quote| Marks { quote, delimiter, quoted_rows });
            Rows::Csv(Box::new(builder.from_reader(Terminated::new(text))), marks)
        }
    };
    Ok(Records { lines_before: u64::from(lines_before), ..Records::new(rows, watch, encoding, format) })
}

/// The rows of a file without a header.
fn named_rows(path: &Path, format: &Format, kind: FileKind) -> io::Result<(NamedRows, Arc<Watch>)> {
    if kind == FileKind::Xes {
        let declared = xes::encoding(&mut input::open_bytes(path)?.0)?;
        let Opened { text, watch, encoding } = input::open(path, declared.unwrap_or(format.encoding))?;
        return Ok((NamedRows::new(xes::Events::new(text, encoding)?), watch));
    }
    let layout = if kind == FileKind::JsonLines {
        json::Layout::Lines
    } else {
        json::layout(input::open(path, format.encoding)?.text, format.rows.as_deref())?
    };
    let Opened { text, watch, encoding } = input::open(path, format.encoding)?;
    Ok((NamedRows::new(json::Objects::new(text, encoding, layout, format.unnest.clone())), watch))
}

/// `line` is the one that the row begins on.
fn csv_error(error: csv::Error, line: u64) -> RowError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            RowError::File(too_long(line))
        }
        csv::ErrorKind::Io(error) => RowError::File(error),
        other => RowError::Row {
            line,
            column: String::new(),
            value: String::new(),
            reason: format!("not a row: {other:?}"),
        },
    }
}

/// The error of a value with bytes that the file's encoding does not have. In the reject file U+FFFD replaces them.
fn undecodable(line: u64, column: Option<&String>, value: &[u8], encoding: &'static Encoding) -> RowError {
    let value = String::from_utf8_lossy(value).into_owned();
    RowError::Row {
        line,
        column: column.cloned().unwrap_or_default(),
        value,
        reason: input::not_text(encoding),
    }
}

fn too_long(line: u64) -> io::Error {
    let mebibytes = ROW_BYTES_MAX >> 20;
    io::Error::other(format!(
        "the row that begins at line {line} is longer than {mebibytes} MiB; perhaps a quotation mark is never closed \
         (`quote = \"\"` reads files without quoting), or it is not a text file"
    ))
}

/// A text with one more line end appended. A last row without a line end stops there; a quoted value that is never
/// closed reads on behind it. That tells the two apart.
struct Terminated {
    text: Text,
    lines: Lines,
    terminated: bool,
    /// Whether the reader asked for more behind the end.
    ended: bool,
    /// Read since the row was begun.
    row_bytes: u64,
    /// Where the row begins.
    row: u64,
    /// The bytes from `kept_from` on: those of the row, and of rows before it in the same piece.
    kept: Vec<u8>,
    kept_from: u64,
}

impl Terminated {
    fn new(text: Text) -> Self {
        Self {
            text,
            lines: Lines::new(),
            terminated: false,
            ended: false,
            row_bytes: 0,
            row: 0,
            kept: Vec::new(),
            kept_from: 0,
        }
    }

    /// The next row is at this byte, or behind blank lines.
    fn begin_row(&mut self, offset: u64) {
        self.row_bytes = 0;
        self.row = offset;
        self.lines.begin_row(offset);
    }

    /// Refuses a row whose quotation marks cannot be meant as they are. The row ends before `end`, and has been read as
    /// `record`.
    fn check_quotes(
        &self,
        marks: Marks,
        end: u64,
        record: &ByteRecord,
        line: u64,
        header: &[String],
    ) -> Result<(), RowError> {
        let text = record.as_slice();
        if !self.ended && !text.contains(&b'\n') && !text.contains(&b'\r') {
            return Ok(());
        }
        let place =
            |offset: u64| usize::try_from(offset.saturating_sub(self.kept_from)).unwrap_or(usize::MAX);
        let row = self.kept.get(place(self.row)..place(end)).unwrap_or_default();
        match marks.stray(row, line, &self.lines, record.len(), header.len()) {
            None => Ok(()),
            Some(stray) => Err(RowError::Row {
                line,
                column: header.get(stray.field).cloned().unwrap_or_default(),
                value: String::from_utf8_lossy(&stray.value).into_owned(),
                reason: stray.reason,
            }),
        }
    }

    /// Keeps what the row may need, and nothing of the rows before it.
    fn keep(&mut self, bytes: &[u8]) {
        let done = usize::try_from(self.row - self.kept_from).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.drain(..done);
        self.kept_from += done as u64;
        self.kept.extend_from_slice(bytes);
    }
}

impl io::Read for Terminated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes > ROW_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut read = self.text.read(buffer)?;
        if read == 0 {
            match buffer.first_mut() {
                Some(end) if !self.terminated => *end = b'\n',
                _ => {
                    self.ended = true;
                    return Ok(0);
                }
            }
            self.terminated = true;
            read = 1;
        }
        self.row_bytes += read as u64;
        // The row has taken everything before: it is read in pieces, and the next is asked for when one is used up.
        self.lines.go_on();
        let bytes = buffer.get(..read).unwrap_or_default();
        self.lines.feed(bytes);
        self.keep(bytes);
        Ok(read)
    }
}
