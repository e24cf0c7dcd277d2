//! Who is who: merges and contacts, as they are at one moment (T, K), to [`Identity`].

use hashbrown::{HashMap, HashSet};
use rapport_model::{EventId, Position, Timestamp};

use crate::rows::{ContactRow, Identity, MergeRow, ObjectId, UnmergeRow};

/// A merge that is in force at the moment asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeEdge {
    /// The event.
    pub position: Position,
    /// When the two became one.
    pub occurred_at: Timestamp,
    /// The party that stands for both.
    pub survivor: ObjectId,
    /// The party that is read as the survivor.
    pub absorbed: ObjectId,
}

/// The merges that are not taken apart: of what had happened until T as believed at K.
#[must_use]
pub fn in_force(merges: Vec<MergeRow>, unmerges: &[UnmergeRow]) -> Vec<MergeEdge> {
    let taken_apart: HashSet<EventId> =
        unmerges.iter().filter_map(|unmerge| unmerge.merge_event_id).collect();
    let merges = merges.into_iter().filter(|merge| !taken_apart.contains(&merge.event_id));
    let edge = |merge: MergeRow| MergeEdge {
        position: merge.position,
        occurred_at: merge.occurred_at,
        survivor: merge.survivor,
        absorbed: merge.absorbed,
    };
    merges.map(edge).collect()
}

const fn recency(contact: &ContactRow) -> (Timestamp, Timestamp, Position) {
    (contact.valid_from, contact.occurred_at, contact.position)
}

/// Parties that are read as others, each with the one that stands for it. Merges are replayed in the order of
/// (occurred_at, position): the absorbed party, with all that it stands for, joins under the survivor's.
#[must_use]
pub fn canonical(mut merges: Vec<MergeEdge>) -> HashMap<ObjectId, ObjectId> {
    merges.sort_unstable_by_key(|merge| (merge.occurred_at, merge.position));
    let mut parents: HashMap<ObjectId, ObjectId> = HashMap::new();
    for merge in merges {
        let (survivor, absorbed) = (root(&mut parents, merge.survivor), root(&mut parents, merge.absorbed));
        if survivor != absorbed {
            parents.insert(absorbed, survivor);
        }
    }
    let absorbed: Vec<_> = parents.keys().copied().collect();
    absorbed.into_iter().map(|party| (party, root(&mut parents, party))).collect()
}

/// The party at the end of the chain; shortens the chain on the way, so that a long one is walked once.
fn root(parents: &mut HashMap<ObjectId, ObjectId>, party: ObjectId) -> ObjectId {
    let mut root = party;
    while let Some(parent) = parents.get(&root) {
        root = *parent;
    }
    let mut walked = party;
    while walked != root {
        let Some(parent) = parents.insert(walked, root) else { break };
        walked = parent;
    }
    root
}

/// The contacts in force at `occurred_until`, by canonical ids, the latest assignment of each pair deciding; ordered
/// by recency.
///
/// **Invariant:** a party is not a contact of itself. A role may name one party on both sides, and a merge may make one
/// party of a contact and its organisation: neither makes an organisation of a party.
#[must_use]
pub fn contacts_in_force(
    mut contacts: Vec<ContactRow>,
    canonical: &HashMap<ObjectId, ObjectId>,
    occurred_until: Timestamp,
) -> Vec<ContactRow> {
    let stands_for = |party: ObjectId| canonical.get(&party).copied().unwrap_or(party);
    // Older ledgers may hold roles that name no party: validation did not refuse them then.
    contacts.retain(|contact| contact.valid_from <= occurred_until && contact.person != ObjectId::NOBODY);
    contacts.sort_unstable_by_key(recency);
    let mut latest: HashMap<(ObjectId, ObjectId), ContactRow> = HashMap::new();
    for contact in contacts {
        let (person, organisation) = (stands_for(contact.person), stands_for(contact.organisation));
        if person != organisation {
            latest.insert((person, organisation), ContactRow { person, organisation, ..contact });
        }
    }
    let mut in_force: Vec<_> =
        latest.into_values().filter(|contact| contact.valid_to > occurred_until).collect();
    in_force.sort_unstable_by_key(recency);
    in_force
}

/// Who is who. `merges` are those in force at (T, K), `contacts` all that happened until `occurred_until` = T as
/// believed at K; of several organisations that a person acts for, the latest counts.
#[must_use]
pub fn identity(merges: Vec<MergeEdge>, contacts: Vec<ContactRow>, occurred_until: Timestamp) -> Identity {
    let canonical = canonical(merges);
    let in_force = contacts_in_force(contacts, &canonical, occurred_until);
    let organisations = in_force.iter().map(|contact| (contact.person, contact.organisation));
    Identity::new(canonical, organisations)
}
