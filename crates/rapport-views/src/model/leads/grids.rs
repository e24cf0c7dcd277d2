//! The tables of an answer in all: what became of leads, what they were converted into, how long it took.

use rapport_proto::v1::{Figure, LeadMeasures, LeadShare, LeadsResponse};

use super::measures::size;
use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

/// The percentage with its interval.
pub(super) fn percent(share: Option<&LeadShare>) -> GridCell {
    let Some(share) = share else { return GridCell::nothing() };
    GridCell {
        interval: share.low.zip(share.high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(share.share.map(|share| 100.0 * share))
    }
}

/// How many they are.
pub(super) fn of_share(share: Option<&LeadShare>) -> GridCell {
    GridCell::figure(share.and_then(|share| share.leads.as_ref()))
}

pub(super) fn counted(key: &'static str, title: &'static str) -> GridColumn {
    GridColumn::new(key, title, Unit::Count)
}

pub(super) fn percent_column(title: &'static str) -> GridColumn {
    GridColumn::new("percent", title, Unit::Score).drawn(Picture::Interval)
}

/// What, how many, of how many, and the percentage.
fn parts(key: &'static str, title: &'static str) -> Grid {
    Grid::new(key, title).columns([
        GridColumn::new("what", "", Unit::Text).most(),
        counted("leads", "leads"),
        counted("of", "of"),
        percent_column("%"),
    ])
}

/// A count alone; aside where it is nothing.
fn alone(grid: &mut Grid, (key, name): (&'static str, &'static str), figure: Option<&Figure>) {
    let cells =
        [GridCell::text(key).named(name), GridCell::figure(figure), GridCell::nothing(), GridCell::nothing()];
    if size(figure) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
}

/// A part of so many; aside unless it says something.
fn part(
    grid: &mut Grid,
    (key, name): (&'static str, &'static str),
    share: Option<&LeadShare>,
    (whole, is_telling): (u64, bool),
) {
    let cells = [GridCell::text(key).named(name), of_share(share), GridCell::count(whole), percent(share)];
    if is_telling { grid.row(cells) } else { grid.row_aside(cells) }
}

/// What became of all.
pub(super) fn total(response: &LeadsResponse) -> Grid {
    let mut grid = parts("total", "leads, and what became of them");
    let Some(of) = &response.total else { return grid };
    let (captured, n) = (size(of.captured.as_ref()), size(of.leads.as_ref()));
    alone(&mut grid, ("captured", "contact points captured"), of.captured.as_ref());
    let opened = ("captured_opened", "of these, opened as leads");
    part(&mut grid, opened, of.captured_opened.as_ref(), (captured, captured > 0));
    // Shown also where it is 0, so that the grid has its notes.
    let leads = [GridCell::text("leads").named("leads opened"), GridCell::figure(of.leads.as_ref())];
    grid.row(leads.into_iter().chain((0..2).map(|_| GridCell::nothing())));
    // Where nothing is judged, and nothing becomes a deal, shares of it say nothing.
    let is_judged =
        [&of.accepted, &of.rejected].into_iter().flatten().any(|share| size(share.leads.as_ref()) > 0);
    let judged = if is_judged { n } else { 0 };
    let has_deals = response.outcomes.as_ref().is_some_and(|of| size(of.with_deal.as_ref()) > 0);
    for (name, share, whole) in [
        (("accepted", "accepted"), &of.accepted, judged),
        (("converted", "converted"), &of.converted, n),
        (("won", "with a deal that was won"), &of.won, if has_deals { n } else { 0 }),
        (("rejected", "rejected"), &of.rejected, judged),
        (("open", "open"), &of.open, n),
    ] {
        part(&mut grid, name, share.as_ref(), (n, whole > 0));
    }
    alone(&mut grid, ("not_judged", "of the open ones, not judged yet"), of.not_judged.as_ref());
    alone(&mut grid, ("judged", "of the leads, judged"), of.judged.as_ref());
    let judged = size(of.judged.as_ref());
    let automatically = ("judged_automatically", "of these, automatically (no actor)");
    part(&mut grid, automatically, of.judged_automatically.as_ref(), (judged, judged > 0));
    aside(&mut grid, of, response);
    if captured + n == 0 {
        let text =
            "no lead was opened and no contact point captured in this period; --from has an earlier one";
        grid.note(Words::new("nothing", text));
    }
    notes(&mut grid, response, n);
    grid
}

/// What is counted beside.
fn aside(grid: &mut Grid, of: &LeadMeasures, response: &LeadsResponse) {
    for (name, figure) in [
        (("without_customer", "of the leads, without a customer"), &response.without_customer),
        (("captured_untraceable", "captured, with neither customer nor tag"), &of.captured_untraceable),
        (("untraceable", "opened, with neither customer nor tag"), &of.untraceable),
        (("not_opened", "judged or converted, never opened"), &response.not_opened),
        (("left_out", "verdicts and conversions of no lead"), &response.left_out),
    ] {
        alone(grid, name, figure.as_ref());
    }
}

fn notes(grid: &mut Grid, response: &LeadsResponse, n: u64) {
    let immature = response.cohorts.iter().filter(|cohort| cohort.immature);
    let young: u64 = immature.map(|cohort| size(cohort.leads.as_ref())).sum();
    if young > 0 {
        let text = "{} of {} leads are of months whose {} days are not over: shares may still rise";
        let words = Words::new("young", text).with_count(young).with_count(n);
        grid.note(words.with_count(response.window_days.into()));
    }
    let judged = response.total.as_ref().map_or(0, |of| size(of.judged.as_ref()));
    let automatic = response.total.as_ref().and_then(|of| of.judged_automatically.as_ref());
    if judged > 0 && automatic.is_none_or(|automatic| automatic.share.is_none()) {
        let text = "no verdict names an actor: all were made automatically, or events do not say who judges";
        grid.note(Words::new("nobody_judges", text));
    }
    let untraceable = response.total.as_ref().map_or(0, |of| size(of.untraceable.as_ref()));
    if untraceable > 0 {
        let text = "what becomes of a lead with neither customer nor tag cannot be known: it is in no share";
        grid.note(Words::new("untraceable", text));
    }
}

/// What converted leads became.
pub(super) fn outcomes(response: &LeadsResponse) -> Grid {
    let mut grid = parts("outcome", "what converted leads became");
    let Some(of) = &response.outcomes else { return grid };
    let won = of.won.as_ref();
    let decided = size(won.and_then(|won| won.leads.as_ref())) + size(of.lost.as_ref());
    alone(&mut grid, ("with_deal", "a deal"), of.with_deal.as_ref());
    part(&mut grid, ("won", "won, of those won or lost"), won, (decided, decided > 0));
    for (name, figure) in [
        (("lost", "lost"), &of.lost),
        (("open", "open"), &of.open),
        (("unknown", "a deal of which no event tells"), &of.unknown),
        (("with_order", "an order without a deal"), &of.with_order),
        (("with_neither", "neither deal nor order is named"), &of.with_neither),
    ] {
        alone(&mut grid, name, figure.as_ref());
    }
    grid
}

/// How long leads take.
pub(super) fn times(response: &LeadsResponse) -> Grid {
    let mut grid = Grid::new("time", "how long it takes").columns([
        GridColumn::new("from", "from", Unit::Text),
        GridColumn::new("to", "to", Unit::Text).most(),
        counted("leads", "leads"),
        counted("done", "done"),
        GridColumn::new("median", "median of these", Unit::Duration),
        GridColumn::new("median_of_all", "half of all", Unit::Duration),
    ]);
    let mut is_short = false;
    for time in &response.times {
        let cells = [
            GridCell::text(&time.from),
            GridCell::text(&time.to),
            GridCell::figure(time.leads.as_ref()),
            GridCell::figure(time.done.as_ref()),
            GridCell::length(time.median.as_ref()),
            GridCell::length(time.median_of_all.as_ref()),
        ];
        if size(time.done.as_ref()) == 0 {
            grid.row_aside(cells);
        } else {
            is_short |= time.median_of_all.is_none();
            grid.row(cells);
        }
    }
    if is_short {
        let text =
            "`half of all` is empty where fewer than half have taken the step; the others count as open";
        grid.note(Words::new("fewer_than_half", text));
    }
    grid
}
