//! What a timeline shows: its entries, of a customer or of an object.

use rapport_proto::{
    v1::{Actor, TimelineEntry, TimelineRequest, TimelineResponse},
    validate::check_tag,
};

use super::{
    Answered, AskError, Asked, Model, Token, check_page_size, fields_of_every_model,
    paged::{TooLarge, add_page},
};
use crate::{
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    timeline::ask::timeline,
    view::View,
};

/// Everything about one customer, or about one object.
#[derive(Debug, Clone, Copy)]
pub struct Timeline;

impl Model for Timeline {
    type Request = TimelineRequest;
    type Response = TimelineResponse;
    const NAME: &'static str = "timeline";
    const RESPONSE: &'static str = "rapport.v1.TimelineResponse";
    const VIEW: View = View::Timeline;
    const LINES: Lines = Lines::Rows(&[
        "occurred_at",
        "recorded_at",
        "position",
        "type",
        "summary",
        "actor",
        "channel",
        "recorded_under",
        "event_id",
        "corrections",
        "tags",
    ]);

    fn check(request: &TimelineRequest) -> Result<(), AskError> {
        check_subject(request)?;
        check_page_size(request.page_size)
    }

    fn answer(
        request: &TimelineRequest,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<TimelineResponse>, AskError> {
        let response = timeline(rows, asked.events, request, asked.as_of)?;
        Ok(Answered { response, objects: Vec::new() })
    }

    /// An answer is read a page at a time.
    fn cut(_: &mut TimelineResponse, _: Token, _: usize) {}

    fn respond(
        request: &TimelineRequest,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<TimelineResponse, AskError> {
        let mut request = request.clone();
        loop {
            let answer = Self::answer(&request, rows, asked)?.response;
            if !request.page {
                return Ok(answer);
            }
            let page = Self::page(&request, &answer);
            match add_page(answer, page, Self::put_page) {
                Ok(answer) => return Ok(answer),
                Err(TooLarge { answer, .. }) if answer.entries.len() <= 1 => return Ok(answer),
                // Half as many have room together with their page.
                Err(TooLarge { answer, .. }) => {
                    request.page_size = u32::try_from(answer.entries.len() / 2).unwrap_or(1);
                }
            }
        }
    }

    fn page(_: &TimelineRequest, response: &TimelineResponse) -> Page {
        let mut grid = Grid::new("entries", "entries").columns([
            GridColumn::new("occurred_at", "when", Unit::Moment),
            GridColumn::new("type", "type", Unit::Code).less(3),
            GridColumn::new("summary", "what", Unit::Text).most(),
            GridColumn::new("actor", "by", Unit::Text).less(2),
            GridColumn::new("channel", "channel", Unit::Code).less(1),
            GridColumn::new("recorded_under", "as", Unit::Code),
            GridColumn::new("recorded_at", "recorded", Unit::Moment).for_exports(),
            GridColumn::new("position", "position", Unit::Code).for_exports(),
            GridColumn::new("event_id", "event", Unit::Code).for_exports(),
            GridColumn::new("corrections", "corrections", Unit::Code).for_exports(),
            GridColumn::new("tags", "tags", Unit::Code).for_exports(),
        ]);
        for entry in &response.entries {
            grid.row(cells(entry));
        }
        let noun = if response.total == 1 { "entry" } else { "entries" };
        let words = Words::new("entries", format!("{{}} of {{}} {noun}"));
        grid.note(words.with_count(response.entries.len() as u64).with_count(response.total));
        for (key, number, text) in [
            ("left_out_by_page", response.left_out_by_page, "on other pages"),
            ("left_out_by_filter", response.left_out_by_filter, "left out by the filter"),
            ("retracted", response.retracted, "retracted"),
        ] {
            if number > 0 {
                grid.note(Words::counted(key, number, text, text));
            }
        }
        Page { grids: vec![grid], notes: Vec::new() }
    }

    fields_of_every_model!();
}

/// Whose timeline it is must be said, once.
fn check_subject(request: &TimelineRequest) -> Result<(), AskError> {
    let wrong = |field, expected: &str| Err(AskError::Field { field, expected: expected.to_owned() });
    match (request.customer.is_empty(), request.object.is_empty()) {
        (true, true) => wrong(
            "customer",
            "expected the id of a party, or in `object` a tag such as `deal:42`, found neither; give one of them",
        ),
        (false, false) => {
            wrong("object", "expected `customer` or `object`, found both; leave one of them out")
        }
        (true, false) if request.include_contacts => wrong(
            "include_contacts",
            "expected it with `customer` only; leave it out beside `object`, or ask for the organisation",
        ),
        (true, false) => check_tag("object", &request.object).map_err(|invalid| {
            let expected =
                invalid.violations.first().map_or_else(String::new, |wrong| wrong.description.clone());
            AskError::Field { field: "object", expected }
        }),
        (false, true) => Ok(()),
    }
}

fn cells(entry: &TimelineEntry) -> [GridCell; 11] {
    let corrections: Vec<_> = entry.corrections.iter().map(|link| link.event_id.as_str()).collect();
    [
        GridCell::moment(entry.occurred_at.as_ref()),
        GridCell::text(&entry.r#type),
        GridCell::text(&entry.summary),
        GridCell::text(who(entry.actor.as_ref())),
        GridCell::text(&entry.channel),
        GridCell::text(&entry.recorded_under),
        GridCell::moment(entry.recorded_at.as_ref()),
        GridCell::count(entry.position),
        GridCell::text(&entry.event_id),
        GridCell::text(&corrections.join(" ")),
        GridCell::text(&entry.tags.join(" ")),
    ]
}

/// The name of the actor, or else the id; empty when the event names none.
#[must_use]
pub fn who(actor: Option<&Actor>) -> &str {
    actor.map_or("", |actor| if actor.display_name.is_empty() { &actor.id } else { &actor.display_name })
}
