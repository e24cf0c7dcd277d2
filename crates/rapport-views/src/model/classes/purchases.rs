//! What was bought, added up by the store, with merged parties as one.

use hashbrown::{HashMap, HashSet};
use rapport_model::Timestamp;

use super::xyz::Evenness;
use crate::rows::{Identity, ObjectId, Symbol};

/// What is put into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Object {
    /// A customer: `party:7` on the wire.
    Party(ObjectId),
    /// A product, by its code: `product:GTX` on the wire.
    Product(Symbol),
}

/// What a customer or product bought in one currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Merges resolved.
    pub(super) object: Object,
    pub(super) currency: Symbol,
    pub(super) orders: u64,
    pub(super) net: i128,
    /// When the last of the orders was placed.
    pub(super) last: Option<Timestamp>,
    pub(super) evenness: Evenness,
}

type Key = (Object, Symbol);

/// Adds up. A number is kept for each period only where several keys become one.
#[derive(Debug)]
pub(super) struct Added<'a> {
    identity: &'a Identity,
    /// Parties that were merged, those that stand for others included.
    merged: HashSet<ObjectId>,
    items: HashMap<Key, Item>,
    /// Orders of merged parties.
    by_period: HashMap<(Key, Timestamp), u64>,
}

impl<'a> Added<'a> {
    pub(super) fn new(identity: &'a Identity) -> Self {
        let merged = identity.merged().collect();
        Self { identity, merged, items: HashMap::new(), by_period: HashMap::new() }
    }

    fn item(&mut self, object: Object, currency: Symbol) -> &mut Item {
        let key = (canonical(object, self.identity), currency);
        let (orders, net, last, evenness) = (0, 0, None, Evenness::default());
        let none = Item { object: key.0, currency, orders, net, last, evenness };
        self.items.entry(key).or_insert(none)
    }

    /// What lines of one object, as recorded, are worth.
    pub(super) fn worth(&mut self, object: Object, currency: Symbol, net: i128) {
        self.item(object, currency).net += net;
    }

    /// How many orders of one object, as recorded, there are, and when the last was placed.
    pub(super) fn orders(&mut self, object: Object, currency: Symbol, orders: u64, last: Timestamp) {
        let item = self.item(object, currency);
        item.orders += orders;
        item.last = item.last.max(Some(last));
    }

    /// How many of them a period has; told once of an object, as recorded, and a period.
    pub(super) fn in_period(&mut self, object: Object, currency: Symbol, period: Timestamp, orders: u64) {
        if self.is_merged(object) {
            let key = (canonical(object, self.identity), currency);
            *self.by_period.entry((key, period)).or_default() += orders;
        } else {
            self.item(object, currency).evenness.add(orders);
        }
    }

    fn is_merged(&self, object: Object) -> bool {
        match object {
            Object::Party(party) => self.merged.contains(&party),
            Object::Product(_) => false,
        }
    }

    /// All of them.
    pub(super) fn items(mut self) -> Vec<Item> {
        for ((key, _), orders) in std::mem::take(&mut self.by_period) {
            if let Some(item) = self.items.get_mut(&key) {
                item.evenness.add(orders);
            }
        }
        self.items.into_values().collect()
    }
}

/// The object that stands for this one.
pub(super) fn canonical(object: Object, identity: &Identity) -> Object {
    match object {
        Object::Party(party) => Object::Party(identity.canonical(party)),
        Object::Product(_) => object,
    }
}
