//! What calls show: how many were answered, how long they took, and a comparison.

use rapport_proto::{
    time,
    v1::{
        CallMeasures, CallsRequest, CallsResponse, Figure,
        calls_request::{By, Direction},
    },
};

use super::ask::ask;
use crate::{
    model::{
        Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model,
        occurred::{count, part, percent},
    },
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    stats::as_f64,
    view::View,
};

const MINUTE_MICROS: f64 = 60_000_000.0;

/// Calls with customers.
#[derive(Debug, Clone, Copy)]
pub struct Calls;

impl Model for Calls {
    type Request = CallsRequest;
    type Response = CallsResponse;
    const NAME: &'static str = "calls";
    const RESPONSE: &'static str = "rapport.v1.CallsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "calls",
        "of",
        "percent",
        "low",
        "high",
        "said",
        "reached",
        "no_answer",
        "hung_up",
        "timed",
        "talk_time",
        "waited",
        "mean_wait_minutes",
        "median_wait_minutes",
        "mean_minutes",
        "median_minutes",
        "with_ticket",
        "resolved",
        "without_customer",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &CallsRequest, response: &CallsResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([total(request, response), lengths(response), rows(request, response)]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let words = Words::new("period", "calls from {} until {}").with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// One row a measure.
fn total(request: &CallsRequest, response: &CallsResponse) -> Grid {
    let title = match request.direction() {
        Direction::Unspecified => "calls",
        Direction::Inbound => "calls of customers",
        Direction::Outbound => "calls to customers",
    };
    let mut grid = Grid::new("total", title).columns([
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("calls", "calls", Unit::Count),
        GridColumn::new("of", "of", Unit::Count),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
    ]);
    let Some(of) = &response.total else { return grid };
    let none = GridCell::nothing;
    grid.row([
        GridCell::text("calls").named("calls and attempts"),
        GridCell::figure(of.calls.as_ref()),
        none(),
        none(),
    ]);
    let said = || GridCell::count(count(of.said.as_ref()));
    for (key, name, share, whole) in [
        ("reached", "answered: both sides talked", &of.reached, GridCell::figure(of.said.as_ref())),
        ("no_answer", "no answer", &of.no_answer, said()),
        ("hung_up", "one side hung up", &of.hung_up, said()),
        (
            "resolved",
            "with a ticket, solved at once",
            &of.resolved,
            GridCell::figure(of.with_ticket.as_ref()),
        ),
    ] {
        let share = share.as_ref();
        let is_rare = matches!(key, "no_answer" | "hung_up") && count(part(share)) == 0;
        let is_empty = is_rare || whole.value == GridCell::count(0).value;
        let cells = [GridCell::text(key).named(name), GridCell::figure(part(share)), whole, percent(share)];
        if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
    }
    let nobody = of.without_customer.as_ref();
    let cells = [
        GridCell::text("without_customer").named("name no customer"),
        GridCell::figure(nobody),
        none(),
        none(),
    ];
    if count(nobody) == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    if count(of.calls.as_ref()) == 0 {
        grid.note(Words::new("nothing", "no call in this period: give another with --from and --to"));
    }
    grid
}

/// How long calls took.
fn lengths(response: &CallsResponse) -> Grid {
    let begin = GridColumn::new("what", "", Unit::Text).most();
    let columns = std::iter::once(begin).chain(length_columns());
    let mut grid = Grid::new("length", "how long calls took").columns(columns);
    let Some(of) = &response.total else { return grid };
    let waited = [
        GridCell::text("waited").named("until they were answered"),
        GridCell::figure(of.waited.as_ref()),
        minutes(of.median_wait.as_ref()),
        minutes(of.mean_wait.as_ref()),
        GridCell::nothing(),
    ];
    if count(of.waited.as_ref()) == 0 {
        grid.row_aside(waited);
    } else {
        grid.row(waited);
    }
    let cells =
        std::iter::once(GridCell::text("talked").named("calls with a length")).chain(length_cells(of));
    if count(of.timed.as_ref()) == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    if count(part(of.reached.as_ref())) > 0 && count(of.timed.as_ref()) == 0 {
        grid.note(Words::new("no_length", "no length: no answered call of this period says one"));
    }
    grid
}

fn length_columns() -> [GridColumn; 4] {
    let length = |key, title: &'static str| GridColumn::new(key, title, Unit::Duration);
    [
        GridColumn::new("timed", "n", Unit::Count),
        GridColumn::new("median_minutes", "median, minutes", Unit::Ratio),
        GridColumn::new("mean_minutes", "mean, minutes", Unit::Ratio),
        length("talk_time", "together"),
    ]
}

/// A mean or a median, which is of minutes and seconds.
fn minutes(length: Option<&prost_types::Duration>) -> GridCell {
    let micros = length.and_then(time::duration_from_proto);
    GridCell::number_if_any(micros.map(|micros| as_f64(micros.into()) / MINUTE_MICROS))
}

fn length_cells(of: &CallMeasures) -> [GridCell; 4] {
    let n = count(of.timed.as_ref());
    let length = |length| if n == 0 { GridCell::nothing() } else { GridCell::length(length) };
    [
        GridCell::figure(of.timed.as_ref()),
        minutes(of.median.as_ref()),
        minutes(of.mean.as_ref()),
        length(of.talk_time.as_ref()),
    ]
}

/// The day of the week of its number.
fn weekday(key: &str) -> &'static str {
    match key {
        "1" => "Monday",
        "2" => "Tuesday",
        "3" => "Wednesday",
        "4" => "Thursday",
        "5" => "Friday",
        "6" => "Saturday",
        "7" => "Sunday",
        _ => "",
    }
}

/// One row a group.
fn rows(request: &CallsRequest, response: &CallsResponse) -> Grid {
    let (title, one) = match request.by() {
        By::Unspecified | By::Hour => ("by hour of the day", "hour"),
        By::Weekday => ("by day of the week", "day"),
        By::Direction => ("by direction", "direction"),
        By::Purpose => ("by purpose", "purpose"),
        By::Staff => ("by staff", "staff"),
        By::Branch => ("by branch", "branch"),
        By::Day => ("by day", "day"),
        By::Month => ("by month", "month"),
    };
    let counted = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let [timed, median, mean, together] = length_columns();
    let mut grid = Grid::new("row", title).columns([
        GridColumn::new("key", one, Unit::Code).most(),
        counted("calls", "calls").drawn(Picture::Bar),
        counted("said", "of").for_exports(),
        counted("reached", "answered"),
        GridColumn::new("percent", "% answered", Unit::Score).drawn(Picture::Interval),
        counted("no_answer", "no answer").less(4),
        counted("hung_up", "hung up").less(3),
        timed.for_exports(),
        median,
        mean.less(2),
        together.less(5),
        counted("waited", "rang, n").for_exports(),
        GridColumn::new("median_wait_minutes", "rang, median minutes", Unit::Ratio).less(6),
        GridColumn::new("mean_wait_minutes", "rang, mean minutes", Unit::Ratio).for_exports(),
        counted("with_ticket", "with a ticket").for_exports(),
        counted("resolved", "solved").less(1),
        counted("without_customer", "no customer").for_exports(),
    ]);
    let figure = |figure: &Option<Figure>| GridCell::figure(figure.as_ref());
    for group in &response.rows {
        let is_weekday = request.by() == By::Weekday;
        let name = if group.key.is_empty() {
            "not said"
        } else if is_weekday {
            weekday(&group.key)
        } else {
            ""
        };
        let of = group.of.clone().unwrap_or_default();
        let [timed, median, mean, together] = length_cells(&of);
        grid.row([
            GridCell::text(&group.key).named(name),
            figure(&of.calls),
            figure(&of.said),
            GridCell::figure(part(of.reached.as_ref())),
            if count(of.said.as_ref()) == 0 { GridCell::nothing() } else { percent(of.reached.as_ref()) },
            GridCell::figure(part(of.no_answer.as_ref())),
            GridCell::figure(part(of.hung_up.as_ref())),
            timed,
            median,
            mean,
            together,
            figure(&of.waited),
            minutes(of.median_wait.as_ref()),
            minutes(of.mean_wait.as_ref()),
            figure(&of.with_ticket),
            GridCell::figure(part(of.resolved.as_ref())),
            figure(&of.without_customer),
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more row", "more rows"));
    }
    grid
}
