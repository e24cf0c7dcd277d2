//! What definitions show: those that hold, those that will, those that cannot be read, and the defaults.

use rapport_proto::{
    definition,
    v1::{Definition, DefinitionState as State, DefinitionsRequest, DefinitionsResponse},
};

use super::ask::ask;
use crate::{
    model::{Answered, AskError, Asked, Model, Token, check_page_size, fields_of_every_model, list},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Which definitions there are.
#[derive(Debug, Clone, Copy)]
pub struct Definitions;

impl Model for Definitions {
    type Request = DefinitionsRequest;
    type Response = DefinitionsResponse;
    const NAME: &'static str = "definitions";
    const RESPONSE: &'static str = "rapport.v1.DefinitionsResponse";
    /// Every view has them; this one is in every process that answers.
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "kind",
        "code",
        "version",
        "effective_from",
        "published_at",
        "approver",
        "event",
        "fault",
    ]);

    fn check(request: &Self::Request) -> Result<(), AskError> {
        check_page_size(request.page_size)
    }

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        list::cut(
            response,
            token,
            beside,
            |response| &mut response.definitions,
            |response| (&mut response.rows_left_out, &mut response.next_page_token),
        );
    }

    fn page(_: &DefinitionsRequest, response: &DefinitionsResponse) -> Page {
        let mut page = Page::default();
        if response.definitions.is_empty() && response.rows_left_out == 0 {
            page.notes.push(Words::new("no_definitions", "no such definitions by then"));
        }
        for (state, key, title, from) in [
            (State::InForce, "in_force", "in force", "since"),
            (State::Upcoming, "upcoming", "will take effect", "from"),
            (State::Unreadable, "unreadable", "cannot be read: what was in force before stays", "from"),
            (State::Earlier, "earlier", "earlier versions", "from"),
        ] {
            page.grids.extend(published(response, state, Grid::new(key, title), from));
        }
        page.grids.extend(defaults(response));
        if response.rows_left_out > 0 {
            let left_out = response.rows_left_out;
            page.notes.push(Words::counted("rows_left_out", left_out, "more definition", "more definitions"));
        }
        page
    }

    fields_of_every_model!();
}

fn of(response: &DefinitionsResponse, state: State) -> impl Iterator<Item = &Definition> {
    response.definitions.iter().filter(move |one| one.state() == state)
}

/// The versions of a state; nothing where there are none.
fn published(response: &DefinitionsResponse, state: State, grid: Grid, from: &'static str) -> Option<Grid> {
    let fault = GridColumn::new("fault", "fault", Unit::Text);
    let fault = if state == State::Unreadable { fault } else { fault.for_exports() };
    let mut grid = grid.columns([
        GridColumn::new("kind", "kind", Unit::Code),
        GridColumn::new("code", "code", Unit::Code).most(),
        GridColumn::new("version", "version", Unit::Count),
        GridColumn::new("effective_from", from, Unit::Moment),
        GridColumn::new("published_at", "published", Unit::Moment).for_exports(),
        GridColumn::new("approver", "approved by", Unit::Code).less(2),
        GridColumn::new("event", "event", Unit::Code).less(1),
        fault,
    ]);
    for one in of(response, state) {
        grid.row([
            GridCell::text(&one.kind),
            GridCell::text(&one.code),
            GridCell::count(one.version.into()),
            GridCell::moment(one.effective_from.as_ref()),
            GridCell::moment(one.published_at.as_ref()),
            GridCell::text(&one.approver),
            GridCell::count(one.position),
            GridCell::text(&one.fault),
        ]);
    }
    (!grid.is_empty()).then_some(grid)
}

fn defaults(response: &DefinitionsResponse) -> Option<Grid> {
    let title = "by default, because nothing readable is published";
    let mut grid = Grid::new("default", title).columns([
        GridColumn::new("kind", "kind", Unit::Code),
        GridColumn::new("code", "code", Unit::Code),
        GridColumn::new("about", "says", Unit::Text).most().for_readers(),
    ]);
    for one in of(response, State::Default) {
        let about = definition::kind(&one.kind).map_or("", |kind| kind.about);
        grid.row([GridCell::text(&one.kind), GridCell::text(&one.code), GridCell::text(about)]);
    }
    (!grid.is_empty()).then_some(grid)
}
