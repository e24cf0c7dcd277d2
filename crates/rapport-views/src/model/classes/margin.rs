//! The margin of customers as their value: revenue less costs and concessions, by the rules of profit.

use super::{
    params::ClassesParams,
    purchases::{Item, Object},
    xyz::Evenness,
};
use crate::{
    answers::AskError,
    model::{
        figures::Evidence,
        profit::{self, Profits},
    },
    read::Rows,
    rows::{ConcessionRow, CostRow, Identity, Symbol, Symbols},
    table::{CURRENCY, CUSTOMER, Field as _, Filter, Row as _},
};

/// Refuses margins of products.
pub(super) fn check(params: &ClassesParams) -> Result<(), AskError> {
    if params.of_margin && params.by_product {
        let expected = "expected revenue where products are classed: costs name customers and no products";
        return Err(AskError::Field { field: "value", expected: expected.to_owned() });
    }
    Ok(())
}

/// The margin of every customer, where it is asked for; `None` where the ledger has no costs in the period.
pub(super) fn margins(
    rows: &dyn Rows,
    names: (&Symbols, &Identity),
    params: &ClassesParams,
) -> Result<Option<Profits>, AskError> {
    if !params.of_margin {
        return Ok(None);
    }
    profit::of_customers(rows, names, (params.as_of, &params.zone), params.source, params.window)
}

/// Puts margins in the place of revenue, and adds an item for each customer that cost something and bought nothing.
pub(super) fn put(items: &mut Vec<Item>, mut margins: Profits) {
    for item in items.iter_mut() {
        if let Object::Party(party) = item.object
            && let Some(margin) = margins.remove(&(party, item.currency))
        {
            item.net = margin;
        }
    }
    let only_costs = margins.into_iter().filter(|(_, margin)| *margin != 0);
    items.extend(only_costs.map(|((party, currency), margin)| Item {
        object: Object::Party(party),
        currency,
        orders: 0,
        net: margin,
        last: None,
        evenness: Evenness::default(),
    }));
}

/// The rows of costs and concessions in a currency.
pub(super) fn evidence(params: &ClassesParams, currency: Symbol) -> [Evidence; 2] {
    [CostRow::TABLE, ConcessionRow::TABLE].map(|table| {
        let within = Filter::all().occurred(params.window.from, params.window.to);
        Evidence::new(table, within.and(CURRENCY, vec![currency.cell()]), CUSTOMER)
    })
}
