//! Reads a joined file.

use std::path::Path;

use csv::StringRecord;

use super::{header, records::Records, row::RowError};
use crate::{
    expr::{
        condition::holds,
        context::{Binding, Context, Line},
        lookup::{KEY_SEPARATOR, Lookup},
        readings::Readings,
    },
    mapping::table::Join,
    run::error::ImportError,
    value::fault::Fault,
};

/// Opens a file and finds its columns.
pub(crate) fn open(path: &Path, join: &Join) -> Result<(Records, Binding), ImportError> {
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
pub(crate) fn load(lookup: &mut Lookup, path: &Path, join: &Join) -> Result<(), ImportError> {
    let (mut records, binding) = open(path, join)?;
    let mut line = Line::default();
    loop {
        match records.next(&mut line) {
            Ok(true) => add(lookup, &line, &binding, join)
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
    lookup.warnings.extend(warnings.map(|warning| format!("joined file `{}`: {warning}", path.display())));
    Ok(())
}

fn add(lookup: &mut Lookup, line: &Line, binding: &Binding, join: &Join) -> Result<(), Fault> {
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
    let slots = 0..join.columns.0.len();
    let record = StringRecord::from_iter(slots.clone().map(|slot| binding.read(&line.record, slot)));
    let typed = if line.typed.contains(&true) {
        slots.map(|slot| binding.is_typed(line, slot)).collect()
    } else {
        Box::default()
    };
    if lookup.add(key, record, typed) {
        Ok(())
    } else {
        Err(Fault::new("", "", "the joined file has too many rows"))
    }
}
