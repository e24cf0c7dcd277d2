//! Who bought nothing: prospects and suspects, and those who are not customers at all.

use hashbrown::HashMap;

use super::bought::{Bought, Key, Period};
use crate::{
    answers::AsOf,
    model::{met::LastContacts, roles::roles},
    read::{ReadError, Rows},
    rows::{
        AttributeRow, Identity, LifecycleRow, ObjectId, OfferLine, Parties, PartyRole, RegisteredRow, RoleRow,
    },
    table::{CUSTOMER, Field as _, Filter, Row as _, Table},
};

/// Everybody who is known and bought nothing until T.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// In two-way contact, themselves or by who acts for them, or with an offer.
    pub(super) prospects: Vec<ObjectId>,
    /// Known alone.
    pub(super) suspects: Vec<ObjectId>,
    /// Suppliers, partners, employees, and who acts for an organisation that is known.
    pub(super) not_customers: Vec<ObjectId>,
    /// The contacts by which some are prospects.
    pub(super) contacts: LastContacts,
}

/// The rows that make a party known.
pub(super) fn introductions() -> [(&'static Table, Filter); 4] {
    [RegisteredRow::TABLE, RoleRow::TABLE, LifecycleRow::TABLE, AttributeRow::TABLE]
        .map(|table| (table, Filter::all()))
}

impl Others {
    /// `bought` is what was bought until T: a customer whose only purchases lie behind the period is no prospect.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        period: &Period,
        bought: &HashMap<Key, Bought>,
    ) -> Result<Self, ReadError> {
        let as_of = period.as_of;
        let has_purchase = |of: &Bought| of.purchases > 0 || of.earlier || of.later;
        let buyers = bought.iter().filter(|(_, of)| has_purchase(of)).map(|((party, _), _)| *party);
        let buyers: Parties = buyers.collect();
        let contacts = LastContacts::read(rows, identity, as_of)?;
        let mut touched: Parties = contacts.own.keys().copied().collect();
        // Of whom nothing else is known, its contact is the prospect, and not both of them.
        let by_contacts: Parties =
            touched.iter().filter_map(|person| identity.organisation(person)).collect();
        parties(rows, identity, as_of, OfferLine::TABLE, &Filter::all(), &mut touched)?;
        let mut known = touched.clone();
        for (table, filter) in introductions() {
            parties(rows, identity, as_of, table, &filter, &mut known)?;
        }
        let roles = roles(rows, identity, as_of)?;
        let is_not_customer = |party: ObjectId| {
            roles.get(&party).is_some_and(|role| *role != PartyRole::Customer)
                || identity.organisation(party).is_some_and(|of| known.contains(of) || buyers.contains(of))
        };
        let mut others = Self { contacts, ..Self::default() };
        for party in known.iter().filter(|party| *party != ObjectId::NOBODY && !buyers.contains(*party)) {
            let of = if is_not_customer(party) {
                &mut others.not_customers
            } else if touched.contains(party) || by_contacts.contains(party) {
                &mut others.prospects
            } else {
                &mut others.suspects
            };
            of.push(party);
        }
        Ok(others)
    }
}

/// The customers of these rows, merges resolved.
fn parties(
    rows: &dyn Rows,
    identity: &Identity,
    as_of: AsOf,
    table: &'static Table,
    filter: &Filter,
    into: &mut Parties,
) -> Result<(), ReadError> {
    rows.pick(table, &[CUSTOMER], filter, as_of, &mut |_, cells| {
        into.extend(cells.first().and_then(ObjectId::of).map(|party| identity.canonical(party)));
        Ok(())
    })
}
