//! What parties decided about the use of their data.
//!
//! A decision about every channel takes the place of those about single channels before it. Where two ids become one, the
//! more restrictive decision holds for each use, until the one customer that they are decides again: a consent is not
//! transferred by a merge. Of two grants that are limited to topics, the topics that both allow are allowed.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::{Position, Timestamp};

use crate::{
    identity::MergeEdge,
    rows::{ConsentDecision, ObjectId, Symbol},
};

/// Purpose and channel. The empty channel stands for the channels without a decision of their own.
pub(in crate::model) type Use = (String, String);

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model) struct Decision {
    pub(in crate::model) says: ConsentDecision,
    pub(in crate::model) at: Timestamp,
    pub(in crate::model) position: Position,
    /// Until when a grant holds, exclusive.
    pub(in crate::model) expires: Option<Timestamp>,
    /// Of a grant: the topics that it is limited to; `None` for every topic, and for readers that do not ask for topics.
    pub(in crate::model) topics: Option<BTreeSet<Symbol>>,
    /// It was the decision of another id, or is narrower than it was made, and holds by a merge.
    pub(in crate::model) is_of_merge: bool,
}

/// What holds for one party.
pub(in crate::model) type Holding = BTreeMap<Use, Decision>;

/// What is decided about a use: about its channel, otherwise about every one.
pub(in crate::model) fn about<'h>(holding: &'h Holding, of: &Use) -> Option<&'h Decision> {
    holding.get(of).or_else(|| holding.get(&(of.0.clone(), String::new())))
}

/// What a decision can come to, as answers say it.
pub(in crate::model) const WORDS: [&str; 4] = ["granted", EXPIRED, "withdrawn", "objected"];
const EXPIRED: &str = "expired";

/// What holds for one customer. Decisions are in the order of (occurred_at, position), each with the id under which it was
/// recorded; `merges` are those that made these ids one.
pub(in crate::model) fn held(
    decisions: impl IntoIterator<Item = (ObjectId, Use, Decision)>,
    mut merges: Vec<MergeEdge>,
) -> Holding {
    merges.sort_unstable_by_key(|merge| (merge.occurred_at, merge.position));
    let mut merges = merges.into_iter().peekable();
    let mut sides = Sides::default();
    for (under, of, decision) in decisions {
        while let Some(merge) = merges.next_if(|merge| (merge.occurred_at, merge.position) < decision.place())
        {
            sides.merge(&merge);
        }
        sides.decide(under, of, decision);
    }
    merges.for_each(|merge| sides.merge(&merge));
    // All of them are one by now.
    sides.holding.into_values().fold(Holding::new(), |all, one| both(&all, &one))
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
        held.insert(of.clone(), own.unwrap_or(first).limited_to(common(first, second)));
    }
    held
}

/// The topics that both grants allow.
fn common(first: &Decision, second: &Decision) -> Option<BTreeSet<Symbol>> {
    match (&first.topics, &second.topics) {
        (Some(one), Some(other)) => Some(one & other),
        (one, other) => one.as_ref().or(other.as_ref()).cloned(),
    }
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

    fn limited_to(&self, topics: Option<BTreeSet<Symbol>>) -> Self {
        let is_of_merge = self.is_of_merge || topics != self.topics;
        Self { topics, is_of_merge, ..self.clone() }
    }

    /// Whether it is a grant that ended by itself.
    pub(in crate::model) fn is_expired(&self, at: Timestamp) -> bool {
        self.says == ConsentDecision::Granted && self.expires.is_some_and(|end| end <= at)
    }

    /// One of [`WORDS`].
    pub(in crate::model) fn word(&self, until: Timestamp) -> &'static str {
        match self.says {
            ConsentDecision::Granted if self.is_expired(until) => EXPIRED,
            ConsentDecision::Granted | ConsentDecision::Withdrawn | ConsentDecision::Objected => {
                self.says.word()
            }
        }
    }
}
