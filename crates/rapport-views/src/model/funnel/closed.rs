//! Deals closed in the period: won and lost, against whom, why.

use rapport_proto::v1::{Outcomes, PipelineFunnel};

use super::columns::{count, counted, currency};
use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

pub(super) fn outcomes(pipeline: &PipelineFunnel) -> Grid {
    let rate = || GridColumn::new("win_rate", "win rate", Unit::Share);
    let by_value = || GridColumn::new("win_rate_value", "by value", Unit::Share).less(1);
    let mut grid = Grid::new("outcomes", "won and lost").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        count("won", "won"),
        count("lost", "lost"),
        // Readers see the rates first, exports have them behind the amounts.
        rate().for_readers(),
        by_value().for_readers(),
        GridColumn::new("won_amount", "won amount", Unit::Money),
        GridColumn::new("lost_amount", "lost amount", Unit::Money).less(3),
        rate().for_exports(),
        by_value().for_exports(),
        GridColumn::new("sales_cycle", "cycle", Unit::Duration).less(5),
        count("open", "open").less(2),
        GridColumn::new("velocity_minor_units_per_day", "velocity a day", Unit::MoneyADay).less(4),
        count("closed_without_amount", "").for_exports(),
        count("open_without_amount", "").for_exports(),
    ]);
    for row in &pipeline.outcomes {
        grid.row(outcome(row));
    }
    if let Some(row) = pipeline.outcomes.first() {
        let mut cells = vec![GridCell::nothing(); 12];
        cells.push(GridCell::count(row.closed_without_amount));
        cells.push(GridCell::count(row.open_without_amount));
        grid.row_aside(cells);
    }
    grid.leave_out_empty("currencies_without_deals", "currency without deals", "currencies without deals");
    grid.note(without_amount(&pipeline.outcomes));
    grid
}

fn outcome(row: &Outcomes) -> [GridCell; 14] {
    let (name, currency) = match row.currency.as_str() {
        "*" => ("all", ""),
        "" => ("no amount", ""),
        currency => (currency, currency),
    };
    [
        GridCell::text(&row.currency).named(name),
        GridCell::figure(row.won.as_ref()),
        GridCell::figure(row.lost.as_ref()),
        GridCell::number(row.win_rate),
        GridCell::number(row.win_rate_value),
        GridCell::money(row.won_minor_units, &row.won_minor_units_wide, currency),
        GridCell::money(row.lost_minor_units, &row.lost_minor_units_wide, currency),
        GridCell::number(row.win_rate),
        GridCell::number(row.win_rate_value),
        GridCell::length(row.sales_cycle.as_ref()),
        GridCell::figure(row.open.as_ref()),
        GridCell::number(row.velocity_minor_units_per_day).in_currency(currency),
        GridCell::nothing(),
        GridCell::nothing(),
    ]
}

/// Deals without an amount, and what that means for rates by currency.
fn without_amount(rows: &[Outcomes]) -> Words {
    let Some(row) = rows.first() else { return Words::default() };
    let currencies = rows.iter().filter(|row| !row.currency.is_empty() && row.currency != "*").count();
    let (closed, open) = (row.closed_without_amount, row.open_without_amount);
    if currencies == 0 || closed + open == 0 {
        return Words::default();
    }
    let deals = |count, state| format!("{{}} {state} {}", if count == 1 { "deal" } else { "deals" });
    let mut text = format!(
        "{} and {} have no amount and stand in no currency's row",
        deals(closed, "closed"),
        deals(open, "open")
    );
    if closed > 0 {
        text.push_str("; so there is one win rate, over all deals, and none by value");
    }
    text.push_str(match currencies {
        1 => "; the velocity counts them with the others",
        _ => "; so there is no velocity: which currency they belong to is not known",
    });
    Words::new("without_amount", text).with_count(closed).with_count(open)
}

pub(super) fn competitors(pipeline: &PipelineFunnel) -> Grid {
    let mut grid = Grid::new("competitors", "against whom").columns([
        GridColumn::new("competitor", "competitor", Unit::Code).most(),
        count("won", "won"),
        count("lost", "lost"),
        GridColumn::new("win_rate", "win rate", Unit::Share).drawn(Picture::Bar),
    ]);
    for row in &pipeline.competitors {
        grid.row([
            GridCell::text(&row.competitor),
            GridCell::figure(row.won.as_ref()),
            GridCell::figure(row.lost.as_ref()),
            GridCell::number(row.win_rate),
        ]);
    }
    grid
}

pub(super) fn reasons(pipeline: &PipelineFunnel) -> Grid {
    let mut grid = Grid::new("loss_reasons", "why lost").columns([
        GridColumn::new("reason", "reason", Unit::Code).most(),
        currency(),
        counted("deals", "deals"),
        GridColumn::new("amount", "amount", Unit::Money),
    ]);
    for row in &pipeline.loss_reasons {
        let reason = GridCell::text(&row.reason);
        grid.row([
            if row.reason.is_empty() { reason.named("(none given)") } else { reason },
            GridCell::text(&row.currency),
            GridCell::figure(row.deals.as_ref()),
            GridCell::money(row.amount_minor_units, &row.amount_minor_units_wide, &row.currency),
        ]);
    }
    grid
}
