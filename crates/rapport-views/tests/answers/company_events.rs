//! The events of a made-up company, for models that read more of them than their rows.

use prost::Message as _;
use rapport_model::Position;
use rapport_proto::v1::{Payload, RecordedEvent};
use rapport_views::read::{EventSource, SourceError};

use super::company::Company;

/// As they are believed at K: the store in memory knows of no adjustments.
impl EventSource for Company {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        let believed = self.events().into_iter().find(|one| one.event.position == position.0);
        Ok(believed.map(|one| {
            let payload = Payload { kind: Some(one.kind) }.encode_to_vec().into();
            RecordedEvent { payload, ..one.event }
        }))
    }

    fn positions_tagged(&self, _: &str) -> Result<Vec<Position>, SourceError> {
        unreachable!("no model asks for a tag")
    }

    fn event_by_id(&self, _: &str) -> Result<Option<RecordedEvent>, SourceError> {
        unreachable!("no model asks for an id")
    }
}
