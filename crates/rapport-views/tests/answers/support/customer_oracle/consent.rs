//! Consent of one use, looking back from T.

use std::collections::BTreeSet;

use rapport_proto::v1::payload::Kind;

use super::{Happened, World};

impl World {
    /// Whether the customer allows a use: yes, no, or nothing was decided. Backwards from T: the last decision about it
    /// of the one customer, or where two became one, no if either says no.
    pub(crate) fn allows(&self, purpose: &str, channel: &str) -> Option<bool> {
        let steps: Vec<Happened> = self.company.happened();
        let in_force = |one: &Happened| {
            let id = format!(
                "{}",
                rapport_model::EventId::from_u128(0x1234_5678 << 64 | u128::from(one.position))
            );
            !steps
                .iter()
                .any(|other| matches!(&other.kind, Kind::PartyUnmerged(un) if un.merge_event_id == id))
        };
        let all: Vec<&Happened> =
            steps.iter().filter(|one| !matches!(one.kind, Kind::PartyMerged(_)) || in_force(one)).collect();
        says(&all, &self.ids(), (purpose, channel))
    }
}

fn says(steps: &[&Happened], ids: &BTreeSet<String>, of: (&str, &str)) -> Option<bool> {
    let about = |purpose: &str, channel: &str| purpose == of.0 && (channel.is_empty() || channel == of.1);
    for (at, one) in steps.iter().enumerate().rev() {
        let is_own = ids.contains(&one.recorded_under);
        match &one.kind {
            Kind::ConsentGranted(said) if is_own && about(&said.purpose, &said.channel) => return Some(true),
            Kind::ConsentWithdrawn(said) if is_own && about(&said.purpose, &said.channel) => {
                return Some(false);
            }
            Kind::ConsentObjectionRecorded(said) if is_own && about(&said.scope, "") => return Some(false),
            Kind::PartyMerged(merged) if ids.contains(&merged.survivor) && ids.contains(&merged.absorbed) => {
                let before = &steps[..at];
                let (own, other): (BTreeSet<_>, BTreeSet<_>) = sides(before, ids, &merged.survivor);
                if other.is_empty() {
                    continue;
                }
                let both = [says(before, &own, of), says(before, &other, of)];
                let said: Vec<bool> = both.into_iter().flatten().collect();
                return if said.is_empty() { None } else { Some(!said.contains(&false)) };
            }
            _ => {}
        }
    }
    None
}

/// Of these ids, those that were one with a party already, and the others.
fn sides(before: &[&Happened], ids: &BTreeSet<String>, party: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut own = BTreeSet::from([party.to_owned()]);
    loop {
        let size = own.len();
        for one in before {
            if let Kind::PartyMerged(merged) = &one.kind
                && (own.contains(&merged.survivor) || own.contains(&merged.absorbed))
            {
                own.extend([merged.survivor.clone(), merged.absorbed.clone()]);
            }
        }
        if own.len() == size {
            break;
        }
    }
    let other = ids.difference(&own).cloned().collect();
    (ids.intersection(&own).cloned().collect(), other)
}
