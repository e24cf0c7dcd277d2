//! What activity shows: how many events, by what they have in common or one by one, milestones, and disclosures.

use rapport_proto::v1::{ActivityRequest, ActivityResponse};

use super::{
    ask::ask,
    grids::{disclosures, groups, list, recipients, total},
    grids_milestones::milestones,
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Who did what when.
#[derive(Debug, Clone, Copy)]
pub struct Activity;

impl Model for Activity {
    type Request = ActivityRequest;
    type Response = ActivityResponse;
    const NAME: &'static str = "activity";
    const RESPONSE: &'static str = "rapport.v1.ActivityResponse";
    const VIEW: View = View::Timeline;
    const BESIDE: &'static [View] = &[View::Facts];
    const LINES: Lines = Lines::Rows(&[
        "part",
        "key",
        "events",
        "two_way",
        "retracted",
        "first",
        "last",
        "to",
        "disclosures",
        "position",
        "occurred_at",
        "recorded_at",
        "type",
        "actor",
        "customer",
        "channel",
        "is_retracted",
        "answered_as_of",
        "result_hash",
        "labels",
        "what",
        "before",
        "after",
        "before_a_day",
        "after_a_day",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ActivityRequest, response: &ActivityResponse) -> Page {
        let mut page = Page::default();
        page.grids.push(total(response));
        page.grids.push(if request.list { list(response) } else { groups(request, response) });
        page.grids.extend([milestones(response), recipients(response), disclosures(response)]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let words =
            Words::new("period", "events from {} until {}").with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}
