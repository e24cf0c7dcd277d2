//! Who is responsible for each lead.

use hashbrown::HashMap;

use super::lead::Place;
use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{ObjectId, OwnerRow, Symbol, Symbols},
    table::{Dictionary, Field as _, Filter},
};

/// The latest assignment of each lead, by its tag, in whichever role.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<ObjectId, (Place, Symbol)>);

impl Owners {
    pub(super) fn read(rows: &dyn Rows, symbols: &Symbols, as_of: AsOf) -> Result<Self, ReadError> {
        let lead = symbols.get("lead").map(|kind| kind.cell());
        let of_leads = Filter::all().and("kind", lead.into_iter().collect());
        let mut assigned: HashMap<String, (Place, Symbol)> = HashMap::new();
        rows.each(&of_leads, as_of, |row: OwnerRow| {
            let this = ((row.occurred_at, row.position), row.staff);
            let last = assigned.entry(row.object).or_insert(this);
            *last = this.max(*last);
        })?;
        let mut owners = HashMap::with_capacity(assigned.len());
        for (object, last) in assigned {
            // Of a lead that no step names there is nothing to tell.
            if let Some(tag) = rows.number(Dictionary::Object, &object)? {
                owners.insert(tag, last);
            }
        }
        Ok(Self(owners))
    }

    /// Who was assigned last to any of these.
    pub(super) fn of(&self, tags: &[ObjectId]) -> Option<Symbol> {
        tags.iter().filter_map(|tag| self.0.get(tag)).max().map(|(_, staff)| *staff)
    }
}
