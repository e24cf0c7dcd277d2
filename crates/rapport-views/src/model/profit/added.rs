//! Purchases, costs and concessions, added up by the store, with merged parties as one.

use hashbrown::HashMap;

use super::{
    params::ProfitParams,
    parts::{Part, Parts, Tally},
};
use crate::{
    read::{ReadError, Rows},
    rows::{ConcessionKind, ConcessionRow, CostKind, CostRow, Identity, ObjectId, Symbol},
    table::{Cell, Field as _, Filter, GroupKey, Measure, Row as _, Table},
};

/// What customers bring and cost, by customer and currency; nobody's is that of [`ObjectId::NOBODY`], and what has no
/// amount is in no currency.
pub(super) type Added = HashMap<(ObjectId, Symbol), Parts>;

/// Adds up the window.
pub(super) fn added(rows: &dyn Rows, identity: &Identity, params: &ProfitParams) -> Result<Added, ReadError> {
    let mut added = spent(rows, identity, params)?;
    let source = params.source;
    let lines = source.lines(params.window);
    let what = (source.table(), source.op(), Measure::Distinct(source.id()), "net_minor_units");
    group(rows, params, what, &lines, &mut |customer, currency, op, tally| {
        let events = if source.is_purchase(op) { tally.events } else { 0 };
        add(&mut added, identity, (customer, currency), Part::Revenue, Tally { events, ..tally });
    })?;
    Ok(added)
}

/// The same without revenue.
pub(super) fn spent(rows: &dyn Rows, identity: &Identity, params: &ProfitParams) -> Result<Added, ReadError> {
    let mut added = Added::new();
    let all = Filter::all().occurred(params.window.from, params.window.to);
    let what = (CostRow::TABLE, "kind", Measure::Rows, "cost_minor_units");
    group(rows, params, what, &all, &mut |customer, currency, kind, tally| {
        if let Some(kind) = CostKind::of(kind) {
            add(&mut added, identity, (customer, currency), Part::of_cost(kind), tally);
        }
    })?;
    let what = (ConcessionRow::TABLE, "kind", Measure::Rows, "worth_minor_units");
    group(rows, params, what, &all, &mut |customer, currency, kind, tally| {
        if let Some(kind) = ConcessionKind::of(kind) {
            add(&mut added, identity, (customer, currency), Part::of_concession(kind), tally);
        }
    })?;
    Ok(added)
}

fn add(
    added: &mut Added,
    identity: &Identity,
    (customer, currency): (ObjectId, Symbol),
    part: Part,
    more: Tally,
) {
    added.entry((identity.canonical(customer), currency)).or_default().add(part, more);
}

/// Hands over the groups of a table: customer as recorded, currency, what a column says of the part, and its tally.
fn group(
    rows: &dyn Rows,
    params: &ProfitParams,
    (table, part, events, sum): (&'static Table, &'static str, Measure, &'static str),
    filter: &Filter,
    take: &mut dyn FnMut(ObjectId, Symbol, &Cell, Tally),
) -> Result<(), ReadError> {
    let by = [GroupKey::Column("customer"), GroupKey::Column("currency"), GroupKey::Column(part)];
    rows.group(table, filter, params.as_of, &by, &[events, Measure::Sum(sum)], &mut |keys, measured| {
        let ([customer, currency, part], [events, sum]) = (keys, measured) else { return Ok(()) };
        let tally = Tally { events: u64::try_from(*events).unwrap_or(0), sum: *sum };
        let (customer, currency) = (ObjectId::of(customer), Symbol::of(currency));
        take(customer.unwrap_or_default(), currency.unwrap_or_default(), part, tally);
        Ok(())
    })
}
