//! Two files of different tables that may have the same rows.
//!
//! Equal rows of one table without an id are recognised; equal rows of two tables are not, because their columns differ.
//! So a sample beside the file that it was taken from counts twice, and the import warns.

use crate::{
    mapping::{emit::Emit, table::Table},
    payload::fields::Body,
    source::files::Files,
};

/// The warning for a table, of an earlier one whose files are given too.
pub(super) fn warning(tables: &[Table], index: usize, files: &Files) -> Option<String> {
    let table = tables.get(index).filter(|table| is_without_id(table))?;
    let given = |place: usize| files.rows.iter().any(|file| file.table == place);
    let mut earlier =
        tables.iter().enumerate().take(index).filter(|(place, table)| given(*place) && is_without_id(table));
    let (other, emit) = earlier.find_map(|(_, other)| {
        let both = |emit: &&Emit| other.emits.iter().any(|known| is_same_type(known, emit));
        Some((other, table.emits.iter().find(both)?))
    })?;
    Some(format!(
        "table `{}` and table `{}` both give `{}`, of rows without an `id`: a row that both files have is counted twice; \
         `superseded_by` leaves the files of one out, where the other's have all its rows",
        other.name, table.name, emit.name
    ))
}

fn is_without_id(table: &Table) -> bool {
    table.id.is_empty() && table.group_by.is_empty()
}

fn is_same_type(left: &Emit, right: &Emit) -> bool {
    match (&left.payload, &right.payload) {
        (Body::Known(left, _), Body::Known(right, _)) => left == right,
        (Body::Own(_), Body::Own(_)) => left.own_type == right.own_type,
        (Body::Known(..), Body::Own(_)) | (Body::Own(_), Body::Known(..)) => false,
    }
}
