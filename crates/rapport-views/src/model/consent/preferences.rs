//! How customers want to be addressed: of each the last statement, which takes the place of all before it.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{params::ConsentParams, whose::Whose};
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{ObjectId, PreferenceRow},
};

/// By customer, merges resolved, in the order of (occurred_at, position).
#[derive(Debug, Default)]
pub(super) struct Preferences(HashMap<ObjectId, Vec<PreferenceRow>>);

impl Preferences {
    pub(super) fn read(rows: &dyn Rows, params: &ConsentParams, whose: &Whose) -> Result<Self, ReadError> {
        let mut all: HashMap<ObjectId, Vec<PreferenceRow>> = HashMap::new();
        rows.each::<PreferenceRow>(&whose.filter(), params.as_of, |row| {
            all.entry(whose.identity.canonical(row.customer)).or_default().push(row);
        })?;
        for one in all.values_mut() {
            one.sort_unstable_by_key(|row| (row.occurred_at, row.position));
        }
        Ok(Self(all))
    }

    /// What a customer said last before a place.
    pub(super) fn before(&self, customer: ObjectId, place: (Timestamp, Position)) -> Option<&PreferenceRow> {
        let all = self.0.get(&customer)?;
        let before = all.partition_point(|row| (row.occurred_at, row.position) < place);
        all.get(before.checked_sub(1)?)
    }
}
