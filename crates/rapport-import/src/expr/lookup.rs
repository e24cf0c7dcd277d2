//! A joined file in memory: of each row only the columns that the mapping reads.

use std::collections::HashMap;

use csv::StringRecord;

/// Rows by key. Costs the texts of the columns read, about 60 bytes a row and about 60 bytes a key.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    rows: Vec<StringRecord>,
    /// For each row, the slots of which the file says that they are numbers or dates; empty for files of text alone.
    typed: Vec<Box<[bool]>>,
    by_key: HashMap<Box<str>, Vec<u32>>,
    /// What may be wrong with the files.
    pub warnings: Vec<String>,
}

/// Between the parts of a key that has several.
pub(crate) const KEY_SEPARATOR: char = '\u{1f}';

impl Lookup {
    /// The rows with this key, in the order of the files.
    pub(crate) fn rows(&self, key: &str) -> &[u32] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// The text in a slot of a row.
    pub(crate) fn value(&self, row: u32, slot: usize) -> &str {
        self.rows.get(row as usize).and_then(|row| row.get(slot)).unwrap_or_default()
    }

    /// Whether the file itself says that the value is a number or a date.
    pub(crate) fn is_typed(&self, row: u32, slot: usize) -> bool {
        self.typed.get(row as usize).and_then(|row| row.get(slot)).copied().unwrap_or_default()
    }

    /// All values that the file does not say to be numbers or dates, each with its slot.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.rows.iter().zip(0_u32..).flat_map(move |(record, row)| {
            record.iter().enumerate().filter(move |(slot, _)| !self.is_typed(row, *slot))
        })
    }

    /// Adds a row; `typed` says of each slot whether it is a number or a date, and is empty for a file of text alone.
    /// `false` when there are too many rows.
    #[must_use]
    pub(crate) fn add(&mut self, key: String, record: StringRecord, typed: Box<[bool]>) -> bool {
        let Ok(index) = u32::try_from(self.rows.len()) else { return false };
        self.rows.push(record);
        if !typed.is_empty() {
            self.typed.resize_with(index as usize, Box::default);
            self.typed.push(typed);
        }
        self.by_key.entry(key.into()).or_default().push(index);
        true
    }
}
