//! A joined file in memory: of each row only the columns that the mapping reads.

use std::{collections::HashMap, path::Path};

use csv::StringRecord;

use super::{
    header,
    records::{Records, RowError},
};
use crate::{
    expr::{
        context::{Binding, Context, Line},
        holds,
        reading::Readings,
    },
    mapping::Join,
    run::ImportError,
    value::fault::Fault,
};

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
    pub fn rows(&self, key: &str) -> &[u32] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// The text in a slot of a row.
    pub fn value(&self, row: u32, slot: usize) -> &str {
        self.rows.get(row as usize).and_then(|row| row.get(slot)).unwrap_or_default()
    }

    /// Whether the file itself says that the value is a number or a date.
    pub fn is_typed(&self, row: u32, slot: usize) -> bool {
        self.typed.get(row as usize).and_then(|row| row.get(slot)).copied().unwrap_or_default()
    }

    /// All values that the file does not say to be numbers or dates, each with its slot.
    pub fn texts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.rows.iter().zip(0_u32..).flat_map(move |(record, row)| {
            record.iter().enumerate().filter(move |(slot, _)| !self.is_typed(row, *slot))
        })
    }

    /// Opens a file and finds its columns.
    pub fn open(path: &Path, join: &Join) -> Result<(Records, Binding), ImportError> {
        let records = Records::open(path, &join.format).map_err(|source| ImportError::read(path, source))?;
        let columns = header::bind(&records.header, &join.columns, &join.format.optional_columns)
            .map_err(|missing| ImportError::columns(path, &join.name, missing, &records.header))?;
        let binding = Binding {
            columns,
            nulls: join.format.nulls.clone(),
            trim: join.format.trim,
            readings: Readings::default(),
        };
        Ok((records, binding))
    }

    /// Adds the rows of a file.
    pub fn load(&mut self, path: &Path, join: &Join) -> Result<(), ImportError> {
        let (mut records, binding) = Self::open(path, join)?;
        let mut line = Line::default();
        loop {
            match records.next(&mut line) {
                Ok(true) => self
                    .add(&line, &binding, join)
                    .map_err(|fault| ImportError::lookup(path, line.line, &fault.column, fault.reason))?,
                Ok(false) => break,
                Err(RowError::File(source)) => return Err(ImportError::read(path, source)),
                // With a part of the joined rows, other rows would silently change.
                Err(RowError::Row { line, column, reason, .. }) => {
                    return Err(ImportError::lookup(path, line, &column, reason));
                }
            }
        }
        let words = binding.readings.words.borrow();
        let warnings = records.warnings().into_iter().chain(words.warnings());
        self.warnings.extend(warnings.map(|warning| format!("joined file `{}`: {warning}", path.display())));
        Ok(())
    }

    fn add(&mut self, line: &Line, binding: &Binding, join: &Join) -> Result<(), Fault> {
        let row = Context::bare(binding, line);
        if !holds(join.filter.as_ref(), &row)? {
            return Ok(());
        }
        let mut key = String::new();
        for (index, part) in join.key.iter().enumerate() {
            if index > 0 {
                key.push(KEY_SEPARATOR);
            }
            key.push_str(&part.eval(&row)?);
        }
        let Ok(index) = u32::try_from(self.rows.len()) else {
            return Err(Fault::new("", "", "the joined file has too many rows"));
        };
        let values = (0..join.columns.0.len()).map(|slot| binding.read(&line.record, slot));
        self.rows.push(StringRecord::from_iter(values));
        if line.typed.contains(&true) {
            self.typed.resize_with(index as usize, Box::default);
            self.typed.push((0..join.columns.0.len()).map(|slot| binding.is_typed(line, slot)).collect());
        }
        self.by_key.entry(key.into()).or_default().push(index);
        Ok(())
    }
}
