//! What a customer decided about the use of data.
//!
//! A decision about every channel takes the place of those about single channels before it. Where two ids become one, the
//! more restrictive decision holds for each use, until the one customer that they are decides again: a consent is not
//! transferred by a merge.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    time,
    v1::{CustomerConsent, payload::Kind},
};

use super::{counter::Events, numbered::id};
use crate::{
    identity::MergeEdge,
    projection::Believed,
    rows::{ConsentDecision, ObjectId},
};

/// Purpose and channel. The empty channel stands for the channels without a decision of their own.
type Use = (String, String);

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decision {
    says: ConsentDecision,
    at: Timestamp,
    position: Position,
    expires: Option<Timestamp>,
    is_of_merge: bool,
}

/// What holds for one party.
type Holding = BTreeMap<Use, Decision>;

/// Decisions in order, each with the id under which it was recorded.
#[derive(Debug, Default)]
pub(super) struct Consents(Vec<(String, Use, Decision)>);

/// What holds for one use.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) wire: CustomerConsent,
    pub(super) events: Events,
}

impl Consents {
    /// Takes an event. Events come in the order of (occurred_at, position).
    pub(super) fn take(&mut self, believed: &Believed<'_>) {
        let (says, purpose, channel, expires) = match believed.kind {
            Kind::ConsentGranted(one) => {
                let expires = one.expires_at.as_ref().and_then(time::from_proto);
                (ConsentDecision::Granted, &one.purpose, one.channel.as_str(), expires)
            }
            Kind::ConsentWithdrawn(one) => {
                (ConsentDecision::Withdrawn, &one.purpose, one.channel.as_str(), None)
            }
            Kind::ConsentObjectionRecorded(one) => (ConsentDecision::Objected, &one.scope, "", None),
            _ => return,
        };
        let (at, position) = (believed.occurred_at, believed.position());
        let decision = Decision { says, at, position, expires, is_of_merge: false };
        self.0.push((id(believed.event.customer), (purpose.clone(), channel.to_owned()), decision));
    }

    /// What holds at a moment, by purpose and channel. `names` are those of all ids that are this customer; `merges` made
    /// them one.
    pub(super) fn held(
        self,
        names: &HashMap<String, ObjectId>,
        mut merges: Vec<MergeEdge>,
        until: Timestamp,
    ) -> Vec<Held> {
        merges.sort_unstable_by_key(|merge| (merge.occurred_at, merge.position));
        let mut merges = merges.into_iter().peekable();
        let mut sides = Sides::default();
        for (under, of, decision) in self.0 {
            let place = (decision.at, decision.position);
            while let Some(merge) = merges.next_if(|merge| (merge.occurred_at, merge.position) < place) {
                sides.merge(&merge);
            }
            sides.decide(names.get(&under).copied().unwrap_or_default(), of, decision);
        }
        merges.for_each(|merge| sides.merge(&merge));
        // All of them are one by now.
        let held = sides.holding.into_values().fold(Holding::new(), |all, one| both(&all, &one));
        held.into_iter().map(|(of, decision)| decision.wire(of, until)).collect()
    }
}

/// Parties that are not yet one.
#[derive(Default)]
struct Sides {
    /// By the party that stands for the others.
    holding: BTreeMap<ObjectId, Holding>,
    stands_for: BTreeMap<ObjectId, ObjectId>,
}

impl Sides {
    fn of(&self, party: ObjectId) -> ObjectId {
        self.stands_for.get(&party).copied().unwrap_or(party)
    }

    fn merge(&mut self, merge: &MergeEdge) {
        let (survivor, absorbed) = (self.of(merge.survivor), self.of(merge.absorbed));
        if survivor == absorbed {
            return;
        }
        let own = self.holding.remove(&survivor).unwrap_or_default();
        let other = self.holding.remove(&absorbed).unwrap_or_default();
        self.holding.insert(survivor, both(&own, &other));
        self.stands_for.insert(absorbed, survivor);
        self.stands_for.values_mut().filter(|one| **one == absorbed).for_each(|one| *one = survivor);
    }

    fn decide(&mut self, party: ObjectId, of: Use, decision: Decision) {
        let holding = self.holding.entry(self.of(party)).or_default();
        if of.1.is_empty() {
            holding.retain(|(purpose, _), _| *purpose != of.0);
        }
        holding.insert(of, decision);
    }
}

/// What holds for two who become one.
fn both(one: &Holding, other: &Holding) -> Holding {
    let mut held = Holding::new();
    let uses: BTreeSet<&Use> = one.keys().chain(other.keys()).collect();
    // A purpose comes before its channels.
    for of in uses {
        let every = (of.0.clone(), String::new());
        let specific = [one.get(of), other.get(of)];
        let [first, second] = [(one, specific[0]), (other, specific[1])]
            .map(|(side, specific)| specific.or_else(|| side.get(&every)));
        let (Some(first), Some(second)) = (first, second) else {
            held.extend(first.or(second).map(|decision| (of.clone(), decision.clone())));
            continue;
        };
        let decision = restrictive(first, second);
        if decision.says != ConsentDecision::Granted {
            let is_said = held.get(&every).is_some_and(|every| every.says != ConsentDecision::Granted);
            if !is_said {
                held.insert(of.clone(), decision);
            }
            continue;
        }
        // Of two grants the one about this very use says more.
        let own = specific.into_iter().flatten().max_by_key(|decision| decision.place());
        held.insert(of.clone(), own.unwrap_or(first).clone());
    }
    held
}

/// A refusal where either is one, and of two alike the later.
fn restrictive(first: &Decision, second: &Decision) -> Decision {
    let (earlier, later) = if first.place() <= second.place() { (first, second) } else { (second, first) };
    let is_refusal = |one: &Decision| one.says != ConsentDecision::Granted;
    if is_refusal(earlier) && !is_refusal(later) {
        return Decision { is_of_merge: true, ..earlier.clone() };
    }
    later.clone()
}

impl Decision {
    const fn place(&self) -> (Timestamp, Position) {
        (self.at, self.position)
    }

    fn wire(self, (purpose, channel): Use, until: Timestamp) -> Held {
        let is_over = self.expires.is_some_and(|end| end <= until);
        let decision = match self.says {
            ConsentDecision::Granted if is_over => "expired",
            ConsentDecision::Granted | ConsentDecision::Withdrawn | ConsentDecision::Objected => {
                self.says.word()
            }
        };
        let wire = CustomerConsent {
            purpose,
            channel,
            decision: decision.to_owned(),
            since: Some(time::to_proto(self.at)),
            expires: self.expires.map(time::to_proto),
            is_of_merge: self.is_of_merge,
            position: self.position.0,
        };
        Held { wire, events: self.position.into() }
    }
}
