//! What tickets show: what is open, how long it takes, what became of promises, why tickets come, and the oldest open ones.

use rapport_proto::v1::{TicketsRequest, TicketsResponse, tickets_request::By};

use super::{ask::ask, grids};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// How tickets are answered and solved.
#[derive(Debug, Clone, Copy)]
pub struct Tickets;

impl Model for Tickets {
    type Request = TicketsRequest;
    type Response = TicketsResponse;
    const NAME: &'static str = "tickets";
    const RESPONSE: &'static str = "rapport.v1.TicketsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "key",
        "what",
        "open",
        "open_breached",
        "opened",
        "resolved",
        "reopened",
        "pushed",
        "mean_pushes",
        "mean_pushes_n",
        "first_contact",
        "share_first_contact",
        "defects",
        "sold",
        "defects_per_hundred",
        "without_opening",
        "ended",
        "censored",
        "median",
        "median_working_hours",
        "kept",
        "breached",
        "pending",
        "not_promised",
        "share_kept",
        "mean",
        "low",
        "high",
        "cause",
        "tickets",
        "share",
        "cumulative_share",
        "ticket",
        "customer",
        "kind",
        "priority",
        "product",
        "tier",
        "stage",
        "department",
        "staff",
        "opened_at",
        "age",
        "due",
        "late",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &TicketsRequest, response: &TicketsResponse) -> Page {
        let mut page = Page::default();
        let is_any = response.total.as_ref().is_some_and(|total| {
            [&total.open, &total.opened, &total.resolved]
                .into_iter()
                .any(|figure| figure.as_ref().is_some_and(|figure| figure.count > 0))
        });
        if response.total.is_some() && !is_any {
            let text = "no ticket is open, and none was opened or resolved in this period";
            page.notes.push(Words::new("nothing", text));
        }
        page.grids.extend([
            grids::total(response),
            grids::times(response),
            grids::promises(response),
            grids::satisfaction(response),
            causes(response),
        ]);
        if !matches!(request.by(), By::Unspecified | By::None) {
            page.grids.extend([
                grids::groups(request, response),
                grids::times_of_groups(request, response),
                grids::promises_of_groups(request, response),
            ]);
        }
        if request.by() == By::Product {
            page.grids.push(grids::defects(request, response));
        }
        page.grids.push(rows(response));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn causes(response: &TicketsResponse) -> Grid {
    let mut grid = Grid::new("cause", "why tickets come: causes of those resolved").columns([
        GridColumn::new("cause", "cause", Unit::Code).most(),
        GridColumn::new("tickets", "resolved", Unit::Count),
        GridColumn::new("share", "of those that say it", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("cumulative_share", "with those before", Unit::Share),
    ]);
    for cause in &response.causes {
        grid.row([
            GridCell::text(&cause.cause),
            GridCell::figure(cause.tickets.as_ref()),
            GridCell::number(Some(cause.share)),
            GridCell::number(Some(cause.cumulative_share)),
        ]);
    }
    let Some(without) = &response.without_cause else { return grid };
    if without.count > 0 {
        let cells = [GridCell::text("").named("not said"), GridCell::figure(Some(without))];
        grid.row_aside(cells.into_iter().chain([GridCell::nothing(), GridCell::nothing()]));
        let (one, many) = ("resolved ticket names no cause", "resolved tickets name no cause");
        grid.note(Words::counted("without_cause", without.count, one, many));
    }
    grid
}

fn rows(response: &TicketsResponse) -> Grid {
    let mut grid = Grid::new("row", "open tickets, the oldest first").columns([
        GridColumn::new("ticket", "ticket", Unit::Code).most(),
        GridColumn::new("customer", "customer", Unit::Code),
        GridColumn::new("kind", "kind", Unit::Code).less(1),
        GridColumn::new("priority", "priority", Unit::Code).less(4),
        GridColumn::new("product", "product", Unit::Code).less(2),
        GridColumn::new("tier", "tier", Unit::Code).less(3),
        GridColumn::new("stage", "stage", Unit::Code),
        GridColumn::new("department", "department", Unit::Code).less(5),
        GridColumn::new("staff", "with", Unit::Code).less(6),
        GridColumn::new("opened_at", "opened", Unit::Moment),
        GridColumn::new("age", "age", Unit::Duration),
        GridColumn::new("due", "due", Unit::Moment),
        GridColumn::new("late", "late", Unit::Text),
    ]);
    for row in &response.rows {
        let id = |tag: &str| GridCell::text(tag).named(tag.split_once(':').map_or("", |(_, id)| id));
        grid.row([
            id(&row.ticket),
            if row.customer.is_empty() { GridCell::nothing() } else { id(&row.customer) },
            GridCell::text(&row.kind),
            GridCell::text(&row.priority),
            GridCell::text(&row.product),
            GridCell::text(&row.tier),
            GridCell::text(&row.stage),
            GridCell::text(&row.department),
            GridCell::text(&row.staff),
            GridCell::moment(row.opened.as_ref()),
            GridCell::length(row.age.as_ref()),
            GridCell::moment(row.due.as_ref()),
            if row.breached { GridCell::text("late") } else { GridCell::nothing() },
        ]);
    }
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        grid.note(Words::counted("rows_left_out", n, "more open ticket", "more open tickets"));
    }
    grid
}
