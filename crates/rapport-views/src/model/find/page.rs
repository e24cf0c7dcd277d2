//! What finding shows: the parties that match, and why.

use rapport_proto::v1::{
    FindRequest, FindResponse, Found, Match, MatchedBy as By, MatchedHow as How, Related,
};

use super::{ask::ask, query};
use crate::{
    model::{Answered, AskError, Asked, Model, Token, fields_of_every_model, list},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Who is meant.
#[derive(Debug, Clone, Copy)]
pub struct Find;

impl Model for Find {
    type Request = FindRequest;
    type Response = FindResponse;
    const NAME: &'static str = "find";
    const RESPONSE: &'static str = "rapport.v1.FindResponse";
    const VIEW: View = View::Directory;
    const LINES: Lines = Lines::Rows(&[
        "customer",
        "kind",
        "name",
        "matched",
        "how",
        "text",
        "recorded_under",
        "other_ids",
        "contact_of",
        "contacts",
    ]);

    fn check(request: &Self::Request) -> Result<(), AskError> {
        query::check(request)
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
            |response| &mut response.found,
            |response| (&mut response.rows_left_out, &mut response.next_page_token),
        );
    }

    fn page(_: &FindRequest, response: &FindResponse) -> Page {
        let mut grid = Grid::new("found", "found").columns([
            GridColumn::new("customer", "customer", Unit::Code),
            GridColumn::new("kind", "kind", Unit::Code).less(3),
            GridColumn::new("name", "name", Unit::Text).most(),
            GridColumn::new("matched", "by", Unit::Code),
            GridColumn::new("how", "how", Unit::Code).less(2),
            GridColumn::new("text", "matches", Unit::Text),
            GridColumn::new("recorded_under", "recorded under", Unit::Code).for_exports(),
            GridColumn::new("other_ids", "merged ids", Unit::Code).less(1),
            GridColumn::new("contact_of", "acts for", Unit::Text),
            GridColumn::new("contacts", "contacts", Unit::Text).for_exports(),
        ]);
        for one in &response.found {
            grid.row(cells(one));
        }
        let mut page = Page { grids: vec![grid], notes: Vec::new() };
        if response.total == 0 {
            page.notes.push(Words::new("nobody", "nobody matches at that moment"));
        }
        if response.rows_left_out > 0 {
            let left_out = response.rows_left_out;
            page.notes.push(Words::counted("rows_left_out", left_out, "more party", "more parties"));
        }
        if response.more_may_match {
            let more = "more may match than are counted; another word narrows it down";
            page.notes.push(Words::new("more_may_match", more));
        }
        page
    }

    fields_of_every_model!();
}

fn cells(found: &Found) -> [GridCell; 10] {
    let best = found.matched.first().cloned().unwrap_or_default();
    [
        GridCell::text(&found.customer),
        GridCell::text(&found.kind),
        GridCell::text(&found.name),
        GridCell::text(by(&best)),
        GridCell::text(how(&best)),
        GridCell::text(&best.text),
        GridCell::text(&best.recorded_under),
        GridCell::text(&with_more(found.other_ids.clone(), found.other_ids_left_out)),
        GridCell::text(&with_more(named(&found.contact_of), found.contact_of_left_out)),
        GridCell::text(&with_more(named(&found.contacts), found.contacts_left_out)),
    ]
}

fn named(related: &[Related]) -> Vec<String> {
    let named = |one: &Related| {
        if one.name.is_empty() { one.customer.clone() } else { format!("{} ({})", one.name, one.customer) }
    };
    related.iter().map(named).collect()
}

fn with_more(mut names: Vec<String>, more: u64) -> String {
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

fn by(best: &Match) -> &'static str {
    match best.by() {
        By::Unspecified => "",
        By::Id => "id",
        By::Name => "name",
        By::Email => "email",
        By::Phone => "phone",
        By::RegistrationNumber => "registration_number",
        By::ExternalId => "external_id",
        By::Address => "address",
    }
}

fn how(best: &Match) -> &'static str {
    match best.how() {
        How::Unspecified => "",
        How::Id | How::Whole | How::Name => "whole",
        How::LastDigits => "last_digits",
        How::Words => "words",
        How::Beginning => "beginning",
        How::LetterWrong => "letter_wrong",
    }
}
