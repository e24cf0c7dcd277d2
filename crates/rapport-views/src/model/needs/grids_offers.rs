//! The table of deals whose offers name needs.

use rapport_proto::v1::{NeedShare, NeedsResponse};

use super::grids::{count, percentage};
use crate::page::{Grid, GridCell, GridColumn, Mark, Picture, Unit, Words};

/// One row a side, and the difference.
pub(super) fn offers(response: &NeedsResponse) -> Grid {
    let number = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let mut grid =
        Grid::new("offer", "deals that were closed, by whether their offers name needs").columns([
            GridColumn::new("what", "", Unit::Text).most(),
            number("won", "won"),
            number("lost", "lost"),
            GridColumn::new("percent", "% won", Unit::Score).drawn(Picture::Interval),
            GridColumn::new("z", "z", Unit::Ratio).for_exports(),
            GridColumn::new("p", "p", Unit::Ratio).less(1),
        ]);
    let Some(of) = &response.offers else { return grid };
    let won = |share: &Option<NeedShare>| share.clone().unwrap_or_default();
    for (key, name, side, lost) in [
        ("with", "a need is named", won(&of.with_won), of.with_lost.as_ref()),
        ("without", "offers that name none", won(&of.without_won), of.without_lost.as_ref()),
    ] {
        let cells = [
            GridCell::text(key).named(name),
            GridCell::figure(side.count.as_ref()),
            GridCell::figure(lost),
            percentage(side.share, side.low, side.high),
            GridCell::nothing(),
            GridCell::nothing(),
        ];
        let is_aside = count(side.count.as_ref()) + count(lost) == 0;
        if is_aside { grid.row_aside(cells) } else { grid.row(cells) }
    }
    let points = GridCell {
        scale: Some((-100.0, 100.0)),
        ..percentage(of.difference, of.low, of.high).marked(Mark::Significant, of.p.is_some_and(|p| p < 0.05))
    };
    let cells = [
        GridCell::text("difference").named("difference, points"),
        GridCell::nothing(),
        GridCell::nothing(),
        points,
        GridCell::number_if_any(of.z),
        GridCell::number_if_any(of.p),
    ];
    if of.difference.is_some() {
        grid.row(cells)
    } else {
        grid.row_aside(cells)
    }
    let aside = [
        GridCell::text("not_offered").named("closed without an offer: in neither"),
        GridCell::figure(of.not_offered.as_ref()),
    ];
    let cells = aside.into_iter().chain((0..4).map(|_| GridCell::nothing()));
    if count(of.not_offered.as_ref()) == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    if !grid.is_empty() {
        notes(&mut grid, of.difference.is_some(), of.p.is_some());
    }
    grid
}

fn notes(grid: &mut Grid, is_compared: bool, is_tested: bool) {
    if !is_compared {
        let text = "no difference: of the deals that were closed, some must have offers that name a need, and some offers that \
                    name none";
        grid.note(Words::new("not_compared", text));
        return;
    }
    if !is_tested {
        let text = "not enough deals for a test: five are to be expected won and lost on each side";
        grid.note(Words::new("untested", text));
    }
    let text = "a difference is not a cause: whoever says what is needed may be easier to win in any case";
    grid.note(Words::new("no_cause", text));
}
