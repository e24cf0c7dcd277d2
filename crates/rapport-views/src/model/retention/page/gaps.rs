//! What was aimed at, and what is missing of it.

use rapport_proto::v1::{RetentionGaps, retention_gaps::Row};

use super::overview::percent;
use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

/// A row a count and period.
pub(super) fn gaps(of: &RetentionGaps) -> Grid {
    let has_targets = of.rows.iter().any(|row| row.target.is_some());
    let aimed = |column: GridColumn| if has_targets { column } else { column.for_exports() };
    let mut grid = Grid::new("gap", "aimed at, and missing").columns([
        GridColumn::new("what", "customers", Unit::Code).most(),
        aimed(GridColumn::new("period", "period", Unit::Code)),
        GridColumn::new("count", "actual", Unit::Count),
        aimed(GridColumn::new("target", "target", Unit::Ratio)),
        aimed(GridColumn::new("gap", "missing", Unit::Ratio)),
        GridColumn::new("retention_percent", "%", Unit::Score),
        aimed(GridColumn::new("target_percent", "target %", Unit::Ratio)),
        aimed(GridColumn::new("gap_points", "points missing", Unit::Ratio)),
        GridColumn::new("at_start", "active at its start", Unit::Count).less(1),
        GridColumn::new("from", "from", Unit::Day).for_exports(),
        GridColumn::new("to", "until", Unit::Moment).for_exports(),
        GridColumn::new("is_running", "goes on", Unit::Code).for_exports(),
    ]);
    for row in &of.rows {
        let is_share = row.of == "kept";
        let percents = |share: Option<f64>| GridCell::number_if_any(share.map(|share| 100.0 * share));
        let rate = if is_share { percent(row.share, row.low.zip(row.high)) } else { GridCell::nothing() };
        grid.row([
            GridCell::text(&row.of),
            GridCell::text(&row.period),
            GridCell::figure(row.customers.as_ref()),
            GridCell::number_if_any(row.target),
            GridCell::number_if_any(row.gap),
            rate,
            percents(row.target_share),
            percents(row.gap_share),
            GridCell::figure(row.at_start.as_ref()),
            GridCell::moment(row.period_from.as_ref()),
            GridCell::moment(row.period_to.as_ref()),
            GridCell::text(if row.is_running { "yes" } else { "" }),
        ]);
    }
    let is_nothing = |row: &Row| row.customers.as_ref().is_none_or(|figure| figure.count == 0);
    if !has_targets && of.rows.iter().all(is_nothing) {
        grid.rows.iter_mut().for_each(|row| row.aside = true);
    }
    notes(&mut grid, of);
    grid
}

fn notes(grid: &mut Grid, of: &RetentionGaps) {
    let code = || GridCell::text(&of.targets);
    if of.version == 0 {
        let text = "no targets `{}` hold: nothing says what was aimed at; publish a definition of kind `targets` with \
                    `rapport definitions publish FILE`";
        grid.note(Words::new("no_targets", text).with(Unit::Code, code()));
        let codes: Vec<&str> = of.codes.iter().map(String::as_str).collect();
        if !codes.is_empty() {
            let text = "targets that hold: {}; choose with --targets";
            grid.note(Words::new("other_targets", text).with(Unit::Code, GridCell::text(&codes.join(", "))));
        }
        return;
    }
    let has_target = |row: &Row| row.target_share.is_some() || row.target.is_some();
    if !of.rows.iter().any(has_target) {
        let text = "targets `{}` have none of these customers for this period, and that of another period is not converted";
        grid.note(Words::new("no_target_of_period", text).with(Unit::Code, code()));
    }
    if !of.other_periods.is_empty() {
        let text = "targets for other periods: {}; ask with --from and --to";
        let periods = GridCell::text(&of.other_periods.join(", "));
        grid.note(Words::new("other_periods", text).with(Unit::Code, periods));
    }
    if of.rows.iter().any(|row| row.is_running) {
        grid.note(Words::new("running", "the period goes on: actual is what there is so far"));
    }
}
