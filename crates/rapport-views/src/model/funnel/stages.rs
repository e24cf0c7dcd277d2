//! How deals move: from stage to stage, in and out of them, and how long they stay.

use rapport_proto::v1::{CohortFunnel, PipelineFunnel};

use super::columns::{count, counted, size, stage};
use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

fn named(title: &'static str) -> GridColumn {
    GridColumn::new("stage", title, Unit::Code).most()
}

fn without_deals(grid: &mut Grid) {
    grid.leave_out_empty("stages_without_deals", "stage without deals", "stages without deals");
}

pub(super) fn conversion(pipeline: &PipelineFunnel) -> Grid {
    let mut grid = Grid::new("conversion", "conversion").columns([
        named("stage"),
        counted("reached", "reached"),
        count("reached_next", "went on"),
        GridColumn::new("rate", "rate", Unit::Share),
        count("entered", "was there").less(1),
        count("entered_next", "then next").less(2),
        GridColumn::new("strict_rate", "strict", Unit::Share).less(3),
    ]);
    for row in &pipeline.conversion {
        grid.row([
            stage(pipeline, &row.stage),
            GridCell::figure(row.reached.as_ref()),
            GridCell::figure(row.reached_next.as_ref()),
            GridCell::number(row.rate),
            GridCell::figure(row.entered.as_ref()),
            GridCell::figure(row.entered_next.as_ref()),
            GridCell::number(row.strict_rate),
        ]);
    }
    without_deals(&mut grid);
    grid
}

pub(super) fn cohort(pipeline: &PipelineFunnel, cohort: &CohortFunnel) -> Grid {
    let immature = if cohort.immature { ", immature: some may still go on" } else { "" };
    let title = Words::new("cohort", format!("cohort of {{}}{immature}"));
    let mut grid = Grid::new("cohort", "").titled(title.with_count(size(cohort.size.as_ref()))).columns([
        named("step"),
        counted("deals", "deals"),
        GridColumn::new("rate", "of the cohort", Unit::Share),
        count("size", "").for_exports(),
        GridColumn::new("immature", "", Unit::Code).for_exports(),
    ]);
    grid.row_aside([
        GridCell::nothing(),
        GridCell::nothing(),
        GridCell::nothing(),
        GridCell::figure(cohort.size.as_ref()),
        GridCell::text(if cohort.immature { "true" } else { "false" }),
    ]);
    for step in &cohort.steps {
        grid.row([
            stage(pipeline, &step.stage),
            GridCell::figure(step.deals.as_ref()),
            GridCell::number(step.rate),
            GridCell::nothing(),
            GridCell::nothing(),
        ]);
    }
    // A step that no deal reached is part of a cohort's answer.
    if size(cohort.size.as_ref()) == 0 {
        grid.leave_out_empty("steps_without_deals", "step without deals", "steps without deals");
    }
    grid
}

pub(super) fn balance(pipeline: &PipelineFunnel) -> Grid {
    let mut grid = Grid::new("balance", "in and out of the stages").columns([
        named("stage"),
        count("at_start", "at start").less(2),
        count("entered", "entered"),
        count("advanced", "advanced"),
        count("moved_back", "moved back").less(1),
        count("won", "won"),
        count("lost", "lost"),
        count("still_there", "still there"),
    ]);
    for row in &pipeline.balance {
        grid.row([
            stage(pipeline, &row.stage),
            GridCell::figure(row.at_start.as_ref()),
            GridCell::figure(row.entered.as_ref()),
            GridCell::figure(row.advanced.as_ref()),
            GridCell::figure(row.moved_back.as_ref()),
            GridCell::figure(row.won.as_ref()),
            GridCell::figure(row.lost.as_ref()),
            GridCell::figure(row.still_there.as_ref()),
        ]);
    }
    without_deals(&mut grid);
    grid
}

pub(super) fn times(pipeline: &PipelineFunnel) -> Grid {
    let mut grid = Grid::new("time_in_stage", "time in stage (median, Kaplan–Meier)").columns([
        named("stage"),
        count("deals", "deals"),
        count("censored", "still there"),
        GridColumn::new("median_cumulative", "all visits", Unit::Duration),
        GridColumn::new("median_latest", "latest visit", Unit::Duration),
    ]);
    for row in &pipeline.time_in_stage {
        grid.row([
            stage(pipeline, &row.stage),
            GridCell::figure(row.deals.as_ref()),
            GridCell::figure(row.censored.as_ref()),
            GridCell::length(row.median_cumulative.as_ref()),
            GridCell::length(row.median_latest.as_ref()),
        ]);
    }
    without_deals(&mut grid);
    grid
}
