//! By how much competitors are cheaper.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_model::Position;
use rapport_proto::v1;

use super::said::Said;
use crate::{
    model::figures::{Counted, Figures},
    rows::{Symbol, Symbols},
    stats::median_i64,
};

/// By competitor and currency: those with the most objections first.
pub(super) fn gaps(said: &Said, symbols: &Symbols, figures: &mut Figures) -> Vec<v1::PriceGap> {
    let mut found: BTreeMap<(&str, &str), Vec<(Position, i64)>> = BTreeMap::new();
    for (_, row) in &said.all {
        if let Some(gap) = row.gap_minor_units.filter(|_| row.currency != Symbol::default()) {
            let key = (symbols.text(row.competitor), symbols.text(row.currency));
            found.entry(key).or_default().push((row.position, gap));
        }
    }
    let gap = |((competitor, currency), own): ((&str, &str), Vec<(Position, i64)>)| {
        let events = own.iter().map(|(position, _)| Counted::event(*position));
        let objections = figures.count(&["gaps", competitor, currency], events);
        let mut values: Vec<i64> = own.iter().map(|(_, gap)| *gap).collect();
        v1::PriceGap {
            competitor: competitor.to_owned(),
            currency: currency.to_owned(),
            objections,
            median_minor_units: median_i64(&mut values).unwrap_or_default(),
        }
    };
    let mut all: Vec<_> = found.into_iter().map(gap).collect();
    all.sort_by_key(|gap| Reverse(gap.objections.as_ref().map_or(0, |figure| figure.count)));
    all
}
