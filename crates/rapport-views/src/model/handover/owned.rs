//! What somebody owns: counts with the names of their figures, and what deals are worth.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use rapport_proto::v1;

use super::{item::Item, objects::Kind};
use crate::{
    answers::sums::sum,
    model::figures::{Counted, Figures},
};

/// Of these items; an object with two owners counts once. `name` begins the names of the figures.
pub(super) fn owned(items: &[&Item<'_>], name: &[&str], figures: &mut Figures) -> v1::HandoverOwned {
    let acknowledged: HashSet<Counted> =
        items.iter().filter(|item| item.acknowledged.is_some()).map(|item| item.object.thing).collect();
    let mut things: Vec<(Counted, Kind)> =
        items.iter().map(|item| (item.object.thing, item.object.kind)).collect();
    things.sort_unstable();
    things.dedup();
    let mut count = |what, is_in: &dyn Fn(&(Counted, Kind)) -> bool| {
        let those = things.iter().filter(|thing| is_in(thing));
        figures.count(&[name, &[what]].concat(), those.map(|(thing, _)| *thing))
    };
    v1::HandoverOwned {
        items: count("items", &|_| true),
        deals: count("deals", &|(_, kind)| *kind == Kind::Deal),
        tickets: count("tickets", &|(_, kind)| *kind == Kind::Ticket),
        agreements: count("agreements", &|(_, kind)| *kind == Kind::Agreement),
        meetings: count("meetings", &|(_, kind)| *kind == Kind::Meeting),
        customers: count("customers", &|(_, kind)| *kind == Kind::Party),
        others: count("others", &|(_, kind)| *kind == Kind::Other),
        acknowledged: count("acknowledged", &|(thing, _)| acknowledged.contains(thing)),
        open: count("open", &|(thing, _)| !acknowledged.contains(thing)),
        values: values(items),
    }
}

fn values(items: &[&Item<'_>]) -> Vec<v1::HandoverValue> {
    let mut deals: BTreeMap<Counted, &(i128, String)> = BTreeMap::new();
    for item in items {
        if let Some(amount) = &item.object.amount {
            deals.insert(item.object.thing, amount);
        }
    }
    let mut values: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    for (amount, currency) in deals.into_values() {
        let of = values.entry(currency).or_default();
        *of = (of.0 + 1, of.1 + amount);
    }
    let value = |(currency, (deals, amount)): (&str, (u64, i128))| v1::HandoverValue {
        currency: currency.to_owned(),
        deals,
        amount: sum(amount),
    };
    values.into_iter().map(value).collect()
}
