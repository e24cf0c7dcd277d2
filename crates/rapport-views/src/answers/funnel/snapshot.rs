//! Open deals by stage and currency.

use std::collections::HashMap;

use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    scope::Scope,
    stages::{OrderedStage, StageIndex},
    visits::Deal,
    weight::Weight,
};
use crate::{
    answers::tally::{Figures, Tally},
    rows::{OpenDealsRow, Symbol, Symbols},
    stats::narrow_or_wide,
};

#[derive(Debug, Default)]
pub(super) struct Snapshot {
    rows: HashMap<(StageIndex, Symbol), Row>,
    /// Open deals of which no stage is known.
    pub(super) without_stage: u64,
}

#[derive(Debug, Default)]
struct Row {
    deals: Tally,
    amount_minor_units: i128,
}

impl Snapshot {
    pub(super) fn take(&mut self, deal: &Deal<'_>, scope: &Scope) {
        if deal.closing.is_some() {
            return;
        }
        let Some(visit) = deal.visits.last().filter(|visit| visit.exit.is_none()) else {
            self.without_stage += 1;
            return;
        };
        let row = self.rows.entry((visit.stage, deal.last.currency)).or_default();
        row.amount_minor_units += i128::from(deal.last.amount_minor_units);
        row.deals
            .add(scope.keeps(FunnelMeasure::Snapshot), || deal.hit(&[visit.entered_by, deal.last.position]));
    }

    pub(super) fn take_open(&mut self, stage: StageIndex, open: &OpenDealsRow) {
        let row = self.rows.entry((stage, open.currency)).or_default();
        row.amount_minor_units += open.amount_minor_units;
        row.deals.count += open.deals;
    }

    pub(super) fn finish(
        mut self,
        pipeline: &str,
        order: &[OrderedStage],
        weights: &[Option<Weight>],
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> Vec<v1::StageSnapshot> {
        let mut rows = Vec::new();
        for (stage, weight) in order.iter().zip(weights) {
            let mut currencies: Vec<_> = self
                .rows
                .keys()
                .filter(|(index, _)| *index == stage.index)
                .map(|(_, currency)| *currency)
                .collect();
            currencies.sort_by_key(|currency| symbols.text(*currency));
            for currency in currencies {
                let Some(row) = self.rows.remove(&(stage.index, currency)) else { continue };
                let code = symbols.text(currency);
                let amount = (!code.is_empty()).then_some(row.amount_minor_units);
                let weighted = weight.zip(amount).map(|(weight, amount)| weight.of_amount(amount));
                let (amount_minor_units, amount_minor_units_wide) = narrow_or_wide(amount);
                let (weighted_minor_units, weighted_minor_units_wide) = narrow_or_wide(weighted);
                rows.push(v1::StageSnapshot {
                    stage: stage.code.clone(),
                    currency: code.to_owned(),
                    deals: figures.write(&[pipeline, "snapshot", &stage.code, code], row.deals),
                    amount_minor_units,
                    weighted_minor_units,
                    amount_minor_units_wide,
                    weighted_minor_units_wide,
                });
            }
        }
        rows
    }
}
