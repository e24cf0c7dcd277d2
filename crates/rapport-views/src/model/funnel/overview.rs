//! What is open, and what was won and lost: a line a pipeline, and one for each currency where it has several.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{FunnelRequest, FunnelResponse, PipelineFunnel, PipelineOverview},
};

use super::columns::count;
use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

pub(super) fn grid(request: &FunnelRequest, response: &FunnelResponse) -> Grid {
    let mut grid = Grid::new("overview", "").titled(title(request, response)).columns([
        GridColumn::new("pipeline", "pipeline", Unit::Code).most(),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
        count("open", "open"),
        GridColumn::new("open_amount", "open amount", Unit::Money),
        count("won", "won"),
        GridColumn::new("won_amount", "won amount", Unit::Money),
        count("lost", "lost"),
        GridColumn::new("lost_amount", "lost amount", Unit::Money).for_exports(),
        GridColumn::new("win_rate", "win rate", Unit::Share),
    ]);
    for pipeline in &response.pipelines {
        add(&mut grid, pipeline);
    }
    let key = "pipelines_without_deals";
    let (one, many) = (
        "pipeline with no open deals and none closed in this time",
        "pipelines with no open deals and none closed in this time",
    );
    grid.leave_out_empty(key, one, many);
    if grid.is_empty() && !response.pipelines.is_empty() {
        grid.note(Words::counted(key, response.pipelines.len() as u64, one, many));
    }
    grid
}

/// All currencies first, as one line; those of a pipeline that has only one are this one.
fn add(grid: &mut Grid, pipeline: &PipelineFunnel) {
    let (all, mut each): (Vec<_>, Vec<_>) = pipeline.overview.iter().partition(|row| row.currency == "*");
    each.sort_by_key(|row| row.currency.is_empty());
    let is_one = each.len() == 1;
    for row in all {
        let cells = cells(pipeline, row, &pipeline.pipeline);
        if is_one { grid.row_aside(cells) } else { grid.row(cells) }
    }
    for row in each {
        let name = match row.currency.as_str() {
            _ if is_one => pipeline.pipeline.clone(),
            "" => format!("{}, no amount", pipeline.pipeline),
            currency => format!("{}, {currency}", pipeline.pipeline),
        };
        grid.row(cells(pipeline, row, &name));
    }
}

fn cells(pipeline: &PipelineFunnel, row: &PipelineOverview, name: &str) -> [GridCell; 9] {
    let currency = if row.currency == "*" { "" } else { &row.currency };
    [
        GridCell::text(&pipeline.pipeline).named(name),
        GridCell::text(&row.currency),
        GridCell::figure(row.open.as_ref()),
        GridCell::money(row.open_minor_units, &row.open_minor_units_wide, currency),
        GridCell::figure(row.won.as_ref()),
        GridCell::money(row.won_minor_units, &row.won_minor_units_wide, currency),
        GridCell::figure(row.lost.as_ref()),
        GridCell::money(row.lost_minor_units, &row.lost_minor_units_wide, currency),
        GridCell::number(row.win_rate),
    ]
}

/// With the first and the last day of the period.
fn title(request: &FunnelRequest, response: &FunnelResponse) -> Words {
    let as_of = response.meta.as_ref().and_then(|meta| meta.as_of).unwrap_or_default();
    let asked = request.period_to.as_ref().and_then(time::from_proto);
    // A period ends just before its end.
    let asked = asked.map(|to| time::to_proto(Timestamp::from_micros(to.as_micros().saturating_sub(1))));
    let until = as_of.occurred_until;
    let last = match (&asked, &until) {
        (Some(to), Some(until)) if time::from_proto(to) > time::from_proto(until) => Some(*until),
        (Some(to), _) => Some(*to),
        (None, until) => *until,
    };
    let words = Words::new("overview", "open deals; won and lost from {} to {}");
    words
        .with(Unit::Day, GridCell::moment(response.overview_from.as_ref()))
        .with(Unit::Day, GridCell::moment(last.as_ref()))
}
