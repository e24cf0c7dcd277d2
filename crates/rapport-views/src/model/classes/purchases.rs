//! What was bought, added up: what a store groups, without the orders that were cancelled, merged parties as one.

use std::collections::{HashMap, HashSet};

use rapport_model::Timestamp;

use super::{periods::Periods, xyz::Evenness};
use crate::{
    projection::purchase::{PurchaseLine, PurchaseOp},
    rows::{Identity, ObjectId, Symbol},
};

/// What is put into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A customer: `party:7` on the wire.
    Party(ObjectId),
    /// A product, by its code: `product:GTX` on the wire.
    Product(Symbol),
}

/// A row of `GROUP BY object, currency`, and of `GROUP BY object, currency, period`. Rows of one key are added, so that
/// the purchases and the value may come apart.
///
/// Lines of cancelled orders are in it, and taken off again: [`ClassesBuilder::cancelled`](super::ClassesBuilder::cancelled).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchases {
    /// The customer as recorded, or the product.
    pub object: Object,
    /// ISO 4217; 0 for lines without an amount.
    pub currency: Symbol,
    /// `None`: of all lines in [`ClassesParams::window`](super::ClassesParams::window). Else the beginning of the period:
    /// of lines in [`ClassesParams::periods`](super::ClassesParams::periods), of which only `orders` counts.
    pub period: Option<Timestamp>,
    /// Distinct orders among the lines that were placed.
    pub orders: u64,
    /// Σ net of the lines that were placed, returned and amended.
    pub net_minor_units: i128,
    /// The latest occurred_at of the lines that were placed; `None` when there are none.
    pub last: Option<Timestamp>,
}

/// What was bought in one currency, under one key.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    /// Fewer than none, until the store's rows have come.
    orders: i64,
    net: i128,
    last: Option<Timestamp>,
    /// The latest of the lines that were placed and taken back.
    last_cancelled: Option<Timestamp>,
}

/// What a customer or product bought in one currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Merges resolved.
    pub(super) object: Object,
    pub(super) currency: Symbol,
    pub(super) orders: u64,
    pub(super) net: i128,
    pub(super) last: Option<Timestamp>,
    pub(super) evenness: Evenness,
}

type Key = (Object, Symbol);

/// Adds up.
#[derive(Debug, Default)]
pub(super) struct Added {
    sums: HashMap<Key, Sum>,
    by_period: HashMap<(Key, Timestamp), i64>,
    cancelled: HashSet<ObjectId>,
    /// Of which cancelled order a purchase was taken off where, in all and by period.
    taken_off: HashSet<(Key, Option<Timestamp>, ObjectId)>,
}

impl Added {
    pub(super) fn purchases(&mut self, row: &Purchases, periods: &Periods) {
        let (key, orders) = ((row.object, row.currency), i64::try_from(row.orders).unwrap_or(i64::MAX));
        match row.period {
            Some(period) if periods.window.contains(period) => {
                *self.by_period.entry((key, period)).or_default() += orders;
            }
            Some(_) => {}
            None => {
                let sum = self.sums.entry(key).or_default();
                sum.orders += orders;
                sum.net += row.net_minor_units;
                sum.last = sum.last.max(row.last);
            }
        }
    }

    /// Takes off a line of an order that was cancelled.
    pub(super) fn cancelled(&mut self, object: Object, line: &PurchaseLine, periods: &Periods) {
        self.cancelled.insert(line.order);
        let key = (object, currency(line));
        let sum = self.sums.entry(key).or_default();
        sum.net -= i128::from(line.net.map_or(0, |(minor_units, _)| minor_units));
        if line.op != PurchaseOp::Placed {
            return;
        }
        sum.last_cancelled = sum.last_cancelled.max(Some(line.occurred_at));
        if self.taken_off.insert((key, None, line.order)) {
            sum.orders -= 1;
        }
        let period = periods.start_of(line.occurred_at);
        if periods.window.contains(line.occurred_at) && self.taken_off.insert((key, Some(period), line.order))
        {
            *self.by_period.entry((key, period)).or_default() -= 1;
        }
    }

    pub(super) fn is_cancelled(&self, order: ObjectId) -> bool {
        self.cancelled.contains(&order)
    }

    /// The keys of which the latest purchase may be a cancelled one; it is forgotten.
    pub(super) fn unsettled(&mut self) -> Vec<Object> {
        let mut unsettled = Vec::new();
        for ((object, _), sum) in &mut self.sums {
            if sum.last_cancelled.is_some() && sum.last == sum.last_cancelled {
                sum.last = None;
                unsettled.push(*object);
            }
        }
        unsettled.sort_unstable();
        unsettled.dedup();
        unsettled
    }

    /// Takes a line of a key that is unsettled.
    pub(super) fn again(&mut self, object: Object, line: &PurchaseLine) {
        if line.op == PurchaseOp::Placed && !self.is_cancelled(line.order) {
            let sum = self.sums.entry((object, currency(line))).or_default();
            sum.last = sum.last.max(Some(line.occurred_at));
        }
    }

    /// All of them, merges resolved.
    pub(super) fn items(&self, identity: &Identity) -> Vec<Item> {
        let mut items: HashMap<Key, Item> = HashMap::with_capacity(self.sums.len());
        for ((object, currency), sum) in &self.sums {
            let object = canonical(*object, identity);
            let item = items.entry((object, *currency)).or_insert(Item {
                object,
                currency: *currency,
                orders: 0,
                net: 0,
                last: None,
                evenness: Evenness::default(),
            });
            item.orders += u64::try_from(sum.orders).unwrap_or(0);
            item.net += sum.net;
            item.last = item.last.max(sum.last);
        }
        let mut by_period: HashMap<(Key, Timestamp), u64> = HashMap::with_capacity(self.by_period.len());
        for (((object, currency), period), orders) in &self.by_period {
            let key = (canonical(*object, identity), *currency);
            *by_period.entry((key, *period)).or_default() += u64::try_from(*orders).unwrap_or(0);
        }
        for ((key, _), orders) in by_period {
            if let Some(item) = items.get_mut(&key) {
                item.evenness.add(orders);
            }
        }
        items.into_values().collect()
    }
}

/// The object that stands for this one.
pub(super) fn canonical(object: Object, identity: &Identity) -> Object {
    match object {
        Object::Party(party) => Object::Party(identity.canonical(party)),
        Object::Product(_) => object,
    }
}

/// The currency that a line counts in; 0 without one.
pub(super) fn currency(line: &PurchaseLine) -> Symbol {
    line.net.map(|(_, currency)| currency).unwrap_or_default()
}
