//! Whose timeline it is: the ids merged into one, and the contacts of an organisation.

use hashbrown::HashMap;

use crate::{
    answers::AsOf,
    identity::{MergeEdge, canonical, contacts_in_force},
    read::{EventSource, ReadError, Rows},
    rows::ObjectId,
    timeline::profile::Profile,
};
use rapport_model::Position;
use rapport_proto::{fit, v1};

use super::entry::Entries;

/// A customer with all that is read as one with it.
pub(crate) struct Parties {
    /// The party that stands for all.
    pub canonical: ObjectId,
    /// Everybody merged into it, itself included.
    pub members: Vec<ObjectId>,
    /// The merges in force that made it so.
    pub merges: Vec<MergeEdge>,
    /// The canonical ids of those who act for it.
    contacts: Vec<ObjectId>,
    /// Everybody merged into one of these, each with the one that stands for it.
    pub contact_members: Vec<(ObjectId, ObjectId)>,
}

impl Parties {
    /// Who is who around a customer.
    pub(crate) fn of(rows: &dyn Rows, customer: ObjectId, as_of: AsOf) -> Result<Self, ReadError> {
        let merges = rows.merges_around(&[customer], as_of)?;
        let own = canonical(merges.clone());
        let stands_for_all = own.get(&customer).copied().unwrap_or(customer);
        let members = members(&own, &[stands_for_all]);

        let contacts = rows.contacts_of(&members, as_of)?;
        let persons: Vec<ObjectId> = contacts.iter().map(|contact| contact.person).collect();
        let around = rows.merges_around(&persons, as_of)?;
        let own_positions: Vec<Position> = merges.iter().map(|merge| merge.position).collect();
        let mut all = merges.clone();
        all.extend(around.into_iter().filter(|merge| !own_positions.contains(&merge.position)));
        let all = canonical(all);
        let mut contacts: Vec<ObjectId> = contacts_in_force(contacts, &all, as_of.occurred_until)
            .into_iter()
            .filter(|contact| contact.organisation == stands_for_all)
            .map(|contact| contact.person)
            .collect();
        contacts.sort_unstable();
        contacts.dedup();
        let contact_members = self::members(&all, &contacts);
        let stands_for = |member: ObjectId| all.get(&member).copied().unwrap_or(member);
        let contact_members =
            contact_members.into_iter().map(|member| (member, stands_for(member))).collect();
        Ok(Self { canonical: stands_for_all, members, merges, contacts, contact_members })
    }

    /// Whose entries are shown.
    pub(crate) fn shown(&self, include_contacts: bool) -> Vec<ObjectId> {
        let contacts = self.contact_members.iter().filter(|_| include_contacts).map(|(member, _)| *member);
        self.members.iter().copied().chain(contacts).collect()
    }

    /// Who it is, from its own `party.*` events in the order in which they happened; what is too much for one answer
    /// is left out of its lists, and values of a special category unless they are to be in it.
    pub(crate) fn party(
        &self,
        rows: &dyn Rows,
        source: &dyn EventSource,
        as_of: AsOf,
        include_special: bool,
    ) -> Result<v1::Party, ReadError> {
        let (mut profile, occurred_until) = (Profile::new(include_special), as_of.occurred_until);
        let own = rows.profile_places(&self.members, as_of)?;
        let positions = own.iter().map(|(_, position)| *position).collect();
        let entries = Entries::of(rows, source, positions, as_of.recorded_until)?;
        for place in own {
            entries.with_believed(place, |believed| profile.apply(&believed, occurred_until))?;
        }
        let names = |parties: &[ObjectId]| {
            let mut names =
                parties.iter().map(|party| rows.party_name(*party)).collect::<Result<Vec<_>, _>>()?;
            names.sort_unstable();
            Ok::<_, ReadError>(names)
        };
        let mut party = v1::Party {
            id: rows.party_name(self.canonical)?,
            ids: names(&self.members)?,
            contacts: names(&self.contacts)?,
            ..profile.into_party(occurred_until)
        };
        fit::party(&mut party);
        Ok(party)
    }
}

/// These, and everybody merged into one of them; sorted.
fn members(canonical: &HashMap<ObjectId, ObjectId>, of: &[ObjectId]) -> Vec<ObjectId> {
    let absorbed =
        canonical.iter().filter(|(_, stands_for)| of.contains(stands_for)).map(|(party, _)| *party);
    let mut members: Vec<ObjectId> = absorbed.chain(of.iter().copied()).collect();
    members.sort_unstable();
    members.dedup();
    members
}
