//! Of whom rows are read: of everybody, or of one customer under all ids.

use std::collections::BTreeSet;

use crate::{
    answers::AsOf,
    identity::{MergeEdge, canonical},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId},
    table::{CUSTOMER, Cell, Dictionary, Field as _, Filter},
};

/// Who is asked about, and which ids are one.
#[derive(Debug)]
pub(super) struct Whose {
    /// Merges resolved; `None` for everybody.
    pub(super) customer: Option<ObjectId>,
    ids: Vec<Cell>,
    pub(super) identity: Identity,
    pub(super) merges: Vec<MergeEdge>,
}

impl Whose {
    /// Of the customer of an id, or of everybody where it is empty.
    ///
    /// # Errors
    /// The id is of no customer, or the rows cannot be read.
    pub(super) fn of(rows: &dyn Rows, id: &str, as_of: AsOf) -> Result<Self, ReadError> {
        if id.is_empty() {
            let merges = rows.merges(as_of)?;
            let identity = Identity::new(canonical(merges.clone()), []);
            return Ok(Self { customer: None, ids: Vec::new(), identity, merges });
        }
        let customer = rows.number(Dictionary::Party, id)?.ok_or(ReadError::UnknownCustomer)?;
        let merges = rows.merges_around(&[customer], as_of)?;
        let identity = Identity::new(canonical(merges.clone()), []);
        let customer = identity.canonical(customer);
        let ids: BTreeSet<ObjectId> = identity
            .merged()
            .filter(|party| identity.canonical(*party) == customer)
            .chain([customer])
            .collect();
        let ids = ids.into_iter().map(|party| party.cell()).collect();
        Ok(Self { customer: Some(customer), ids, identity, merges })
    }

    /// Their rows.
    pub(super) fn filter(&self) -> Filter {
        match self.customer {
            Some(_) => Filter::all().and(CUSTOMER, self.ids.clone()),
            None => Filter::all(),
        }
    }
}
