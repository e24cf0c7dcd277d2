//! Who was on which level before.

use rapport_proto::v1::{Figure, PyramidLevel, PyramidMove, PyramidResponse};

use super::columns::{currency, level, level_before, money, share};
use crate::{
    answers::sums::wide,
    model::pyramid::sum,
    page::{Grid, GridCell, GridColumn, Picture, Shown, Unit, Words},
};

/// The levels that a customer can have at a moment, in the order of the matrix.
const LEVELS: [PyramidLevel; 6] = [
    PyramidLevel::Top,
    PyramidLevel::Large,
    PyramidLevel::Medium,
    PyramidLevel::Small,
    PyramidLevel::Inactive,
    PyramidLevel::Unspecified,
];

fn since(response: &PyramidResponse, key: &'static str, text: &'static str) -> Words {
    Words::new(key, text).with(Unit::Day, GridCell::moment(response.compared_with.as_ref()))
}

pub(super) fn moves(response: &PyramidResponse) -> Grid {
    let mut grid = Grid::new("moves", "").titled(since(response, "moves", "up and down since {}")).columns([
        currency(response),
        GridColumn::new("up", "up", Unit::Count),
        GridColumn::new("share_up", "of both", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("same", "same", Unit::Count),
        GridColumn::new("share_same", "of both", Unit::Share).less(1),
        GridColumn::new("down", "down", Unit::Count),
        GridColumn::new("share_down", "of both", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("new", "new", Unit::Count),
        GridColumn::new("back", "back", Unit::Count),
        GridColumn::new("gone", "gone", Unit::Count),
    ]);
    for row in &response.moves {
        grid.row([
            GridCell::text(&row.currency),
            GridCell::figure(row.up.as_ref()),
            share(row.share_up),
            GridCell::figure(row.same.as_ref()),
            share(row.share_same),
            GridCell::figure(row.down.as_ref()),
            share(row.share_down),
            GridCell::figure(row.new.as_ref()),
            GridCell::figure(row.back.as_ref()),
            GridCell::figure(row.gone.as_ref()),
        ]);
    }
    let (one, many) = (
        "currency in which nobody bought in either period",
        "currencies in which nobody bought in either period",
    );
    grid.leave_out_empty("nobody_moved", one, many);
    if !grid.is_empty() {
        grid.note(Words::new("both", "shares are of those with a purchase in both periods"));
    }
    grid
}

/// For readers: a row a level before, a column a level now.
pub(super) fn matrix(response: &PyramidResponse) -> Grid {
    let titles = ["top", "large", "medium", "small", "inactive", "none"];
    let levels = titles.map(|title| GridColumn::new(title, title, Unit::Count));
    let first = [GridColumn::new("level_before", "before", Unit::Code).most(), currency(response)];
    let last = GridColumn::new("revenue_change", "change of revenue", Unit::Money);
    let title = since(response, "matrix", "levels at the end of {} (rows) and now (columns)");
    let mut grid = Grid::new("matrix", "")
        .titled(title)
        .columns(first.into_iter().chain(levels).chain([last]))
        .for_readers();
    let mut rest = response.migration.as_slice();
    while let Some(first) = rest.first() {
        let is_in_row = |cell: &PyramidMove| (&cell.currency, cell.from) == (&first.currency, first.from);
        let (row, behind) = rest.split_at(rest.iter().take_while(|cell| is_in_row(cell)).count());
        rest = behind;
        let count = |level: PyramidLevel| {
            let cell = row.iter().find(|cell| cell.to() == level);
            let customers = cell.and_then(|cell| cell.customers.as_ref());
            customers.map_or_else(GridCell::nothing, |customers: &Figure| GridCell::figure(Some(customers)))
        };
        let change: i128 = row.iter().filter_map(|cell| cell.revenue_change.as_ref()).map(wide).sum();
        let mut cells = vec![level_before(first.from()), GridCell::text(&first.currency)];
        cells.extend(LEVELS.map(count));
        cells.push(money(Some(&sum(change)), &first.currency));
        grid.row(cells);
    }
    grid
}

/// For exports: a row a pair of levels.
pub(super) fn migration(response: &PyramidResponse) -> Grid {
    let mut grid = Grid::new("migration", "from level to level").columns([
        GridColumn::new("level_before", "before", Unit::Code).most(),
        GridColumn::new("level", "now", Unit::Code),
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("revenue_change", "change of revenue", Unit::Money),
    ]);
    grid.shown = Shown::Exports;
    for cell in &response.migration {
        let to =
            if cell.to() == PyramidLevel::Unspecified { GridCell::text("none") } else { level(cell.to()) };
        grid.row([
            level_before(cell.from()),
            to,
            GridCell::text(&cell.currency),
            GridCell::figure(cell.customers.as_ref()),
            money(cell.revenue_change.as_ref(), &cell.currency),
        ]);
    }
    grid
}
