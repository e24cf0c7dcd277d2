//! The profile of a party at a moment, from its believed `party.*` events.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        PartyFactRecorded, PartyKind, PartyRoleAssigned, party,
        party_fact_recorded::{Category, Sensitivity},
        party_lifecycle_changed::State,
        party_role_assigned::Role,
        payload::Kind,
    },
};

use crate::projection::Believed;

/// The types of event that [`Profile::apply`] reads.
pub const TYPES: [&str; 4] =
    ["party.registered", "party.fact_recorded", "party.role_assigned", "party.lifecycle_changed"];

/// Name, kind, facts and roles of one party.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    name: String,
    kind: &'static str,
    country: String,
    language: String,
    lifecycle: &'static str,
    facts: BTreeMap<(&'static str, String), Valid<party::Fact>>,
    /// Whether values of a special category are kept.
    include_special: bool,
    roles: BTreeMap<(&'static str, String), Valid<party::Role>>,
}

#[derive(Debug, Clone)]
struct Valid<T> {
    from: Timestamp,
    to: Timestamp,
    what: T,
}

impl Profile {
    /// Of nothing so far, with the values of facts of a special category or without them.
    #[must_use]
    pub fn new(include_special: bool) -> Self {
        Self { include_special, ..Self::default() }
    }

    /// Takes an event. Events come in the order of (occurred_at, position), and only those that happened until
    /// `occurred_until`; what holds later than that is left out.
    pub fn apply(&mut self, believed: &Believed<'_>, occurred_until: Timestamp) {
        match believed.kind {
            Kind::PartyRegistered(registered) => {
                if let Some(personal) = &registered.personal {
                    replace(&mut self.name, &personal.name);
                }
                replace(&mut self.country, &registered.country);
                replace(&mut self.language, &registered.language);
                self.kind = kind_name(registered.kind()).unwrap_or(self.kind);
            }
            Kind::PartyLifecycleChanged(changed) => {
                self.lifecycle = lifecycle_name(changed.to()).unwrap_or(self.lifecycle);
            }
            Kind::PartyFactRecorded(fact) => self.apply_fact(believed, fact, occurred_until),
            Kind::PartyRoleAssigned(role) => self.apply_role(believed, role, occurred_until),
            _ => {}
        }
    }

    fn apply_fact(&mut self, believed: &Believed<'_>, fact: &PartyFactRecorded, occurred_until: Timestamp) {
        let (from, to) = validity(believed, fact.valid_from.as_ref(), fact.valid_to.as_ref());
        let category = category_name(fact.category());
        let value = fact.personal.as_ref().map_or("", |personal| &personal.value);
        let withheld =
            !self.include_special && fact.sensitivity() == Sensitivity::Special && !value.is_empty();
        let what = party::Fact {
            category: category.to_owned(),
            key: fact.key.clone(),
            value: if withheld { "" } else { value }.to_owned(),
            withheld,
            valid_from: Some(time::to_proto(from)),
            event_id: believed.event.id.to_owned(),
        };
        keep_latest(&mut self.facts, (category, fact.key.clone()), Valid { from, to, what }, occurred_until);
    }

    fn apply_role(&mut self, believed: &Believed<'_>, role: &PartyRoleAssigned, occurred_until: Timestamp) {
        let (from, to) = validity(believed, role.from.as_ref(), role.to.as_ref());
        let Some(name) = role_name(role.role()) else { return };
        let what = party::Role {
            role: name.to_owned(),
            related_party: role.related_party.clone(),
            from: Some(time::to_proto(from)),
        };
        keep_latest(
            &mut self.roles,
            (name, role.related_party.clone()),
            Valid { from, to, what },
            occurred_until,
        );
    }

    /// The party of an answer, without its ids and contacts.
    #[must_use]
    pub fn into_party(self, occurred_until: Timestamp) -> rapport_proto::v1::Party {
        rapport_proto::v1::Party {
            name: self.name,
            kind: self.kind.to_owned(),
            country: self.country,
            language: self.language,
            lifecycle: self.lifecycle.to_owned(),
            facts: in_force(self.facts, occurred_until),
            roles: in_force(self.roles, occurred_until),
            ..Default::default()
        }
    }
}

fn replace(old: &mut String, new: &str) {
    if !new.is_empty() {
        new.clone_into(old);
    }
}

fn validity(
    believed: &Believed<'_>,
    from: Option<&prost_types::Timestamp>,
    to: Option<&prost_types::Timestamp>,
) -> (Timestamp, Timestamp) {
    let from = from.and_then(time::from_proto).unwrap_or(believed.occurred_at);
    (from, to.and_then(time::from_proto).unwrap_or(Timestamp::MAX))
}

/// Latest by valid time; of two from the same moment the later event, which comes later.
fn keep_latest<K: Ord, T>(all: &mut BTreeMap<K, Valid<T>>, key: K, new: Valid<T>, occurred_until: Timestamp) {
    let begins_too_late = new.from > occurred_until;
    if begins_too_late || all.get(&key).is_some_and(|old| old.from > new.from) {
        return;
    }
    all.insert(key, new);
}

fn in_force<K: Ord, T>(all: BTreeMap<K, Valid<T>>, occurred_until: Timestamp) -> Vec<T> {
    all.into_values().filter(|valid| valid.to > occurred_until).map(|valid| valid.what).collect()
}

fn kind_name(kind: PartyKind) -> Option<&'static str> {
    match kind {
        PartyKind::Person => Some("person"),
        PartyKind::Organisation => Some("organisation"),
        PartyKind::Unspecified => None,
    }
}

/// A state of the relation, as text.
#[must_use]
pub fn lifecycle_name(state: State) -> Option<&'static str> {
    match state {
        State::Unspecified => None,
        State::Suspect => Some("suspect"),
        State::Prospect => Some("prospect"),
        State::Active => Some("active"),
        State::Inactive => Some("inactive"),
        State::Lost => Some("lost"),
    }
}

/// A category of facts, as text; empty when it is not said.
#[must_use]
pub fn category_name(category: Category) -> &'static str {
    match category {
        Category::Unspecified => "",
        Category::SegmentAttribute => "segment_attribute",
        Category::Preference => "preference",
        Category::Personal => "personal",
        Category::ChangeSignal => "change_signal",
    }
}

/// A role, as text.
#[must_use]
pub fn role_name(role: Role) -> Option<&'static str> {
    match role {
        Role::Unspecified => None,
        Role::Customer => Some("customer"),
        Role::Supplier => Some("supplier"),
        Role::Partner => Some("partner"),
        Role::Employee => Some("employee"),
        Role::ContactOf => Some("contact_of"),
    }
}
