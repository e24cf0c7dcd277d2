//! What customers cost, and what they say.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::bought::{Key, Period};
use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{CostKind, CostRow, Identity, Instrument, ObjectId, ScoreRow, Symbol},
    stats::{Estimate, nps::net_promoter_score},
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
    let mut events = 0;
    rows.group(CostRow::TABLE, &Filter::all(), period.as_of, &[], &[Measure::Rows], &mut |_, measured| {
        events += measured.first().copied().unwrap_or_default();
        Ok(())
    })?;
    if events == 0 {
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

/// The latest response of each customer to an NPS question, until T.
#[derive(Debug, Default)]
pub(super) struct Scores(HashMap<ObjectId, (Timestamp, Position, f64)>);

/// The responses that have a score.
pub(super) fn responses() -> Filter {
    Filter::all().and("instrument", vec![Instrument::Nps.cell()])
}

impl Scores {
    pub(super) fn read(rows: &dyn Rows, identity: &Identity, as_of: AsOf) -> Result<Self, ReadError> {
        let mut latest = HashMap::new();
        rows.each(&responses(), as_of, |row: ScoreRow| {
            let one = (row.occurred_at, row.position, row.value);
            let last = latest.entry(identity.canonical(row.customer)).or_insert(one);
            if (one.0, one.1) > (last.0, last.1) {
                *last = one;
            }
        })?;
        latest.remove(&ObjectId::NOBODY);
        Ok(Self(latest))
    }

    pub(super) fn has(&self, party: ObjectId) -> bool {
        self.0.contains_key(&party)
    }

    /// Of those among these who have responded.
    pub(super) fn nps(&self, parties: impl Iterator<Item = ObjectId>) -> Option<Estimate> {
        let (mut promoters, mut detractors, mut all) = (0, 0, 0);
        for (.., value) in parties.filter_map(|party| self.0.get(&party)) {
            all += 1;
            promoters += u64::from(*value >= 9.0);
            detractors += u64::from(*value < 7.0);
        }
        net_promoter_score(promoters, detractors, all)
    }
}
