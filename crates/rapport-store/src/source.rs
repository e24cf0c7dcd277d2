//! Where events come from when a row alone does not say enough.

use std::sync::Arc;

use rapport_model::Position;
use rapport_proto::v1::RecordedEvent;

use crate::EncodedEvent;

/// What went wrong in an [`EventSource`].
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// The log, as projections and timelines need it: single events. It must hold every event that was given to
/// [`crate::Store::apply`].
pub trait EventSource: Sync {
    /// The event at a position.
    ///
    /// # Errors
    /// The log cannot be read.
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError>;

    /// The events at these positions, as far as they are there, in any order.
    ///
    /// # Errors
    /// The log cannot be read.
    fn events(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, SourceError> {
        positions.iter().filter_map(|position| self.event(*position).transpose()).collect()
    }

    /// The event of an id, written as any UUID may be.
    ///
    /// # Errors
    /// The log cannot be read.
    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError>;
}

/// Events that follow each other, or why they cannot be read.
pub type Chunk = Result<Arc<[EncodedEvent]>, SourceError>;

/// All events in the order of their positions, without gaps, as views are built of them.
pub trait OrderedEvents: EventSource + Send {
    /// Those after a position, up to the last one of this moment.
    fn chunks_after(&self, position: Position) -> Box<dyn Iterator<Item = Chunk> + '_>;
}
