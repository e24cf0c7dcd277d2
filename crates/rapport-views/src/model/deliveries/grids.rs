//! The tables of an answer, but for the one of orders.

use rapport_proto::v1::{
    DeliveriesRequest, DeliveriesResponse, DeliveryGroup, DeliveryMeasures, DeliveryShare, DeliverySlip,
    Figure,
};

use crate::{
    model::said::{Shown, grid, put},
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
};

/// How many a figure counts.
pub(super) fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// The percentage with its interval.
fn percent(share: Option<&DeliveryShare>) -> GridCell {
    let Some(share) = share else { return GridCell::nothing() };
    GridCell {
        interval: share.low.zip(share.high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(share.share.map(|share| 100.0 * share))
    }
}

fn of_share(share: Option<&DeliveryShare>) -> GridCell {
    GridCell::figure(share.and_then(|share| share.orders.as_ref()))
}

fn slip_columns() -> [GridColumn; 4] {
    [
        GridColumn::new("slip_n", "n", Unit::Count),
        GridColumn::new("median_slip", "median slip", Unit::Ratio),
        GridColumn::new("p90_slip", "90 % slip", Unit::Ratio),
        GridColumn::new("mean_slip", "mean slip", Unit::Ratio),
    ]
}

fn slip(of: Option<&DeliverySlip>) -> [GridCell; 4] {
    let Some(of) = of else { return [const { None }; 4].map(GridCell::number_if_any) };
    [
        GridCell::count(of.n),
        GridCell::number(of.median_days),
        GridCell::number(of.p90_days.map(f64::from)),
        GridCell::number(of.mean_days),
    ]
}

/// One row a measure.
pub(super) fn total(request: &DeliveriesRequest, response: &DeliveriesResponse) -> Grid {
    let title = if request.suppliers { "what suppliers delivered" } else { "what was delivered" };
    let columns = [
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("orders", "orders", Unit::Count),
        GridColumn::new("of", "of", Unit::Count),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
    ];
    let mut grid = Grid::new("total", title).columns(columns);
    let Some(of) = &response.total else { return grid };
    shares(&mut grid, of);
    counts(&mut grid, of, response.of_others.as_ref());
    if count(of.orders.as_ref()) == 0 {
        grid.note(Words::new("nothing", "no shares and no slip: no promised order arrived in this period"));
    }
    grid
}

/// What is measured, with slip beside all of it.
fn shares(grid: &mut Grid, of: &DeliveryMeasures) {
    let n = of.orders.as_ref();
    let orders = [
        GridCell::text("orders").named("promised, and arrived"),
        GridCell::figure(n),
        GridCell::nothing(),
        GridCell::nothing(),
    ];
    grid.row(orders);
    let all = || GridCell::count(count(n));
    for (key, name, share, whole) in [
        ("on_time", "on time, by the first commitment", &of.on_time, all()),
        ("on_time_by_last", "on time, by the last commitment", &of.on_time_by_last, all()),
        ("in_full", "in full", &of.in_full, all()),
        ("on_time_in_full", "on time and in full, by the first", &of.on_time_in_full, all()),
        ("on_time_in_full_by_last", "on time and in full, by the last", &of.on_time_in_full_by_last, all()),
        (
            "on_time_by_requested",
            "by the day that was asked for",
            &of.on_time_by_requested,
            GridCell::figure(of.requested.as_ref()),
        ),
        ("late", "later than committed first", &of.late, all()),
        ("damaged", "damaged", &of.damaged, GridCell::figure(of.with_condition.as_ref())),
    ] {
        let is_empty = whole.value == GridCell::count(0).value;
        let share = share.as_ref();
        let cells = [GridCell::text(key).named(name), of_share(share), whole, percent(share)];
        if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
    }
}

/// What is counted beside.
fn counts(grid: &mut Grid, of: &DeliveryMeasures, others: Option<&Figure>) {
    for (key, name, figure) in [
        ("early", "earlier than committed first", of.early.as_ref()),
        ("rescheduled", "promised anew", of.rescheduled.as_ref()),
        ("without_promise", "arrived without a promise", of.without_promise.as_ref()),
        ("unknown", "not known whether in full", of.unknown.as_ref()),
        ("overdue", "open and overdue", of.overdue.as_ref()),
        ("others", "left out for the role of the customer", others),
    ] {
        let cells = [GridCell::text(key).named(name), GridCell::figure(figure)];
        let cells = cells.into_iter().chain((0..2).map(|_| GridCell::nothing()));
        if count(figure) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
}

/// By how much arrivals slip, and how often they were promised anew.
pub(super) fn slips(response: &DeliveriesResponse) -> Grid {
    let again = GridColumn::new("reschedules_mean", "promised anew, mean", Unit::Ratio);
    let begin = GridColumn::new("what", "", Unit::Text).most();
    let columns = std::iter::once(begin).chain(slip_columns()).chain([again]);
    let mut grid = Grid::new("slip", "days later than committed first (negative: earlier)").columns(columns);
    let Some(of) = &response.total else { return grid };
    let cells = std::iter::once(GridCell::text("in_full").named("arrived in full"))
        .chain(slip(of.slip.as_ref()))
        .chain([GridCell::number(of.reschedules_mean)]);
    if count(of.orders.as_ref()) == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    let nothing = of.slip.as_ref().is_some_and(|slip| slip.n == 0);
    if nothing && !grid.is_empty() {
        grid.note(Words::new("no_slip", "no slip: no promised order of this period arrived in full"));
    }
    grid
}

/// One row a group; most of its counts are for exports.
pub(super) fn groups(
    key: &'static str,
    title: &'static str,
    (one, none): (&'static str, &str),
    groups: &[DeliveryGroup],
) -> Grid {
    let counted = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    let columns = [
        GridColumn::new("key", one, Unit::Code).most(),
        counted("orders", "orders"),
        counted("on_time", "on time").for_exports(),
        share("on_time_share", "on time").drawn(Picture::Bar),
        counted("on_time_by_last", "by the last").for_exports(),
        share("on_time_by_last_share", "by the last").less(4),
        counted("in_full", "in full").for_exports(),
        share("in_full_share", "in full").less(5),
        counted("on_time_in_full", "on time in full").for_exports(),
        share("on_time_in_full_share", "on time in full"),
        counted("on_time_in_full_by_last", "on time in full by the last").for_exports(),
        share("on_time_in_full_by_last_share", "on time in full by the last").for_exports(),
        counted("requested", "asked for a day").for_exports(),
        counted("on_time_by_requested", "by the day asked for").for_exports(),
        share("on_time_by_requested_share", "by the day asked for").for_exports(),
        counted("late", "late"),
        counted("early", "early").less(3),
    ];
    let rest = [
        counted("rescheduled", "promised anew").less(2),
        GridColumn::new("reschedules_mean", "promised anew, mean", Unit::Ratio).for_exports(),
        counted("with_condition", "condition said").for_exports(),
        counted("damaged", "damaged").less(1),
        share("damaged_share", "damaged").for_exports(),
        counted("without_promise", "without a promise").for_exports(),
        counted("unknown", "not known").for_exports(),
        counted("overdue", "overdue"),
    ];
    let [n, median, p90, mean] = slip_columns();
    let slips = [n.for_exports(), median, p90.less(6), mean.for_exports()];
    let mut grid = Grid::new(key, title).columns(columns.into_iter().chain(slips).chain(rest));
    let name = |key: &str| match key.split_once(':') {
        Some(("party", name)) => name.to_owned(),
        _ if key.is_empty() => none.to_owned(),
        _ => String::new(),
    };
    for group in groups {
        let of = group.of.clone().unwrap_or_default();
        let cells = std::iter::once(GridCell::text(&group.key).named(&name(&group.key))).chain(cells(&of));
        grid.row(cells);
    }
    grid
}

/// Of the columns of [`groups`] behind the key.
fn cells(of: &DeliveryMeasures) -> impl Iterator<Item = GridCell> {
    let both = |share: &Option<DeliveryShare>| {
        let part = share.as_ref().and_then(|share| share.share);
        [of_share(share.as_ref()), GridCell::number_if_any(part)]
    };
    let begin = [&of.on_time, &of.on_time_by_last, &of.in_full, &of.on_time_in_full];
    let [requested, late] = [&of.requested, &of.late.as_ref().and_then(|late| late.orders.clone())]
        .map(|figure| GridCell::figure(figure.as_ref()));
    std::iter::once(GridCell::figure(of.orders.as_ref()))
        .chain(begin.into_iter().flat_map(both))
        .chain(both(&of.on_time_in_full_by_last))
        .chain([requested])
        .chain(both(&of.on_time_by_requested))
        .chain([late, GridCell::figure(of.early.as_ref())])
        .chain(slip(of.slip.as_ref()))
        .chain([
            GridCell::figure(of.rescheduled.as_ref()),
            GridCell::number_if_any(of.reschedules_mean),
            GridCell::figure(of.with_condition.as_ref()),
        ])
        .chain(both(&of.damaged))
        .chain([&of.without_promise, &of.unknown, &of.overdue].map(|one| GridCell::figure(one.as_ref())))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Milestones of projects, and why they slipped.
pub(super) fn milestones(response: &DeliveriesResponse) -> [Grid; 2] {
    let begin = |key, title| [GridColumn::new(key, title, Unit::Code).most()];
    let number = GridColumn::new("milestones", "milestones", Unit::Count);
    let mut grid = Grid::new("milestone", "milestones of projects").columns(
        begin("what", "")
            .into_iter()
            .chain([number.clone(), GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval)])
            .chain(slip_columns()),
    );
    let mut causes = Grid::new("cause", "milestones that slipped, by cause")
        .columns(begin("key", "cause").into_iter().chain([number]).chain(slip_columns()));
    let Some(of) = &response.milestones else { return [grid, causes] };
    let late = of.late.as_ref();
    for (key, name, figure, share, slips) in [
        ("planned", "planned", of.planned.as_ref(), None, None),
        ("reached", "reached", of.reached.as_ref(), None, of.slip.as_ref()),
        ("late", "of these, later than planned", late.and_then(|late| late.orders.as_ref()), late, None),
        ("overdue", "not reached, and overdue", of.overdue.as_ref(), None, None),
        ("without_plan", "reached without a plan", of.without_plan.as_ref(), None, None),
    ] {
        let begin = [GridCell::text(key).named(name), GridCell::figure(figure), percent(share)];
        let cells = begin.into_iter().chain(slip(slips));
        if count(figure) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
    for cause in &of.causes {
        let name = if cause.cause.is_empty() { "not said" } else { "" };
        let begin = [GridCell::text(&cause.cause).named(name), GridCell::figure(cause.milestones.as_ref())];
        causes.row(begin.into_iter().chain(slip(cause.slip.as_ref())));
    }
    [grid, causes]
}

/// What customers said after late orders, and after others.
pub(super) fn said(response: &DeliveriesResponse) -> Grid {
    let title = "what customers said within 60 days of an arrival in full";
    let mut grid = grid(title, ("after orders that were", "orders"), ["key", "mean"]);
    let Some(of) = &response.satisfaction else { return grid };
    let shown = Shown {
        instrument: &of.instrument,
        sides: [
            ("punctual", "not late", of.punctual.as_ref(), of.punctual_mean),
            ("late", "late", of.late.as_ref(), of.late_mean),
        ],
        name: "late less not late",
        difference: of.difference,
        ends: of.low.zip(of.high),
        too_few: "not enough responses to compare: two after late orders and two after others",
    };
    put(&mut grid, &shown);
    grid
}
