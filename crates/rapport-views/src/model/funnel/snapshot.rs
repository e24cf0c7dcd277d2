//! Open deals by stage and currency.

use rapport_proto::v1::{PipelineFunnel, ProbabilitySource, StageSnapshot};

use super::columns::{count, counted, currency, stage};
use crate::page::{Grid, GridCell, GridColumn, Mark, Unit, Words};

pub(super) fn grid(pipeline: &PipelineFunnel) -> Grid {
    let mut grid = Grid::new("snapshot", "open deals").columns([
        GridColumn::new("stage", "stage", Unit::Code).most(),
        currency(),
        counted("deals", "deals"),
        GridColumn::new("amount", "amount", Unit::Money),
        GridColumn::new("probability", "p", Unit::Share).less(1).for_readers(),
        GridColumn::new("weighted", "weighted", Unit::Money),
        count("open_without_stage", "").for_exports(),
    ]);
    for row in &pipeline.snapshot {
        grid.row([
            stage(pipeline, &row.stage),
            GridCell::text(&row.currency),
            GridCell::figure(row.deals.as_ref()),
            GridCell::money(row.amount_minor_units, &row.amount_minor_units_wide, &row.currency),
            probability(pipeline, row),
            GridCell::money(row.weighted_minor_units, &row.weighted_minor_units_wide, &row.currency),
            GridCell::nothing(),
        ]);
    }
    let has_row = |code: &str| pipeline.snapshot.iter().any(|row| row.stage == code);
    let empty = pipeline.stages.iter().filter(|stage| !has_row(&stage.code)).count() as u64;
    if !pipeline.snapshot.is_empty() && empty > 0 {
        let (one, many) = ("stage without open deals", "stages without open deals");
        grid.note(Words::counted("stages_without_deals", empty, one, many));
    }
    if pipeline.open_without_stage > 0 {
        let open = pipeline.open_without_stage;
        let mut cells = vec![GridCell::nothing(); 6];
        cells.push(GridCell::count(open));
        grid.row_aside(cells);
        let (one, many) = ("open deal of which no stage is known", "open deals of which no stage is known");
        grid.note(Words::counted("open_without_stage", open, one, many));
    }
    grid
}

/// Of the row's stage, marked where it was observed and not defined.
fn probability(pipeline: &PipelineFunnel, row: &StageSnapshot) -> GridCell {
    let stage = pipeline.stages.iter().find(|stage| stage.code == row.stage);
    let is_observed = stage.is_some_and(|stage| stage.probability_source() == ProbabilitySource::Empirical);
    GridCell::number(stage.and_then(|stage| stage.probability)).marked(Mark::Observed, is_observed)
}
