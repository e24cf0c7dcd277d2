//! The tables of groups: counts, times and promises, of all tickets and of each group.

use rapport_proto::{
    time::duration_from_proto,
    v1::{Figure, TicketGroup, TicketPromises, TicketTimes, TicketsRequest, TicketsResponse},
};

use super::keys::words;
use crate::{
    model::said::{Shown, grid, put},
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
    stats::as_f64,
};

/// Microseconds of an hour.
const HOUR: f64 = 3_600_000_000.0;

fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn key(request: &TicketsRequest) -> GridColumn {
    GridColumn::new("key", words(request.by()).0, Unit::Code).most()
}

fn named(request: &TicketsRequest, key: &str) -> GridCell {
    GridCell::text(key).named(if key.is_empty() { words(request.by()).1 } else { "" })
}

/// The columns of [`counts`].
fn count_columns() -> [GridColumn; 10] {
    [
        GridColumn::new("open", "open", Unit::Count),
        GridColumn::new("open_breached", "of these late", Unit::Count),
        GridColumn::new("opened", "opened", Unit::Count),
        GridColumn::new("resolved", "resolved", Unit::Count),
        GridColumn::new("reopened", "reopened", Unit::Count).less(4),
        GridColumn::new("pushed", "pushed", Unit::Count).less(3),
        GridColumn::new("mean_pushes", "changes of hands", Unit::Ratio).less(2),
        GridColumn::new("mean_pushes_n", "say who had them", Unit::Count).less(1),
        GridColumn::new("first_contact", "at the first contact", Unit::Count).less(5),
        GridColumn::new("share_first_contact", "of resolved", Unit::Share).less(6),
    ]
}

fn counts(group: &TicketGroup) -> [GridCell; 10] {
    [
        GridCell::figure(group.open.as_ref()),
        GridCell::figure(group.open_breached.as_ref()),
        GridCell::figure(group.opened.as_ref()),
        GridCell::figure(group.resolved.as_ref()),
        GridCell::figure(group.reopened.as_ref()),
        GridCell::figure(group.pushed.as_ref()),
        GridCell::number_if_any(group.mean_pushes),
        GridCell::count(group.mean_pushes_n),
        // Without a share, 0 would be said of sources that never say it.
        if group.share_first_contact.is_some() {
            GridCell::figure(group.first_contact.as_ref())
        } else {
            GridCell::nothing()
        },
        GridCell::number_if_any(group.share_first_contact),
    ]
}

pub(super) fn total(response: &TicketsResponse) -> Grid {
    let unknown = GridColumn::new("without_opening", "opening not known", Unit::Count).for_exports();
    let mut grid = Grid::new("total", "tickets").columns(count_columns().into_iter().chain([unknown]));
    let Some(total) = &response.total else { return grid };
    let without_opening = response.without_opening.as_ref();
    grid.row(counts(total).into_iter().chain([GridCell::figure(without_opening)]));
    let moment = |moment: &Option<_>| GridCell::moment(moment.as_ref());
    let text = "opened or resolved from {} until {}, and all that are open";
    let period = Words::new("period", text).with(Unit::Moment, moment(&response.period_from));
    grid.note(period.with(Unit::Moment, moment(&response.period_to)));
    if count(without_opening) > 0 {
        let (one, many) = (
            "ticket has no event that opens it: it begins with its first one",
            "tickets have no event that opens them: they begin with their first one",
        );
        grid.note(Words::counted("without_opening", count(without_opening), one, many));
    }
    if count(total.resolved.as_ref()) > 0 && total.share_first_contact.is_none() {
        let text = "no solution says that the first contact was enough: the source may not say it";
        grid.note(Words::new("no_first_contact", text));
    }
    if count(total.opened.as_ref()) > 0 && total.mean_pushes.is_none() {
        grid.note(Words::new("no_hands", "no event of a ticket of this period says who had it"));
    }
    grid
}

/// The two things that take time.
fn done(
    group: &TicketGroup,
) -> [(&'static str, &'static str, Option<&TicketTimes>, Option<&TicketPromises>); 2] {
    let (first, last) = (group.first_response_promise.as_ref(), group.resolution_promise.as_ref());
    [
        ("first_response", "first response", group.first_response.as_ref(), first),
        ("resolution", "solution", group.resolution.as_ref(), last),
    ]
}

