//! Lines added up by currency and by what they have in common.

use hashbrown::HashMap;
use rapport_model::Timestamp;

use super::{
    bands::{BANDS, band},
    keys::{Key, Keys},
    lines,
    params::PricesParams,
};
use crate::{
    read::{ReadError, Rows},
    rows::Symbol,
    table::{Cell, Field as _, Filter, GroupKey, Measure},
};

/// Lines, and those of them that have a list price.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Priced {
    pub(super) lines: u64,
    pub(super) with_list: u64,
    pub(super) list: i128,
    pub(super) net: i128,
}

/// The lines of one currency.
#[derive(Debug, Default)]
pub(super) struct Prices {
    pub(super) all: Priced,
    /// Those with a list price.
    pub(super) bands: [Priced; BANDS.len()],
    pub(super) by_key: HashMap<Key, Priced>,
}

/// By currency.
pub(super) type ByCurrency = HashMap<Symbol, Prices>;

impl Priced {
    fn add(&mut self, lines: u64, list: Option<i64>, net: i64) {
        self.lines += lines;
        if let Some(list) = list {
            self.with_list += lines;
            self.list += i128::from(list) * i128::from(lines);
            self.net += i128::from(net) * i128::from(lines);
        }
    }
}

impl Prices {
    fn add(&mut self, key: Key, lines: u64, list: Option<i64>, net: i64) {
        self.all.add(lines, list, net);
        self.by_key.entry(key).or_default().add(lines, list, net);
        let band = list.and_then(|list| self.bands.get_mut(band(list.into(), net.into())));
        if let Some(band) = band {
            band.add(lines, list, net);
        }
    }
}

/// Months that one question names.
const MONTHS_AT_ONCE: usize = 500;

/// Adds up the lines of the window.
pub(super) fn priced(
    rows: &dyn Rows,
    params: &PricesParams,
    keys: &Keys<'_>,
) -> Result<ByCurrency, ReadError> {
    let mut all = ByCurrency::new();
    if params.of_offers {
        lines::each(
            rows,
            params,
            |filter| filter,
            |line| {
                let prices = all.entry(line.currency).or_default();
                prices.add(keys.of_line(&line), 1, line.list, line.net);
            },
        )?;
        return Ok(all);
    }
    let purchases = params.source.purchases(params.window);
    if let Some(column) = keys.column() {
        group(rows, params, keys, &purchases, GroupKey::Column(column), &mut all)?;
        return Ok(all);
    }
    let (starts, end) = keys.months();
    let ends: Vec<Timestamp> =
        starts.iter().copied().skip(MONTHS_AT_ONCE).step_by(MONTHS_AT_ONCE).chain([end]).collect();
    for (starts, end) in starts.chunks(MONTHS_AT_ONCE).zip(ends) {
        let Some(begin) = starts.first() else { continue };
        let window = params.window;
        let within = purchases.clone().occurred((*begin).max(window.from), end.min(window.to));
        group(rows, params, keys, &within, GroupKey::Since(starts), &mut all)?;
    }
    Ok(all)
}

/// One group for each pair of prices: lines of one product are often sold at few.
fn group(
    rows: &dyn Rows,
    params: &PricesParams,
    keys: &Keys<'_>,
    filter: &Filter,
    by: GroupKey<'_>,
    all: &mut ByCurrency,
) -> Result<(), ReadError> {
    let prices = ["currency", "list_minor_units", "net_minor_units"].map(GroupKey::Column);
    let [currency, list, net] = prices;
    let measures = [Measure::Rows];
    let table = params.source.table();
    rows.group(table, filter, params.as_of, &[by, currency, list, net], &measures, &mut |cells, lines| {
        let ([key, currency, list, net], [lines]) = (cells, lines) else { return Ok(()) };
        let currency = Symbol::of(currency).unwrap_or_default();
        let (lines, net) = (u64::try_from(*lines).unwrap_or(0), Cell::int(net).unwrap_or(0));
        let prices = all.entry(currency).or_default();
        prices.add(keys.of_cell(key, currency), lines, Cell::int(list), net);
        Ok(())
    })
}
