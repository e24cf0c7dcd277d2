//! What was bought, added up: what a store groups, without the orders that were cancelled, merged parties as one.

use hashbrown::{HashMap, HashSet};
use rapport_model::Timestamp;

use super::{periods::Periods, xyz::Evenness};
use crate::rows::{Identity, ObjectId, PurchaseLine, PurchaseOp, Symbol};

/// What is put into classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A customer: `party:7` on the wire.
    Party(ObjectId),
    /// A product, by its code: `product:GTX` on the wire.
    Product(Symbol),
}

/// A row of `GROUP BY object, currency`, and of `GROUP BY object, currency, period`. Without a period, rows of one key are
/// added, so that the purchases and the value may come apart; of a key and a period there is one row.
///
/// Lines of cancelled orders are in it, and taken off: [`ClassesBuilder::cancelled`](super::ClassesBuilder::cancelled).
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

impl Purchases {
    /// None, of nobody.
    pub(super) const NONE: Self = Self {
        object: Object::Party(ObjectId::NOBODY),
        currency: Symbol(0),
        period: None,
        orders: 0,
        net_minor_units: 0,
        last: None,
    };
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
    evenness: Evenness,
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

/// Adds up. A number is kept for each period only where several keys become one.
#[derive(Debug)]
pub(super) struct Added<'a> {
    identity: &'a Identity,
    /// Parties that were merged, those that stand for others included.
    merged: HashSet<ObjectId>,
    sums: HashMap<Key, Sum>,
    /// Purchases of merged parties.
    by_period: HashMap<(Key, Timestamp), u64>,
    cancelled: HashSet<ObjectId>,
    /// Of which cancelled order a purchase was taken off where, in all and by period.
    taken_off: HashSet<(Key, Option<Timestamp>, ObjectId)>,
    /// How many by period.
    off_by_period: HashMap<(Key, Timestamp), u64>,
}

impl<'a> Added<'a> {
    pub(super) fn new(identity: &'a Identity) -> Self {
        Self {
            identity,
            merged: identity.merged().collect(),
            sums: HashMap::new(),
            by_period: HashMap::new(),
            cancelled: HashSet::new(),
            taken_off: HashSet::new(),
            off_by_period: HashMap::new(),
        }
    }

    /// Takes off a line of an order that was cancelled.
    pub(super) fn cancelled(&mut self, object: Object, line: &PurchaseLine, periods: &Periods) {
        self.cancelled.insert(line.order);
        let key = (object, line.currency);
        let sum = self.sums.entry(key).or_default();
        sum.net -= i128::from(line.net_minor_units);
        if line.op != PurchaseOp::Placed {
            return;
        }
        sum.last_cancelled = sum.last_cancelled.max(Some(line.occurred_at));
        if self.taken_off.insert((key, None, line.order)) {
            sum.orders -= 1;
        }
        let period = periods.start_of(line.occurred_at);
        if self.taken_off.insert((key, Some(period), line.order)) {
            *self.off_by_period.entry((key, period)).or_default() += 1;
        }
    }

    pub(super) fn purchases(&mut self, row: &Purchases, periods: &Periods) {
        let key = (row.object, row.currency);
        let Some(period) = row.period else {
            let sum = self.sums.entry(key).or_default();
            sum.orders += i64::try_from(row.orders).unwrap_or(i64::MAX);
            sum.net += row.net_minor_units;
            sum.last = sum.last.max(row.last);
            return;
        };
        if !periods.window.contains(period) {
            return;
        }
        let off = self.off_by_period.get(&(key, period)).copied().unwrap_or(0);
        let orders = row.orders.saturating_sub(off);
        if self.is_merged(row.object) {
            let key = (canonical(row.object, self.identity), row.currency);
            *self.by_period.entry((key, period)).or_default() += orders;
        } else {
            self.sums.entry(key).or_default().evenness.add(orders);
        }
    }

    pub(super) fn is_cancelled(&self, order: ObjectId) -> bool {
        self.cancelled.contains(&order)
    }

    fn is_merged(&self, object: Object) -> bool {
        match object {
            Object::Party(party) => self.merged.contains(&party),
            Object::Product(_) => false,
        }
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
            let sum = self.sums.entry((object, line.currency)).or_default();
            sum.last = sum.last.max(Some(line.occurred_at));
        }
    }

    /// All of them, merges resolved.
    pub(super) fn items(&self) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.sums.len());
        let mut together: HashMap<Key, Item> = HashMap::new();
        for ((object, currency), sum) in &self.sums {
            let item = Item {
                object: canonical(*object, self.identity),
                currency: *currency,
                orders: u64::try_from(sum.orders).unwrap_or(0),
                net: sum.net,
                last: sum.last,
                evenness: sum.evenness,
            };
            if self.is_merged(*object) {
                let all = together.entry((item.object, *currency));
                all.and_modify(|all| all.join(&item)).or_insert(item);
            } else {
                items.push(item);
            }
        }
        for ((key, _), orders) in &self.by_period {
            if let Some(item) = together.get_mut(key) {
                item.evenness.add(*orders);
            }
        }
        items.extend(together.into_values());
        items
    }
}

impl Item {
    /// With what another id of the party bought.
    fn join(&mut self, other: &Self) {
        self.orders += other.orders;
        self.net += other.net;
        self.last = self.last.max(other.last);
    }
}

/// The object that stands for this one.
pub(super) fn canonical(object: Object, identity: &Identity) -> Object {
    match object {
        Object::Party(party) => Object::Party(identity.canonical(party)),
        Object::Product(_) => object,
    }
}
