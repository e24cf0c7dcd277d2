//! One person recorded twice: found out and merged, and once merged by mistake.

use rapport_proto::v1::{PartyKind, PartyMerged, PartyUnmerged, payload::Kind};

use crate::{
    chapters::{party, touch},
    happening::Happening,
    telling::Telling,
    world::{calendar::DAY, company::management, customer::Customer, tongue},
};

/// Every so many-th customer is recorded twice.
const EVERY: u32 = 47;
/// Of these, this one turns out to be two people after all.
const MISTAKEN: u32 = 2;

/// For some persons: another record, found out weeks later.
pub(crate) fn perhaps(story: &mut Telling, customer: &Customer) {
    if customer.number % EVERY != MISTAKEN || customer.is_organisation() {
        return;
    }
    let at = story.later(story.now, 10..60);
    let twin = format!("{}b", customer.id);
    let name = tongue::without_accents(&customer.name);
    party::party(story, &twin, &name, PartyKind::Person, customer.tongue.code, customer.country(), at);
    party::identifiers(story, &twin, &name, at + 1);
    touch::note_on(story, customer, &twin, customer.tongue, at + DAY, None);

    let clerk = management();
    let found = story.later(at, 20..60);
    let merged = PartyMerged {
        survivor: customer.id.clone(),
        absorbed: twin.clone(),
        evidence: "same name and address".to_owned(),
        consent_resolution: "negative stands".to_owned(),
    };
    let merge = story.tell(
        Happening::of(&customer.id, found, Kind::PartyMerged(merged)).by(clerk.clone()).recorded_at(found),
    );
    if customer.number == MISTAKEN {
        let unmerged = PartyUnmerged {
            merge_event_id: merge.id.clone(),
            survivor_identifiers: vec![customer.id.clone()],
            absorbed_identifiers: vec![twin],
        };
        story.amend(&merge, found + 25 * DAY, Kind::PartyUnmerged(unmerged), clerk);
    }
}
