//! What handovers show: who is not there and what each still owns, orphans, handovers, and the objects.

use rapport_proto::v1::{HandoverRequest, HandoverResponse};

use super::{
    ask::ask,
    grids::{contact, handovers, open, staff, values},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What those who left or are absent still own, and how it is handed over.
#[derive(Debug, Clone, Copy)]
pub struct Handover;

impl Model for Handover {
    type Request = HandoverRequest;
    type Response = HandoverResponse;
    const NAME: &'static str = "handover";
    const RESPONSE: &'static str = "rapport.v1.HandoverResponse";
    const VIEW: View = View::Facts;
    const BESIDE: &'static [View] = &[View::Funnel];
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "staff",
        "state",
        "since",
        "until",
        "substitute",
        "orphaning",
        "items",
        "deals",
        "tickets",
        "agreements",
        "meetings",
        "customers",
        "others",
        "acknowledged",
        "open",
        "currency",
        "amount",
        "handover",
        "from",
        "to",
        "started",
        "completed",
        "days",
        "completed_n",
        "open_n",
        "changes",
        "contacted",
        "waiting",
        "passed_on",
        "median",
        "object",
        "kind",
        "customer",
        "owner",
        "roles",
        "owned_since",
        "begun",
        "age_days",
        "due",
        "acknowledged_by",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &HandoverRequest, response: &HandoverResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([open(response), values(response), staff(response)]);
        page.grids.extend(handovers(response));
        page.grids.extend([contact(response), rows(request, response)]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let text = "handovers, leavings and customers assigned anew from {} until {}; what is open is open whenever it began";
        let words = Words::new("period", text).with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn rows(request: &HandoverRequest, response: &HandoverResponse) -> Grid {
    let title = if request.staff.is_empty() {
        "orphans, by kind, the most valuable and the oldest first"
    } else {
        "what this member of staff owns, by kind, the most valuable and the oldest first"
    };
    let mut grid = Grid::new("row", title).columns([
        GridColumn::new("object", "object", Unit::Code).most(),
        GridColumn::new("kind", "kind", Unit::Code).for_exports(),
        GridColumn::new("customer", "customer", Unit::Code),
        GridColumn::new("owner", "owner", Unit::Code),
        GridColumn::new("roles", "as", Unit::Text).less(2),
        GridColumn::new("owned_since", "owned since", Unit::Day).less(1),
        GridColumn::new("begun", "began, or planned for", Unit::Day).less(4),
        GridColumn::new("age_days", "days old", Unit::Count),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
        GridColumn::new("amount", "amount", Unit::Money),
        GridColumn::new("due", "due", Unit::Text).less(5),
        GridColumn::new("acknowledged_by", "acknowledged by", Unit::Text).less(3),
    ]);
    for row in &response.rows {
        let name = row.customer.split_once(':').map_or("", |(_, name)| name);
        let text = |text: &str| if text.is_empty() { GridCell::nothing() } else { GridCell::text(text) };
        let acknowledged = match (row.is_acknowledged, row.acknowledged_by.as_str()) {
            (false, _) => GridCell::nothing(),
            (true, "") => GridCell::text("somebody"),
            (true, by) => GridCell::text(by),
        };
        grid.row([
            GridCell::text(&row.object),
            GridCell::text(&row.kind),
            GridCell::text(&row.customer).named(name),
            GridCell::text(&row.owner),
            text(&row.roles.join(" ")),
            GridCell::moment(row.since.as_ref()),
            GridCell::moment(row.begun.as_ref()),
            GridCell::count(row.age_days.into()),
            text(&row.currency),
            GridCell::sum(row.amount.as_ref(), &row.currency),
            text(&row.due),
            acknowledged,
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more object", "more objects"));
    }
    grid
}
