//! Files in which every value has its name beside it. They have no header; a first pass over the file collects one.

use std::collections::HashMap;

use csv::StringRecord;

use super::records::{RowError, TypedRows};
use crate::expr::context::Line;

/// A row as its file has it.
#[derive(Debug, Default)]
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

/// The rows of one open file.
pub(super) trait NamedRows: Send {
    /// The next row; `false` at the end of the file.
    fn next(&mut self, row: &mut NamedRow) -> Result<bool, RowError>;
}

/// With more names than this, the names are data and not columns.
const COLUMNS_MAX: usize = 10_000;

/// The names in a file, in the order in which they come.
pub(super) fn names(rows: &mut dyn NamedRows) -> Result<Vec<String>, RowError> {
    let mut places = HashMap::new();
    let mut row = NamedRow::default();
    loop {
        match rows.next(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            // The import rejects the row when it reads it.
            Err(RowError::Row { .. }) => continue,
            Err(error) => return Err(error),
        }
        for value in row.values.drain(..) {
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
    let mut names: Vec<(usize, String)> = places.into_iter().map(|(name, place)| (place, name)).collect();
    names.sort_unstable();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// Rows with their values in the order of a header.
pub(super) struct InOrder {
    rows: Box<dyn NamedRows>,
    places: HashMap<String, usize>,
    row: NamedRow,
}

impl InOrder {
    pub fn new(rows: Box<dyn NamedRows>, header: &[String]) -> Self {
        let places = header.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        Self { rows, places, row: NamedRow::default() }
    }
}

impl TypedRows for InOrder {
    fn next(&mut self, line: &mut Line) -> Result<bool, RowError> {
        self.row.values.clear();
        if !self.rows.next(&mut self.row)? {
            return Ok(false);
        }
        let mut texts: Vec<Option<String>> = vec![None; self.places.len()];
        line.line = self.row.line;
        line.typed.clear();
        line.typed.resize(texts.len(), false);
        for value in self.row.values.drain(..) {
            let Some(place) = self.places.get(&value.name).copied() else { continue };
            let Some(slot) = texts.get_mut(place) else { continue };
            if slot.replace(value.text).is_some() {
                let reason = "the row has two values of this name".into();
                return Err(RowError::Row {
                    line: self.row.line,
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
