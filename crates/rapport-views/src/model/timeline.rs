//! What a timeline shows: its entries.

use rapport_proto::v1::{self, Actor, TimelineEntry, TimelineRequest, TimelineResponse};

use super::Model;
use crate::page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words};

/// Everything about one customer.
#[derive(Debug, Clone, Copy)]
pub struct Timeline;

impl Model for Timeline {
    type Request = TimelineRequest;
    type Response = TimelineResponse;
    const NAME: &'static str = "timeline";
    const RESPONSE: &'static str = "rapport.v1.TimelineResponse";
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

    fn meta(response: &TimelineResponse) -> Option<&v1::ViewMeta> {
        response.meta.as_ref()
    }

    fn wants_page(request: &TimelineRequest) -> bool {
        request.page
    }

    fn put_page(response: &mut TimelineResponse, page: v1::Page) {
        response.page = Some(page);
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
