//! Which purchase is a customer's first.

use hashbrown::{HashMap, HashSet};
use rapport_model::Timestamp;

use super::params::OrdersParams;
use crate::{
    answers::window::Window,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId},
    table::{CUSTOMER, Field as _, GroupKey, Measure},
};

/// Since when the customers of a window buy.
#[derive(Debug)]
pub(super) struct Firsts<'a> {
    pub(super) identity: &'a Identity,
    /// Those who bought before the window.
    earlier: HashSet<ObjectId>,
    /// The first purchase of others, in whatever currency.
    within: HashMap<ObjectId, Timestamp>,
}

impl<'a> Firsts<'a> {
    /// Who bought before the window.
    pub(super) fn before(
        rows: &dyn Rows,
        params: &OrdersParams,
        identity: &'a Identity,
    ) -> Result<Self, ReadError> {
        let before = Window { from: Timestamp::MIN, to: params.window.from };
        let (table, purchases) = (params.source.table(), params.source.purchases(before));
        let mut earlier = HashSet::new();
        let by = [GroupKey::Column(CUSTOMER)];
        rows.group(table, &purchases, params.as_of, &by, &[Measure::First], &mut |keys, _| {
            earlier.extend(keys.first().and_then(ObjectId::of).map(|one| identity.canonical(one)));
            Ok(())
        })?;
        Ok(Self { identity, earlier, within: HashMap::new() })
    }

    /// A customer, merges resolved, bought then.
    pub(super) fn bought(&mut self, customer: ObjectId, at: Timestamp) {
        if !self.earlier.contains(&customer) {
            let first = self.within.entry(customer).or_insert(at);
            *first = at.min(*first);
        }
    }

    /// Whether a purchase at that moment is the customer's first, merges resolved.
    pub(super) fn is_first(&self, customer: ObjectId, at: Timestamp) -> bool {
        self.within.get(&customer) == Some(&at)
    }
}
