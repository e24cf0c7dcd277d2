//! One row of a file: how it is read, how long it may be, and why it cannot be read.

use std::io;

use crate::expr::context::Line;

/// Rows of a file whose format has types of values.
pub(super) trait TypedRows: Send {
    /// The next row, with as many fields as the header; `false` at the end of the file.
    fn next(&mut self, line: &mut Line) -> Result<bool, RowError>;

    /// What may be wrong with the rows, known at the end of the file.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The limit of a row: a quotation mark that is never closed would make one row of the rest of the file.
pub(super) const ROW_BYTES_MAX: u64 = 16 << 20;

/// Why a row cannot be read.
#[derive(Debug)]
pub(crate) enum RowError {
    /// The row is wrong; the next one can be read.
    Row { line: u64, column: String, value: String, reason: String },
    /// Nothing more can be read.
    File(io::Error),
}
