//! Which customers are promised a contact every so many days: the `service_level` of their tier says so.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    definition::{self, Body as _},
    v1::{DefinitionUse, ServiceLevelDefinition, ViewMeta},
};

use crate::{
    answers::{AsOf, definition::holding},
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, Symbol, Symbols, TicketRow, TicketStep},
    table::{Field as _, Filter},
};

/// What a customer is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cadence {
    /// Days between contacts, at most.
    pub(super) days: u32,
    /// The opening that says the tier of the customer.
    pub(super) says: Position,
}

/// When a tier was said, by which event, and which.
type Said = (Timestamp, Position, Symbol);

/// The cadence of each customer, merges resolved: that of the tier of the customer's latest opened ticket that says one, also of a person
/// who acts for the customer. `meta` gets the definitions that are used, and those that should be and cannot be read.
pub(super) fn promised(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    as_of: AsOf,
    meta: &mut ViewMeta,
) -> Result<HashMap<ObjectId, Cadence>, ReadError> {
    let kind = ServiceLevelDefinition::KIND;
    let published = rows.definitions(as_of, kind)?;
    if published.is_empty() {
        return Ok(HashMap::new());
    }
    let levels = holding(&published, kind, as_of.occurred_until, |body| {
        definition::read::<ServiceLevelDefinition>(body).map(|(says, _)| says)
    });
    let mut tiers: HashMap<ObjectId, Said> = HashMap::new();
    let opened = Filter::all().and("step", vec![TicketStep::Opened.cell()]);
    rows.in_any_order(&opened, as_of, |row: TicketRow| {
        let own = identity.canonical(row.customer);
        if own == ObjectId::NOBODY || row.tier == Symbol::default() {
            return;
        }
        let said = (row.occurred_at, row.position, row.tier);
        for party in [Some(own), identity.organisation(own)].into_iter().flatten() {
            let last = tiers.entry(party).or_insert(said);
            if (said.0, said.1) > (last.0, last.1) {
                *last = said;
            }
        }
    })?;
    let named: BTreeSet<&str> = tiers.values().map(|(_, _, tier)| symbols.text(*tier)).collect();
    let used = levels.holding.iter().filter(|one| named.contains(one.code.as_str()));
    meta.definitions.extend(used.map(|one| DefinitionUse {
        kind: kind.to_owned(),
        code: one.code.clone(),
        version: one.version,
    }));
    let unread = levels.unreadable.iter().filter(|one| named.contains(one.code.as_str()));
    meta.definitions_unreadable.extend(unread.cloned());
    let days: HashMap<&str, u32> =
        levels.holding.iter().filter_map(|one| Some((one.code.as_str(), one.says.cadence_days?))).collect();
    let cadence = |(party, (_, says, tier)): (ObjectId, Said)| {
        Some((party, Cadence { days: *days.get(symbols.text(tier))?, says }))
    };
    Ok(tiers.into_iter().filter_map(cadence).collect())
}
