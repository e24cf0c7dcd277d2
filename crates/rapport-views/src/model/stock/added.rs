//! Counts and costs, added up by currency and by product or category.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{
    counts::{Counts, held},
    params::StockParams,
};
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{CostKind, CostRow, Symbol},
    table::{Field as _, Filter},
};

/// A product, a category or everything in one currency.
#[derive(Debug, Clone, Default)]
pub(super) struct Added {
    /// The last counts.
    pub(super) counts: Vec<Position>,
    /// Pieces of these, in thousandths.
    pub(super) quantity_milli: i128,
    pub(super) value: i128,
    pub(super) counted: Option<Timestamp>,
    /// The averages of products and places, added up.
    pub(super) average: Option<i128>,
    /// Of how many products and places, and for how many microseconds in all.
    pub(super) averaged: (u64, i128),
    /// The costs of goods.
    pub(super) costs: Vec<Position>,
    pub(super) goods: i128,
}

/// A currency, and a product or a category.
pub(super) type Key = (Symbol, Symbol);

impl Added {
    /// With all of another.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.counts.extend(&other.counts);
        self.quantity_milli += other.quantity_milli;
        self.value += other.value;
        self.counted = self.counted.max(other.counted);
        self.average = match (self.average, other.average) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        self.averaged.0 += other.averaged.0;
        self.averaged.1 += other.averaged.1;
        self.costs.extend(&other.costs);
        self.goods += other.goods;
    }
}

/// Every product or category in every currency in which it was counted, held or sold.
pub(super) fn added(rows: &dyn Rows, params: &StockParams) -> Result<HashMap<Key, Added>, ReadError> {
    let counts = Counts::read(rows, params)?;
    let key = |product| if params.by_category { counts.category(product) } else { product };
    let mut all: HashMap<Key, Added> = HashMap::new();
    for ((product, _), of_it) in &counts.of {
        let Some(last) = of_it.last() else { continue };
        let added = all.entry((last.currency, key(*product))).or_default();
        added.counts.push(last.position);
        added.quantity_milli += i128::from(last.quantity_milli);
        added.value += i128::from(last.stock_minor_units.unwrap_or(0));
        added.counted = added.counted.max(Some(last.occurred_at));
        for (currency, held) in held(of_it, params.window) {
            let Some(average) = held.average() else { continue };
            let added = all.entry((currency, key(*product))).or_default();
            added.average = Some(added.average.unwrap_or(0) + average);
            added.averaged.0 += 1;
            added.averaged.1 += held.known;
        }
    }
    let goods = Filter::all()
        .and("kind", vec![CostKind::Goods.cell()])
        .occurred(params.window.from, params.window.to);
    rows.in_any_order::<CostRow>(&goods, params.as_of, |row| {
        let added = all.entry((row.currency, key(row.product))).or_default();
        added.costs.push(row.position);
        added.goods += i128::from(row.cost_minor_units);
    })?;
    Ok(all)
}
