//! What staff show: deals, contacts and where time goes, turnover, incentives, and what each did or was paid.

use rapport_proto::v1::{
    StaffPayout, StaffRequest, StaffResponse,
    staff_request::{By, List},
};

use super::{
    ask::ask,
    grids::{count, groups, left_out, time, total, turnover, values},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What staff do, what they are paid for it, and who joins and leaves.
#[derive(Debug, Clone, Copy)]
pub struct Staff;

impl Model for Staff {
    type Request = StaffRequest;
    type Response = StaffResponse;
    const NAME: &'static str = "staff";
    const RESPONSE: &'static str = "rapport.v1.StaffResponse";
    const VIEW: View = View::Facts;
    const BESIDE: &'static [View] = &[View::Funnel];
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "n",
        "of",
        "percent",
        "low",
        "high",
        "won",
        "lost",
        "win_rate",
        "contacts",
        "two_way",
        "by_executives",
        "with_duration",
        "without_duration",
        "time",
        "share",
        "selling",
        "selling_share",
        "service",
        "service_share",
        "other",
        "other_share",
        "new",
        "new_share",
        "existing",
        "existing_share",
        "nobody",
        "nobody_share",
        "tickets_resolved",
        "deals",
        "tickets",
        "orders",
        "joined",
        "left",
        "headcount_begin",
        "headcount_end",
        "headcount_mean",
        "turnover",
        "payouts",
        "traced",
        "without_evidence",
        "in_doubt",
        "undefined",
        "at",
        "event",
        "scheme",
        "version",
        "definition",
        "metric",
        "value",
        "currency",
        "amount",
        "sound",
        "evidence_n",
        "evidence",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &StaffRequest, response: &StaffResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([total(response), time(response), values(response), turnover(response)]);
        page.grids.extend([payouts(response), schemes(response), left_out(response)]);
        let mut grid = match request.list() {
            List::Payouts => listed(response),
            List::Unspecified | List::Work => groups(request, response),
        };
        let more = response.rows_left_out;
        if more > 0 {
            grid.note(Words::counted("rows_left_out", more, "more row", "more rows"));
        }
        match request.by() {
            By::Branch => grid.note(Words::new(
                "no_deals",
                "deals and incentives do not say the branch of who closed or earned them: see --by staff",
            )),
            By::Department => grid.note(Words::new(
                "no_deals",
                "deals, orders and incentives do not say the department of who acted: see --by staff",
            )),
            By::Unspecified | By::Staff => {}
        }
        page.grids.push(grid);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let words = Words::new("period", "what happened from {} until {}");
        let words = words.with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// How sound payouts are.
fn payouts(response: &StaffResponse) -> Grid {
    let counted = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let mut grid = Grid::new("payouts", "incentives that were paid out").columns([
        counted("payouts", "payouts"),
        counted("traced", "traced to events"),
        counted("without_evidence", "no events named"),
        counted("in_doubt", "in doubt"),
        counted("undefined", "scheme not published"),
    ]);
    let Some(of) = &response.payouts else { return grid };
    let cells = [&of.payouts, &of.traced, &of.without_evidence, &of.in_doubt, &of.undefined]
        .map(|figure| GridCell::figure(figure.as_ref()));
    if count(of.payouts.as_ref()) == 0 {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    if count(of.in_doubt.as_ref()) > 0 {
        let text = "in doubt: an event is missing, retracted or of another person; see --list payouts";
        grid.note(Words::new("in_doubt", text));
    }
    grid
}

/// What each scheme paid.
fn schemes(response: &StaffResponse) -> Grid {
    let mut grid = Grid::new("scheme", "incentives by scheme").columns([
        GridColumn::new("scheme", "scheme", Unit::Code).most(),
        GridColumn::new("version", "version", Unit::Code),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
        GridColumn::new("payouts", "payouts", Unit::Count),
        GridColumn::new("amount", "amount", Unit::Money),
        GridColumn::new("definition", "definition", Unit::Code),
    ]);
    for one in &response.schemes {
        grid.row([
            GridCell::text(&one.scheme),
            version(one.version),
            GridCell::text(&one.currency),
            GridCell::figure(one.payouts.as_ref()),
            GridCell::sum(one.amount.as_ref(), &one.currency),
            definition(&one.definition),
        ]);
    }
    if response.schemes_left_out > 0 {
        grid.note(Words::counted(
            "schemes_left_out",
            response.schemes_left_out,
            "more scheme",
            "more schemes",
        ));
    }
    grid
}

fn version(version: u32) -> GridCell {
    if version == 0 { GridCell::nothing() } else { GridCell::count(version.into()) }
}

fn definition(state: &str) -> GridCell {
    let name = match state {
        "version_not_said" => "version not said",
        "missing" => "not published",
        _ => "",
    };
    GridCell::text(state).named(name)
}

/// One row a payout.
fn listed(response: &StaffResponse) -> Grid {
    let mut grid = Grid::new("payout", "payouts, the latest first").columns([
        GridColumn::new("at", "when", Unit::Day),
        GridColumn::new("key", "staff", Unit::Code),
        GridColumn::new("event", "event", Unit::Code).for_exports(),
        GridColumn::new("scheme", "scheme", Unit::Code).most(),
        GridColumn::new("version", "version", Unit::Code).less(2),
        GridColumn::new("definition", "definition", Unit::Code).less(1),
        GridColumn::new("metric", "measured", Unit::Code).less(4),
        GridColumn::new("value", "value", Unit::Ratio).less(3),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
        GridColumn::new("amount", "amount", Unit::Money),
        GridColumn::new("evidence_n", "events", Unit::Count),
        GridColumn::new("sound", "evidence", Unit::Text),
        GridColumn::new("evidence", "evidence events", Unit::Text).for_exports(),
    ]);
    for row in &response.rows {
        let Some(payout) = &row.payout else { continue };
        let ids: Vec<String> =
            payout.evidence.iter().map(|one| format!("{}:{}", one.event_id, one.state)).collect();
        grid.row([
            GridCell::moment(payout.at.as_ref()),
            GridCell::text(&row.key),
            GridCell::count(payout.position),
            GridCell::text(&payout.scheme),
            version(payout.version),
            definition(&payout.definition),
            GridCell::text(&payout.metric),
            GridCell::number_if_any(payout.value),
            GridCell::text(&payout.currency),
            GridCell::sum(payout.amount.as_ref(), &payout.currency),
            GridCell::count(payout.evidence.len() as u64 + payout.evidence_left_out),
            GridCell::text(&sound(payout)),
            GridCell::text(&ids.join(" ")),
        ]);
    }
    grid
}

/// What is wrong with the evidence, with how many events are so: `known`, or `1 missing, 2 of another`.
fn sound(payout: &StaffPayout) -> String {
    if payout.evidence.is_empty() {
        return "none named".to_owned();
    }
    let faults = ["missing", "retracted", "of_another"].map(|state| {
        let n = payout.evidence.iter().filter(|one| one.state == state).count();
        (n > 0).then(|| format!("{n} {}", state.replace('_', " ")))
    });
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    if faults.is_empty() { "known".to_owned() } else { faults.join(", ") }
}
