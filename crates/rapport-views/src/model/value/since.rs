//! What became of what was expected: what customers bought after T, until a later moment.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use super::{
    params::ValueParams,
    ranked::{Currency, Since},
};
use crate::{
    answers::AskError,
    calendar::day_number,
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
    table::{CUSTOMER, Field as _, GroupKey, Measure},
};

/// The same, while it is added up.
#[derive(Debug, Default)]
struct Added {
    charged: i128,
    /// Each purchase with the day of its first line since.
    bought: Vec<(ObjectId, i32)>,
}

/// Gives each customer what it did since T; nothing where no later moment is asked for. Who is who stays as it was at T.
pub(super) fn add(
    currencies: &mut [Currency],
    rows: &dyn Rows,
    params: &ValueParams,
    symbols: &Symbols,
    identity: &Identity,
) -> Result<(), AskError> {
    let Some((as_of, window)) = params.since() else { return Ok(()) };
    let source = params.source;
    let mut all: HashMap<(ObjectId, Symbol), Added> = HashMap::new();
    let by = [CUSTOMER, "currency", source.id(), source.op()].map(GroupKey::Column);
    let (lines, measures) = (source.lines(window), [Measure::First, Measure::Sum("net_minor_units")]);
    rows.group(source.table(), &lines, as_of, &by, &measures, &mut |keys, measured| {
        let ([customer, currency, id, op], [first, net]) = (keys, measured) else { return Ok(()) };
        let customer = identity.canonical(ObjectId::of(customer).unwrap_or(ObjectId::NOBODY));
        let added = all.entry((customer, Symbol::of(currency).unwrap_or_default())).or_default();
        added.charged += *net;
        if source.is_purchase(op) {
            let at = Timestamp::from_micros(i64::try_from(*first).unwrap_or(i64::MAX));
            added.bought.push((ObjectId::of(id).unwrap_or_default(), day_number(at, &params.zone)));
        }
        Ok(())
    })?;
    for of in currencies {
        let currency = symbols.get(&of.charged.code).unwrap_or_default();
        for one in &mut of.ranked {
            let party = one.of.party;
            let mut added = all.remove(&(party, currency)).unwrap_or_default();
            // An order that is recorded under two ids of one customer is one purchase.
            added.bought.sort_unstable();
            added.bought.dedup_by_key(|(id, _)| *id);
            of.bought_since.extend(added.bought.iter().map(|(id, _)| (party, *id)));
            let mut days: Vec<i32> = added.bought.iter().map(|(_, day)| *day).collect();
            days.sort_unstable();
            days.dedup();
            let (purchases, days) = (added.bought.len(), days.len() as u64);
            one.since = Some(Since { purchases, days, charged: added.charged });
        }
    }
    Ok(())
}
