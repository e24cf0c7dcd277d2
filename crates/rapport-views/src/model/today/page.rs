//! What is to be done, shown: how much of each kind, then what is overdue, what comes, and whom to call.

use rapport_proto::v1::{TodayKind, TodayRequest, TodayResponse, TodayRow};

use super::{ask::ask, thing::word};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, paged::check_page_size},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Today;

impl Model for Today {
    type Request = TodayRequest;
    type Response = TodayResponse;
    const NAME: &'static str = "today";
    const RESPONSE: &'static str = "rapport.v1.TodayResponse";
    const VIEW: View = View::Facts;
    const BESIDE: &'static [View] = &[View::Funnel];
    const LINES: Lines = Lines::Rows(&[
        "part", "what", "due", "days", "customer", "object", "owner", "why", "amount", "number", "next",
        "next_due", "overdue", "today", "ahead", "undated", "figure",
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

    fn page(request: &TodayRequest, response: &TodayResponse) -> Page {
        let mut page = Page::default();
        page.grids.push(counts(response));
        // Parts behind the last row that is shown are not empty where rows are left out: the next page has them.
        let shown = |(_, _, is_in): &Part| response.rows.iter().any(is_in);
        let parts = match PARTS.iter().rposition(shown) {
            Some(last) if response.rows_left_out > 0 => PARTS.get(..=last).unwrap_or(&PARTS),
            _ => &PARTS[..],
        };
        for (key, title, is_in) in parts {
            let rows = response.rows.iter().filter(|row| is_in(row));
            page.grids.push(rows_of(key, title, rows));
        }
        if let Some(last) = page.grids.iter_mut().rev().find(|grid| !grid.rows.is_empty())
            && response.rows_left_out > 0
        {
            last.note(Words::counted("rows_left_out", response.rows_left_out, "more", "more"));
        }
        if response.counts.is_empty() && response.rows.is_empty() {
            let text = GridCell::text(&response.until);
            page.notes.push(Words::new("nothing", "nothing to be done until {}").with(Unit::Text, text));
        }
        if response.of_others > 0 {
            let (one, many) = ("of somebody else is left out", "of others are left out");
            page.notes.push(Words::counted("of_others", response.of_others, one, many));
        }
        if request.actor.is_empty()
            && response.rows.iter().all(|row| row.owner.is_empty())
            && !response.rows.is_empty()
        {
            page.notes.push(Words::new("no_owner", "nobody is responsible: no `owner.assigned`"));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// A grid: its key, its title, and which rows it has.
type Part = (&'static str, &'static str, fn(&TodayRow) -> bool);

const PARTS: [Part; 6] = [
    ("overdue", "overdue", |row| row.is_overdue),
    ("today", "today", |row| row.days == Some(0) && !row.is_overdue),
    ("ahead", "the days ahead", |row| row.days.is_some_and(|days| days > 0)),
    ("undated", "without a day", |row| row.days.is_none() && !is_customer(row)),
    ("leaving", "customers who may be about to leave", |row| row.kind() == TodayKind::Leaving),
    ("silent", "customers who are silent for too long", |row| row.kind() == TodayKind::Silent),
];

fn is_customer(row: &TodayRow) -> bool {
    matches!(row.kind(), TodayKind::Leaving | TodayKind::Silent)
}

fn counts(response: &TodayResponse) -> Grid {
    let mut grid = Grid::new("count", "to be done").columns([
        GridColumn::new("what", "what", Unit::Text).most(),
        GridColumn::new("overdue", "overdue", Unit::Count),
        GridColumn::new("today", "today", Unit::Count),
        GridColumn::new("ahead", "ahead", Unit::Count),
        GridColumn::new("undated", "without a day", Unit::Count),
    ]);
    for row in &response.counts {
        let figure = |figure| GridCell::figure(figure);
        grid.row([
            GridCell::text(word(row.kind())).named(title(row.kind())),
            figure(row.overdue.as_ref()),
            figure(row.today.as_ref()),
            figure(row.ahead.as_ref()),
            figure(row.undated.as_ref()),
        ]);
    }
    grid
}

/// A kind in words, of several.
const fn title(kind: TodayKind) -> &'static str {
    match kind {
        TodayKind::Unspecified => "",
        TodayKind::Promise => "promises",
        TodayKind::Meeting => "meetings",
        TodayKind::Deal => "deals to be decided",
        TodayKind::Contract => "contracts that end",
        TodayKind::Delivery => "deliveries",
        TodayKind::Ticket => "tickets",
        TodayKind::Handover => "handovers",
        TodayKind::Leaving => "may be about to leave",
        TodayKind::Silent => "silent for too long",
    }
}

fn rows_of<'a>(key: &'static str, heading: &'static str, rows: impl Iterator<Item = &'a TodayRow>) -> Grid {
    let mut grid = Grid::new(key, heading).columns([
        GridColumn::new("due", "due", Unit::Text),
        GridColumn::new("days", "days", Unit::Text).less(6),
        GridColumn::new("what", "what", Unit::Text),
        GridColumn::new("object", "which", Unit::Code).most(),
        GridColumn::new("customer", "customer", Unit::Code),
        GridColumn::new("owner", "owner", Unit::Code).less(5),
        GridColumn::new("why", "why", Unit::Text).less(4),
        GridColumn::new("amount", "amount", Unit::Money).less(3),
        GridColumn::new("number", "n", Unit::Count).less(1),
        GridColumn::new("next", "next step", Unit::Code).less(2),
        GridColumn::new("next_due", "next on", Unit::Text).less(2),
    ]);
    for row in rows {
        let text = |text: &str| if text.is_empty() { GridCell::nothing() } else { GridCell::text(text) };
        let named = |tag: &str| tag.split_once(':').map_or("", |(_, id)| id).to_owned();
        let code = |tag: &str| text(tag).named(&named(tag));
        let next = row.next_step.as_ref();
        grid.row([
            text(&row.due),
            row.days.map_or_else(GridCell::nothing, |days| GridCell::text(&days.to_string())),
            GridCell::text(word(row.kind())),
            text(&row.object),
            code(&row.customer),
            text(&row.owner),
            text(&row.why.join(", ")),
            row.amount_minor_units
                .map_or_else(GridCell::nothing, |amount| GridCell::money(Some(amount), "", &row.currency)),
            row.number.map_or_else(GridCell::nothing, GridCell::count),
            next.map_or_else(GridCell::nothing, |next| text(&next.object)),
            next.map_or_else(GridCell::nothing, |next| text(&next.due)),
        ]);
    }
    grid
}
