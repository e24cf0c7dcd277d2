//! With whom things are: with the customer, or with one of those who act for it.

use std::collections::HashMap;

use super::numbered::id;
use crate::{
    projection::Believed,
    read::{ReadError, Rows},
    rows::ObjectId,
    timeline::ask::parties::Parties,
};

/// One of them, merges resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct With {
    pub(super) number: ObjectId,
    pub(super) name: String,
    /// Whether it is the customer.
    pub(super) is_customer: bool,
}

/// Of the ids under which events are recorded, who that is.
#[derive(Debug, Default)]
pub(super) struct Partners(HashMap<String, With>);

impl Partners {
    /// The customer, and those who act for it unless they are not asked for.
    pub(super) fn of(rows: &dyn Rows, parties: &Parties, with_contacts: bool) -> Result<Self, ReadError> {
        let own = parties.members.iter().map(|member| (*member, parties.canonical));
        let contacts = parties.contact_members.iter().copied().filter(|_| with_contacts);
        let mut partners = HashMap::new();
        for (member, stands_for) in own.chain(contacts) {
            let is_customer = stands_for == parties.canonical;
            let with = With { number: stands_for, name: rows.party_name(stands_for)?, is_customer };
            partners.insert(rows.party_name(member)?, with);
        }
        Ok(Self(partners))
    }

    /// With whom an event is.
    pub(super) fn with(&self, believed: &Believed<'_>) -> Option<&With> {
        self.0.get(&id(believed.event.customer))
    }
}
