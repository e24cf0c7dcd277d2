//! What was bought, added up by the store, with merged customers as one.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use super::keys::Key;
use crate::{
    model::firsts::Firsts,
    rows::{ObjectId, Symbol},
};

/// What a row or a total counts.
#[derive(Debug, Default)]
pub(super) struct Sold {
    /// Each once, whoever bought it.
    pub(super) purchases: u64,
    pub(super) net: i128,
    pub(super) quantity_milli: i128,
    pub(super) without_customer: u64,
    /// What customers who are new here were charged.
    pub(super) net_of_new: i128,
    /// What all other customers were charged.
    pub(super) net_of_returning: i128,
    customers: HashMap<ObjectId, Bought>,
}

/// What one customer bought of it.
#[derive(Debug, Clone, Copy)]
struct Bought {
    purchases: u64,
    first: Timestamp,
}

/// What was bought in one currency.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) sold: Sold,
    pub(super) returns: u64,
    pub(super) returns_net: i128,
    pub(super) cancelled: u64,
    pub(super) cancelled_net: i128,
}

/// What was bought, by currency and row.
pub(super) type ByKey = HashMap<(Symbol, Key), Sold>;

/// How many customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Customers {
    pub(super) all: u64,
    /// Those whose first purchase ever is here.
    pub(super) new: u64,
    /// Those with two purchases or more.
    pub(super) repeated: u64,
    /// Purchases of those who had bought before.
    pub(super) repeat_purchases: u64,
    /// All purchases of those who are new.
    pub(super) purchases_of_new: u64,
    /// All purchases of the others.
    pub(super) purchases_of_returning: u64,
}

impl Sold {
    /// So many purchases of a customer, the first of them then. Nobody's purchases are nobody's.
    pub(super) fn bought(&mut self, customer: ObjectId, purchases: u64, first: Timestamp) {
        if customer == ObjectId::NOBODY {
            self.without_customer += purchases;
            return;
        }
        let bought = self.customers.entry(customer).or_insert(Bought { purchases: 0, first });
        bought.purchases += purchases;
        bought.first = bought.first.min(first);
    }

    /// A customer was charged so much; who is new here is known by then.
    pub(super) fn charged(&mut self, customer: ObjectId, net: i128, firsts: &Firsts<'_>) {
        if customer == ObjectId::NOBODY {
            return;
        }
        let bought = self.customers.get(&customer);
        if bought.is_some_and(|bought| firsts.is_first(customer, bought.first)) {
            self.net_of_new += net;
        } else {
            self.net_of_returning += net;
        }
    }

    /// Whether anything was bought, or what was bought earlier changed.
    pub(super) const fn is_any(&self) -> bool {
        self.purchases > 0 || self.net != 0 || self.quantity_milli != 0
    }

    pub(super) fn customers(&self, firsts: &Firsts<'_>) -> Customers {
        let mut counted = Customers::default();
        for (customer, bought) in &self.customers {
            let is_new = u64::from(firsts.is_first(*customer, bought.first));
            counted.all += 1;
            counted.new += is_new;
            counted.repeated += u64::from(bought.purchases > 1);
            counted.repeat_purchases += bought.purchases - is_new;
            counted.purchases_of_new += bought.purchases * is_new;
            counted.purchases_of_returning += bought.purchases * (1 - is_new);
        }
        counted
    }
}
