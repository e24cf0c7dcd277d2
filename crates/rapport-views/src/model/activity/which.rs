//! Which events are asked for.

use std::collections::BTreeSet;

use crate::{
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbols},
    table::{CUSTOMER, Cell, Dictionary, Field as _, Filter},
};

/// The numbers of the texts, as cells; `None` where there are texts and none has a number: then no row has one of them.
/// Without texts, nothing is asked for.
fn symbols_of(texts: &[String], symbols: &Symbols) -> Option<Vec<Cell>> {
    let known: Vec<Cell> =
        texts.iter().filter_map(|text| symbols.get(text)).map(|symbol| symbol.cell()).collect();
    (texts.is_empty() || !known.is_empty()).then_some(known)
}

/// The parties that these customers are, with all that were merged into them; `None` as above.
fn parties_of(
    names: &[String],
    rows: &dyn Rows,
    identity: &Identity,
) -> Result<Option<Vec<Cell>>, ReadError> {
    let mut wanted: BTreeSet<ObjectId> = BTreeSet::new();
    for name in names {
        wanted.extend(rows.number(Dictionary::Party, name)?.map(|party| identity.canonical(party)));
    }
    let merged = identity.merged().filter(|party| wanted.contains(&identity.canonical(*party)));
    let all: BTreeSet<ObjectId> = merged.chain(wanted.iter().copied()).collect();
    let cells: Vec<Cell> = all.iter().map(|party| party.cell()).collect();
    Ok((names.is_empty() || !cells.is_empty()).then_some(cells))
}

/// A filter that also asks for these texts in columns, and for these customers; `None` where no row can fulfil it.
pub(super) fn narrowed(
    mut filter: Filter,
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    texts: &[(&'static str, &[String])],
    customers: &[String],
) -> Result<Option<Filter>, ReadError> {
    for (column, wanted) in texts {
        match symbols_of(wanted, symbols) {
            None => return Ok(None),
            Some(cells) if cells.is_empty() => {}
            Some(cells) => filter = filter.and(column, cells),
        }
    }
    match parties_of(customers, rows, identity)? {
        None => Ok(None),
        Some(cells) if cells.is_empty() => Ok(Some(filter)),
        Some(cells) => Ok(Some(filter.and(CUSTOMER, cells))),
    }
}
