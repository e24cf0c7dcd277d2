//! What was allocated to customers: goods, and the costs of winning and keeping them.

use rapport_model::Timestamp;

use super::params::ChannelsParams;
use crate::{
    read::{ReadError, Rows},
    rows::{CostKind, Symbol, Symbols},
    table::{CURRENCY, Field as _, Filter, Row as _},
};

/// One cost of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) at: Timestamp,
    pub(super) kind: CostKind,
    pub(super) currency: Symbol,
    pub(super) minor_units: i64,
}

/// Hands over those of the period in any order.
pub(super) fn each(
    rows: &dyn Rows,
    symbols: &Symbols,
    params: &ChannelsParams,
    mut take: impl FnMut(Cost),
) -> Result<(), ReadError> {
    let kinds = [CostKind::Goods, CostKind::Acquisition, CostKind::Retention];
    let filter = Filter::all().occurred(params.window.from, params.window.to);
    let filter = filter.and("kind", kinds.map(|kind| kind.cell()).to_vec());
    let columns = ["kind", CURRENCY, "cost_minor_units"];
    rows.pick(crate::rows::CostRow::TABLE, &columns, &filter, params.as_of, &mut |beginning, cells| {
        let [kind, currency, minor_units] = cells else { return Ok(()) };
        let currency = Symbol::of(currency).unwrap_or_default();
        let found = CostKind::of(kind).zip(minor_units.int());
        if let Some((kind, minor_units)) = found.filter(|_| params.wants(symbols.text(currency))) {
            take(Cost { at: beginning.at, kind, currency, minor_units });
        }
        Ok(())
    })
}
