//! The tables that compare: satisfaction with adherence, and the quickest cases with the others.

use rapport_proto::v1::{Figure, PathsRequest, PathsResponse, PracticeDifference, paths_request::Of};

use super::ask::cases_are;
use crate::{
    model::said::{Shown, grid, put},
    page::{Grid, GridCell, GridColumn, Mark, Picture, Unit, Words},
};

fn n(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// What the customers said of whose cases the process was followed wholly, and the customers of the others.
pub(super) fn said(response: &PathsResponse) -> Grid {
    let title = "what customers said of cases, while these went on or within 60 days";
    let mut grid = grid(title, ("cases of which the process was", "cases"), ["question", "score"]);
    let Some(of) = response.adherence.as_ref().and_then(|of| of.satisfaction.as_ref()) else { return grid };
    let shown = Shown {
        instrument: &of.instrument,
        sides: [
            ("wholly", "followed wholly", of.wholly.as_ref(), of.wholly_mean),
            ("otherwise", "not followed wholly", of.otherwise.as_ref(), of.otherwise_mean),
        ],
        name: "wholly less not wholly",
        difference: of.difference,
        ends: of.low.zip(of.high),
        too_few: "not enough responses to compare: two of cases followed wholly and two of others",
    };
    put(&mut grid, &shown);
    grid
}

/// How quick the quickest quarter was.
pub(super) fn quickest(request: &PathsRequest, response: &PathsResponse) -> Grid {
    let (_, many) = cases_are(request.of());
    let title = match request.of() {
        Of::Deals => "the quickest quarter of the deals that were won",
        Of::Unspecified | Of::Tickets | Of::Documents | Of::Process => "the quickest quarter of what ended",
    };
    let mut grid = Grid::new("quickest", title).columns([
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("cases", many, Unit::Count),
        GridColumn::new("median", "median time", Unit::Duration),
        GridColumn::new("longest", "longest", Unit::Duration),
    ]);
    let Some(of) = &response.quickest else { return grid };
    grid.row([
        GridCell::text("quick").named("the quickest quarter"),
        GridCell::figure(of.quick.as_ref()),
        GridCell::length(of.quick_median.as_ref()),
        GridCell::length(of.quick_longest.as_ref()),
    ]);
    grid.row([
        GridCell::text("others").named("the others"),
        GridCell::figure(of.others.as_ref()),
        GridCell::length(of.others_median.as_ref()),
        GridCell::nothing(),
    ]);
    if n(of.others.as_ref()) == 0 {
        grid.note(Words::new("all_alike", "all took as long: there are no others to compare with"));
    }
    grid
}

/// What it does otherwise.
pub(super) fn practices(request: &PathsRequest, response: &PathsResponse) -> Grid {
    let is_process = request.of() == Of::Process;
    let (title, what) = if is_process {
        ("which steps the quickest quarter leaves out, and how often others do", "left out")
    } else {
        ("which variants the quickest quarter takes, and how often others do", "steps")
    };
    let column = if is_process {
        GridColumn::new("step", what, Unit::Code)
    } else {
        GridColumn::new("steps", what, Unit::Text)
    };
    let mut grid = Grid::new("practice", title).columns([
        column.most(),
        GridColumn::new("quick", "of the quick", Unit::Count).less(2),
        GridColumn::new("quick_share", "% of these", Unit::Share),
        GridColumn::new("others", "of the others", Unit::Count).less(1),
        GridColumn::new("others_share", "% of these", Unit::Share),
        GridColumn::new("points", "points more", Unit::Score).drawn(Picture::Interval),
    ]);
    let Some(of) = &response.quickest else { return grid };
    for one in &of.differences {
        // An interval on one side of 0.
        let is_sure = one.low > 0.0 || one.high < 0.0;
        let points = GridCell {
            interval: Some((100.0 * one.low, 100.0 * one.high)),
            ..GridCell::number(Some(100.0 * one.difference)).marked(Mark::Significant, is_sure)
        };
        grid.row([
            called(one, response),
            GridCell::figure(one.quick.as_ref()),
            GridCell::number(Some(one.quick_share)),
            GridCell::figure(one.others.as_ref()),
            GridCell::number(Some(one.others_share)),
            points,
        ]);
    }
    if of.differences.iter().any(|one| one.low > 0.0 || one.high < 0.0) {
        grid.note(Words::new("sure", "* the 95 % interval of the difference is on one side of 0"));
    }
    let left_out = of.differences_left_out;
    if left_out > 0 {
        grid.note(Words::counted("differences_left_out", left_out, "that differs less", "that differ less"));
    }
    grid
}

/// A step as its definition names it, or the steps of a variant.
fn called(one: &PracticeDifference, response: &PathsResponse) -> GridCell {
    if one.left_out.is_empty() {
        return GridCell::text(&one.steps.join(" › "));
    }
    let defined = response.adherence.iter().flat_map(|of| &of.steps);
    let name = defined.into_iter().find(|step| step.step == one.left_out).map_or("", |step| &step.name);
    GridCell::text(&one.left_out).named(name)
}
