//! Who is responsible for each customer.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, OwnerRow, Symbol, Symbols},
    table::{Field as _, Filter, GroupKey, Row as _},
};

type Place = (Timestamp, Position);

/// The latest assignment of each customer, merges resolved, in each role.
#[derive(Debug, Default)]
pub(in crate::model) struct Owners(HashMap<ObjectId, Vec<(Place, Symbol, Symbol)>>);

/// What is assigned of customers themselves, and not of their deals.
pub(super) fn of_parties(symbols: &Symbols) -> Filter {
    let party = symbols.get("party").map(|kind| kind.cell());
    Filter::all().and("kind", party.into_iter().collect())
}

impl Owners {
    pub(in crate::model) fn read(
        rows: &dyn Rows,
        as_of: AsOf,
        (symbols, identity): (&Symbols, &Identity),
    ) -> Result<Self, ReadError> {
        let mut owners = Self::default();
        rows.each(&of_parties(symbols), as_of, |row: OwnerRow| {
            let of = owners.0.entry(identity.canonical(row.customer)).or_default();
            let place = (row.occurred_at, row.position);
            match of.iter_mut().find(|(_, role, _)| *role == row.role) {
                Some(known) if known.0 < place => *known = (place, row.role, row.staff),
                Some(_) => {}
                None => of.push((place, row.role, row.staff)),
            }
        })?;
        Ok(owners)
    }

    /// Who has a role; without one, who was assigned last in any.
    pub(in crate::model) fn of(&self, customer: ObjectId, role: Option<Symbol>) -> Option<Symbol> {
        let of = self.0.get(&customer)?.iter();
        let of = of.filter(|(_, known, _)| role.is_none_or(|role| role == *known));
        of.max_by_key(|(place, _, _)| *place).map(|(_, _, staff)| *staff)
    }
}

/// The roles in which anybody is responsible for a customer, as believed at K.
pub(super) fn owner_roles(rows: &dyn Rows, symbols: &Symbols, as_of: AsOf) -> Result<Vec<String>, ReadError> {
    let mut roles = BTreeSet::new();
    let by = [GroupKey::Column("role")];
    rows.group(OwnerRow::TABLE, &of_parties(symbols), as_of, &by, &[], &mut |cells, _| {
        let role = cells.first().and_then(Symbol::of).unwrap_or_default();
        roles.insert(symbols.text(role).to_owned());
        Ok(())
    })?;
    roles.remove("");
    Ok(roles.into_iter().collect())
}
