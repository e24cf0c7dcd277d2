//! The tables of an answer.

use rapport_proto::v1::{Figure, NeedMeasures, NeedShare, NeedsRequest, NeedsResponse, needs_request::By};

use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

/// How many a figure counts.
pub(super) fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

pub(super) fn left_out(grid: &mut Grid, key: &'static str, n: u64, one: &'static str, many: &'static str) {
    if n > 0 {
        grid.note(Words::counted(key, n, one, many));
    }
}

pub(super) fn percentage(share: Option<f64>, low: Option<f64>, high: Option<f64>) -> GridCell {
    GridCell {
        interval: low.zip(high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(share.map(|share| 100.0 * share))
    }
}

/// The percentage with its interval.
fn percent(share: Option<&NeedShare>) -> GridCell {
    share.map_or_else(GridCell::nothing, |share| percentage(share.share, share.low, share.high))
}

fn of_share(share: Option<&NeedShare>) -> GridCell {
    GridCell::figure(share.and_then(|share| share.count.as_ref()))
}

/// One row a measure.
pub(super) fn total(response: &NeedsResponse) -> Grid {
    let columns = [
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("needs", "needs", Unit::Count),
        GridColumn::new("of", "of", Unit::Count),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
    ];
    let mut grid = Grid::new("total", "what became of needs").columns(columns);
    let Some(of) = &response.total else { return grid };
    let n = count(of.identified.as_ref());
    let row = |key: &'static str, name: &str, figure: Option<&Figure>| {
        [GridCell::text(key).named(name), GridCell::figure(figure), GridCell::nothing(), GridCell::nothing()]
    };
    let is_nothing = n == 0;
    let mut add = |cells: [GridCell; 4], is_aside: bool| {
        if is_aside { grid.row_aside(cells) } else { grid.row(cells) }
    };
    add(row("identified", "identified", of.identified.as_ref()), is_nothing);
    for (key, name, share) in [
        ("satisfied", "satisfied: the coverage", &of.satisfied),
        ("unmet", "closed as unmet", &of.unmet),
        ("obsolete", "no longer needed", &of.obsolete),
        ("open", "still open", &of.open),
    ] {
        let share = share.as_ref();
        let cells = [GridCell::text(key).named(name), of_share(share), GridCell::count(n), percent(share)];
        let is_of_none = key == "obsolete" && count(share.and_then(|share| share.count.as_ref())) == 0;
        add(cells, is_nothing || is_of_none);
    }
    let closed = count(of.closed.as_ref());
    let cells = [
        GridCell::text("satisfied_of_closed").named("satisfied, of the closed ones"),
        GridCell::count(count(of.satisfied.as_ref().and_then(|share| share.count.as_ref()))),
        GridCell::figure(of.closed.as_ref()),
        percentage(of.satisfied_of_closed, of.satisfied_of_closed_low, of.satisfied_of_closed_high),
    ];
    add(cells, closed == 0);
    add(
        row("reopened", "identified again after closing", of.reopened.as_ref()),
        count(of.reopened.as_ref()) == 0,
    );
    let now = response.now.clone().unwrap_or_default();
    for (key, name, figure) in [
        ("now_open", "open in all, whenever identified", &now.open),
        ("closed_satisfied", "closed in the period: satisfied", &now.closed_satisfied),
        ("closed_unmet", "closed in the period: unmet", &now.closed_unmet),
        ("closed_obsolete", "closed in the period: no longer needed", &now.closed_obsolete),
        ("without_identification", "closed, and never identified", &now.without_identification),
        ("without_customer", "identified of nobody", &now.without_customer),
    ] {
        add(row(key, name, figure.as_ref()), count(figure.as_ref()) == 0);
    }
    if is_nothing {
        grid.note(Words::new("nothing", "no coverage: no need was identified in this period"));
    }
    grid
}

/// How long it took.
pub(super) fn time(response: &NeedsResponse) -> Grid {
    let mut grid = Grid::new("time", "from identified to closed").columns([
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("closed", "closed", Unit::Count),
        GridColumn::new("open", "open", Unit::Count),
        GridColumn::new("median", "median", Unit::Duration),
    ]);
    let Some(of) = &response.total else { return grid };
    let open = count(of.open.as_ref().and_then(|share| share.count.as_ref()));
    let closed = count(of.closed.as_ref());
    let cells = [
        GridCell::text("to_close").named("needs identified in the period"),
        GridCell::count(closed),
        GridCell::count(open),
        GridCell::length(of.median_to_close.as_ref()),
    ];
    if closed + open == 0 {
        grid.row_aside(cells);
        return grid;
    }
    grid.row(cells);
    if of.median_to_close.is_none() {
        grid.note(Words::new("no_median", "no median yet: less than half of them are closed"));
    }
    grid
}

