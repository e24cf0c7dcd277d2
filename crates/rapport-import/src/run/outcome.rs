//! What an import hands out, and how it is counted.

use std::{path::PathBuf, sync::Arc};

use prost::Message as _;
use rapport_proto::v1;

use super::identity::event_id;

/// An event and the stream it goes to.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEvent {
    /// The stream.
    pub stream: String,
    /// The event; it has passed validation.
    pub event: v1::Event,
}

/// What comes next of an import.
#[expect(clippy::large_enum_variant, reason = "there is one at a time; a box would be one allocation a row")]
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A definition to append before the rows; it is no row.
    Definition(StreamEvent),
    /// A row, or a group of rows, that is right.
    Row(RowEvents),
    /// A row, or a group of rows, that is wrong.
    Reject(Reject),
    /// The end of a file: append [`FileEnd::batch_closed`] with the counts.
    FileEnd(FileEnd),
}

/// Rows and their events, to be appended all or not at all.
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
    /// In order. Empty for a row that the mapping says carries no event of its own.
    pub events: Vec<StreamEvent>,
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

/// The end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEnd {
    /// The mapping's name.
    pub mapping: Arc<str>,
    /// The mapping's table.
    pub table: Arc<str>,
    /// The file.
    pub file: Arc<PathBuf>,
    /// SHA-256 of the file as it is on disk, 64 hexadecimal digits.
    pub sha256: String,
    /// Rows read, without the header.
    pub rows: u64,
    /// Where the mapping's ids come from.
    pub(super) id_namespace: Arc<str>,
    pub(super) source: Arc<str>,
}

impl FileEnd {
    /// The `import.batch_closed` of this file; `None` when the import of a file that was imported before added nothing.
    ///
    /// Its id is made from the file's digest, the mapping, the table and the counts. So a first import that is
    /// repeated after a crash closes once, and an import with other counts closes anew.
    #[must_use]
    pub fn batch_closed(&self, counts: &Counts) -> Option<StreamEvent> {
        if counts.accepted == 0 && counts.duplicate > 0 {
            return None;
        }
        let payload = v1::Payload {
            kind: Some(v1::payload::Kind::ImportBatchClosed(v1::ImportBatchClosed {
                file_sha256: self.sha256.clone(),
                rows: counts.rows(),
                rows_accepted: counts.accepted,
                rows_duplicate: counts.duplicate,
                rows_rejected: counts.rejected,
                events_added: counts.events_added,
                mapping: self.mapping.to_string(),
                table: self.table.to_string(),
            })),
        };
        let figures = [counts.accepted, counts.duplicate, counts.rejected, counts.events_added]
            .map(|figure| figure.to_string());
        let mut key = vec![self.sha256.as_str()];
        key.extend(figures.iter().map(String::as_str));
        let event = v1::Event {
            id: event_id(&self.id_namespace, &self.table, "import.batch_closed", &key),
            source: self.source.to_string(),
            payload: payload.encode_to_vec().into(),
            ..v1::Event::default()
        };
        Some(StreamEvent { stream: format!("import-{}", self.mapping), event })
    }
}

/// The rows of a file. **Invariant:** `rows = accepted + duplicate + rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows that added events, or that carry none of their own.
    pub accepted: u64,
    /// Rows whose events were all in the ledger.
    pub duplicate: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Events added.
    pub events_added: u64,
}

impl Counts {
    /// All rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected
    }
}

/// Counts the rows of one file as the ledger answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    counts: Counts,
    silent: u64,
}

impl Tally {
    /// A [`RowEvents`] was appended; `events_added` of its events were new.
    pub fn appended(&mut self, row: &RowEvents, events_added: u64) {
        self.counts.events_added += events_added;
        if row.events.is_empty() {
            self.silent += row.rows;
        } else if events_added == 0 {
            self.counts.duplicate += row.rows;
        } else {
            self.counts.accepted += row.rows;
        }
    }

    /// A [`Reject`] came, or was made by [`RowEvents::refused`].
    pub fn rejected(&mut self, reject: &Reject) {
        self.counts.rejected += reject.rows;
    }

    /// The counts. Rows without events of their own are accepted with the rows that have some, and duplicates in a
    /// file that added nothing again.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        let mut counts = self.counts;
        if counts.accepted == 0 && counts.duplicate > 0 {
            counts.duplicate += self.silent;
        } else {
            counts.accepted += self.silent;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rows: u64, events: usize) -> RowEvents {
        let event = StreamEvent { stream: "s".into(), event: v1::Event::default() };
        RowEvents {
            table: "t".into(),
            file: Arc::new("f".into()),
            line: 1,
            rows,
            events: vec![event; events],
        }
    }

    #[test]
    fn counts_add_up_and_a_second_import_accepts_nothing() {
        let mut first = Tally::default();
        first.appended(&row(3, 1), 1);
        first.appended(&row(1, 0), 0);
        first.rejected(&row(2, 1).refused("wrong"));
        let counts = first.counts();
        assert_eq!((counts.accepted, counts.duplicate, counts.rejected, counts.rows()), (4, 0, 2, 6));

        let mut second = Tally::default();
        second.appended(&row(3, 1), 0);
        second.appended(&row(1, 0), 0);
        second.rejected(&row(2, 1).refused("wrong"));
        let counts = second.counts();
        assert_eq!((counts.accepted, counts.duplicate, counts.rejected, counts.rows()), (0, 4, 2, 6));
    }
}
