//! What the gallery shows: files by result and media type with what came after them, and the files.

use rapport_proto::v1::{GalleryMeasures, GalleryRequest, GalleryResponse};

use super::ask::ask;
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// Files in the histories of customers.
#[derive(Debug, Clone, Copy)]
pub struct Gallery;

impl Model for Gallery {
    type Request = GalleryRequest;
    type Response = GalleryResponse;
    const NAME: &'static str = "gallery";
    const RESPONSE: &'static str = "rapport.v1.GalleryResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "key",
        "artifacts",
        "with_response",
        "mean",
        "low",
        "high",
        "median_days_to_response",
        "with_order",
        "order_share",
        "order_low",
        "order_high",
        "median_days_to_order",
        "without_customer",
        "position",
        "attached",
        "customer",
        "outcome",
        "media_type",
        "staff",
        "linked_to",
        "sha256",
        "response",
        "days_to_response",
        "order",
        "days_to_order",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(_: &GalleryRequest, response: &GalleryResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([
            total(response),
            groups(response, "outcome", "by result", ("result", "no result")),
            groups(response, "media_type", "by media type", ("media type", "not said")),
            rows(response),
        ]);
        let to = GridCell::moment(response.period_to.as_ref());
        page.notes.push(match response.period_from.as_ref() {
            None => Words::new("period", "attached until {}").with(Unit::Moment, to),
            Some(from) => Words::new("period", "attached from {} until {}")
                .with(Unit::Moment, GridCell::moment(Some(from)))
                .with(Unit::Moment, to),
        });
        let said = match response.instrument.as_str() {
            "" => "nobody responded to CSAT, NPS or CES".to_owned(),
            instrument => format!("responses are those to {}", instrument.to_uppercase()),
        };
        page.notes.push(Words::new("instrument", said));
        if response.groups_left_out > 0 {
            let left_out = response.groups_left_out;
            page.notes.push(Words::counted("groups_left_out", left_out, "more group", "more groups"));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn columns() -> [GridColumn; 10] {
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    [
        GridColumn::new("artifacts", "files", Unit::Count),
        GridColumn::new("with_response", "then a response", Unit::Count),
        GridColumn::new("mean", "its mean", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("median_days_to_response", "days until then", Unit::Ratio).less(2),
        GridColumn::new("with_order", "then an order", Unit::Count),
        share("order_share", "of all").drawn(Picture::Bar),
        share("order_low", "order_low").for_exports(),
        share("order_high", "order_high").for_exports(),
        GridColumn::new("median_days_to_order", "days until then", Unit::Ratio).less(1),
        GridColumn::new("without_customer", "of nobody", Unit::Count).less(3),
    ]
}

fn cells(of: &GalleryMeasures, instrument: &str) -> [GridCell; 10] {
    let if_any = |number: Option<f64>| GridCell::number_if_any(number);
    let nobody = of.without_customer.as_ref().filter(|figure| figure.count > 0);
    let scale = match instrument {
        "csat" => Some((1.0, 5.0)),
        "nps" => Some((0.0, 10.0)),
        "ces" => Some((1.0, 7.0)),
        _ => None,
    };
    [
        GridCell::figure(of.artifacts.as_ref()),
        GridCell::figure(of.with_response.as_ref()),
        GridCell { interval: of.mean_low.zip(of.mean_high), scale, ..if_any(of.mean) },
        if_any(of.median_days_to_response),
        GridCell::figure(of.with_order.as_ref()),
        if_any(of.order_share),
        if_any(of.order_low),
        if_any(of.order_high),
        if_any(of.median_days_to_order),
        nobody.map_or_else(GridCell::nothing, |figure| GridCell::figure(Some(figure))),
    ]
}

fn total(response: &GalleryResponse) -> Grid {
    let mut grid =
        Grid::new("total", "files, and what their customers said and ordered next").columns(columns());
    let Some(of) = &response.total else { return grid };
    let is_nothing = of.artifacts.as_ref().is_none_or(|figure| figure.count == 0);
    let cells = cells(of, &response.instrument);
    if is_nothing {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    let waits = of.artifacts.as_ref().map_or(0, |figure| figure.count)
        > of.with_order.as_ref().map_or(0, |figure| figure.count);
    if waits && !is_nothing {
        grid.note(Words::new("open", "customers who have not ordered by now may still do so"));
    }
    grid
}

fn groups(
    response: &GalleryResponse,
    by: &'static str,
    title: &'static str,
    (one, none): (&'static str, &'static str),
) -> Grid {
    let key = GridColumn::new("key", one, Unit::Text).most();
    let mut grid = Grid::new(by, title).columns(std::iter::once(key).chain(columns()));
    for group in response.groups.iter().filter(|group| group.by == by) {
        let of = group.of.clone().unwrap_or_default();
        let name = if group.key.is_empty() { none } else { "" };
        let key = GridCell::text(&group.key).named(name);
        grid.row(std::iter::once(key).chain(cells(&of, &response.instrument)));
    }
    grid
}

fn rows(response: &GalleryResponse) -> Grid {
    let mut grid = Grid::new("row", "the latest").columns([
        GridColumn::new("attached", "attached", Unit::Moment),
        GridColumn::new("customer", "customer", Unit::Code).most(),
        GridColumn::new("outcome", "result", Unit::Code),
        GridColumn::new("media_type", "media type", Unit::Code).less(3),
        GridColumn::new("staff", "by", Unit::Code).less(5),
        GridColumn::new("response", "then said", Unit::Ratio),
        GridColumn::new("days_to_response", "days later", Unit::Count).less(6),
        GridColumn::new("order", "then ordered", Unit::Code).less(8),
        GridColumn::new("days_to_order", "days later", Unit::Count).less(7),
        GridColumn::new("sha256", "sha-256", Unit::Code).less(2),
        GridColumn::new("linked_to", "belongs to", Unit::Code).less(1),
        GridColumn::new("position", "position", Unit::Code).less(4),
    ]);
    for row in &response.rows {
        let named = |tag: &str| {
            let name = tag.split_once(':').map_or("", |(_, name)| name);
            if tag.is_empty() { GridCell::nothing() } else { GridCell::text(tag).named(name) }
        };
        let code = |code: &str| if code.is_empty() { GridCell::nothing() } else { GridCell::text(code) };
        let days =
            |days: Option<u32>| days.map_or_else(GridCell::nothing, |days| GridCell::count(days.into()));
        grid.row([
            GridCell::moment(row.attached.as_ref()),
            named(&row.customer),
            code(&row.outcome),
            code(&row.media_type),
            code(&row.staff),
            GridCell::number_if_any(row.response),
            days(row.days_to_response),
            named(&row.order),
            days(row.days_to_order),
            code(&row.sha256),
            code(&row.linked_to),
            GridCell::count(row.position),
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more file", "more files"));
    }
    grid
}
