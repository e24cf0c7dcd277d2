//! What paths show: the variants, the steps and where things rest, which step follows which, and how far a process is
//! followed.

use rapport_proto::v1::{
    Figure, PathsRequest, PathsResponse,
    paths_request::{Of, Outcome},
};

use super::{
    ask::{ask, cases_are},
    compared::{practices, quickest, said},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// Through which steps things go.
#[derive(Debug, Clone, Copy)]
pub struct Paths;

impl Model for Paths {
    type Request = PathsRequest;
    type Response = PathsResponse;
    const NAME: &'static str = "paths";
    const RESPONSE: &'static str = "rapport.v1.PathsResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "step",
        "from",
        "to",
        "steps",
        "cause",
        "required",
        "cases",
        "closed",
        "variants",
        "variation",
        "mean_steps",
        "times",
        "first",
        "resting",
        "longest",
        "share",
        "cumulative",
        "median",
        "mean",
        "reached",
        "waiting",
        "never",
        "adherence",
        "due",
        "conformant",
        "share_conformant",
        "done",
        "late",
        "out_of_order",
        "deviated",
        "skipped",
        "missing",
        "events",
        "question",
        "score",
        "quick",
        "quick_share",
        "others",
        "others_share",
        "points",
        "low",
        "high",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &PathsRequest, response: &PathsResponse) -> Page {
        let mut page = Page::default();
        if let Some(text) = nothing(request, response) {
            page.notes.push(Words::new("nothing", text));
            page.notes.extend(last_began(request, response));
            page.notes.extend(others(request, response));
            return page;
        }
        page.grids.extend([totals(request, response), between(response), variants(request, response)]);
        page.grids.extend([steps(request, response), moves(response)]);
        page.grids.extend([adherence(response), said(response), followed(response), causes(response)]);
        page.grids.extend([quickest(request, response), practices(request, response)]);
        page.notes.extend(others(request, response));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn n(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// What the page says in the place of tables where there is no case.
fn nothing(request: &PathsRequest, response: &PathsResponse) -> Option<&'static str> {
    let total = response.total.as_ref()?;
    if n(total.cases.as_ref()) > 0 {
        return None;
    }
    let is_any = request.outcome() == Outcome::Unspecified;
    Some(match request.of() {
        Of::Unspecified | Of::Tickets if is_any => "no ticket was opened in this period",
        Of::Deals if is_any => "no deal was opened in this period",
        Of::Documents if is_any => "no document came to a state in this period",
        Of::Process if is_any => "no process was begun in this period",
        Of::Unspecified | Of::Tickets | Of::Deals | Of::Documents | Of::Process => {
            "nothing with this outcome began in this period"
        }
    })
}

/// When there was one.
fn last_began(request: &PathsRequest, response: &PathsResponse) -> Option<Words> {
    let began = response.last_began.as_ref()?;
    let (one, _) = cases_are(request.of());
    let text =
        format!("the last {one} began {{0}}: --from asks for a longer period, --as-of for an earlier one");
    Some(Words::new("last_began", text).with(Unit::Day, GridCell::moment(Some(began))))
}

/// What else there is to ask.
fn others(request: &PathsRequest, response: &PathsResponse) -> Option<Words> {
    let others: Vec<&str> =
        response.codes.iter().map(String::as_str).filter(|code| *code != response.code).take(5).collect();
    let what = match request.of() {
        Of::Unspecified | Of::Tickets => return None,
        Of::Deals => "pipelines",
        Of::Documents => "kinds",
        Of::Process => "processes",
    };
    let is_one_of_many = request.of() == Of::Process || !response.code.is_empty() || others.len() > 1;
    let is_told = is_one_of_many && !others.is_empty();
    let which = if response.code.is_empty() { "there are" } else { "there are also" };
    is_told.then(|| Words::new("codes", format!("{which} the {what} {}", others.join(", "))))
}

fn totals(request: &PathsRequest, response: &PathsResponse) -> Grid {
    let (_, many) = cases_are(request.of());
    let mut title = format!("which way {many} go");
    if !response.code.is_empty() {
        title = format!("{title}: {}", response.code);
    }
    let mut grid = Grid::new("total", "which way they go").titled(Words::new("total", title)).columns([
        GridColumn::new("cases", many, Unit::Count),
        GridColumn::new("closed", "ended", Unit::Count),
        GridColumn::new("variants", "variants", Unit::Count),
        GridColumn::new("variation", "variation", Unit::Ratio),
        GridColumn::new("mean_steps", "steps each", Unit::Ratio),
        GridColumn::new("median", "median time, ended", Unit::Duration),
    ]);
    if let Some(total) = &response.total {
        grid.row([
            GridCell::figure(total.cases.as_ref()),
            GridCell::figure(total.closed.as_ref()),
            GridCell::count(total.variants),
            GridCell::number_if_any(total.variation),
            GridCell::number_if_any(total.mean_steps),
            GridCell::length(total.median.as_ref()),
        ]);
    }
    grid
}

fn between(response: &PathsResponse) -> Grid {
    let mut grid = Grid::new("between", "from one step to another").columns([
        GridColumn::new("from", "from", Unit::Code),
        GridColumn::new("to", "to", Unit::Code),
        GridColumn::new("reached", "came there", Unit::Count),
        GridColumn::new("waiting", "wait", Unit::Count),
        GridColumn::new("never", "ended without", Unit::Count),
        GridColumn::new("median", "median", Unit::Duration),
        GridColumn::new("mean", "mean of who came", Unit::Duration),
    ]);
    if let Some(between) = &response.between {
        grid.row([
            GridCell::text(&between.from),
            GridCell::text(&between.to),
            GridCell::figure(between.reached.as_ref()),
            GridCell::figure(between.waiting.as_ref()),
            GridCell::figure(between.never.as_ref()),
            GridCell::length(between.median.as_ref()),
            GridCell::length(between.mean.as_ref()),
        ]);
        if between.median.is_none() && n(between.reached.as_ref()) > 0 {
            let text = "more than half have not come there yet: there is no median";
            grid.note(Words::new("no_median", text));
        }
    }
    grid
}

fn variants(request: &PathsRequest, response: &PathsResponse) -> Grid {
    let (_, many) = cases_are(request.of());
    let mut grid = Grid::new("row", "variants, the most frequent first").columns([
        GridColumn::new("cases", many, Unit::Count),
        GridColumn::new("share", "share", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("cumulative", "with those above", Unit::Share).less(2),
        GridColumn::new("median", "median time", Unit::Duration).less(1),
        GridColumn::new("steps", "steps", Unit::Text).most(),
    ]);
    for row in &response.rows {
        let steps = row.steps.join(" › ");
        grid.row([
            GridCell::figure(row.cases.as_ref()),
            GridCell::number_if_any(row.share),
            GridCell::number_if_any(row.cumulative),
            GridCell::length(row.median.as_ref()),
            GridCell::text(&steps).named(if steps.is_empty() { "no step" } else { "" }),
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more variant", "more variants"));
    }
    grid
}

fn steps(request: &PathsRequest, response: &PathsResponse) -> Grid {
    let (_, many) = cases_are(request.of());
    let mut grid = Grid::new("step", "steps, and where things rest").columns([
        GridColumn::new("step", "step", Unit::Code).most(),
        GridColumn::new("cases", many, Unit::Count),
        GridColumn::new("times", "times", Unit::Count).less(1),
        GridColumn::new("first", "first step of", Unit::Count).less(2),
        GridColumn::new("resting", "rest here", Unit::Count),
        GridColumn::new("longest", "longest for", Unit::Duration),
    ]);
    for step in &response.steps {
        grid.row([
            GridCell::text(&step.step).named(if step.step.is_empty() { "not said" } else { "" }),
            GridCell::figure(step.cases.as_ref()),
            GridCell::count(step.times),
            GridCell::count(step.first),
            GridCell::figure(step.resting.as_ref()),
            GridCell::length(step.longest.as_ref()),
        ]);
    }
    grid
}

fn moves(response: &PathsResponse) -> Grid {
    let mut grid = Grid::new("move", "which step follows which").columns([
        GridColumn::new("from", "from", Unit::Code).most(),
        GridColumn::new("to", "to", Unit::Code).most(),
        GridColumn::new("times", "times", Unit::Count),
        GridColumn::new("cases", "cases", Unit::Count).less(1),
        GridColumn::new("median", "median time", Unit::Duration),
        GridColumn::new("mean", "mean time", Unit::Duration).less(2),
    ]);
    for one in &response.moves {
        let name = |step: &str| if step.is_empty() { "not said" } else { "" };
        grid.row([
            GridCell::text(&one.from).named(name(&one.from)),
            GridCell::text(&one.to).named(name(&one.to)),
            GridCell::count(one.times),
            GridCell::figure(one.cases.as_ref()),
            GridCell::length(one.median.as_ref()),
            GridCell::length(one.mean.as_ref()),
        ]);
    }
    if response.moves_left_out > 0 {
        grid.note(Words::counted("moves_left_out", response.moves_left_out, "more pair", "more pairs"));
    }
    grid
}

fn adherence(response: &PathsResponse) -> Grid {
    let mut grid = Grid::new("adherence", "how far the process is followed").columns([
        GridColumn::new("adherence", "adherence", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("due", "steps due", Unit::Count),
        GridColumn::new("conformant", "wholly followed", Unit::Count),
        GridColumn::new("share_conformant", "of cases", Unit::Share),
    ]);
    if let Some(of) = &response.adherence {
        grid.row([
            GridCell::number_if_any(of.adherence),
            GridCell::count(of.due),
            GridCell::figure(of.conformant.as_ref()),
            GridCell::number_if_any(of.share_conformant),
        ]);
    }
    grid
}

fn followed(response: &PathsResponse) -> Grid {
    let mut grid = Grid::new("followed", "what became of each step").columns([
        GridColumn::new("step", "step", Unit::Code).most(),
        GridColumn::new("required", "required", Unit::Code).less(1),
        GridColumn::new("done", "done", Unit::Count),
        GridColumn::new("late", "too late", Unit::Count),
        GridColumn::new("out_of_order", "out of order", Unit::Count),
        GridColumn::new("deviated", "otherwise", Unit::Count),
        GridColumn::new("skipped", "left out", Unit::Count),
        GridColumn::new("missing", "not recorded", Unit::Count),
    ]);
    for step in response.adherence.iter().flat_map(|of| &of.steps) {
        grid.row([
            GridCell::text(&step.step).named(&step.name),
            GridCell::text(if step.required { "yes" } else { "no" }),
            GridCell::figure(step.done.as_ref()),
            GridCell::figure(step.late.as_ref()),
            GridCell::figure(step.out_of_order.as_ref()),
            GridCell::figure(step.deviated.as_ref()),
            GridCell::figure(step.skipped.as_ref()),
            GridCell::figure(step.missing.as_ref()),
        ]);
    }
    grid
}

fn causes(response: &PathsResponse) -> Grid {
    let mut grid = Grid::new("cause", "why steps were left out or done otherwise").columns([
        GridColumn::new("cause", "cause", Unit::Code).most(),
        GridColumn::new("events", "steps", Unit::Count),
        GridColumn::new("share", "share", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("cumulative", "with those above", Unit::Share),
    ]);
    for cause in response.adherence.iter().flat_map(|of| &of.causes) {
        grid.row([
            GridCell::text(&cause.cause).named(if cause.cause.is_empty() { "not said" } else { "" }),
            GridCell::figure(cause.events.as_ref()),
            GridCell::number_if_any(cause.share),
            GridCell::number_if_any(cause.cumulative),
        ]);
    }
    grid
}
