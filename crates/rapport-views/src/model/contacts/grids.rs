//! The tables of an answer.

use rapport_proto::v1::{ContactMeasures, ContactShare, ContactsResponse, Figure};

use crate::{
    model::occurred::{count, part, percent},
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
};

fn columns() -> [GridColumn; 4] {
    [
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("n", "n", Unit::Count),
        GridColumn::new("of", "of", Unit::Count),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
    ]
}

/// A row of a part and its whole; aside where there is no whole.
fn share_row(grid: &mut Grid, (key, name): (&str, &str), share: Option<&ContactShare>, whole: GridCell) {
    let is_empty = whole.value == GridCell::count(0).value;
    let rest = grid.columns.len().saturating_sub(4);
    let cells = [GridCell::text(key).named(name), GridCell::figure(part(share)), whole, percent(share)];
    let cells = cells.into_iter().chain((0..rest).map(|_| GridCell::nothing()));
    if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
}

/// A row of a count, with what else is known of it.
fn count_row(grid: &mut Grid, (key, name): (&str, &str), figure: Option<&Figure>, rest: Vec<GridCell>) {
    let begin =
        [GridCell::text(key).named(name), GridCell::figure(figure), GridCell::nothing(), GridCell::nothing()];
    let cells = begin.into_iter().chain(rest);
    if count(figure) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
}

/// One row a measure.
pub(super) fn total(response: &ContactsResponse) -> Grid {
    let more = [
        GridColumn::new("length", "together", Unit::Duration).less(2),
        GridColumn::new("ratio", "for each ask", Unit::Ratio).less(1),
    ];
    let mut grid = Grid::new("total", "contacts").columns(columns().into_iter().chain(more));
    let Some(of) = &response.total else { return grid };
    let none = || vec![GridCell::nothing(), GridCell::nothing()];
    let all = || GridCell::count(count(of.contacts.as_ref()));
    let contacts =
        [GridCell::text("contacts").named("contacts and attempts"), GridCell::figure(of.contacts.as_ref())];
    grid.row(contacts.into_iter().chain((0..4).map(|_| GridCell::nothing())));
    share_row(&mut grid, ("two_way", "both sides took part"), of.two_way.as_ref(), all());
    let customers = GridCell::figure(of.customers.as_ref());
    share_row(&mut grid, ("reached", "customers reached"), of.reached.as_ref(), customers);
    let directed = GridCell::figure(of.directed.as_ref());
    share_row(&mut grid, ("outbound", "calls and messages that we began"), of.outbound.as_ref(), directed);
    let meetings = GridCell::figure(of.meetings.as_ref());
    share_row(&mut grid, ("no_shows", "meetings without the customer"), of.no_shows.as_ref(), meetings);
    let length = vec![GridCell::length(of.duration.as_ref()), GridCell::nothing()];
    count_row(&mut grid, ("timed", "with a length"), of.timed.as_ref(), length);
    count_row(&mut grid, ("asks", "asked something of the customer"), of.asks.as_ref(), none());
    let ratio = vec![GridCell::nothing(), GridCell::number_if_any(of.gives_per_ask)];
    count_row(&mut grid, ("gives", "gave something to the customer"), of.gives.as_ref(), ratio);
    count_row(&mut grid, ("ahead", "meetings planned ahead"), response.ahead.as_ref(), none());
    let planned = response.planned.as_ref();
    count_row(&mut grid, ("planned", "only planned, and no contacts"), planned, none());
    count_row(&mut grid, ("without_customer", "name no customer"), of.without_customer.as_ref(), none());
    if count(of.contacts.as_ref()) == 0 {
        grid.note(Words::new("nothing", "no contact in this period: give another with --from and --to"));
    }
    grid
}

/// Customers by how many departments reached them.
pub(super) fn coverage(response: &ContactsResponse) -> Grid {
    let mut grid = Grid::new("coverage", "customers reached, by how many departments did").columns(columns());
    let whole: u64 = response.coverage.iter().map(|row| count(part(row.customers.as_ref()))).sum();
    for row in &response.coverage {
        let name = match row.departments {
            0 => "no department said".to_owned(),
            1 => "1 department".to_owned(),
            many => format!("{many} departments"),
        };
        let key = row.departments.to_string();
        share_row(&mut grid, (&key, &name), row.customers.as_ref(), GridCell::count(whole));
    }
    grid
}

