//! The events of a made-up company, for models that read more of them than their rows.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use rapport_model::Position;
use rapport_proto::v1::{Payload, RecordedEvent, party_role_assigned::Role, payload::Kind};
use rapport_views::read::{EventSource, SourceError};

use super::company::{Company, stands_for};

impl Company {
    /// Every customer that an event names which is known at K, and every party that a merge or a contact names.
    pub(crate) fn named(&self) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        for one in self.events() {
            named.insert(one.event.customer);
            match one.kind {
                Kind::PartyMerged(merged) => named.extend([merged.survivor, merged.absorbed]),
                Kind::PartyRoleAssigned(role) if role.role() == Role::ContactOf => {
                    named.insert(role.related_party);
                }
                _ => {}
            }
        }
        named.remove("");
        named
    }

    /// Who is read as whom at (T, K).
    pub(crate) fn stands_for(&self) -> BTreeMap<String, String> {
        let mut all = self.believed(self.as_of.recorded_until);
        all.retain(|(_, _, at, _)| *at <= self.as_of.occurred_until);
        all.sort_by_key(|(position, _, at, _)| (*at, *position));
        stands_for(&all)
    }

    /// Who stands for a customer at (T, K); a name that is no customer's stands for itself.
    pub(crate) fn survivor(&self, name: &str) -> String {
        self.stands_for().remove(name).unwrap_or_else(|| name.to_owned())
    }
}

/// As they are believed at K: the store in memory knows of no adjustments.
impl EventSource for Company {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        let believed = Company::events(self).into_iter().find(|one| one.event.position == position.0);
        Ok(believed.map(|one| {
            let payload = Payload { kind: Some(one.kind) }.encode_to_vec().into();
            RecordedEvent { payload, ..one.event }
        }))
    }

    fn events(&self, positions: &[Position]) -> Result<Vec<RecordedEvent>, SourceError> {
        let believed = Company::events(self).into_iter();
        let wanted = believed.filter(|one| positions.contains(&Position(one.event.position)));
        let as_believed = wanted.map(|one| {
            let payload = Payload { kind: Some(one.kind) }.encode_to_vec().into();
            RecordedEvent { payload, ..one.event }
        });
        Ok(as_believed.collect())
    }

    fn positions_tagged(&self, _: &str) -> Result<Vec<Position>, SourceError> {
        unreachable!("no model asks for a tag")
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(Company::events(self).into_iter().map(|one| one.event).find(|event| event.id == id))
    }
}