fn time_columns() -> [GridColumn; 5] {
    [
        GridColumn::new("what", "until the", Unit::Text),
        GridColumn::new("ended", "done", Unit::Count),
        GridColumn::new("censored", "not done", Unit::Count),
        GridColumn::new("median", "median", Unit::Duration),
        GridColumn::new("median_working_hours", "working hours", Unit::Ratio),
    ]
}

fn time_cells(what: (&str, &str), times: Option<&TicketTimes>) -> [GridCell; 5] {
    let times = times.cloned().unwrap_or_default();
    // A length of time would be shown in days of 24 hours, and a working day has fewer.
    let working = times.median_working.as_ref().and_then(duration_from_proto);
    let hours = working.map(|micros| as_f64(micros.into()) / HOUR);
    [
        GridCell::text(what.0).named(what.1),
        GridCell::figure(times.ended.as_ref()),
        GridCell::figure(times.censored.as_ref()),
        times.median.as_ref().map_or_else(GridCell::nothing, |length| GridCell::length(Some(length))),
        GridCell::number_if_any(hours),
    ]
}

pub(super) fn times(response: &TicketsResponse) -> Grid {
    let mut grid = Grid::new("time", "how long it took, of those opened").columns(time_columns());
    let Some(total) = &response.total else { return grid };
    for (key, name, times, _) in done(total) {
        let cells = time_cells((key, name), times);
        if count(total.opened.as_ref()) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
    let is_missing = |(_, _, times, _): &(_, _, Option<&TicketTimes>, _)| {
        times.is_some_and(|times| times.median.is_none())
    };
    let first = total.first_response.as_ref();
    if count(total.opened.as_ref()) > 0 && count(first.and_then(|times| times.ended.as_ref())) == 0 {
        grid.note(Words::new(
            "no_responses",
            "no response is recorded before a solution: what the first response took is not known",
        ));
    } else if count(total.opened.as_ref()) > 0 && done(total).iter().any(is_missing) {
        let text = "no median: not enough tickets of this period are done to tell when half of them are";
        grid.note(Words::new("too_few", text));
    }
    grid
}

fn promise_columns() -> [GridColumn; 6] {
    [
        GridColumn::new("what", "promised", Unit::Text),
        GridColumn::new("kept", "kept", Unit::Count),
        GridColumn::new("breached", "broken", Unit::Count),
        GridColumn::new("pending", "not due yet", Unit::Count).less(1),
        GridColumn::new("not_promised", "not promised", Unit::Count).less(2),
        GridColumn::new("share_kept", "of kept and broken", Unit::Share).drawn(Picture::Bar),
    ]
}

/// Stands aside where nothing is promised.
fn put_promises(grid: &mut Grid, begin: Option<GridCell>, what: (&str, &str), of: Option<&TicketPromises>) {
    let of = of.cloned().unwrap_or_default();
    let promised = [&of.kept, &of.breached, &of.pending];
    let is_any = promised.into_iter().any(|figure| count(figure.as_ref()) > 0);
    let cells = begin.into_iter().chain([
        GridCell::text(what.0).named(what.1),
        GridCell::figure(of.kept.as_ref()),
        GridCell::figure(of.breached.as_ref()),
        GridCell::figure(of.pending.as_ref()),
        GridCell::figure(of.not_promised.as_ref()),
        GridCell::number_if_any(of.share_kept),
    ]);
    if is_any { grid.row(cells) } else { grid.row_aside(cells) }
}

pub(super) fn promises(response: &TicketsResponse) -> Grid {
    let mut grid = Grid::new("promise", "what was promised, of those opened").columns(promise_columns());
    let Some(total) = &response.total else { return grid };
    for (key, name, _, promises) in done(total) {
        put_promises(&mut grid, None, (key, name), promises);
    }
    if grid.is_empty() && count(total.opened.as_ref()) > 0 {
        let text = "nothing was promised: a `service_level` definition, one a tier, says what is";
        grid.note(Words::new("no_promises", text));
    }
    grid
}

/// What customers said after solutions that came as promised, and after others.
pub(super) fn satisfaction(response: &TicketsResponse) -> Grid {
    let title = "what customers said within 30 days of a solution";
    let mut grid = grid(title, ("after promises that were", "tickets"), ["key", "mean"]);
    let Some(of) = &response.satisfaction else { return grid };
    let shown = Shown {
        instrument: &of.instrument,
        sides: [
            ("kept", "kept", of.kept.as_ref(), of.kept_mean),
            ("broken", "broken", of.broken.as_ref(), of.broken_mean),
        ],
        name: "kept less broken",
        difference: of.difference,
        ends: of.low.zip(of.high),
        too_few: "not enough responses to compare: two after kept promises and two after broken ones",
    };
    put(&mut grid, &shown);
    grid
}

/// Defects of products, beside what was sold of them.
pub(super) fn defects(request: &TicketsRequest, response: &TicketsResponse) -> Grid {
    let mut grid = Grid::new("group_defect", "defects opened, and what was sold in the period").columns([
        key(request),
        GridColumn::new("defects", "defects", Unit::Count),
        GridColumn::new("sold", "pieces sold", Unit::Ratio),
        GridColumn::new("defects_per_hundred", "defects per 100 pieces", Unit::Ratio),
    ]);
    for group in &response.groups {
        let of = group.defects.clone().unwrap_or_default();
        let pieces = of.sold_milli.map(|milli| as_f64(milli.into()) / 1_000.0);
        let is_any = count(of.defects.as_ref()) > 0 || of.sold_milli.is_some_and(|milli| milli != 0);
        let cells = [
            named(request, &group.key),
            GridCell::figure(of.defects.as_ref()),
            GridCell::number_if_any(pieces),
            GridCell::number_if_any(of.per_hundred),
        ];
        if is_any { grid.row(cells) } else { grid.row_aside(cells) }
    }
    let mut products = response.groups.iter().filter(|group| !group.key.is_empty()).peekable();
    let is_unknown = |group: &TicketGroup| group.defects.as_ref().is_none_or(|of| of.sold_milli.is_none());
    if !grid.is_empty() && products.peek().is_some() && products.all(is_unknown) {
        let text = "pieces are not known: nothing was ordered, or tickets are filtered by more than product and kind";
        grid.note(Words::new("no_pieces", text));
    }
    grid
}

pub(super) fn groups(request: &TicketsRequest, response: &TicketsResponse) -> Grid {
    let columns = std::iter::once(key(request)).chain(count_columns());
    let mut grid = Grid::new("group", "").columns(columns).titled(Words::new("group", words(request.by()).2));
    for group in &response.groups {
        grid.row(std::iter::once(named(request, &group.key)).chain(counts(group)));
    }
    if response.groups_empty > 0 {
        let (one, many) = (
            "group has no ticket that is open, or was opened or resolved in this period",
            "groups have no ticket that is open, or was opened or resolved in this period",
        );
        grid.note(Words::counted("groups_empty", response.groups_empty, one, many));
    }
    if response.groups_left_out > 0 {
        grid.note(Words::counted("groups_left_out", response.groups_left_out, "more group", "more groups"));
    }
    grid
}

pub(super) fn times_of_groups(request: &TicketsRequest, response: &TicketsResponse) -> Grid {
    let columns = std::iter::once(key(request)).chain(time_columns());
    let mut grid = Grid::new("group_time", "how long it took, by group").columns(columns);
    for group in &response.groups {
        for (what, name, times, _) in done(group) {
            let cells = std::iter::once(named(request, &group.key)).chain(time_cells((what, name), times));
            if count(group.opened.as_ref()) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
        }
    }
    grid
}

pub(super) fn promises_of_groups(request: &TicketsRequest, response: &TicketsResponse) -> Grid {
    let columns = std::iter::once(key(request)).chain(promise_columns());
    let mut grid = Grid::new("group_promise", "what was promised, by group").columns(columns);
    for group in &response.groups {
        for (what, name, _, promises) in done(group) {
            put_promises(&mut grid, Some(named(request, &group.key)), (what, name), promises);
        }
    }
    grid
}
