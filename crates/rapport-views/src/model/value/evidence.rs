//! Which figures there are, and which events make things count in them.

use super::{params::ValueParams, ranked::Currency};
use crate::{
    answers::AskError,
    model::figures::{Evidence, Figures},
    read::Rows,
    rows::{CostRow, Identity, Symbols},
    table::{CUSTOMER, Dictionary, Field as _, Filter, Row as _},
};

/// Whether a figure can have this name.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["totals", _, part] => [
            "customers",
            "repeat_customers",
            "without_worth",
            "customers_with_costs",
            "purchases",
            "purchases_since",
        ]
        .contains(part),
        ["rows", _, _, "purchases_since"] => true,
        ["simple", _, part] => *part == "customers",
        ["left_out", _, part] | ["without_amount", part] | ["rows", _, _, part] => *part == "purchases",
        _ => false,
    }
}

/// Finds what the figure that is asked for counts, if it is that of a row.
pub(super) fn find(
    figures: &mut Figures,
    rows: &dyn Rows,
    identity: &Identity,
    currencies: &[Currency],
    params: &ValueParams,
) -> Result<(), AskError> {
    let found = {
        let parts = figures.parts();
        let ["rows", code, tag, what] = parts.as_slice() else { return Ok(()) };
        let name = tag.strip_prefix("party:").unwrap_or_default();
        let Some(party) = rows.number(Dictionary::Party, name)? else { return Ok(()) };
        let party = identity.canonical(party);
        let of_code = currencies.iter().filter(|of| of.charged.code == *code);
        let is_since = *what == "purchases_since";
        let purchases =
            of_code.flat_map(|of| if is_since { &of.bought_since } else { &of.charged.purchases });
        let purchases = purchases.filter(|(of, _)| *of == party);
        purchases.map(|(_, id)| params.source.counted(*id)).collect()
    };
    figures.found(found);
    Ok(())
}

/// The rows whose events make what a figure counts count.
pub(super) fn of(parts: &[&str], params: &ValueParams, symbols: &Symbols) -> Vec<Evidence> {
    let source = params.source;
    let code = match parts {
        [_, code, _, ..] => code,
        _ => "",
    };
    let Some(currency) = symbols.get(code) else { return Vec::new() };
    let own = |filter: Filter| filter.and("currency", vec![currency.cell()]);
    if let ["totals", _, "customers_with_costs"] = parts {
        let filter = own(Filter::all().occurred(params.always.from, params.always.to));
        return vec![Evidence::new(CostRow::TABLE, filter, CUSTOMER)];
    }
    let (filter, column) = match parts {
        [.., "purchases_since"] => {
            let window = params.since().map_or(params.always, |(_, window)| window);
            (source.lines(window), source.id())
        }
        ["totals", _, "customers" | "repeat_customers" | "without_worth"] => {
            (source.purchases(params.always), CUSTOMER)
        }
        _ => (source.lines(params.always), source.id()),
    };
    vec![Evidence::new(source.table(), own(filter), column)]
}
