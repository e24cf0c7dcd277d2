//! The source of the events that become rows.

use std::sync::Arc;

use rapport_model::Position;

use crate::{EncodedEvent, EventSource, SourceError};

/// Events that follow each other, or why they cannot be read.
pub type Chunk = Result<Arc<[EncodedEvent]>, SourceError>;

/// All events in the order of their positions, without gaps, as views are built of them.
pub trait OrderedEvents: EventSource + Send {
    /// Those after a position, up to the last one of this moment.
    fn chunks_after(&self, position: Position) -> Box<dyn Iterator<Item = Chunk> + '_>;
}
