//! What customers were charged in the windows that measures compare, added up by the store.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_model::Timestamp;

use super::{bought::in_currency, params::RetentionParams};
use crate::{
    answers::{AskError, window::Window},
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
    table::{Field as _, GroupKey, Measure},
};

/// What one customer was charged in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Value {
    /// In the window before.
    pub(super) before: i128,
    /// In the window.
    pub(super) within: i128,
    /// In the twelve months before T.
    pub(super) year: i128,
    /// Whether it bought in the window.
    pub(super) bought: bool,
}

/// What customers were charged, by customer and currency; without amounts there is no value.
#[derive(Debug, Default)]
pub(super) struct Worth {
    pub(super) values: HashMap<(ObjectId, Symbol), Value>,
}

impl Worth {
    /// Asks the store, with the moments between which a value is wanted as keys of groups.
    pub(super) fn read(
        rows: &dyn Rows,
        params: &RetentionParams,
        symbols: &Symbols,
        identity: &Identity,
    ) -> Result<Self, AskError> {
        let windows = [params.before, params.window, params.year];
        let mut borders: Vec<Timestamp> = windows.iter().flat_map(|one| [one.from, one.to]).collect();
        borders.sort_unstable();
        borders.dedup();
        let mut worth = Self::default();
        let (Some(first), end) = (borders.first(), params.always.to) else { return Ok(worth) };
        let lines = params.source.lines(Window { from: *first, to: end });
        let Some(filter) = in_currency(lines, params, symbols) else { return Ok(worth) };
        let by = ["customer", "currency", params.source.op()].map(GroupKey::Column);
        let by = [by.as_slice(), &[GroupKey::Since(&borders)]].concat();
        let net = [Measure::Sum("net_minor_units")];
        rows.group(params.source.table(), &filter, params.as_of, &by, &net, &mut |keys, measured| {
            let ([customer, currency, op, since], [net]) = (keys, measured) else { return Ok(()) };
            let (Some(party), Some(since)) = (ObjectId::of(customer), Timestamp::of(since)) else {
                return Ok(());
            };
            let currency = Symbol::of(currency).unwrap_or_default();
            if party == ObjectId::NOBODY || currency == Symbol::default() {
                return Ok(());
            }
            let value = worth.values.entry((identity.canonical(party), currency)).or_default();
            let is_in = |window: &Window| window.contains(since);
            value.before += if is_in(&params.before) { *net } else { 0 };
            value.within += if is_in(&params.window) { *net } else { 0 };
            value.year += if is_in(&params.year) { *net } else { 0 };
            value.bought |= is_in(&params.window) && params.source.is_purchase(op);
            Ok(())
        })?;
        Ok(worth)
    }

    /// Who was charged in each currency, by code.
    pub(super) fn by_currency<'a>(&self, symbols: &'a Symbols) -> BTreeMap<&'a str, Vec<(ObjectId, Value)>> {
        let mut by_code: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for ((party, currency), value) in &self.values {
            by_code.entry(symbols.text(*currency)).or_default().push((*party, *value));
        }
        by_code.values_mut().for_each(|of| of.sort_unstable_by_key(|(party, _)| *party));
        by_code
    }
}
