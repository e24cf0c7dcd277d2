//! The names of figures, and which rows make things count.

use rapport_model::Timestamp;

use super::{others::introductions, params::PyramidParams};
use crate::{
    answers::AskError,
    model::{
        figures::{Evidence, Figures},
        met, scores,
    },
    read::Rows,
    rows::{Identity, Instrument, ObjectId, OfferLine, RoleRow, Symbols},
    table::{CURRENCY, CUSTOMER, Cell, Dictionary, Field as _, Filter, GroupKey, Row as _},
};

/// Whether figures have such a name.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["totals", _, "customers" | "not_positive" | "top_fifth" | "candidates" | "left_out"]
            | ["levels", _, _, "customers" | "responses"]
            | ["others", "not_customers"]
            | ["migration", _, _, _]
            | ["kept", _, "top" | "large" | "medium" | "small" | "all", "customers" | "still_buy"]
            | ["moves", _, "up" | "same" | "down" | "new" | "back" | "gone"]
            | ["rows", _, _, "purchases"]
            | ["market", "customers"]
            | ["markets", _, "definitions"]
    )
}

/// The rows that make what a figure counts count; of purchases, those of their customer.
pub(super) fn of(
    parts: &[&str],
    params: &PyramidParams,
    symbols: &Symbols,
    purchases_of: &[Cell],
) -> Vec<Evidence> {
    let (now, table) = (&params.now, params.now.source.table());
    let in_currency = |filter: Filter, code: &str| filter.and(CURRENCY, vec![currency(symbols, code)]);
    let customers = |table, filter| Evidence::new(table, filter, CUSTOMER);
    let lines = |code| in_currency(now.source.lines(now.window), code);
    match parts {
        ["levels", _, _, "responses"] => vec![scores::evidence(Instrument::Nps)],
        ["levels", _, "prospect", _] => {
            vec![met::evidence(), customers(OfferLine::TABLE, Filter::all())]
        }
        ["levels", _, "suspect", _] => introductions().map(|(table, filter)| customers(table, filter)).into(),
        ["others", _] => vec![customers(RoleRow::TABLE, Filter::all())],
        ["levels", code, "inactive", _] => vec![customers(table, in_currency(now.earlier(), code))],
        // Also what was cancelled since: it counted at the earlier moment.
        ["migration" | "moves" | "kept", code, ..] => {
            let all = Filter::all().occurred(Timestamp::MIN, now.window.to);
            vec![customers(table, in_currency(all, code))]
        }
        ["rows", code, ..] | ["totals", code, "left_out"] => {
            let filter = lines(code).and(CUSTOMER, purchases_of.to_vec());
            vec![Evidence::new(table, filter, now.source.id())]
        }
        ["levels" | "totals", code, ..] => vec![customers(table, lines(code))],
        ["market", _] => {
            let all = now.source.lines(now.window);
            let own = match &params.currency {
                Some(code) => in_currency(all, code),
                None => all,
            };
            vec![customers(table, own)]
        }
        // The events of definitions are known without a look at rows.
        _ => Vec::new(),
    }
}

fn currency(symbols: &Symbols, code: &str) -> Cell {
    symbols.get(code).unwrap_or_default().cell()
}

/// Finds the purchases that a figure counts of a customer, or of nobody, on whatever page the row is. Returns the ids under
/// which they are recorded.
pub(super) fn find_purchases(
    figures: &mut Figures,
    rows: &dyn Rows,
    identity: &Identity,
    params: &PyramidParams,
    symbols: &Symbols,
) -> Result<Vec<Cell>, AskError> {
    let (code, wanted) = match figures.parts().as_slice() {
        ["rows", code, id, _] => match rows.number(Dictionary::Party, id)? {
            Some(party) => ((*code).to_owned(), party),
            None => return Ok(Vec::new()),
        },
        ["totals", code, "left_out"] => ((*code).to_owned(), ObjectId::NOBODY),
        _ => return Ok(Vec::new()),
    };
    if symbols.get(&code).is_none() {
        return Ok(Vec::new());
    }
    let others = identity.merged().filter(|party| identity.canonical(*party) == wanted);
    let ids: Vec<Cell> = others.chain([wanted]).map(|party| party.cell()).collect();
    let source = params.now.source;
    let filter = source.purchases(params.now.window).and(CURRENCY, vec![currency(symbols, &code)]);
    let filter = filter.and(CUSTOMER, ids.clone());
    let by = [GroupKey::Column(source.id())];
    let mut purchases = Vec::new();
    rows.group(source.table(), &filter, params.now.as_of, &by, &[], &mut |keys, _| {
        purchases.extend(keys.first().and_then(ObjectId::of).map(|purchase| source.counted(purchase)));
        Ok(())
    })?;
    figures.found(purchases);
    Ok(ids)
}
