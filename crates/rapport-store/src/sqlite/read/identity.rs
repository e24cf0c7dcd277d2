//! Merges and contacts at (T, K).

use std::collections::{BTreeSet, HashSet};

use rapport_views::{
    answers::AsOf,
    identity::{ContactEdge, MergeEdge},
    rows::ObjectId,
};
use rusqlite::{Connection, Row};

use super::snapshot::{moment, object, position, until};

/// In force: known, happened, and not taken apart by then. ?1 is T, ?2 is K.
const MERGES: &str = "
SELECT m.position, m.occurred_at, m.survivor, m.absorbed FROM party_merge m
WHERE m.occurred_at <= ?1 AND m.known_from <= ?2 AND m.known_to > ?2
  AND NOT EXISTS (
    SELECT 1 FROM party_unmerge u
    WHERE u.merge_event_id = m.event_id AND u.occurred_at <= ?1 AND u.known_from <= ?2 AND u.known_to > ?2)";

/// What was said by then. ?1 is T, ?2 is K.
const CONTACTS: &str = "
SELECT person, organisation, valid_from, valid_to, occurred_at, position FROM contact
WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2";

/// All merges in force.
pub fn merges(connection: &Connection, as_of: AsOf) -> rusqlite::Result<Vec<MergeEdge>> {
    let mut select = connection.prepare_cached(MERGES)?;
    let found = select.query_map(until(as_of), merge)?;
    found.collect()
}

/// All contacts.
pub fn contacts(connection: &Connection, as_of: AsOf) -> rusqlite::Result<Vec<ContactEdge>> {
    let mut select = connection.prepare_cached(CONTACTS)?;
    let found = select.query_map(until(as_of), contact)?;
    found.collect()
}

/// The merges in force that lead, over any number of parties, to one of these.
pub fn merges_around(
    connection: &Connection,
    parties: &[ObjectId],
    as_of: AsOf,
) -> rusqlite::Result<Vec<MergeEdge>> {
    let sides = ["survivor", "absorbed"].map(|side| format!("{MERGES} AND m.{side} = ?3"));
    let mut waiting: Vec<ObjectId> = parties.to_vec();
    let mut seen: HashSet<ObjectId> = waiting.iter().copied().collect();
    let mut edges: Vec<MergeEdge> = Vec::new();
    let mut edges_seen = BTreeSet::new();
    while let Some(party) = waiting.pop() {
        for side in &sides {
            let mut select = connection.prepare_cached(side)?;
            let (occurred, recorded) = until(as_of);
            for edge in select.query_map((occurred, recorded, party.0.cast_signed()), merge)? {
                let edge = edge?;
                if edges_seen.insert(edge.position) {
                    edges.push(edge);
                    waiting.extend(
                        [edge.survivor, edge.absorbed].into_iter().filter(|party| seen.insert(*party)),
                    );
                }
            }
        }
    }
    Ok(edges)
}

/// What was said of who acts for one of these organisations.
pub fn contacts_of(
    connection: &Connection,
    organisations: &[ObjectId],
    as_of: AsOf,
) -> rusqlite::Result<Vec<ContactEdge>> {
    let mut select = connection.prepare_cached(&format!("{CONTACTS} AND organisation = ?3"))?;
    let mut contacts = Vec::new();
    for organisation in organisations {
        let (occurred, recorded) = until(as_of);
        for found in select.query_map((occurred, recorded, organisation.0.cast_signed()), contact)? {
            contacts.push(found?);
        }
    }
    Ok(contacts)
}

fn merge(row: &Row<'_>) -> rusqlite::Result<MergeEdge> {
    Ok(MergeEdge {
        position: position(row, 0)?,
        occurred_at: moment(row, 1)?,
        survivor: object(row, 2)?,
        absorbed: object(row, 3)?,
    })
}

fn contact(row: &Row<'_>) -> rusqlite::Result<ContactEdge> {
    Ok(ContactEdge {
        person: object(row, 0)?,
        organisation: object(row, 1)?,
        from: moment(row, 2)?,
        to: moment(row, 3)?,
        occurred_at: moment(row, 4)?,
        position: position(row, 5)?,
    })
}
