//! What somebody owns: counts with the names of their figures, and what deals are worth.

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::v1;

use super::{item::Item, objects::Kind};
use crate::{
    answers::sums::sum,
    model::figures::{Counted, Figures},
};

/// Of these items; an object with two owners counts once. `name` begins the names of the figures.
pub(super) fn owned<'a>(
    items: impl Iterator<Item = &'a Item<'a>> + Clone,
    name: &[&str],
    figures: &mut Figures,
) -> v1::HandoverOwned {
    let acknowledged: BTreeSet<Counted> =
        items.clone().filter(|item| item.acknowledged.is_some()).map(|item| item.object.thing).collect();
    let mut count = |what, is_in: &dyn Fn(&Item<'_>) -> bool| {
        let things: BTreeSet<Counted> =
            items.clone().filter(|item| is_in(item)).map(|item| item.object.thing).collect();
        figures.count(&[name, &[what]].concat(), things.iter().copied())
    };
    v1::HandoverOwned {
        items: count("items", &|_| true),
        deals: count("deals", &|item| item.object.kind == Kind::Deal),
        tickets: count("tickets", &|item| item.object.kind == Kind::Ticket),
        agreements: count("agreements", &|item| item.object.kind == Kind::Agreement),
        meetings: count("meetings", &|item| item.object.kind == Kind::Meeting),
        customers: count("customers", &|item| item.object.kind == Kind::Party),
        others: count("others", &|item| item.object.kind == Kind::Other),
        acknowledged: count("acknowledged", &|item| acknowledged.contains(&item.object.thing)),
        open: count("open", &|item| !acknowledged.contains(&item.object.thing)),
        values: values(items),
    }
}

fn values<'a>(items: impl Iterator<Item = &'a Item<'a>>) -> Vec<v1::HandoverValue> {
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
