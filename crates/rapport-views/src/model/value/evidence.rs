//! Which figures there are, and which events make things count in them.

use super::{params::ValueParams, ranked::Currency};
use crate::{
    answers::AskError,
    model::figures::{Evidence, Figures},
    read::Rows,
    rows::{Identity, Symbols},
    table::{CUSTOMER, Dictionary, Field as _},
};

/// Whether a figure can have this name.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["totals", _, part] => ["customers", "repeat_customers", "without_worth", "purchases"].contains(part),
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
        let ["rows", code, tag, _] = parts.as_slice() else { return Ok(()) };
        let name = tag.strip_prefix("party:").unwrap_or_default();
        let Some(party) = rows.number(Dictionary::Party, name)? else { return Ok(()) };
        let party = identity.canonical(party);
        let of_code = currencies.iter().filter(|of| of.charged.code == *code);
        let purchases = of_code.flat_map(|of| &of.charged.purchases).filter(|(of, _)| *of == party);
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
    let (filter, column) = match parts {
        ["totals", _, "customers" | "repeat_customers" | "without_worth"] => {
            (source.purchases(params.always), CUSTOMER)
        }
        _ => (source.lines(params.always), source.id()),
    };
    vec![Evidence { table: source.table(), filter: filter.and("currency", vec![currency.cell()]), column }]
}
