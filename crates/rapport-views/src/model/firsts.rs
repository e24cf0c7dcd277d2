//! Which purchase is a customer's first.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use super::purchases::Source;
use crate::{
    answers::{AsOf, window::Window},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Parties},
    table::{CUSTOMER, Field as _},
};

/// Since when the customers of a window buy.
#[derive(Debug)]
pub(crate) struct Firsts<'a> {
    pub(crate) identity: &'a Identity,
    /// Those who bought before the window.
    earlier: Parties,
    /// The first purchase of others, in whatever currency.
    within: HashMap<ObjectId, Timestamp>,
}

impl<'a> Firsts<'a> {
    /// Who bought before a window begins.
    pub(crate) fn before(
        rows: &dyn Rows,
        source: Source,
        window: Window,
        as_of: AsOf,
        identity: &'a Identity,
    ) -> Result<Self, ReadError> {
        let before = Window { from: Timestamp::MIN, to: window.from };
        let (table, purchases) = (source.table(), source.purchases(before));
        let mut earlier = Parties::default();
        rows.pick(table, &[CUSTOMER], &purchases, as_of, &mut |_, cells| {
            earlier.extend(cells.first().and_then(ObjectId::of).map(|one| identity.canonical(one)));
            Ok(())
        })?;
        Ok(Self { identity, earlier, within: HashMap::new() })
    }

    /// A customer, merges resolved, bought then.
    pub(crate) fn bought(&mut self, customer: ObjectId, at: Timestamp) {
        if !self.earlier.contains(customer) {
            let first = self.within.entry(customer).or_insert(at);
            *first = at.min(*first);
        }
    }

    /// Whether a purchase at that moment is the customer's first, merges resolved.
    pub(crate) fn is_first(&self, customer: ObjectId, at: Timestamp) -> bool {
        self.within.get(&customer) == Some(&at)
    }
}
