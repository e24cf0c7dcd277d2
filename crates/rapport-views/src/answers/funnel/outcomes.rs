//! Won and lost, sales cycle, velocity; and the overview, which is the same without cycles and with what is open.

use std::collections::HashMap;

use rapport_proto::{time, v1};

use super::visits::{Closing, Deal};
use crate::{
    answers::tally::{Figures, Tally},
    rows::{Symbol, Symbols},
    stats::{as_f64, median_i64, narrow_or_wide, share},
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
    open_minor_units: i128,
    won_minor_units: i128,
    lost_minor_units: i128,
    /// won - opened, in microseconds, of those whose opening is known.
    cycles: Vec<i64>,
}

impl Outcomes {
    /// Takes an open deal; `keep` says whether it may be asked for.
    pub(super) fn take_open(&mut self, deal: &Deal<'_>, keep: bool) {
        let row = self.by_currency.entry(deal.last.currency).or_default();
        let since = deal.visits.last().map_or(deal.last.position, |visit| visit.entered_by);
        row.open_minor_units += i128::from(deal.last.amount_minor_units);
        row.open.add(keep, || deal.hit(&[since]));
    }

    /// Takes a deal closed in the period.
    pub(super) fn take_closed(&mut self, deal: &Deal<'_>, closing: Closing, keep: bool) {
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
        side.add(keep, || deal.hit(&[closing.by]));
    }

