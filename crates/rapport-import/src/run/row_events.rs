//! Rows with their events, and rows that are wrong.

use std::{path::PathBuf, sync::Arc};

use super::stream_event::StreamEvent;

/// Rows and their events. All of them are right: of a row with a fault there are none.
#[derive(Debug, Clone, PartialEq)]
pub struct RowEvents {
    /// The mapping's table.
    pub table: Arc<str>,
    /// The file.
    pub file: Arc<PathBuf>,
    /// The first row's line, from 1.
    pub line: u64,
    /// How many rows of the file this is: 1, or the rows of a group.
    pub rows: u64,
    /// The events in their order; none if the mapping makes no event of this row.
    pub events: Vec<StreamEvent>,
    /// The states of which another file tells what the row told before: what the ledger was told of them is retracted.
    pub taken_back: Vec<StreamEvent>,
}

impl RowEvents {
    /// The reject that this row becomes when the ledger refuses it.
    #[must_use]
    pub fn refused(&self, reason: impl Into<String>) -> Reject {
        Reject {
            table: Arc::clone(&self.table),
            file: Arc::clone(&self.file),
            line: self.line,
            rows: self.rows,
            column: String::new(),
            value: String::new(),
            reason: reason.into(),
        }
    }
}

/// A row that adds nothing, for the reject file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The mapping's table.
    pub table: Arc<str>,
    /// The file.
    pub file: Arc<PathBuf>,
    /// The line of the value, from 1.
    pub line: u64,
    /// How many rows of the file are rejected for it: 1, or the rows of a group.
    pub rows: u64,
    /// The column; empty when the fault is the row's.
    pub column: String,
    /// The value as the file has it. May be personal: for the reject file only.
    pub value: String,
    /// Why, and what was expected. Never holds the value.
    pub reason: String,
}
