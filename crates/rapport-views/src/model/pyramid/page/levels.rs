//! The levels, and what was bought in all.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{PyramidLevel, PyramidLevelRow, PyramidRequest, PyramidResponse},
};

use super::{
    columns::{currency, level, money, share},
    notes::{n, of_levels},
};
use crate::{
    model::pyramid::params::Measures,
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
};

pub(super) fn levels(response: &PyramidResponse) -> Grid {
    let title = Words::new("levels", "the pyramid: purchases from {} to {}")
        .with(Unit::Day, GridCell::moment(response.period_from.as_ref()))
        .with(Unit::Day, GridCell::moment(last_day(response).as_ref()));
    let has_responses = response.levels.iter().any(|row| n(row.nps_responses.as_ref()) > 0);
    let mut grid = Grid::new("levels", "").titled(title).columns([
        GridColumn::new("level", "level", Unit::Code).most(),
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("share_of_customers", "of customers", Unit::Share).less(3),
        GridColumn::new("revenue", "revenue", Unit::Money),
        GridColumn::new("share_of_revenue", "of revenue", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("average_revenue", "a customer", Unit::Money).less(4),
        GridColumn::new("margin", "margin", Unit::Money),
        GridColumn::new("spend", "spend", Unit::Money).less(2),
        GridColumn::new("nps", "NPS", Unit::Score),
        GridColumn::new("nps_responses", "responses", Unit::Count).less(1),
    ]);
    for row in &response.levels {
        let cells = cells(row, has_responses);
        // Who buys, also where the level is empty: its place in the pyramid says something.
        if n(row.customers.as_ref()) == 0 && row.level() > PyramidLevel::Small {
            grid.row_aside(cells);
        } else {
            grid.row(cells);
        }
    }
    grid.notes = of_levels(response);
    grid
}

/// A period ends just before its end.
fn last_day(response: &PyramidResponse) -> Option<prost_types::Timestamp> {
    let end = response.period_to.as_ref().and_then(time::from_proto)?;
    Some(time::to_proto(Timestamp::from_micros(end.as_micros().saturating_sub(1))))
}

/// Where nobody has responded, no column says so.
fn cells(row: &PyramidLevelRow, has_responses: bool) -> [GridCell; 11] {
    let responses = Some(row.nps_responses.as_ref()).filter(|_| has_responses);
    let mut nps = share(row.nps);
    nps.interval = row.nps_low.zip(row.nps_high);
    nps.scale = row.nps.map(|_| (-100.0, 100.0));
    [
        level(row.level()),
        GridCell::text(&row.currency),
        GridCell::figure(row.customers.as_ref()),
        share(row.share_of_customers),
        money(row.revenue.as_ref(), &row.currency),
        share(row.share_of_revenue),
        money(row.average_revenue.as_ref(), &row.currency),
        money(row.margin.as_ref(), &row.currency),
        money(row.spend.as_ref(), &row.currency),
        nps,
        responses.map_or_else(GridCell::nothing, GridCell::figure),
    ]
}

pub(super) fn totals(request: &PyramidRequest, response: &PyramidResponse) -> Grid {
    let wanted = Measures::of(&request.measures).unwrap_or_default();
    let mut grid = Grid::new("total", "in all").columns([
        currency(response),
        GridColumn::new("customers", "with a purchase", Unit::Count),
        GridColumn::new("not_positive", "not positive", Unit::Count).for_exports(),
        GridColumn::new("revenue", "revenue", Unit::Money).most(),
        GridColumn::new("top_fifth", "top 20 %", Unit::Count),
        GridColumn::new("share_of_top_fifth", "of revenue", Unit::Share),
        GridColumn::new("candidates", "can step up", Unit::Count),
        GridColumn::new("share_of_candidates", "of customers", Unit::Share),
        GridColumn::new("left_out", "left out", Unit::Count).for_exports(),
        GridColumn::new("left_out_revenue", "revenue left out", Unit::Money).for_exports(),
        GridColumn::new("left_out_cost", "cost left out", Unit::Money).for_exports(),
        GridColumn::new("spend_on_others", "spend on others", Unit::Money),
    ]);
    for total in &response.totals {
        let code = &total.currency;
        let candidates =
            if wanted.candidates { GridCell::figure(total.candidates.as_ref()) } else { GridCell::nothing() };
        grid.row([
            GridCell::text(code),
            GridCell::figure(total.customers.as_ref()),
            GridCell::figure(total.not_positive.as_ref()),
            money(total.revenue.as_ref(), code),
            GridCell::figure(total.top_fifth.as_ref()),
            share(total.share_of_top_fifth),
            candidates,
            share(total.share_of_candidates),
            GridCell::figure(total.left_out.as_ref()),
            money(total.left_out_revenue.as_ref(), code),
            money(total.left_out_cost.as_ref(), code),
            money(total.spend_on_others.as_ref(), code),
        ]);
    }
    grid
}
