//! Where events come from when a row alone does not say enough.

use rapport_model::Position;
use rapport_proto::v1::RecordedEvent;

/// What went wrong in an [`EventSource`].
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// The log, as projections and timelines need it: single events. It must hold every event that a store was given.
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

    /// The positions of the events that were recorded with a tag, in any order, each once. A source may also give some
    /// whose tag differs from it in what a database cannot hold.
    ///
    /// # Errors
    /// The log cannot be read.
    fn positions_tagged(&self, tag: &str) -> Result<Vec<Position>, SourceError>;
}
