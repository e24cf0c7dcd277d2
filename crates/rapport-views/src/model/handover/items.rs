//! Who owns what is open, and what of it was acknowledged.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{
    item::Item,
    objects::Object,
    owners::{Owners, Place},
};
use crate::rows::Symbol;

/// What successors acknowledged, by tag, in the order in which it happened.
pub(super) type Acknowledged = HashMap<String, Vec<(Place, Symbol)>>;

/// Every open object with each of its owners; those that nobody owns with nobody.
pub(super) fn items<'a>(
    objects: &'a [Object],
    owners: &Owners,
    acknowledged: &Acknowledged,
) -> Vec<Item<'a>> {
    let mut all = Vec::new();
    for object in objects {
        let holders = owners.holders(&object.tag);
        if holders.is_empty() {
            all.push(of_recorder(object, owners, acknowledged));
        }
        for holder in holders {
            let since = holder.since();
            all.push(Item {
                object,
                owner: holder.staff,
                since: Some(since.0),
                acknowledged: last_after(acknowledged, object, since),
                positions: holder.roles.iter().map(|(_, place)| place.1).collect(),
                roles: holder.roles.into_iter().map(|(role, _)| role).collect(),
            });
        }
    }
    all
}

/// What was not assigned is its recorder's, if it has one.
fn of_recorder<'a>(object: &'a Object, owners: &Owners, acknowledged: &Acknowledged) -> Item<'a> {
    let nobody = Item {
        object,
        owner: Symbol::default(),
        roles: Vec::new(),
        since: None,
        acknowledged: None,
        positions: Vec::new(),
    };
    let Some((recorded, who)) = object.recorded else { return nobody };
    let is_planned = recorded.0 == Timestamp::MIN;
    let is_later = |place: Place| if is_planned { place.1 > recorded.1 } else { place > recorded };
    let (owner, assigned) = owners.followed(object.customer, who, is_later);
    let since = assigned.unwrap_or(recorded);
    Item {
        owner,
        since: Some(since.0).filter(|since| *since > Timestamp::MIN),
        acknowledged: last_after(acknowledged, object, since),
        positions: assigned.map(|place| place.1).into_iter().collect::<Vec<Position>>(),
        ..nobody
    }
}

fn last_after(acknowledged: &Acknowledged, object: &Object, since: Place) -> Option<(Place, Symbol)> {
    acknowledged.get(&object.tag)?.last().copied().filter(|(place, _)| *place > since)
}
