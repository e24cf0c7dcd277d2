//! What deliveries show: on time and in full, slip and its reasons, milestones, what customers said, and the late orders.

use rapport_proto::v1::{
    DeliveriesRequest, DeliveriesResponse,
    deliveries_request::{By, List},
};

use super::{
    ask::ask,
    grids::{count, groups, milestones, said, slips, total},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Whether orders arrive on time and in full.
#[derive(Debug, Clone, Copy)]
pub struct Deliveries;

impl Model for Deliveries {
    type Request = DeliveriesRequest;
    type Response = DeliveriesResponse;
    const NAME: &'static str = "deliveries";
    const RESPONSE: &'static str = "rapport.v1.DeliveriesResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "object",
        "customer",
        "orders",
        "of",
        "percent",
        "low",
        "high",
        "on_time",
        "on_time_share",
        "on_time_by_last",
        "on_time_by_last_share",
        "in_full",
        "in_full_share",
        "on_time_in_full",
        "on_time_in_full_share",
        "on_time_in_full_by_last",
        "on_time_in_full_by_last_share",
        "requested",
        "on_time_by_requested",
        "on_time_by_requested_share",
        "late",
        "early",
        "slip_n",
        "median_slip",
        "p90_slip",
        "mean_slip",
        "rescheduled",
        "reschedules_mean",
        "with_condition",
        "damaged",
        "damaged_share",
        "without_promise",
        "unknown",
        "overdue",
        "milestones",
        "mean",
        "requested_day",
        "first_committed",
        "last_committed",
        "arrived",
        "slip_days",
        "reschedules",
        "reason",
        "in_full_now",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &DeliveriesRequest, response: &DeliveriesResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([total(request, response), slips(response)]);
        if request.by() != By::Unspecified {
            let (title, one) = match request.by() {
                By::Unspecified | By::Branch => ("by branch", "branch"),
                By::Staff => ("by staff", "staff"),
                By::Month => ("by month of arrival", "month"),
                By::Customer => ("by customer", "customer"),
            };
            let mut grid = groups("group", title, (one, "not said"), &response.groups);
            left_out(&mut grid, "groups_left_out", response.groups_left_out, "more group", "more groups");
            page.grids.push(grid);
        }
        let title = "promised anew, by the reason of the last promise";
        let mut reasons = groups("reason", title, ("reason", "no reason"), &response.reasons);
        left_out(&mut reasons, "reasons_left_out", response.reasons_left_out, "more reason", "more reasons");
        page.grids.push(reasons);
        page.grids.extend(milestones(response));
        page.grids.extend([said(response), rows(request, response)]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let text = "orders that arrived, and milestones that were planned, from {} until {}";
        let words = Words::new("period", text).with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        let others = count(response.of_others.as_ref());
        if others > 0 && !request.suppliers {
            let (one, many) = (
                "order of a supplier is left out; see --suppliers",
                "orders of suppliers are left out; see --suppliers",
            );
            page.notes.push(Words::counted("of_suppliers", others, one, many));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn left_out(grid: &mut Grid, key: &'static str, n: u64, one: &'static str, many: &'static str) {
    if n > 0 {
        grid.note(Words::counted(key, n, one, many));
    }
}

fn rows(request: &DeliveriesRequest, response: &DeliveriesResponse) -> Grid {
    let title = match request.list() {
        List::Unspecified | List::Late => "late orders, the worst first",
        List::Overdue => "open and overdue orders, the worst first",
    };
    let mut grid = Grid::new("row", title).columns([
        GridColumn::new("object", "order", Unit::Code).most(),
        GridColumn::new("customer", "customer", Unit::Code).less(6),
        GridColumn::new("requested_day", "asked for", Unit::Text).less(3),
        GridColumn::new("first_committed", "committed first", Unit::Text),
        GridColumn::new("last_committed", "committed last", Unit::Text).less(4),
        GridColumn::new("arrived", "arrived", Unit::Text),
        GridColumn::new("slip_days", "days late", Unit::Count),
        GridColumn::new("reschedules", "promised anew", Unit::Count).less(5),
        GridColumn::new("reason", "why", Unit::Code).less(7),
        GridColumn::new("in_full_now", "in full", Unit::Text).less(2),
    ]);
    for row in &response.rows {
        let named = |tag: &str| tag.split_once(':').map_or("", |(_, name)| name).to_owned();
        let day = |day: &str| if day.is_empty() { GridCell::nothing() } else { GridCell::text(day) };
        grid.row([
            GridCell::text(&row.object).named(&named(&row.object)),
            GridCell::text(&row.customer).named(&named(&row.customer)),
            day(&row.requested),
            day(&row.first_committed),
            day(&row.last_committed),
            day(&row.arrived),
            GridCell::count(row.slip_days.into()),
            GridCell::count(row.reschedules.into()),
            day(&row.reason),
            GridCell::text(if row.in_full { "yes" } else { "no" }),
        ]);
    }
    left_out(&mut grid, "rows_left_out", response.rows_left_out, "more order", "more orders");
    grid
}
