//! Whether customers are in segments at T, by their attributes.

use std::collections::BTreeSet;

use super::segments::Segment;
use crate::{
    answers::AsOf,
    model::attributes::Attributes,
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol},
};

/// The attributes that conditions of segments ask for.
#[derive(Debug, Default)]
pub(super) struct Facts(Attributes);

impl Facts {
    /// Those that conditions of these segments ask for.
    pub(super) fn read(
        rows: &dyn Rows,
        segments: &[Segment],
        as_of: AsOf,
        identity: &Identity,
    ) -> Result<Self, ReadError> {
        let conditions = segments.iter().flat_map(|segment| &segment.conditions);
        let keys: BTreeSet<Symbol> = conditions.filter_map(|condition| condition.key).collect();
        Ok(Self(Attributes::read(rows, &keys, as_of, identity)?))
    }

    /// Whether a customer is in a segment.
    pub(super) fn is_member(&self, segment: &Segment, customer: ObjectId) -> bool {
        segment.takes(|key| self.0.value(customer, key))
    }

    /// Of whom anything is said, each once.
    pub(super) fn customers(&self) -> BTreeSet<ObjectId> {
        self.0.customers()
    }
}
