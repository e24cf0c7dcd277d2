//! The events of a made-up company, for models that read more of them than their rows.

use prost::Message as _;
use rapport_model::Position;
use rapport_proto::v1::{Payload, RecordedEvent};
use rapport_views::read::{EventSource, SourceError};

use super::company::{Company, stands_for};

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

impl Company {
    /// Who stands for a customer at (T, K); a name that is no customer's stands for itself.
    pub(crate) fn survivor(&self, name: &str) -> String {
        let mut all = self.believed(self.as_of.recorded_until);
        all.retain(|(_, _, at, _)| *at <= self.as_of.occurred_until);
        all.sort_by_key(|(position, _, at, _)| (*at, *position));
        stands_for(&all).remove(name).unwrap_or_else(|| name.to_owned())
    }
}