/// One row a group.
pub(super) fn groups(request: &NeedsRequest, response: &NeedsResponse) -> Grid {
    let (title, one, none) = match request.by() {
        By::Unspecified | By::Code => ("by what is needed", "need", "not said"),
        By::Source => ("by where it was learned", "source", "not said"),
        By::Staff => ("by who identified it", "staff", "not said"),
        By::Owner => ("by who is responsible for the customer", "owner", "nobody"),
        By::Class => ("by ABC class of the customer", "class", "bought nothing"),
        By::Month => ("by month in which it was identified", "month", "not said"),
        By::Customer => ("by customer", "customer", "nobody"),
    };
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    let number = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let mut grid = Grid::new("group", title).columns([
        GridColumn::new("key", one, Unit::Code).most(),
        number("identified", "identified"),
        number("satisfied", "satisfied"),
        share("coverage", "coverage").drawn(Picture::Bar),
        number("unmet", "unmet"),
        number("obsolete", "obsolete").less(2),
        number("open", "open"),
        number("closed", "closed").for_exports(),
        share("satisfied_of_closed", "of the closed").less(3),
        number("reopened", "reopened").less(1),
        GridColumn::new("median", "median", Unit::Duration).less(4),
    ]);
    for group in &response.groups {
        let of = group.of.clone().unwrap_or_default();
        let name = match group.key.split_once(':') {
            Some(("party", name)) => name.to_owned(),
            _ if group.key.is_empty() => none.to_owned(),
            _ => String::new(),
        };
        let key = GridCell::text(&group.key).named(&name);
        grid.row(std::iter::once(key).chain(cells(&of)));
    }
    left_out(&mut grid, "groups_left_out", response.groups_left_out, "more group", "more groups");
    grid
}

/// Of the columns of [`groups`] behind the key.
fn cells(of: &NeedMeasures) -> [GridCell; 10] {
    [
        GridCell::figure(of.identified.as_ref()),
        of_share(of.satisfied.as_ref()),
        GridCell::number(of.satisfied.as_ref().and_then(|share| share.share)),
        of_share(of.unmet.as_ref()),
        of_share(of.obsolete.as_ref()),
        of_share(of.open.as_ref()),
        GridCell::figure(of.closed.as_ref()),
        GridCell::number_if_any(of.satisfied_of_closed),
        GridCell::figure(of.reopened.as_ref()),
        GridCell::length(of.median_to_close.as_ref()),
    ]
}

/// Which product satisfied which need.
pub(super) fn satisfied_by(response: &NeedsResponse) -> Grid {
    let mut grid = Grid::new("satisfied_by", "which product satisfied which need").columns([
        GridColumn::new("product", "product", Unit::Code).most(),
        GridColumn::new("key", "need", Unit::Code),
        GridColumn::new("needs", "needs", Unit::Count).drawn(Picture::Bar),
    ]);
    let named = |text: &str| GridCell::text(text).named(if text.is_empty() { "not said" } else { "" });
    for row in &response.satisfied_by {
        grid.row([named(&row.product), named(&row.code), GridCell::figure(row.needs.as_ref())]);
    }
    let n = response.satisfied_by_left_out;
    left_out(&mut grid, "satisfied_by_left_out", n, "more row", "more rows");
    grid
}

/// How many customers of each class were studied.
pub(super) fn studied(response: &NeedsResponse) -> Grid {
    let title = "customers whose needs or responses are known of the last twelve months, by ABC class";
    let number = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let mut grid = Grid::new("studied", title).columns([
        GridColumn::new("class", "class", Unit::Code).most(),
        number("customers", "customers"),
        number("studied", "studied"),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
        number("by_need", "by a need").less(2),
        number("by_response", "by a response").less(1),
        number("not_studied", "not studied"),
    ]);
    for row in &response.studied {
        grid.row([
            GridCell::text(&row.class),
            GridCell::figure(row.customers.as_ref()),
            of_share(row.studied.as_ref()),
            percent(row.studied.as_ref()),
            GridCell::figure(row.by_need.as_ref()),
            GridCell::figure(row.by_response.as_ref()),
            GridCell::figure(row.not_studied.as_ref()),
        ]);
    }
    grid
}

/// What is not satisfied, and what the customers bought who need it.
pub(super) fn rows(response: &NeedsResponse) -> [Grid; 2] {
    let number = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let mut grid = Grid::new(
        "row",
        "what is not satisfied: open needs, and unmet ones of the period, the heaviest first",
    )
    .columns([
        GridColumn::new("key", "need", Unit::Code).most(),
        number("customers", "customers"),
        GridColumn::new("weight", "weight", Unit::Ratio),
        number("needs", "needs"),
        number("open", "open").less(3),
        number("unmet", "unmet").less(2),
        number("weighed", "weight said").less(1),
        GridColumn::new("oldest", "oldest", Unit::Day).less(4),
    ]);
    let mut revenue =
        Grid::new("revenue", "what their customers bought in the last twelve months").columns([
            GridColumn::new("key", "need", Unit::Code).most(),
            GridColumn::new("currency", "currency", Unit::Code).for_exports(),
            GridColumn::new("revenue", "revenue", Unit::Money),
        ]);
    for row in &response.rows {
        let key = || GridCell::text(&row.code).named(if row.code.is_empty() { "not said" } else { "" });
        grid.row([
            key(),
            GridCell::figure(row.customers.as_ref()),
            GridCell::number(Some(row.weight)),
            GridCell::figure(row.needs.as_ref()),
            GridCell::figure(row.open.as_ref()),
            GridCell::figure(row.unmet.as_ref()),
            GridCell::count(row.weighed),
            GridCell::moment(row.oldest.as_ref()),
        ]);
        for of in &row.revenue {
            let sum = GridCell::sum(of.revenue.as_ref(), &of.currency);
            revenue.row([key(), GridCell::text(&of.currency), sum]);
        }
    }
    left_out(&mut grid, "rows_left_out", response.rows_left_out, "more need", "more needs");
    [grid, revenue]
}
