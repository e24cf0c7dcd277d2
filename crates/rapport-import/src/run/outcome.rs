//! What an import hands out, and how it is counted.

use std::{path::PathBuf, sync::Arc};

use prost::Message as _;
use rapport_proto::v1;

use super::{identity::event_id, look_alike::LookAlikes, tally::Counts};

/// An event and the stream it goes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamEvent {
    /// The stream.
    pub stream: String,
    /// The event; it has passed validation.
    pub event: v1::Event,
    /// The emit and the row that made it.
    pub origin: Origin,
}

impl StreamEvent {
    /// Whether nothing says when it happened: it counts from the moment of recording on.
    #[must_use]
    pub fn counts_from_the_import_on(&self) -> bool {
        self.event.occurred_at.is_none() && !self.origin.dated
    }
}

/// How an event was made, as far as it decides how a change of the event is told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    /// The emit's place in its table.
    pub(crate) emit: usize,
    /// Whether the source dates it, and neither the import nor the caller.
    pub(crate) dated: bool,
    /// Whether it tells a state. Its id is then the same whatever the state is.
    pub(crate) is_state: bool,
    /// Whether its date is the moment of the row's last change, at or before which it happened.
    pub(crate) last_change: bool,
    /// Whether it ends something, so that it has happened by the import that tells it.
    pub(crate) ends: bool,
    /// Whether another row can have the same id.
    pub(crate) is_shared: bool,
    /// The joins of the table whose files were not given, a bit each.
    pub(crate) absent_joins: u64,
    /// The same as an earlier version of Rapport made it, where that had another id.
    pub(crate) earlier: Option<Box<v1::Event>>,
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
    /// In order. Empty for a row that the mapping says carries no event of its own.
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

/// The end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEnd {
    /// The mapping's name.
    pub mapping: Arc<str>,
    /// The mapping's table.
    pub table: Arc<str>,
    /// The file.
    pub file: Arc<PathBuf>,
    /// SHA-256 of the file as it is on disk, 64 hexadecimal digits; of a file in an archive, the archive's.
    pub sha256: String,
    /// Rows read, without the header.
    pub rows: u64,
    /// What may be wrong with the file as a whole and cannot be known from it, each a sentence.
    pub warnings: Vec<String>,
    /// Ids that look like an id before them.
    pub look_alikes: LookAlikes,
    /// The name in its archive, of a file that is in one.
    pub(super) member: Option<String>,
    /// Where the mapping's ids come from.
    pub(super) id_namespace: Arc<str>,
    pub(super) source: Arc<str>,
}

impl FileEnd {
    /// The `import.batch_closed` of this file; `None` when the import of a file that was imported before added nothing.
    ///
    /// Its id is made from the file's digest, the mapping, the table, the counts and the place of the first event. So a
    /// first import that is repeated after a crash closes once, and one that adds something closes anew.
    #[must_use]
    pub fn batch_closed(&self, counts: &Counts) -> Option<StreamEvent> {
        if counts.events_added == 0 && counts.duplicate > 0 {
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
        let first_added = counts.first_added.to_string();
        let mut key = vec![self.sha256.as_str()];
        key.extend(figures.iter().map(String::as_str));
        if counts.first_added > 0 || self.member.is_some() {
            key.push(&first_added);
        }
        // The members of an archive have its digest in common.
        key.extend(self.member.as_deref());
        let event = v1::Event {
            id: event_id(&self.id_namespace, &self.table, "import.batch_closed", &key),
            source: self.source.to_string(),
            payload: payload.encode_to_vec().into(),
            ..v1::Event::default()
        };
        Some(StreamEvent { stream: batch_stream(&self.mapping), event, origin: Origin::default() })
    }
}

/// The stream of a mapping's `import.batch_closed`.
pub(crate) fn batch_stream(mapping: &str) -> String {
    format!("import-{mapping}")
}
