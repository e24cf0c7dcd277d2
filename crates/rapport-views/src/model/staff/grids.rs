//! The tables of an answer, but for those of payouts.

use rapport_proto::v1::{
    Figure, StaffListed, StaffMeasures, StaffRequest, StaffResponse, StaffTime, StaffValue, staff_request::By,
};

use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

/// How many a figure counts.
pub(super) fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn counted(key: &'static str, title: &'static str) -> GridColumn {
    GridColumn::new(key, title, Unit::Count)
}

/// One row a measure.
pub(super) fn total(response: &StaffResponse) -> Grid {
    let mut grid = Grid::new("total", "what was done").columns([
        GridColumn::new("what", "", Unit::Text).most(),
        counted("n", "how many"),
        counted("of", "of"),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("time", "time", Unit::Duration),
    ]);
    let Some(of) = &response.total else { return grid };
    let closed = count(of.won.as_ref()) + count(of.lost.as_ref());
    let rate = GridCell {
        interval: of.win_rate_low.zip(of.win_rate_high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(of.win_rate.map(|rate| 100.0 * rate))
    };
    let contacts = || GridCell::count(count(of.contacts.as_ref()));
    let nothing = GridCell::nothing;
    for (key, name, figure, whole, percent, time) in [
        ("won", "deals won", &of.won, GridCell::count(closed), rate, nothing()),
        ("lost", "deals lost", &of.lost, GridCell::count(closed), nothing(), nothing()),
        ("contacts", "contacts and attempts", &of.contacts, nothing(), nothing(), nothing()),
        ("two_way", "both sides took part", &of.two_way, contacts(), nothing(), nothing()),
        ("by_executives", "by executives, both sides", &of.by_executives, contacts(), nothing(), nothing()),
        (
            "with_duration",
            "contacts that say how long they took",
            &of.with_duration,
            contacts(),
            nothing(),
            GridCell::length(of.time.as_ref()),
        ),
        (
            "without_duration",
            "contacts that do not say it",
            &of.without_duration,
            contacts(),
            nothing(),
            nothing(),
        ),
        ("tickets_resolved", "tickets resolved", &of.tickets_resolved, nothing(), nothing(), nothing()),
        ("orders", "orders taken", &of.orders, nothing(), nothing(), nothing()),
    ] {
        let figure = figure.as_ref();
        let cells = [GridCell::text(key).named(name), GridCell::figure(figure), whole, percent, time];
        if count(figure) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
    if grid.is_empty() {
        grid.note(Words::new("nothing", "nothing that names a member of staff happened in this period"));
    } else if closed == 0 {
        grid.note(Words::new("no_win_rate", "no win rate: no deal that names a member of staff was closed"));
    }
    grid
}

/// Where time goes.
pub(super) fn time(response: &StaffResponse) -> Grid {
    let mut grid =
        Grid::new("time", "where time goes: by what contacts were for, and by customers").columns([
            GridColumn::new("what", "", Unit::Text).most(),
            counted("contacts", "contacts"),
            GridColumn::new("time", "time", Unit::Duration),
            GridColumn::new("share", "of time", Unit::Share).drawn(Picture::Bar),
        ]);
    let Some(of) = &response.total else { return grid };
    for one in of.by_purpose.iter().chain(&of.by_customer) {
        let name = match one.key.as_str() {
            "selling" => "selling",
            "service" => "service",
            "other" => "other purposes, and none",
            "new" => "new customers: nothing bought before",
            "existing" => "existing customers",
            _ => "no customer named",
        };
        let cells = [
            GridCell::text(&one.key).named(name),
            GridCell::figure(one.contacts.as_ref()),
            GridCell::length(one.time.as_ref()),
            GridCell::number_if_any(one.share),
        ];
        if count(one.contacts.as_ref()) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
    }
    let (without, all) = (count(of.without_duration.as_ref()), count(of.contacts.as_ref()));
    if without > 0 {
        let text = "{} of {} contacts do not say how long they took and are in no time";
        grid.note(Words::new("without_duration", text).with_count(without).with_count(all));
    }
    grid
}

/// What the deals that were won are worth; that of each is for exports.
pub(super) fn values(response: &StaffResponse) -> Grid {
    let mut grid = Grid::new("value", "what was won").columns([
        GridColumn::new("key", "staff", Unit::Code).most(),
        GridColumn::new("currency", "currency", Unit::Code),
        counted("deals", "deals"),
        GridColumn::new("amount", "amount", Unit::Money),
    ]);
    let cells = |cell: GridCell, value: &StaffValue| {
        [
            cell,
            GridCell::text(&value.currency),
            GridCell::count(value.n),
            GridCell::sum(value.amount.as_ref(), &value.currency),
        ]
    };
    for value in response.total.iter().flat_map(|of| &of.won_values) {
        grid.row(cells(GridCell::text("").named("all"), value));
    }
    for row in &response.rows {
        for value in row.of.iter().flat_map(|of| &of.won_values) {
            grid.row_aside(cells(GridCell::text(&row.key), value));
        }
    }
    grid
}

/// One row a member of staff, a branch or a department.
pub(super) fn groups(request: &StaffRequest, response: &StaffResponse) -> Grid {
    let (title, one) = match request.by() {
        By::Unspecified | By::Staff => ("by staff", "staff"),
        By::Branch => ("by branch", "branch"),
        By::Department => ("by department", "department"),
    };
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    let mut grid = Grid::new("group", title).columns([
        GridColumn::new("key", one, Unit::Code).most(),
        counted("won", "won"),
        counted("lost", "lost"),
        share("win_rate", "win rate").less(6),
        counted("contacts", "contacts"),
        counted("two_way", "both sides").less(5),
        counted("by_executives", "by executives").for_exports(),
        counted("with_duration", "with a time").for_exports(),
        counted("without_duration", "without a time").less(1),
        GridColumn::new("time", "time", Unit::Duration),
        counted("selling", "selling").for_exports(),
        share("selling_share", "selling"),
        counted("service", "service").for_exports(),
        share("service_share", "service").less(3),
        counted("other", "other").for_exports(),
        share("other_share", "other").for_exports(),
        counted("new", "new customers").for_exports(),
        share("new_share", "new customers").less(4),
        counted("existing", "existing customers").for_exports(),
        share("existing_share", "existing customers").for_exports(),
        counted("nobody", "no customer").for_exports(),
        share("nobody_share", "no customer").for_exports(),
        counted("tickets_resolved", "resolved"),
        counted("orders", "orders").less(2),
    ]);
    for row in &response.rows {
        let StaffListed { key, of: Some(of), .. } = row else { continue };
        let name = if key.is_empty() { "not said" } else { "" };
        grid.row([GridCell::text(key).named(name)].into_iter().chain(cells(of)));
    }
    grid
}

/// Of the columns of [`groups`] behind the key.
fn cells(of: &StaffMeasures) -> impl Iterator<Item = GridCell> {
    let figure = |figure: &Option<Figure>| GridCell::figure(figure.as_ref());
    let both =
        |one: &StaffTime| [GridCell::figure(one.contacts.as_ref()), GridCell::number_if_any(one.share)];
    let begin = [
        figure(&of.won),
        figure(&of.lost),
        GridCell::number_if_any(of.win_rate),
        figure(&of.contacts),
        figure(&of.two_way),
        figure(&of.by_executives),
        figure(&of.with_duration),
        figure(&of.without_duration),
        GridCell::length(of.time.as_ref()),
    ];
    let times: Vec<GridCell> = of.by_purpose.iter().chain(&of.by_customer).flat_map(both).collect();
    begin.into_iter().chain(times).chain([figure(&of.tickets_resolved), figure(&of.orders)])
}

/// Who joined and left.
pub(super) fn turnover(response: &StaffResponse) -> Grid {
    let mut grid = Grid::new("turnover", "staff who joined and left").columns([
        counted("joined", "joined"),
        counted("left", "left"),
        counted("headcount_begin", "at the beginning"),
        counted("headcount_end", "at the end"),
        GridColumn::new("headcount_mean", "mean over time", Unit::Ratio),
        GridColumn::new("turnover", "turnover", Unit::Share),
    ]);
    let Some(of) = &response.turnover else { return grid };
    let cells = [
        GridCell::figure(of.joined.as_ref()),
        GridCell::figure(of.left.as_ref()),
        GridCell::count(of.headcount_begin),
        GridCell::figure(of.headcount_end.as_ref()),
        GridCell::number(of.headcount_mean),
        GridCell::number(of.turnover),
    ];
    let counts = [&of.joined, &of.left, &of.headcount_end].map(|figure| count(figure.as_ref()));
    if counts == [0; 3] && of.headcount_begin == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    grid
}

/// What names no member of staff.
pub(super) fn left_out(response: &StaffResponse) -> Grid {
    let mut grid = Grid::new("left_out", "without a member of staff, and in nothing above").columns([
        counted("deals", "deals closed"),
        counted("contacts", "contacts"),
        counted("tickets", "tickets resolved"),
        counted("orders", "orders"),
    ]);
    let Some(of) = &response.left_out else { return grid };
    let figures = [&of.deals, &of.contacts, &of.tickets, &of.orders];
    let cells = figures.map(|figure| GridCell::figure(figure.as_ref()));
    let is_empty = figures.iter().all(|figure| count(figure.as_ref()) == 0);
    if is_empty {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    grid
}
