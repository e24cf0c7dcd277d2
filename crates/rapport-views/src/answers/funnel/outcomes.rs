//! Won and lost, sales cycle, velocity.

use std::collections::HashMap;

use rapport_proto::{time, v1, v1::FunnelMeasure};

use super::{
    Scope,
    visits::{Closing, Deal},
};
use crate::{
    answers::tally::{Figures, Tally},
    rows::{Symbol, Symbols},
    stats::{as_f64, clamp_to_i64, median_i64, share},
};

#[derive(Debug, Default)]
pub(super) struct Outcomes {
    by_currency: HashMap<Symbol, Row>,
}

#[derive(Debug, Default)]
struct Row {
    won: Tally,
    lost: Tally,
    open: Tally,
    won_minor_units: i128,
    lost_minor_units: i128,
    /// won - opened, in microseconds, of those whose opening is known.
    cycles: Vec<i64>,
}

impl Outcomes {
    pub(super) fn take_open(&mut self, deal: &Deal<'_>, scope: &Scope) {
        let row = self.by_currency.entry(deal.last.currency).or_default();
        let since = deal.visits.last().map_or(deal.last.position, |visit| visit.entered_by);
        row.open.add(scope.keeps(FunnelMeasure::Outcomes), || deal.hit(&[since]));
    }

    pub(super) fn take_closed(&mut self, deal: &Deal<'_>, closing: Closing, scope: &Scope) {
        let row = self.by_currency.entry(deal.last.currency).or_default();
        let amount = i128::from(deal.last.amount_minor_units);
        let side = if closing.won {
            row.won_minor_units += amount;
            row.cycles.extend(deal.opened_at.map(|opened| closing.at.as_micros() - opened.as_micros()));
            &mut row.won
        } else {
            row.lost_minor_units += amount;
            &mut row.lost
        };
        side.add(scope.keeps(FunnelMeasure::Outcomes), || deal.hit(&[closing.by]));
    }

    /// By currency code, then all currencies as `*`.
    pub(super) fn finish(
        self,
        pipeline: &str,
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> Vec<v1::Outcomes> {
        let mut rows: Vec<_> = self.by_currency.into_iter().collect();
        rows.sort_by_key(|(currency, _)| symbols.text(*currency));
        let mut all = Row::default();
        for (_, row) in &rows {
            all.won.absorb(&row.won);
            all.lost.absorb(&row.lost);
            all.open.absorb(&row.open);
            all.cycles.extend_from_slice(&row.cycles);
        }
        let each = rows.into_iter().map(|(currency, row)| (symbols.text(currency), row));
        each.chain([("*", all)]).map(|(currency, row)| row.into_proto(pipeline, currency, figures)).collect()
    }
}

impl Row {
    fn into_proto(mut self, pipeline: &str, currency: &str, figures: &mut Figures) -> v1::Outcomes {
        let cycle = median_i64(&mut self.cycles);
        let has_amounts = !currency.is_empty() && currency != "*";
        let win_rate_value = self.win_rate_value().filter(|_| has_amounts);
        let velocity = cycle.and_then(|cycle| self.velocity(cycle)).filter(|_| has_amounts);
        let win_rate = share(self.won.count, self.won.count + self.lost.count);
        let mut figure = |what, tally| figures.write(&[pipeline, "outcomes", currency, what], tally);
        v1::Outcomes {
            currency: currency.to_owned(),
            won: figure("won", self.won),
            lost: figure("lost", self.lost),
            won_minor_units: clamp_to_i64(self.won_minor_units),
            lost_minor_units: clamp_to_i64(self.lost_minor_units),
            win_rate,
            win_rate_value,
            sales_cycle: cycle.map(time::duration_to_proto),
            open: figure("open", self.open),
            velocity_minor_units_per_day: velocity,
        }
    }

    /// Absent unless both sides are amounts that can be compared: credits outweighing sales have no rate.
    fn win_rate_value(&self) -> Option<f64> {
        let (won, lost) = (self.won_minor_units, self.lost_minor_units);
        (won >= 0 && lost >= 0 && won + lost > 0).then(|| as_f64(won) / as_f64(won + lost))
    }

    /// open × win rate × average won value / cycle, a day. With average = value / won and rate = won / closed it is
    /// open × value / closed / cycle: one division less, and no rounding between.
    fn velocity(&self, cycle_micros: i64) -> Option<f64> {
        const DAY_MICROS: f64 = 86_400_000_000.0;
        let closed = self.won.count + self.lost.count;
        if self.won.count == 0 || cycle_micros <= 0 {
            return None;
        }
        let value = as_f64(self.won_minor_units) * as_f64(self.open.count.into());
        Some(value / as_f64(closed.into()) * (DAY_MICROS / as_f64(cycle_micros.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_open_a_quarter_won_at_8000_in_fifty_days_is_1600_a_day() {
        let tally = |count| Tally { count, hits: Vec::new() };
        let row = Row {
            won: tally(5),
            lost: tally(15),
            open: tally(40),
            won_minor_units: 5 * 8_000,
            ..Row::default()
        };
        assert_eq!(row.velocity(50 * 86_400_000_000), Some(1_600.0));
        assert_eq!(row.velocity(0), None);
    }
}
