//! The tables of an answer.

use rapport_proto::v1::{Figure, ResistanceFactor, ResistanceRequest, ResistanceResponse};

use crate::page::{Grid, GridCell, GridColumn, Mark, Picture, Unit, Words};

/// Deals of a segment below which its index is mostly the overall share.
const FEW: u64 = 10;

fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn left_out(grid: &mut Grid, key: &'static str, n: u64, one: &'static str, many: &'static str) {
    if n > 0 {
        grid.note(Words::counted(key, n, one, many));
    }
}

fn number(key: &'static str, title: &'static str) -> GridColumn {
    GridColumn::new(key, title, Unit::Count)
}

/// A key, and what is read where it is empty.
fn key(text: &str, none: &str) -> GridCell {
    GridCell::text(text).named(if text.is_empty() { none } else { "" })
}

fn percent(share: Option<f64>, low: Option<f64>, high: Option<f64>) -> GridCell {
    GridCell {
        interval: low.zip(high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(share.map(|share| 100.0 * share))
    }
}

/// One row a count.
pub(super) fn total(response: &ResistanceResponse) -> Grid {
    let mut grid = Grid::new("total", "deals that were closed").columns([
        GridColumn::new("what", "", Unit::Text).most(),
        number("count", "how many"),
        GridColumn::new("percent", "% lost", Unit::Score).drawn(Picture::Interval),
    ]);
    let Some(of) = &response.total else { return grid };
    let deals = count(of.won.as_ref()) + count(of.lost.as_ref());
    for (key, name, figure) in [
        ("won", "won", &of.won),
        ("lost", "lost", &of.lost),
        ("named", "with a factor, a barrier or a competitor", &of.named),
        ("without_customer", "without a customer: of no segment and no approach", &of.without_customer),
        ("without_deal", "objections that name no deal: in no weight", &of.without_deal),
        ("said_later", "of a segment that was said only after the close", &of.said_later),
        ("left_out", "objections and losses with a protected trait: left out", &of.left_out),
    ] {
        let share = match key {
            "lost" => percent(of.loss_share, of.low, of.high),
            _ => GridCell::nothing(),
        };
        let cells = [GridCell::text(key).named(name), GridCell::figure(figure.as_ref()), share];
        let is_closing = matches!(key, "won" | "lost");
        let is_aside = if is_closing { deals == 0 } else { count(figure.as_ref()) == 0 };
        if is_aside { grid.row_aside(cells) } else { grid.row(cells) }
    }
    if deals == 0 {
        grid.note(Words::new("nothing", "no index and no weights: no deal was closed in this period"));
    }
    grid
}

/// One row a segment.
pub(super) fn segments(request: &ResistanceRequest, response: &ResistanceResponse) -> Grid {
    let mut grid = Grid::new("row", "resistance by segment, the highest first").columns([
        GridColumn::new("key", request.by.clone(), Unit::Code).most(),
        GridColumn::new("index", "index", Unit::Ratio),
        number("n", "n"),
        number("lost", "lost"),
        number("won", "won"),
        GridColumn::new("percent", "% lost", Unit::Score).drawn(Picture::Interval),
    ]);
    let mut few = 0;
    for row in &response.rows {
        let n = count(row.won.as_ref()) + count(row.lost.as_ref());
        few += u64::from(n < FEW);
        grid.row([
            key(&row.key, "not said"),
            GridCell::number(Some(row.index)),
            GridCell::count(n),
            GridCell::figure(row.lost.as_ref()),
            GridCell::figure(row.won.as_ref()),
            percent(Some(row.loss_share), Some(row.low), Some(row.high)),
        ]);
    }
    let (one, many) = (
        "segment has fewer than ten deals: its index is mostly the share of all",
        "segments have fewer than ten deals: their index is mostly the share of all",
    );
    left_out(&mut grid, "few", few, one, many);
    left_out(&mut grid, "rows_left_out", response.rows_left_out, "more segment", "more segments");
    grid
}

/// One row a factor, a barrier or a competitor.
fn factors(
    (name, title): (&'static str, &'static str),
    (one, is_with_strength): (&'static str, bool),
    all: &[ResistanceFactor],
) -> Grid {
    let strength = |column: GridColumn| if is_with_strength { column } else { column.for_exports() };
    let mut grid = Grid::new(name, title).columns([
        GridColumn::new("key", one, Unit::Code).most(),
        number("lost", "lost with it"),
        number("won", "won in spite of it"),
        GridColumn::new("weight", "weight", Unit::Ratio),
        GridColumn::new("weight_low", "from", Unit::Ratio),
        GridColumn::new("weight_high", "to", Unit::Ratio),
        strength(number("strength_n", "strength said").less(1)),
        strength(GridColumn::new("strength", "strength", Unit::Ratio).less(2)),
    ]);
    for factor in all {
        // Beyond chance, where the interval does not hold 0.
        let is_sure = factor.low.zip(factor.high).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        grid.row([
            GridCell::text(&factor.key),
            GridCell::figure(factor.lost.as_ref()),
            GridCell::figure(factor.won.as_ref()),
            GridCell::number(factor.weight).marked(Mark::Significant, is_sure),
            GridCell::number_if_any(factor.low),
            GridCell::number_if_any(factor.high),
            GridCell::count(factor.strength_n),
            GridCell::number_if_any(factor.strength_mean),
        ]);
    }
    if !all.is_empty() && all.iter().all(|factor| factor.weight.is_none()) {
        grid.note(Words::new(
            "no_weight",
            "no weights: they compare won deals with lost ones, and one kind is missing",
        ));
    }
    grid
}

/// By factor, by barrier, by competitor.
pub(super) fn all_factors(response: &ResistanceResponse) -> [Grid; 3] {
    let mut by_factor = factors(
        ("factor", "what speaks against buying, the heaviest first"),
        ("factor", true),
        &response.factors,
    );
    let barriers = factors(("barrier", "by barrier"), ("barrier", true), &response.barriers);
    let mut by_competitor = factors(
        ("competitor", "by competitor that was preferred"),
        ("competitor", false),
        &response.competitors,
    );
    let n = response.factors_left_out;
    left_out(&mut by_factor, "factors_left_out", n, "more factor", "more factors");
    let n = response.competitors_left_out;
    left_out(&mut by_competitor, "competitors_left_out", n, "more competitor", "more competitors");
    [by_factor, barriers, by_competitor]
}

/// By how much competitors are cheaper.
pub(super) fn gaps(response: &ResistanceResponse) -> Grid {
    let mut grid = Grid::new("gap", "by how much competitors are cheaper").columns([
        GridColumn::new("key", "competitor", Unit::Code).most(),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
        number("objections", "objections"),
        GridColumn::new("median_gap", "median gap", Unit::Money),
    ]);
    for gap in &response.gaps {
        grid.row([
            key(&gap.competitor, "not said"),
            GridCell::text(&gap.currency),
            GridCell::figure(gap.objections.as_ref()),
            GridCell::money(Some(gap.median_minor_units), "", &gap.currency),
        ]);
    }
    left_out(&mut grid, "gaps_left_out", response.gaps_left_out, "more competitor", "more competitors");
    grid
}

/// Deals of one approach against the others.
pub(super) fn approaches(response: &ResistanceResponse) -> Grid {
    let title = "deals won after a contact of one approach, against the other deals";
    let mut grid = Grid::new("approach", title).columns([
        GridColumn::new("key", "approach", Unit::Code).most(),
        number("with_won", "won with"),
        number("with_lost", "lost with").less(4),
        number("without_won", "won without").less(3),
        number("without_lost", "lost without").less(2),
        GridColumn::new("with_share", "won with, %", Unit::Share),
        GridColumn::new("without_share", "without, %", Unit::Share),
        GridColumn::new("points", "difference, points", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("z", "z", Unit::Ratio).for_exports(),
        GridColumn::new("p", "p", Unit::Ratio).less(1),
    ]);
    let mut untested = 0;
    for of in &response.approaches {
        let points = GridCell {
            interval: of.low.zip(of.high).map(|(low, high)| (100.0 * low, 100.0 * high)),
            scale: Some((-100.0, 100.0)),
            ..GridCell::number(of.difference.map(|difference| 100.0 * difference))
        };
        untested += u64::from(of.p.is_none());
        grid.row([
            GridCell::text(&of.approach),
            GridCell::figure(of.with_won.as_ref()),
            GridCell::figure(of.with_lost.as_ref()),
            GridCell::figure(of.without_won.as_ref()),
            GridCell::figure(of.without_lost.as_ref()),
            GridCell::number(of.with_share),
            GridCell::number(of.without_share),
            points.marked(Mark::Significant, of.p.is_some_and(|p| p < 0.05)),
            GridCell::number_if_any(of.z),
            GridCell::number(of.p),
        ]);
    }
    let (one, many) = (
        "approach has too few deals for a test: five are to be expected won and lost, with it and without",
        "approaches have too few deals for a test: five are to be expected won and lost, with it and without",
    );
    left_out(&mut grid, "untested", untested, one, many);
    let n = response.approaches_left_out;
    left_out(&mut grid, "approaches_left_out", n, "more approach", "more approaches");
    if !response.approaches.is_empty() {
        let text = "a difference is not a cause: whoever is approached so may be easier to win in any case";
        grid.note(Words::new("no_cause", text));
    }
    grid
}
