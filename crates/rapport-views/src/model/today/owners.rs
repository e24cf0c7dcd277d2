//! Who is responsible for what.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::thing::{About, Thing};
use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, OwnerRow, Symbol, Symbols},
    table::Filter,
};

type Place = (Timestamp, Position);

/// The latest assignment of each customer, merges resolved, and of each other object, in whatever role.
#[derive(Debug, Default)]
pub(super) struct Owners {
    parties: HashMap<ObjectId, (Place, Symbol)>,
    objects: HashMap<String, (Place, Symbol)>,
}

impl Owners {
    pub(super) fn read(
        rows: &dyn Rows,
        (symbols, identity): (&Symbols, &Identity),
        as_of: AsOf,
    ) -> Result<Self, ReadError> {
        let mut owners = Self::default();
        let party = symbols.get("party");
        rows.in_any_order(&Filter::all(), as_of, |row: OwnerRow| {
            let latest = ((row.occurred_at, row.position), row.staff);
            let known = if Some(row.kind) == party {
                owners.parties.entry(identity.canonical(row.customer)).or_insert(latest)
            } else {
                owners.objects.entry(row.object).or_insert(latest)
            };
            *known = latest.max(*known);
        })?;
        Ok(owners)
    }

    /// Who owns the object, else who owns the customer, else who recorded it last.
    pub(super) fn of(&self, thing: &Thing, rows: &dyn Rows) -> Result<Symbol, ReadError> {
        if !self.objects.is_empty() && matches!(thing.about, About::Named(..)) {
            let tag = thing.about.tag(rows)?;
            if let Some((_, staff)) = self.objects.get(&tag) {
                return Ok(*staff);
            }
        }
        Ok(self.parties.get(&thing.customer).map_or(thing.staff, |(_, staff)| *staff))
    }
}
