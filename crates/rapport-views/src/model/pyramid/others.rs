//! Who bought nothing: prospects and suspects, and those who are not customers at all.

use hashbrown::{HashMap, HashSet};
use rapport_model::{Position, Timestamp};

use super::bought::{Bought, Key, Period};
use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{
        AttributeRow, Identity, LifecycleRow, ObjectId, OfferLine, PartyRole, RegisteredRow, RoleRow,
        TouchRow,
    },
    table::{CUSTOMER, Field as _, Filter, GroupKey, Row as _, Table},
};

/// Everybody who is known and bought nothing until T.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// In two-way contact, or with an offer.
    pub(super) prospects: Vec<ObjectId>,
    /// Known alone.
    pub(super) suspects: Vec<ObjectId>,
    /// Suppliers, partners, employees, and who acts for an organisation that is known.
    pub(super) not_customers: Vec<ObjectId>,
}

/// The rows that make a party a prospect.
pub(super) fn contacts() -> [(&'static Table, Filter); 2] {
    [(TouchRow::TABLE, Filter::all().and("two_way", vec![true.cell()])), (OfferLine::TABLE, Filter::all())]
}

/// The rows that make a party known.
pub(super) fn introductions() -> [(&'static Table, Filter); 4] {
    [RegisteredRow::TABLE, RoleRow::TABLE, LifecycleRow::TABLE, AttributeRow::TABLE]
        .map(|table| (table, Filter::all()))
}

impl Others {
    /// `bought` is what was bought until the end of the period; who bought only later is no prospect either.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        period: &Period,
        bought: &HashMap<Key, Bought>,
    ) -> Result<Self, ReadError> {
        let as_of = period.as_of;
        let has_purchase = |of: &Bought| of.purchases > 0 || of.earlier;
        let buyers = bought.iter().filter(|(_, of)| has_purchase(of)).map(|((party, _), _)| *party);
        let mut buyers: HashSet<ObjectId> = buyers.collect();
        if period.window.to <= as_of.occurred_until {
            parties(rows, identity, as_of, period.source.table(), &period.later(), &mut buyers)?;
        }
        let (mut touched, mut known) = (HashSet::new(), HashSet::new());
        for (table, filter) in contacts() {
            parties(rows, identity, as_of, table, &filter, &mut touched)?;
        }
        for (table, filter) in introductions() {
            parties(rows, identity, as_of, table, &filter, &mut known)?;
        }
        let is_known = |party: &ObjectId| [&buyers, &touched, &known].iter().any(|set| set.contains(party));
        let staff = suppliers_partners_employees(rows, identity, as_of)?;
        let is_not_customer = |party: &ObjectId| {
            staff.contains(party) || identity.organisation(*party).is_some_and(|of| is_known(&of))
        };
        let mut others = Self::default();
        for party in touched.union(&known).filter(|party| !buyers.contains(*party)) {
            if *party == ObjectId::NOBODY {
                continue;
            }
            let of = if is_not_customer(party) {
                &mut others.not_customers
            } else if touched.contains(party) {
                &mut others.prospects
            } else {
                &mut others.suspects
            };
            of.push(*party);
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
    into: &mut HashSet<ObjectId>,
) -> Result<(), ReadError> {
    rows.group(table, filter, as_of, &[GroupKey::Column(CUSTOMER)], &[], &mut |keys, _| {
        into.extend(keys.first().and_then(ObjectId::of).map(|party| identity.canonical(party)));
        Ok(())
    })
}

/// Those whose latest role in force is one of these. Of each role the latest assignment decides, so that one with an end
/// ends it; contacts of an organisation are told from [`Identity`].
fn suppliers_partners_employees(
    rows: &dyn Rows,
    identity: &Identity,
    as_of: AsOf,
) -> Result<HashSet<ObjectId>, ReadError> {
    type Place = (Timestamp, Timestamp, Position);
    let until = as_of.bounded().occurred_until;
    let mut latest: HashMap<(ObjectId, PartyRole), (Place, Timestamp)> = HashMap::new();
    let roles = [PartyRole::Customer, PartyRole::Supplier, PartyRole::Partner, PartyRole::Employee];
    let filter = Filter::all().and("role", roles.map(|role| role.cell()).to_vec());
    rows.each(&filter, as_of, |row: RoleRow| {
        let place = (row.begins, row.occurred_at, row.position);
        if row.begins <= until {
            let last =
                latest.entry((identity.canonical(row.customer), row.role)).or_insert((place, row.ends));
            if place > last.0 {
                *last = (place, row.ends);
            }
        }
    })?;
    let mut in_force: HashMap<ObjectId, (Place, PartyRole)> = HashMap::new();
    for ((party, role), (place, _)) in latest.into_iter().filter(|(_, (_, ends))| *ends > until) {
        let last = in_force.entry(party).or_insert((place, role));
        if place > last.0 {
            *last = (place, role);
        }
    }
    let others = in_force.into_iter().filter(|(_, (_, role))| *role != PartyRole::Customer);
    Ok(others.map(|(party, _)| party).collect())
}
