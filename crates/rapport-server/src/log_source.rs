//! The log as the views need it: batches in order, and single events.

use prost::Message;
use rapport_log::{ReadFrom, ReadRequest, Reader, Recorded};
use rapport_model::{EventId, Position};
use rapport_proto::v1::RecordedEvent;
use rapport_store::{EventSource, SourceError};

/// Reads for the views.
pub struct LogSource(pub Reader);

impl LogSource {
    /// At most so many events after a position.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn after(&self, position: Position, events_max: u64) -> Result<Vec<RecordedEvent>, SourceError> {
        let request = ReadRequest {
            from: ReadFrom::Position(position.next()),
            limit: Some(events_max),
            ..ReadRequest::default()
        };
        self.0.read(request).map(|recorded| decode(&recorded?)).collect()
    }
}

impl EventSource for LogSource {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        self.0.by_position(position)?.as_ref().map(decode).transpose()
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        let Ok(id) = id.parse::<EventId>() else { return Ok(None) };
        self.0.by_id(id)?.as_ref().map(decode).transpose()
    }
}

fn decode(recorded: &Recorded) -> Result<RecordedEvent, SourceError> {
    Ok(RecordedEvent::decode(recorded.bytes.clone())?)
}