    /// By currency code, then all currencies as `*`.
    pub(super) fn finish(
        self,
        pipeline: &str,
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> Vec<v1::Outcomes> {
        let (rows, whole) = self.in_order(symbols);
        let each = rows.into_iter();
        each.map(|(currency, row)| row.into_proto(pipeline, currency, &whole, figures)).collect()
    }

    /// The same rows as an overview.
    pub(super) fn finish_overview(
        self,
        pipeline: &str,
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> Vec<v1::PipelineOverview> {
        let (rows, whole) = self.in_order(symbols);
        let each = rows.into_iter();
        each.map(|(currency, row)| row.into_overview(pipeline, currency, &whole, figures)).collect()
    }

    fn in_order(self, symbols: &Symbols) -> (Vec<(&str, Row)>, Whole) {
        let mut rows: Vec<_> = self.by_currency.into_iter().collect();
        rows.sort_by_key(|(currency, _)| symbols.text(*currency));
        let mut all = Row::default();
        for (_, row) in &rows {
            all.won.absorb(&row.won);
            all.lost.absorb(&row.lost);
            all.open.absorb(&row.open);
            all.cycles.extend_from_slice(&row.cycles);
        }
        let without = rows.iter().find(|(currency, _)| *currency == Symbol::default());
        let whole = Whole {
            pace: all.pace(),
            closed_without_amount: without.map_or(0, |(_, row)| row.closed()),
            open_without_amount: without.map_or(0, |(_, row)| row.open.count),
            currencies: rows.len() - usize::from(without.is_some()),
        };
        let each = rows.into_iter().map(|(currency, row)| (symbols.text(currency), row));
        (each.chain([("*", all)]).collect(), whole)
    }
}

/// What a row needs of the others.
struct Whole {
    pace: Pace,
    closed_without_amount: u64,
    open_without_amount: u64,
    /// How many there are.
    currencies: usize,
}

/// The parts of a velocity, without the value of a deal.
#[derive(Debug, Clone, Copy)]
struct Pace {
    open: u64,
    won: u64,
    closed: u64,
    cycle_micros: Option<i64>,
}

impl Whole {
    /// Whether every deal closed in the period has a currency.
    const fn splits_by_currency(&self) -> bool {
        self.closed_without_amount == 0
    }

    /// Of one currency: that of its own deals where all deals have an amount, that of all where no other currency is
    /// used; otherwise it is not known.
    fn pace_of(&self, own: Pace) -> Option<Pace> {
        if self.closed_without_amount + self.open_without_amount == 0 {
            Some(own)
        } else {
            (self.currencies == 1).then_some(self.pace)
        }
    }
}

impl Row {
    const fn closed(&self) -> u64 {
        self.won.count + self.lost.count
    }

    fn pace(&mut self) -> Pace {
        Pace {
            open: self.open.count,
            won: self.won.count,
            closed: self.closed(),
            cycle_micros: median_i64(&mut self.cycles),
        }
    }

    fn into_proto(
        mut self,
        pipeline: &str,
        currency: &str,
        whole: &Whole,
        figures: &mut Figures,
    ) -> v1::Outcomes {
        let own = self.pace();
        let (is_all, has_amounts) = (currency == "*", !currency.is_empty() && currency != "*");
        let splits = whole.splits_by_currency();
        let win_rate_value = self.win_rate_value().filter(|_| has_amounts && splits);
        let pace = whole.pace_of(own).filter(|_| has_amounts);
        let velocity = pace.and_then(|pace| self.velocity(pace));
        let sum = |sum| narrow_or_wide(has_amounts.then_some(sum));
        let (won_minor_units, won_minor_units_wide) = sum(self.won_minor_units);
        let (lost_minor_units, lost_minor_units_wide) = sum(self.lost_minor_units);
        let mut figure = |what, tally| figures.write(&[pipeline, "outcomes", currency, what], tally);
        v1::Outcomes {
            currency: currency.to_owned(),
            won: figure("won", self.won),
            lost: figure("lost", self.lost),
            won_minor_units,
            lost_minor_units,
            win_rate: share(own.won, own.closed).filter(|_| is_all || splits),
            win_rate_value,
            sales_cycle: own.cycle_micros.map(time::duration_to_proto),
            open: figure("open", self.open),
            velocity_minor_units_per_day: velocity,
            closed_without_amount: whole.closed_without_amount,
            open_without_amount: whole.open_without_amount,
            won_minor_units_wide,
            lost_minor_units_wide,
        }
    }

    fn into_overview(
        self,
        pipeline: &str,
        currency: &str,
        whole: &Whole,
        figures: &mut Figures,
    ) -> v1::PipelineOverview {
        let (is_all, has_amounts) = (currency == "*", !currency.is_empty() && currency != "*");
        let sum = |sum| narrow_or_wide(has_amounts.then_some(sum));
        let (open_minor_units, open_minor_units_wide) = sum(self.open_minor_units);
        let (won_minor_units, won_minor_units_wide) = sum(self.won_minor_units);
        let (lost_minor_units, lost_minor_units_wide) = sum(self.lost_minor_units);
        let win_rate = share(self.won.count, self.closed());
        let mut figure = |what, tally| figures.write(&[pipeline, "overview", currency, what], tally);
        v1::PipelineOverview {
            currency: currency.to_owned(),
            open: figure("open", self.open),
            open_minor_units,
            won: figure("won", self.won),
            won_minor_units,
            lost: figure("lost", self.lost),
            lost_minor_units,
            win_rate: win_rate.filter(|_| is_all || whole.splits_by_currency()),
            open_minor_units_wide,
            won_minor_units_wide,
            lost_minor_units_wide,
        }
    }

    /// Absent unless both sides are amounts that can be compared: credits outweighing sales have no rate, and deals that
    /// are all worth nothing are deals whose worth was not written down.
    fn win_rate_value(&self) -> Option<f64> {
        let (won, lost) = (self.won_minor_units, self.lost_minor_units);
        let worth_something = |deals: &Tally, sum: i128| deals.count == 0 || sum > 0;
        let comparable = worth_something(&self.won, won) && worth_something(&self.lost, lost);
        (comparable && won + lost > 0).then(|| as_f64(won) / as_f64(won + lost))
    }

    /// open × win rate × average won value / cycle, a day. Of a currency's own deals, average = value / won and
    /// rate = won / closed: then it is open × value / closed / cycle, and the last factor is 1.
    fn velocity(&self, pace: Pace) -> Option<f64> {
        const DAY_MICROS: f64 = 86_400_000_000.0;
        let cycle = pace.cycle_micros.filter(|cycle| *cycle > 0)?;
        let won_here = self.won.count;
        if won_here == 0 {
            return None;
        }
        let value = as_f64(self.won_minor_units) * as_f64(pace.open.into());
        let a_day = value / as_f64(pace.closed.into()) * (DAY_MICROS / as_f64(cycle.into()));
        Some(a_day * (as_f64(pace.won.into()) / as_f64(won_here.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_open_a_quarter_won_at_8000_in_fifty_days_is_1600_a_day() {
        let tally = |count| Tally { count, hits: Vec::new() };
        let row = Row { won: tally(5), won_minor_units: 5 * 8_000, ..Row::default() };
        let pace =
            |days: i64| Pace { open: 40, won: 5, closed: 20, cycle_micros: Some(days * 86_400_000_000) };
        assert_eq!(row.velocity(pace(50)), Some(1_600.0));
        assert_eq!(row.velocity(pace(0)), None);
        // Fifteen more were won without an amount: they are worth the average.
        let all = Pace { open: 40, won: 20, closed: 80, cycle_micros: pace(50).cycle_micros };
        assert_eq!(row.velocity(all), Some(1_600.0));
    }
}
