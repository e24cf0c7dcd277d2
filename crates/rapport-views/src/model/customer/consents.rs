//! What a customer decided about the use of data.

use std::collections::HashMap;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{CustomerConsent, payload::Kind},
};

use super::{counter::Events, numbered::id};
use crate::{
    identity::MergeEdge,
    model::consent::{self, Decision, Use},
    projection::Believed,
    rows::{ConsentDecision, ObjectId},
};

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
        let decision = Decision { says, at, position, expires, topics: None, is_of_merge: false };
        self.0.push((id(believed.event.customer), (purpose.clone(), channel.to_owned()), decision));
    }

    /// What holds at a moment, by purpose and channel. `names` are those of all ids that are this customer; `merges` made
    /// them one.
    pub(super) fn held(
        self,
        names: &HashMap<String, ObjectId>,
        merges: Vec<MergeEdge>,
        until: Timestamp,
    ) -> Vec<Held> {
        let number = |name: &String| names.get(name).copied().unwrap_or_default();
        let decisions = self.0.into_iter().map(|(under, of, decision)| (number(&under), of, decision));
        consent::held(decisions, merges)
            .into_iter()
            .map(|(of, decision)| wire(of, &decision, until))
            .collect()
    }
}

fn wire((purpose, channel): Use, decision: &Decision, until: Timestamp) -> Held {
    let wire = CustomerConsent {
        purpose,
        channel,
        decision: decision.word(until).to_owned(),
        since: Some(time::to_proto(decision.at)),
        expires: decision.expires.map(time::to_proto),
        is_of_merge: decision.is_of_merge,
        position: decision.position.0,
    };
    Held { wire, events: decision.position.into() }
}
