//! For whom those on a page act, and who acts for them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rapport_proto::v1::Related;

use super::matching::{Hit, Parties};
use crate::{
    answers::AsOf,
    identity::{canonical, contacts_in_force},
    read::{ReadError, Rows, TypedRows as _},
    rows::{ActsForRow, ContactRow, ObjectId},
    table::{CUSTOMER, Field as _, Filter},
};

/// How many are named.
const NAMED_MAX: usize = 5;
/// Values that one question gives for a column.
const CELLS_AT_ONCE: usize = 500;

/// Organisations and contacts, by party.
#[derive(Default)]
pub(super) struct Around {
    organisations: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    contacts: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
}

impl Around {
    /// Of parties that are on a page.
    pub(super) fn of(rows: &dyn Rows, own: &Parties, page: &[Hit], as_of: AsOf) -> Result<Self, ReadError> {
        let members: Vec<ObjectId> = page.iter().flat_map(|hit| hit.members.iter().copied()).collect();
        let mut statements = acts_for(rows, &members, as_of)?;
        statements.extend(rows.contacts_of(&members, as_of)?);
        let others: Vec<ObjectId> =
            statements.iter().flat_map(|one| [one.person, one.organisation]).collect();
        let known: HashSet<_> = own.merges.iter().map(|merge| merge.position).collect();
        let more = rows.merges_around(&others, as_of)?;
        let mut merges = own.merges.clone();
        merges.extend(more.into_iter().filter(|merge| !known.contains(&merge.position)));
        let mut around = Self::default();
        for contact in contacts_in_force(statements, &canonical(merges), as_of.bounded().occurred_until) {
            around.organisations.entry(contact.person).or_default().insert(contact.organisation);
            around.contacts.entry(contact.organisation).or_default().insert(contact.person);
        }
        Ok(around)
    }

    /// For whom a party acts, and who acts for it: the first by id, and how many are left out.
    pub(super) fn named(
        &self,
        rows: &dyn Rows,
        party: ObjectId,
        as_of: AsOf,
    ) -> Result<[(Vec<Related>, u64); 2], ReadError> {
        let of = |all: &BTreeMap<ObjectId, BTreeSet<ObjectId>>| named(rows, all.get(&party), as_of);
        Ok([of(&self.organisations)?, of(&self.contacts)?])
    }
}

/// The statements about organisations that these act for.
fn acts_for(rows: &dyn Rows, persons: &[ObjectId], as_of: AsOf) -> Result<Vec<ContactRow>, ReadError> {
    let mut contacts = Vec::new();
    for persons in persons.chunks(CELLS_AT_ONCE) {
        let cells = persons.iter().map(|person| person.cell()).collect();
        rows.each::<ActsForRow>(&Filter::all().and(CUSTOMER, cells), as_of, |row| {
            contacts.push(ContactRow {
                position: row.position,
                occurred_at: row.occurred_at,
                person: row.customer,
                organisation: row.organisation,
                valid_from: row.begins,
                valid_to: row.ends,
            });
        })?;
    }
    Ok(contacts)
}

fn named(
    rows: &dyn Rows,
    parties: Option<&BTreeSet<ObjectId>>,
    as_of: AsOf,
) -> Result<(Vec<Related>, u64), ReadError> {
    let Some(parties) = parties else { return Ok((Vec::new(), 0)) };
    let mut ids = Vec::with_capacity(parties.len());
    for party in parties {
        ids.push((rows.party_name(*party)?, *party));
    }
    ids.sort_unstable();
    let left_out = ids.len().saturating_sub(NAMED_MAX) as u64;
    ids.truncate(NAMED_MAX);
    let known = Parties::of(rows, &ids.iter().map(|(_, party)| *party).collect(), as_of)?;
    let related =
        |(customer, party): (String, ObjectId)| Related { customer, name: known.called(party).1.to_owned() };
    Ok((ids.into_iter().map(related).collect(), left_out))
}
