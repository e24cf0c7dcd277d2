//! Which product satisfied which need.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_proto::v1;

use super::need::Need;
use crate::{
    model::figures::Figures,
    rows::{NeedStep, Symbols},
};

/// Of needs that were identified in the period: those with the most needs first, then by product and code.
pub(super) fn satisfied_by(
    needs: &[&Need],
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::NeedSatisfied> {
    let mut found: BTreeMap<(&str, &str), Vec<&Need>> = BTreeMap::new();
    for need in needs.iter().filter(|need| need.is(NeedStep::Satisfied)) {
        found.entry((symbols.text(need.product), symbols.text(need.code))).or_default().push(need);
    }
    let row = |((product, code), own): ((&str, &str), Vec<&Need>)| {
        let needs = figures.count(&["satisfied_by", product, code], own.iter().map(|need| need.thing()));
        (own.len(), v1::NeedSatisfied { product: product.to_owned(), code: code.to_owned(), needs })
    };
    let mut all: Vec<_> = found.into_iter().map(row).collect();
    all.sort_by_key(|(n, _)| Reverse(*n));
    all.into_iter().map(|(_, row)| row).collect()
}
