//! Files in which every value has its name beside it. They have no header; a first pass over the file collects one.

use std::collections::HashMap;

use csv::StringRecord;

use super::row::{RowError, TypedRows};
use crate::expr::context::Line;

/// A row as its file has it.
#[derive(Debug)]
pub(super) struct NamedRow {
    pub line: u64,
    pub values: Vec<NamedValue>,
}

#[derive(Debug, Clone)]
pub(super) struct NamedValue {
    pub name: String,
    pub text: String,
    /// Whether the file says that it is a number or a date.
    pub typed: bool,
}

/// An open file, in the parts in which its format is read.
pub(super) trait Parts: Send {
    /// The rows of the next part; `None` at the end of the file, and behind it.
    fn next_part(&mut self) -> Result<Option<Vec<NamedRow>>, RowError>;
}

/// The rows of one open file.
pub(super) struct NamedRows {
    parts: Box<dyn Parts>,
    pending: std::vec::IntoIter<NamedRow>,
}

impl NamedRows {
    pub(super) fn new(parts: impl Parts + 'static) -> Self {
        Self { parts: Box::new(parts), pending: Vec::new().into_iter() }
    }

    /// The next row; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<NamedRow>, RowError> {
        loop {
            if let Some(row) = self.pending.next() {
                return Ok(Some(row));
            }
            match self.parts.next_part()? {
                Some(rows) => self.pending = rows.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// With more names than this, the names are data and not columns.
const COLUMNS_MAX: usize = 10_000;

/// The names in a file, in the order in which they come. A file with no row that can be read fails as its first one does.
pub(super) fn names(mut rows: NamedRows) -> Result<Vec<String>, RowError> {
    let (mut places, mut first_error) = (HashMap::new(), None);
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // The import rejects the row when it reads it.
            Err(error @ RowError::Row { .. }) => {
                first_error.get_or_insert(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        for value in row.values {
            let place = places.len();
            places.entry(value.name).or_insert(place);
        }
        if places.len() > COLUMNS_MAX {
            let reason = format!(
                "it has more than {COLUMNS_MAX} different names of values; it cannot be read as rows"
            );
            return Err(RowError::File(std::io::Error::new(std::io::ErrorKind::InvalidData, reason)));
        }
    }
    if let (true, Some(error)) = (places.is_empty(), first_error) {
        return Err(error);
    }
    let mut names: Vec<(usize, String)> = places.into_iter().map(|(name, place)| (place, name)).collect();
    names.sort_unstable();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// Rows with their values in the order of a header.
pub(super) struct InOrder {
    rows: NamedRows,
    places: HashMap<String, usize>,
}

impl InOrder {
    pub(super) fn new(rows: NamedRows, header: &[String]) -> Self {
        let places = header.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        Self { rows, places }
    }
}

impl TypedRows for InOrder {
    fn next(&mut self, line: &mut Line) -> Result<bool, RowError> {
        let Some(row) = self.rows.next()? else { return Ok(false) };
        let mut texts: Vec<Option<String>> = vec![None; self.places.len()];
        line.line = row.line;
        line.typed.clear();
        line.typed.resize(texts.len(), false);
        for value in row.values {
            let Some(place) = self.places.get(&value.name).copied() else { continue };
            let Some(slot) = texts.get_mut(place) else { continue };
            if slot.replace(value.text).is_some() {
                let reason = "the row has two values of this name".into();
                return Err(RowError::Row {
                    line: row.line,
                    column: value.name,
                    value: String::new(),
                    reason,
                });
            }
            if let Some(typed) = line.typed.get_mut(place) {
                *typed = value.typed;
            }
        }
        line.record = StringRecord::from_iter(texts.into_iter().map(Option::unwrap_or_default));
        Ok(true)
    }
}
