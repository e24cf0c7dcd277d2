//! A first mapping for a file, made from its columns and values, as a start for a user who has not written one before.
//!
//! The text says what was found and marks every guess. **Invariant:** a dry run with the mapping reads the file, because
//! the mapping was tried on it, and rows that it rejects are counted in a comment.

mod column;
mod emit;
mod events;
mod found;
mod guess;
mod sniff;
mod standing;
mod text;
mod write;

use std::path::{Path, PathBuf};

use crate::{
    mapping::Mapping,
    run::{error::ImportError, import::Import, options::Options, outcome::Step},
    source::{
        archive::{self, Packed},
        records::Records,
        row::RowError,
    },
};
use column::Column;
use found::Found;

/// Only this many rows are examined.
const ROWS_MAX: u64 = 100_000;

/// A guess that rejects more than one row in this many is wrong.
const REJECTS_ONE_IN: u64 = 10;

/// The text of a mapping for a file, or for the files in an archive.
///
/// # Errors
/// The file cannot be read, or has no rows.
pub fn suggest(path: &Path) -> Result<String, ImportError> {
    let kind = if path.is_file() { archive::kind(path) } else { Ok(None) };
    let paths = match kind.map_err(|source| ImportError::read(path, source))? {
        Some(Packed::Archive) => {
            let members = archive::members(path).map_err(|source| ImportError::read(path, source))?;
            members.into_iter().map(|member| member.path).collect()
        }
        Some(Packed::Workbook | Packed::Document) | None => vec![path.to_owned()],
    };
    let mut tables = Vec::with_capacity(paths.len());
    for path in paths {
        let mut found = look(&path)?;
        // Files of one name in different folders of an archive belong to one table.
        if tables.iter().all(|(other, _): &(Found, String)| other.name != found.name) {
            let table = table(&mut found);
            tables.push((found, table));
        }
    }
    Ok(write::mapping(path, &tables))
}

/// The table of the mapping for a file: with a type of the vocabulary if one fits, else with one of the organisation's.
fn table(found: &mut Found) -> String {
    let guesses = guess::types(found);
    for guess in guesses {
        // A column that turns out to be written in two ways is read as text.
        for _ in 0..=found.columns.len() {
            let mut text = write::table(found, guess);
            match trial(found, &text) {
                Trial::Read { rows, rejected, events, first }
                    // The organisation's own type is the last choice, however many rows it rejects.
                    if guess == guess::Guess::Own || (rejected * REJECTS_ONE_IN <= rows && events > 0) =>
                {
                    write::tried(&mut text, rows, rejected, &first);
                    return text;
                }
                Trial::Read { .. } | Trial::Fails => break,
                Trial::TwoWays(column) => {
                    let known = found.columns.iter_mut().find(|known| known.name == column);
                    let Some(known) = known.filter(|known| !known.is_text()) else { break };
                    known.read_as_text();
                }
            }
        }
    }
    write::table(found, guess::Guess::Own)
}

enum Trial {
    Read { rows: u64, rejected: u64, events: usize, first: String },
    Fails,
    TwoWays(String),
}

/// What an import with this table makes of the file.
fn trial(found: &Found, table: &str) -> Trial {
    let text = format!("{}{table}", write::head("trial"));
    let Ok(mapping) = Mapping::parse(&text, "trial") else { return Trial::Fails };
    let path = PathBuf::from(format!("{}={}", found.name, found.path.display()));
    let import = match Import::new(&mapping, &[path], Options::default()) {
        Ok(import) => import,
        Err(ImportError::TwoWays { column, .. }) => return Trial::TwoWays(column),
        Err(_) => return Trial::Fails,
    };
    let (mut rows, mut rejected, mut events, mut first) = (0, 0, 0, String::new());
    for step in import {
        match step {
            Ok(Step::Row(row)) => (rows, events) = (rows + row.rows, events + row.events.len()),
            Ok(Step::Reject(reject)) => {
                if first.is_empty() {
                    first = format!("line {}, {}: {}", reject.line, reject.column, reject.reason);
                }
                (rows, rejected) = (rows + reject.rows, rejected + reject.rows);
            }
            Ok(Step::Definition(_) | Step::FileEnd(_)) => {}
            Err(_) => return Trial::Fails,
        }
        if rows >= ROWS_MAX {
            break;
        }
    }
    Trial::Read { rows, rejected, events, first }
}

/// Looks through a file.
fn look(path: &Path) -> Result<Found, ImportError> {
    let read = |source| ImportError::read(path, source);
    let sniffed = sniff::format(path).map_err(read)?;
    let mut records = Records::open(path, &sniffed.format).map_err(read)?;
    let mut columns: Vec<Column> = column::named(&records.header);
    if columns.is_empty() {
        return Err(ImportError::columns(path, "", Vec::new(), &[]));
    }
    let mut line = crate::expr::context::Line::default();
    let (mut rows, mut more, mut ragged) = (0, false, false);
    loop {
        match records.next(&mut line) {
            Ok(true) if rows == ROWS_MAX => {
                more = true;
                break;
            }
            Ok(true) => {}
            Ok(false) => break,
            Err(RowError::Row { .. }) => {
                ragged = true;
                continue;
            }
            Err(RowError::File(source)) => return Err(read(source)),
        }
        rows += 1;
        for (place, column) in columns.iter_mut().enumerate() {
            let typed = line.typed.get(place).copied().unwrap_or_default();
            column.note(line.record.get(place).unwrap_or_default().trim(), typed);
        }
    }
    column::settle(&mut columns, rows);
    let mut written = sniffed.written;
    if ragged && sniffed.format.columns.is_none() {
        written.push(
            "ragged = true              # CHECK: some rows have fewer values than there are columns".into(),
        );
    }
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = table_name(&file_name);
    Ok(Found { path: path.to_owned(), file_name, name, written, columns, rows, more })
}

/// The file's name without its end, as a word.
fn table_name(file_name: &str) -> String {
    let stem = file_name.split('.').next().unwrap_or_default();
    let word: String = stem
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { '_' })
        .collect::<String>()
        .to_lowercase();
    let word = word.trim_matches('_');
    if word.is_empty() { "rows".to_owned() } else { word.to_owned() }
}
