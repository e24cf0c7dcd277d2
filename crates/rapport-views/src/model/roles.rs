//! The roles in which parties are known.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, PartyRole, RoleRow},
    table::{Field as _, Filter},
};

/// The latest role in force of each party, merges resolved. Of each role the latest assignment decides, so that one with an
/// end ends it; contacts of an organisation are told from [`Identity`].
pub(super) fn roles(
    rows: &dyn Rows,
    identity: &Identity,
    as_of: AsOf,
) -> Result<HashMap<ObjectId, PartyRole>, ReadError> {
    type Place = (Timestamp, Timestamp, Position);
    let until = as_of.bounded().occurred_until;
    let mut latest: HashMap<(ObjectId, PartyRole), (Place, Timestamp)> = HashMap::new();
    let roles = [PartyRole::Customer, PartyRole::Supplier, PartyRole::Partner, PartyRole::Employee];
    let filter = Filter::all().and("role", roles.map(|role| role.cell()).to_vec());
    rows.in_any_order(&filter, as_of, |row: RoleRow| {
        let place = (row.begins, row.occurred_at, row.position);
        if row.begins <= until {
            let last =
                latest.entry((identity.canonical(row.customer), row.role)).or_insert((place, row.ends));
            if place > last.0 {
                *last = (place, row.ends);
            }
        }
    })?;
    let mut in_force: HashMap<ObjectId, (Place, PartyRole)> = HashMap::new();
    for ((party, role), (place, _)) in latest.into_iter().filter(|(_, (_, ends))| *ends > until) {
        let last = in_force.entry(party).or_insert((place, role));
        if place > last.0 {
            *last = (place, role);
        }
    }
    Ok(in_force.into_iter().map(|(party, (_, role))| (party, role)).collect())
}