/// Executives and customers of class A, and silence.
pub(super) fn relations(response: &ContactsResponse) -> Grid {
    let mut grid = Grid::new("relation", "relations").columns(columns());
    if let Some(of) = &response.executives {
        let a = || GridCell::figure(of.customers.as_ref());
        share_row(&mut grid, ("class_a_reached", "customers of class A reached"), of.reached.as_ref(), a());
        let by = of.by_executives.as_ref();
        let whole = GridCell::count(count(of.customers.as_ref()));
        share_row(&mut grid, ("by_executives", "… by an executive"), by, whole);
    }
    let Some(of) = &response.silence else { return grid };
    count_row(&mut grid, ("met", "customers ever met"), of.met.as_ref(), Vec::new());
    let usual = GridCell::figure(of.usual.as_ref());
    let longer = of.longer_than_usual.as_ref();
    share_row(&mut grid, ("longer_than_usual", "silent for twice their usual gap"), longer, usual);
    let promised = GridCell::figure(of.promised.as_ref());
    let longer = of.longer_than_promised.as_ref();
    share_row(&mut grid, ("longer_than_promised", "silent for longer than promised"), longer, promised);
    if let Some(strength) = of.median_strength {
        let words = Words::new("strength", "median strength of relations: {}");
        grid.note(words.with(Unit::Ratio, GridCell::number(Some(strength))));
    }
    if count(of.met.as_ref()) > 0 && count(of.promised.as_ref()) == 0 {
        let text = "no contact is promised: `cadence_days` of a `service_level` says how often a tier is";
        grid.note(Words::new("not_promised", text));
    }
    grid
}

/// One row a group.
pub(super) fn rows(response: &ContactsResponse, title: &'static str, one: &'static str) -> Grid {
    let counted = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    let mut grid = Grid::new("row", title).columns([
        GridColumn::new("key", one, Unit::Code).most(),
        counted("contacts", "contacts").drawn(Picture::Bar),
        counted("two_way", "two-way").for_exports(),
        share("two_way_share", "two-way"),
        counted("customers", "customers").less(5),
        counted("reached", "reached"),
        counted("directed", "began").for_exports(),
        counted("outbound", "we began").for_exports(),
        share("outbound_share", "we began"),
        counted("timed", "with a length").for_exports(),
        GridColumn::new("duration", "together", Unit::Duration).less(4),
        counted("asks", "asked").less(2),
        counted("gives", "gave").less(1),
        GridColumn::new("gives_per_ask", "gave for each ask", Unit::Ratio).for_exports(),
        counted("meetings", "meetings").for_exports(),
        counted("no_shows", "no-shows").less(3),
        counted("without_customer", "no customer").for_exports(),
    ]);
    for group in &response.rows {
        let name = if group.key.is_empty() { "not said" } else { "" };
        let of = group.of.clone().unwrap_or_default();
        grid.row(std::iter::once(GridCell::text(&group.key).named(name)).chain(cells(&of)));
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more row", "more rows"));
    }
    grid
}

/// Of the columns of [`rows`] behind the key.
fn cells(of: &ContactMeasures) -> [GridCell; 16] {
    let figure = |figure: &Option<Figure>| GridCell::figure(figure.as_ref());
    let of_share = |share: &Option<ContactShare>| GridCell::figure(part(share.as_ref()));
    let value =
        |share: &Option<ContactShare>| GridCell::number_if_any(share.as_ref().and_then(|share| share.share));
    let length = if count(of.timed.as_ref()) == 0 {
        GridCell::nothing()
    } else {
        GridCell::length(of.duration.as_ref())
    };
    [
        figure(&of.contacts),
        of_share(&of.two_way),
        value(&of.two_way),
        figure(&of.customers),
        of_share(&of.reached),
        figure(&of.directed),
        of_share(&of.outbound),
        value(&of.outbound),
        figure(&of.timed),
        length,
        figure(&of.asks),
        figure(&of.gives),
        GridCell::number_if_any(of.gives_per_ask),
        figure(&of.meetings),
        of_share(&of.no_shows),
        figure(&of.without_customer),
    ]
}
