//! Why deals are lost.

use std::collections::HashMap;

use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    scope::Scope,
    visits::{Closing, Deal},
};
use crate::{
    answers::tally::{Figures, Tally},
    rows::{Symbol, Symbols},
    stats::narrow_or_wide,
};

#[derive(Debug, Default)]
pub(super) struct LossReasons {
    rows: HashMap<(Symbol, Symbol), Row>,
}

#[derive(Debug, Default)]
struct Row {
    deals: Tally,
    amount_minor_units: i128,
}

impl LossReasons {
    pub(super) fn take(&mut self, deal: &Deal<'_>, closing: Closing, scope: &Scope) {
        let row = self.rows.entry((closing.reason, deal.last.currency)).or_default();
        row.amount_minor_units += i128::from(deal.last.amount_minor_units);
        row.deals.add(scope.keeps(FunnelMeasure::LossReasons), || deal.hit(&[closing.by]));
    }

    /// Those given most often first, then by reason and currency.
    pub(super) fn finish(
        self,
        pipeline: &str,
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> Vec<v1::LossReason> {
        let names = |(reason, currency): (Symbol, Symbol)| (symbols.text(reason), symbols.text(currency));
        let mut rows: Vec<_> = self.rows.into_iter().map(|(key, row)| (names(key), row)).collect();
        rows.sort_by(|(a, left), (b, right)| right.deals.count.cmp(&left.deals.count).then_with(|| a.cmp(b)));
        let to_proto = |((reason, currency), row): ((&str, &str), Row)| {
            let amount = (!currency.is_empty()).then_some(row.amount_minor_units);
            let (amount_minor_units, amount_minor_units_wide) = narrow_or_wide(amount);
            v1::LossReason {
                reason: reason.to_owned(),
                currency: currency.to_owned(),
                deals: figures.write(&[pipeline, "loss_reasons", reason, currency], row.deals),
                amount_minor_units,
                amount_minor_units_wide,
            }
        };
        rows.into_iter().map(to_proto).collect()
    }
}
