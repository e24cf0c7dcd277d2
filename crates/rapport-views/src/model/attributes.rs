//! The segment attributes of customers at T.
//!
//! Of an attribute's values the one that began last until T holds, of two from the same moment the one that happened, then
//! was recorded, later: as in a timeline's facts. It holds until its end, if it has one. Those of merged customers are of
//! one.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{AttributeRow, Identity, ObjectId, Symbol},
    table::{Field as _, Filter},
};

/// One statement.
#[derive(Debug, Clone, Copy)]
struct Said {
    /// The later one in this order holds.
    order: (Timestamp, Timestamp, Position),
    ends: Timestamp,
    value: Symbol,
}

/// By customer, merges resolved, then attribute.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    said: HashMap<(ObjectId, Symbol), Said>,
    at: Timestamp,
}

impl Attributes {
    /// Those of these keys; without keys no row is read.
    pub(super) fn read(
        rows: &dyn Rows,
        keys: &BTreeSet<Symbol>,
        as_of: AsOf,
        identity: &Identity,
    ) -> Result<Self, ReadError> {
        let mut attributes = Self { said: HashMap::new(), at: as_of.bounded().occurred_until };
        if keys.is_empty() {
            return Ok(attributes);
        }
        let filter = Filter::all().and("key", keys.iter().map(|key| key.cell()).collect());
        rows.in_any_order(&filter, as_of, |row: AttributeRow| attributes.take(&row, identity))?;
        Ok(attributes)
    }

    fn take(&mut self, row: &AttributeRow, identity: &Identity) {
        if row.customer == ObjectId::NOBODY || row.begins > self.at {
            return;
        }
        let order = (row.begins, row.occurred_at, row.position);
        let new = Said { order, ends: row.ends, value: row.value };
        let said = self.said.entry((identity.canonical(row.customer), row.key)).or_insert(new);
        if said.order < order {
            *said = new;
        }
    }

    /// What an attribute of a customer is.
    pub(super) fn value(&self, customer: ObjectId, key: Symbol) -> Option<Symbol> {
        self.said.get(&(customer, key)).filter(|said| said.ends > self.at).map(|said| said.value)
    }

    /// Of whom anything is said, each once.
    pub(super) fn customers(&self) -> BTreeSet<ObjectId> {
        self.said.keys().map(|(customer, _)| *customer).collect()
    }
}
