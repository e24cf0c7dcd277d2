//! Who stands for whom.

use hashbrown::HashMap;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    identity::{MergeEdge, canonical, identity},
    rows::{ContactRow, ObjectId},
};

fn at(moment: i64) -> Timestamp {
    Timestamp::from_micros(moment)
}

fn merge(position: u64, survivor: u64, absorbed: u64) -> MergeEdge {
    MergeEdge {
        position: Position(position),
        occurred_at: at(0),
        survivor: ObjectId(survivor),
        absorbed: ObjectId(absorbed),
    }
}

fn contact(position: u64, person: u64, organisation: u64, from: i64, to: i64) -> ContactRow {
    ContactRow {
        person: ObjectId(person),
        organisation: ObjectId(organisation),
        valid_from: at(from),
        valid_to: at(to),
        occurred_at: at(from),
        position: Position(position),
    }
}

fn pairs(canonical: HashMap<ObjectId, ObjectId>) -> Vec<(u64, u64)> {
    let mut pairs: Vec<_> =
        canonical.into_iter().map(|(party, stands_for)| (party.0, stands_for.0)).collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn everybody_that_the_absorbed_party_stands_for_joins_the_survivor() {
    assert_eq!(pairs(canonical(vec![merge(1, 2, 3), merge(2, 1, 3)])), [(2, 1), (3, 1)]);
    assert_eq!(pairs(canonical(vec![merge(2, 1, 3), merge(1, 2, 3)])), [(2, 1), (3, 1)]);
}

#[test]
fn a_role_without_a_party_makes_no_contact() {
    let roles = vec![contact(1, 0, 50, 0, 9), contact(2, 7, 50, 0, 9)];
    let identity = identity(Vec::new(), roles, at(5));
    assert_eq!(identity.organisation(ObjectId::NOBODY), None);
    assert_eq!(identity.organisation(ObjectId(7)), Some(ObjectId(50)));
}

#[test]
fn a_party_is_not_a_contact_of_itself_by_a_role_or_by_a_merge() {
    let roles = vec![contact(1, 50, 50, 0, 9), contact(2, 7, 60, 0, 9), contact(3, 8, 60, 0, 9)];
    // The contact 8 and its organisation turn out to be one.
    let identity = identity(vec![merge(4, 60, 8)], roles, at(5));
    assert_eq!(identity.organisation(ObjectId(50)), None);
    assert_eq!(identity.organisation(ObjectId(60)), None);
    assert_eq!(identity.organisation(ObjectId(7)), Some(ObjectId(60)));
}

#[test]
fn a_circle_of_merges_has_one_who_stands_for_all() {
    assert_eq!(pairs(canonical(vec![merge(1, 1, 2), merge(2, 2, 3), merge(3, 3, 1)])), [(2, 1), (3, 1)]);
}

#[test]
fn a_chain_of_a_hundred_thousand_merges_ends_at_its_head() {
    let chain = (1..100_000).map(|number| merge(100_000 - number, number, number + 1)).collect();
    let canonical = canonical(chain);
    assert_eq!(canonical.len(), 99_999);
    assert!(canonical.values().all(|stands_for| *stands_for == ObjectId(1)));
}

#[test]
fn the_latest_assignment_decides_for_whom_a_person_acts() {
    let contacts = vec![contact(1, 7, 100, 0, 50), contact(2, 7, 200, 10, 90), contact(3, 8, 100, 0, 5)];
    let identity_at = |moment| identity(vec![merge(9, 300, 200)], contacts.clone(), at(moment));
    assert_eq!(identity_at(5).organisation(ObjectId(7)), Some(ObjectId(100)));
    assert_eq!(identity_at(20).organisation(ObjectId(7)), Some(ObjectId(300)));
    assert_eq!(identity_at(90).organisation(ObjectId(7)), None);
    assert_eq!(identity_at(5).organisation(ObjectId(8)), None);
}
