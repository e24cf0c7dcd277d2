//! The log as the views need it: everything in order, and single events.

use std::{iter, sync::Arc};

use prost::Message;
use rapport_log::{ReadFrom, ReadRequest, Reader, Recorded};
use rapport_model::{EventId, Position};
use rapport_proto::v1::RecordedEvent;
use rapport_store::{Chunk, EncodedEvent, EventSource, OrderedEvents, SourceError};

/// Events handed over at once.
const CHUNK_EVENTS: usize = 2_000;

/// Reads for the views.
pub(crate) struct LogSource(pub Reader);

impl LogSource {
    /// The events after a position, up to the head of this moment.
    fn after(&self, position: Position) -> impl Iterator<Item = Result<EncodedEvent, SourceError>> + use<> {
        let request = ReadRequest { from: ReadFrom::Position(position.next()), ..ReadRequest::default() };
        self.0.read(request).map(|recorded| {
            let recorded = recorded?;
            Ok(EncodedEvent::new(recorded.position, recorded.bytes))
        })
    }
}

impl OrderedEvents for LogSource {
    fn chunks_after(&self, position: Position) -> Box<dyn Iterator<Item = Chunk> + '_> {
        let mut events = self.after(position);
        Box::new(iter::from_fn(move || {
            let chunk: Result<Vec<_>, _> = events.by_ref().take(CHUNK_EVENTS).collect();
            match chunk {
                Ok(chunk) if chunk.is_empty() => None,
                chunk => Some(chunk.map(Arc::from)),
            }
        }))
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

    fn positions_tagged(&self, tag: &str) -> Result<Vec<Position>, SourceError> {
        Ok(self.0.positions_tagged(tag))
    }
}

fn decode(recorded: &Recorded) -> Result<RecordedEvent, SourceError> {
    Ok(RecordedEvent::decode(recorded.bytes.clone())?)
}
