//! What was found in a file.

use std::path::PathBuf;

use super::column::Column;

/// What was found in a file.
#[derive(Debug)]
pub(super) struct Found {
    pub path: PathBuf,
    /// The file's name in the mapping's `files`.
    pub file_name: String,
    /// A name for the table: the file's without its end.
    pub name: String,
    /// The lines of the mapping that say how the file is written.
    pub written: Vec<String>,
    pub columns: Vec<Column>,
    pub rows: u64,
    pub more: bool,
}

impl Found {
    /// The column at this place.
    pub(super) fn column(&self, index: usize) -> Option<&Column> {
        self.columns.get(index)
    }
}
