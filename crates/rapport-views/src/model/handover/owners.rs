//! Who is responsible for what, from `owner.assigned`: of each object and role the latest decides.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, OwnerRow, Symbol, Symbols, storable},
    table::{Dictionary, Filter},
};

/// When something happened, and its place in the log.
pub(super) type Place = (Timestamp, Position);

/// One assignment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assigned {
    pub(super) place: Place,
    pub(super) kind: Symbol,
    pub(super) role: Symbol,
    pub(super) staff: Symbol,
    /// Of a party that party, otherwise the customer of the event; merges resolved.
    pub(super) customer: ObjectId,
}

/// One of the owners of an object.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) staff: Symbol,
    /// Of which role, and where it was assigned.
    pub(super) roles: Vec<(Symbol, Place)>,
}

impl Holder {
    /// Where the last of the roles was assigned.
    pub(super) fn since(&self) -> Place {
        self.roles.iter().map(|(_, place)| *place).max().unwrap_or((Timestamp::MIN, Position(0)))
    }
}

/// All assignments until T.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// By tag, merges resolved; in the order in which they happened.
    of: Vec<(String, Vec<Assigned>)>,
    /// By member of staff, the places in `of` of the objects that were ever assigned to that person, ascending.
    to: HashMap<Symbol, Vec<usize>>,
    /// The tags of the parties that were assigned.
    parties: HashMap<ObjectId, String>,
}

impl Owners {
    pub(super) fn read(
        rows: &dyn Rows,
        (symbols, identity): (&Symbols, &Identity),
        as_of: AsOf,
    ) -> Result<Self, ReadError> {
        let mut owners = Self::default();
        let mut by_tag: BTreeMap<String, Vec<Assigned>> = BTreeMap::new();
        let (mut all, party) = (Vec::new(), symbols.get("party"));
        rows.in_any_order(&Filter::all(), as_of, |row: OwnerRow| all.push(row))?;
        for row in all {
            let customer = identity.canonical(row.customer);
            let is_party = Some(row.kind) == party;
            if row.staff == Symbol::default() || (is_party && customer == ObjectId::NOBODY) {
                continue;
            }
            let tag = if is_party {
                owners.tag_of_party(rows, customer)?
            } else {
                storable(&row.object).into_owned()
            };
            let place = (row.occurred_at, row.position);
            let one = Assigned { place, kind: row.kind, role: row.role, staff: row.staff, customer };
            by_tag.entry(tag).or_default().push(one);
        }
        by_tag.values_mut().for_each(|of| of.sort_unstable_by_key(|one| one.place));
        owners.of = by_tag.into_iter().collect();
        for (place, (_, of)) in owners.of.iter().enumerate() {
            for one in of {
                let places = owners.to.entry(one.staff).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Ok(owners)
    }

    fn tag_of_party(&mut self, rows: &dyn Rows, customer: ObjectId) -> Result<String, ReadError> {
        if let Some(tag) = self.parties.get(&customer) {
            return Ok(tag.clone());
        }
        let tag = format!("party:{}", rows.party_name(customer)?);
        self.parties.insert(customer, tag.clone());
        Ok(tag)
    }

    /// Every object that was assigned, by tag, with its assignments in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &[Assigned])> {
        self.of.iter().map(|(tag, of)| (tag.as_str(), of.as_slice()))
    }

    /// The assignments of one object, in order.
    pub(super) fn of(&self, tag: &str) -> &[Assigned] {
        let place = self.of.binary_search_by(|(one, _)| one.as_str().cmp(tag)).ok();
        place.and_then(|place| self.of.get(place)).map_or(&[], |(_, of)| of)
    }

    /// Those of a customer.
    fn of_party(&self, customer: ObjectId) -> &[Assigned] {
        self.parties.get(&customer).map_or(&[], |tag| self.of(tag))
    }

    /// Who owns an object at T, each once with all roles.
    pub(super) fn holders(&self, tag: &str) -> Vec<Holder> {
        let mut latest: BTreeMap<Symbol, &Assigned> = BTreeMap::new();
        for one in self.of(tag) {
            latest.insert(one.role, one);
        }
        let mut holders: BTreeMap<Symbol, Holder> = BTreeMap::new();
        for one in latest.values() {
            let holder = holders.entry(one.staff);
            let holder = holder.or_insert_with(|| Holder { staff: one.staff, roles: Vec::new() });
            holder.roles.push((one.role, one.place));
        }
        holders.into_values().collect()
    }

    /// Who has now what somebody recorded of a customer: it goes along when a customer whom that person owned is assigned to
    /// another one, and on with the next. `is_later` says which assignments come after the recording.
    pub(super) fn followed(
        &self,
        customer: ObjectId,
        who: Symbol,
        is_later: impl Fn(Place) -> bool,
    ) -> (Symbol, Option<Place>) {
        let mut owner: HashMap<Symbol, Symbol> = HashMap::new();
        let mut now = (who, None);
        for one in self.of_party(customer) {
            let before = owner.insert(one.role, one.staff);
            if before == Some(now.0) && one.staff != now.0 && is_later(one.place) {
                now = (one.staff, Some(one.place));
            }
        }
        now
    }

    /// Where objects went from one to another since then, and are still the other's; with their tags.
    pub(super) fn passed(
        &self,
        (from, to): (Symbol, Symbol),
        since: Place,
    ) -> impl Iterator<Item = (&str, &Assigned)> {
        let places = self.to.get(&to).map(Vec::as_slice).unwrap_or_default();
        let assigned = places.iter().filter_map(|place| self.of.get(*place));
        assigned.filter_map(move |(tag, of)| {
            let mut owner: HashMap<Symbol, Symbol> = HashMap::new();
            let mut last = None;
            for one in of {
                let before = owner.insert(one.role, one.staff);
                if one.place > since && one.staff == to && before == Some(from) {
                    last = Some(one);
                }
            }
            let is_still = last.is_some_and(|one| owner.get(&one.role) == Some(&to));
            last.filter(|_| is_still).map(|one| (tag.as_str(), one))
        })
    }

    /// Who owned an object last before somebody else acknowledged it.
    pub(super) fn before(&self, tag: &str, place: Place, other_than: Symbol) -> Option<Symbol> {
        let earlier = self.of(tag).iter().rev().filter(|one| one.place <= place);
        earlier.map(|one| one.staff).find(|staff| *staff != other_than)
    }
}

/// A tag as others have it: of a party by the id that stands for it.
pub(super) fn resolved(tag: &str, rows: &dyn Rows, identity: &Identity) -> Result<String, ReadError> {
    let Some(id) = tag.strip_prefix("party:") else { return Ok(tag.to_owned()) };
    match rows.number(Dictionary::Party, id)? {
        Some(party) => Ok(format!("party:{}", rows.party_name(identity.canonical(party))?)),
        None => Ok(tag.to_owned()),
    }
}
