//! How the bytes of a file become rows.

use std::{io, path::Path};

use super::{error::MappingError, section::Section};
use crate::source::archive::{self, Packed};

/// How the bytes of a file become rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Format {
    /// What the file is; by its content and name when the mapping does not say it.
    pub kind: Option<FileKind>,
    pub delimiter: Delimiter,
    pub encoding: &'static encoding_rs::Encoding,
    pub quote: Option<u8>,
    /// Whether quoted values may have lines that look like rows of the file.
    pub quoted_rows: bool,
    /// Names for a file without a header line.
    pub columns: Option<Vec<String>>,
    pub skip_lines: u32,
    /// The sheet of a workbook; the first when left out.
    pub sheet: Option<String>,
    /// The path to the array of JSON that has the rows; found when left out.
    pub rows: Option<String>,
    /// The path to an array in each row whose elements are rows of their own.
    pub unnest: Option<String>,
    pub nulls: Vec<String>,
    pub trim: bool,
    /// Whether a row may have fewer fields than the header.
    pub ragged: bool,
    pub optional_columns: Vec<String>,
}

/// What a file is, before anything is known of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Rows of text: CSV and its relatives.
    Text,
    Json,
    JsonLines,
    /// XLSX.
    Workbook,
    Xes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delimiter {
    Byte(u8),
    Whitespace,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            kind: None,
            delimiter: Delimiter::Byte(b','),
            encoding: encoding_rs::UTF_8,
            quote: Some(b'"'),
            quoted_rows: false,
            columns: None,
            skip_lines: 0,
            sheet: None,
            rows: None,
            unnest: None,
            nulls: Vec::new(),
            trim: true,
            ragged: false,
            optional_columns: Vec::new(),
        }
    }
}

impl FileKind {
    /// By the name that a mapping or the end of a file's name gives it.
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Self::Text,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            "xlsx" | "xlsm" => Self::Workbook,
            "xes" => Self::Xes,
            _ => return None,
        })
    }
}

impl Format {
    /// What the file is.
    pub(crate) fn kind(&self, path: &Path) -> io::Result<FileKind> {
        if let Some(kind) = self.kind {
            return Ok(kind);
        }
        if path.is_file() && archive::kind(path)? == Some(Packed::Workbook) {
            return Ok(FileKind::Workbook);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unpacked = name.strip_suffix(".gz").unwrap_or(&name);
        let end = unpacked.rsplit_once('.').map_or("", |(_, end)| end);
        Ok(FileKind::named(end).unwrap_or(FileKind::Text))
    }
}

/// Takes the keys that say how a file is read.
pub(crate) fn format(section: &mut Section, outer: &Format) -> Result<Format, MappingError> {
    let mut format = outer.clone();
    if let Some(name) = section.text("format")? {
        let expected = "`csv`, `xlsx`, `json`, `jsonl` or `xes`";
        let kind = FileKind::named(&name);
        format.kind = Some(kind.ok_or_else(|| section.wrong("format", &toml::Value::from(name), expected))?);
    }
    if let Some(text) = section.text("delimiter")? {
        format.delimiter = match text.as_str() {
            "whitespace" => Delimiter::Whitespace,
            "tab" => Delimiter::Byte(b'\t'),
            _ => {
                let expected = "one ASCII character, `tab` or `whitespace`";
                Delimiter::Byte(byte(section, "delimiter", &text, expected)?)
            }
        };
    }
    if let Some(label) = section.text("encoding")? {
        let wrong = || {
            section.wrong(
                "encoding",
                &toml::Value::from(label.as_str()),
                "a name such as `utf-8`, `windows-1252`, `latin1` or `utf-16le`",
            )
        };
        format.encoding =
            encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(wrong)?;
    }
    if let Some(text) = section.text("quote")? {
        format.quote = match text.as_str() {
            "" => None,
            _ => Some(byte(section, "quote", &text, "one ASCII character, or nothing for no quotes")?),
        };
    }
    format.quoted_rows = section.flag("quoted_rows")?.unwrap_or(format.quoted_rows);
    if let Some(columns) = section.texts("columns")? {
        format.columns = Some(columns);
    }
    format.sheet = section.text("sheet")?.or(format.sheet);
    format.rows = section.text("rows")?.or(format.rows);
    format.unnest = section.text("unnest")?.or(format.unnest);
    format.skip_lines = section.count("skip_lines")?.unwrap_or(format.skip_lines);
    format.nulls = section.texts("null")?.unwrap_or(format.nulls);
    format.trim = section.flag("trim")?.unwrap_or(format.trim);
    format.ragged = section.flag("ragged")?.unwrap_or(format.ragged);
    format.optional_columns = section.texts("optional_columns")?.unwrap_or(format.optional_columns);
    Ok(format)
}

/// The one byte of a text.
fn byte(section: &Section, key: &str, text: &str, expected: &str) -> Result<u8, MappingError> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(section.wrong(key, &toml::Value::from(text), expected)),
    }
}
