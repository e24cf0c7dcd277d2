//! Purchases: when, whose, what was charged, and which is a customer's first.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use super::params::{ChannelsParams, Place};
use crate::{
    answers::window::Window,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol},
    table::{CURRENCY, CUSTOMER, Field as _},
};

/// One purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Purchase {
    /// The number of the order or invoice. All events with one number are one purchase.
    pub(super) id: ObjectId,
    /// Of the first event that makes it a purchase.
    pub(super) place: Place,
    /// Of that event, merges resolved.
    pub(super) customer: ObjectId,
    /// Of that event's amounts.
    pub(super) currency: Symbol,
    /// What was charged for it until T in its currency: with what was amended and came back.
    pub(super) revenue: i128,
    /// When the customer bought first.
    pub(super) since: Timestamp,
    /// The customer's purchase before it.
    pub(super) previous: Option<Place>,
}

impl Purchase {
    /// Whether it is its customer's first.
    pub(super) const fn is_first(&self) -> bool {
        self.previous.is_none()
    }
}

/// Every purchase until T, in their order.
pub(super) fn purchases(
    rows: &dyn Rows,
    identity: &Identity,
    params: &ChannelsParams,
) -> Result<Vec<Purchase>, ReadError> {
    let source = params.source;
    let columns = [CUSTOMER, source.id(), source.op(), "net_minor_units", CURRENCY];
    let ever = Window { from: Timestamp::MIN, to: Timestamp::MAX };
    let mut charged: HashMap<(ObjectId, Symbol), i128> = HashMap::new();
    let mut firsts: HashMap<ObjectId, (Place, ObjectId, Symbol)> = HashMap::new();
    rows.pick(source.table(), &columns, &source.lines(ever), params.as_of, &mut |beginning, cells| {
        let [customer, id, op, net, currency] = cells else { return Ok(()) };
        let id = id.int().map_or(ObjectId::NOBODY, |number| ObjectId(number.cast_unsigned()));
        let currency = Symbol::of(currency).unwrap_or_default();
        *charged.entry((id, currency)).or_default() += net.int().map_or(0, i128::from);
        if source.is_purchase(op) {
            let place = (beginning.at, beginning.position);
            let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
            let first = firsts.entry(id).or_insert((place, customer, currency));
            if place < first.0 {
                *first = (place, customer, currency);
            }
        }
        Ok(())
    })?;
    let mut all: Vec<Purchase> = firsts
        .into_iter()
        .map(|(id, (place, customer, currency))| Purchase {
            id,
            place,
            customer,
            currency,
            revenue: charged.get(&(id, currency)).copied().unwrap_or(0),
            since: place.0,
            previous: None,
        })
        .collect();
    all.sort_unstable_by_key(|one| one.place);
    let mut last: HashMap<ObjectId, (Timestamp, Place)> = HashMap::new();
    for one in all.iter_mut().filter(|one| one.customer != ObjectId::NOBODY) {
        let before = last.get(&one.customer).copied();
        one.previous = before.map(|(_, place)| place);
        one.since = before.map_or(one.place.0, |(since, _)| since);
        last.insert(one.customer, (one.since, one.place));
    }
    Ok(all)
}
