//! What customers cost.

use hashbrown::HashMap;

use super::bought::{Key, Period};
use crate::{
    read::{ReadError, Rows},
    rows::{CostKind, CostRow, Identity, ObjectId, Symbol},
    table::{CURRENCY, CUSTOMER, Field as _, Filter, GroupKey, Measure, Row as _},
};

/// What one customer cost in one currency in the period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    /// All of it.
    pub(super) all: i128,
    /// Acquisition and retention.
    pub(super) spend: i128,
}

/// The costs of the period by customer and currency; `None` where the ledger has no cost events until T.
pub(super) fn costs(
    rows: &dyn Rows,
    identity: &Identity,
    period: &Period,
) -> Result<Option<HashMap<Key, Spent>>, ReadError> {
    if !rows.has_any(CostRow::TABLE, &Filter::all(), period.as_of)? {
        return Ok(None);
    }
    let mut costs: HashMap<Key, Spent> = HashMap::new();
    let by = [CUSTOMER, CURRENCY, "kind"].map(GroupKey::Column);
    let filter = Filter::all().occurred(period.window.from, period.window.to);
    let amount = [Measure::Sum("cost_minor_units")];
    rows.group(CostRow::TABLE, &filter, period.as_of, &by, &amount, &mut |keys, measured| {
        let ([customer, currency, kind], [amount]) = (keys, measured) else { return Ok(()) };
        let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
        let spent = costs.entry((customer, Symbol::of(currency).unwrap_or_default())).or_default();
        spent.all += *amount;
        if [CostKind::Acquisition.cell(), CostKind::Retention.cell()].contains(kind) {
            spent.spend += *amount;
        }
        Ok(())
    })?;
    Ok(Some(costs))
}
