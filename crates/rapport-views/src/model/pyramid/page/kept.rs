//! Of those who were on a level before, those who still buy.

use rapport_proto::v1::{PyramidKept, PyramidLevel, PyramidResponse};

use super::{
    columns::{currency, level},
    notes::n,
};
use crate::{
    model::retention::MEASURED_MIN,
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
};

/// A row a level before.
pub(super) fn kept(response: &PyramidResponse) -> Grid {
    let title = Words::new("kept", "who still buys, by the level at the end of {}")
        .with(Unit::Day, GridCell::moment(response.compared_with.as_ref()));
    let mut grid = Grid::new("kept", "").titled(title).columns([
        GridColumn::new("level_before", "before", Unit::Code).most(),
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("still_buy", "still buy", Unit::Count),
        GridColumn::new("kept_percent", "kept %", Unit::Score).drawn(Picture::Interval),
    ]);
    for row in &response.kept {
        let before = match row.level() {
            PyramidLevel::Unspecified => GridCell::text("all"),
            other => level(other),
        };
        grid.row([
            before,
            GridCell::text(&row.currency),
            GridCell::figure(row.customers.as_ref()),
            GridCell::figure(row.still_buy.as_ref()),
            percent(row),
        ]);
    }
    if response.kept.iter().any(|row| n(row.customers.as_ref()) < MEASURED_MIN) {
        let text = "not enough customers for a rate where there are fewer than {}";
        grid.note(Words::new("too_few_to_measure", text).with_count(MEASURED_MIN));
    }
    grid
}

/// The rate with its interval.
fn percent(row: &PyramidKept) -> GridCell {
    GridCell {
        interval: row.low.zip(row.high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(row.rate.map(|rate| 100.0 * rate))
    }
}
