//! What an import hands out, and how it is counted.

use std::{path::PathBuf, sync::Arc};

use prost::Message as _;
use rapport_proto::v1;

use super::{
    identity::event_id,
    look_alike::LookAlikes,
    row_events::{Reject, RowEvents},
    stream_event::{Origin, StreamEvent},
    tally::Counts,
};
use crate::mapping::batch_stream;

/// What comes next of an import.
#[expect(clippy::large_enum_variant, reason = "there is one at a time; a box would be one allocation a row")]
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A definition to append before the rows; it is not a row.
    Definition(StreamEvent),
    /// A row, or a group of rows, that is right.
    Row(RowEvents),
    /// A row, or a group of rows, that is wrong.
    Reject(Reject),
    /// The end of a file: append [`FileEnd::batch_closed`] with the counts.
    FileEnd(FileEnd),
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
