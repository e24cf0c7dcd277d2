//! The tables of an answer.

use rapport_proto::v1::{ActivityMeasures, ActivityRequest, ActivityResponse, Figure, activity_request::By};

use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn columns() -> [GridColumn; 5] {
    let counted = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    [
        counted("events", "events").drawn(Picture::Bar),
        counted("two_way", "two-way").less(3),
        counted("retracted", "retracted").less(4),
        GridColumn::new("first", "first", Unit::Moment).less(1),
        GridColumn::new("last", "last", Unit::Moment).less(2),
    ]
}

fn cells(of: &ActivityMeasures) -> [GridCell; 5] {
    [
        GridCell::figure(of.events.as_ref()),
        GridCell::figure(of.two_way.as_ref()),
        GridCell::figure(of.retracted.as_ref()),
        GridCell::moment(of.first.as_ref()),
        GridCell::moment(of.last.as_ref()),
    ]
}

/// All events.
pub(super) fn total(response: &ActivityResponse) -> Grid {
    let begin = GridColumn::new("key", "", Unit::Code).most();
    let mut grid = Grid::new("total", "events").columns(std::iter::once(begin).chain(columns()));
    let Some(of) = &response.total else { return grid };
    grid.row(std::iter::once(GridCell::text("").named("all")).chain(cells(of)));
    if count(of.events.as_ref()) + count(of.retracted.as_ref()) == 0 {
        let text = "no such event in this period: give another with --from and --to, or fewer filters";
        grid.note(Words::new("nothing", text));
    }
    grid
}

/// What people read of a tag or of what is not said.
fn named(key: &str, none: &str) -> String {
    match key.split_once(':') {
        Some(("party", name)) => name.to_owned(),
        _ if key.is_empty() => none.to_owned(),
        _ => String::new(),
    }
}

fn left_out(grid: &mut Grid, response: &ActivityResponse, one: &'static str, many: &'static str) {
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, one, many));
    }
    if !response.next_page_token.is_empty() {
        let token = GridCell::text(&response.next_page_token);
        grid.note(Words::new("next_page", "next page: --page {}").with(Unit::Code, token));
    }
}

/// One row a group.
pub(super) fn groups(request: &ActivityRequest, response: &ActivityResponse) -> Grid {
    let (title, one, none) = match request.by() {
        By::Unspecified | By::Type => ("by type", "type", "not said"),
        By::Actor => ("by actor", "actor", "not said"),
        By::Day => ("by day", "day", "not said"),
        By::Month => ("by month", "month", "not said"),
        By::Channel => ("by channel", "channel", "not said"),
        By::Customer => ("by customer", "customer", "of the organisation itself"),
    };
    let begin = GridColumn::new("key", one, Unit::Code).most();
    let mut grid = Grid::new("row", title).columns(std::iter::once(begin).chain(columns()));
    for row in &response.rows {
        let key = GridCell::text(&row.key).named(&named(&row.key, none));
        grid.row(std::iter::once(key).chain(cells(&row.of.clone().unwrap_or_default())));
    }
    left_out(&mut grid, response, "more row", "more rows");
    grid
}

/// One row an event.
pub(super) fn list(response: &ActivityResponse) -> Grid {
    let mut grid = Grid::new("event", "events, the latest first").columns([
        GridColumn::new("position", "position", Unit::Code),
        GridColumn::new("occurred_at", "when", Unit::Moment),
        GridColumn::new("recorded_at", "recorded", Unit::Moment).less(3),
        GridColumn::new("type", "type", Unit::Code).most(),
        GridColumn::new("actor", "by", Unit::Code),
        GridColumn::new("customer", "customer", Unit::Code),
        GridColumn::new("channel", "channel", Unit::Code).less(1),
        GridColumn::new("is_retracted", "retracted", Unit::Text).less(2),
    ]);
    for event in response.rows.iter().filter_map(|row| row.event.as_ref()) {
        grid.row([
            GridCell::count(event.position),
            GridCell::moment(event.occurred_at.as_ref()),
            GridCell::moment(event.recorded_at.as_ref()),
            GridCell::text(&event.r#type),
            GridCell::text(&event.actor),
            GridCell::text(&event.customer).named(&named(&event.customer, "")),
            GridCell::text(&event.channel),
            if event.retracted { GridCell::text("yes") } else { GridCell::nothing() },
        ]);
    }
    left_out(&mut grid, response, "more event", "more events");
    grid
}

/// Disclosures by recipient.
pub(super) fn recipients(response: &ActivityResponse) -> Grid {
    let mut grid = Grid::new("recipient", "records that were shown").columns([
        GridColumn::new("to", "to", Unit::Code).most(),
        GridColumn::new("disclosures", "times", Unit::Count),
    ]);
    for row in &response.recipients {
        let name = match row.to.as_str() {
            "auditor" => "an auditor",
            "subject" => "the person",
            "authority" => "an authority",
            _ => "",
        };
        grid.row([GridCell::text(&row.to).named(name), GridCell::figure(row.disclosures.as_ref())]);
    }
    grid
}

/// One row a disclosure.
pub(super) fn disclosures(response: &ActivityResponse) -> Grid {
    let mut grid = Grid::new("disclosure", "what was shown to whom, the latest first").columns([
        GridColumn::new("position", "position", Unit::Code).less(2),
        GridColumn::new("occurred_at", "when", Unit::Moment),
        GridColumn::new("to", "to", Unit::Code),
        GridColumn::new("customer", "of", Unit::Code).most(),
        GridColumn::new("actor", "by", Unit::Code),
        GridColumn::new("answered_as_of", "as of", Unit::Moment).less(3),
        GridColumn::new("result_hash", "hash", Unit::Code).less(1),
    ]);
    for row in &response.disclosures {
        grid.row([
            GridCell::count(row.position),
            GridCell::moment(row.occurred_at.as_ref()),
            GridCell::text(&row.to),
            GridCell::text(&row.customer).named(&named(&row.customer, "")),
            GridCell::text(&row.actor),
            GridCell::moment(row.answered_as_of.as_ref()),
            GridCell::text(&row.result_hash),
        ]);
    }
    if response.disclosures_left_out > 0 {
        let n = response.disclosures_left_out;
        grid.note(Words::counted("disclosures_left_out", n, "more disclosure", "more disclosures"));
    }
    grid
}
