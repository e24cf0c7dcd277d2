//! What resistance shows: won and lost, segments, what speaks against buying, and what approaches change.

use rapport_proto::v1::{ResistanceRequest, ResistanceResponse};

use super::{
    ask::ask,
    grids::{all_factors, approaches, gaps, segments, total},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What stands in the way of buying.
#[derive(Debug, Clone, Copy)]
pub struct Resistance;

impl Model for Resistance {
    type Request = ResistanceRequest;
    type Response = ResistanceResponse;
    const NAME: &'static str = "resistance";
    const RESPONSE: &'static str = "rapport.v1.ResistanceResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "what",
        "key",
        "count",
        "index",
        "n",
        "lost",
        "won",
        "percent",
        "weight",
        "weight_low",
        "weight_high",
        "points",
        "low",
        "high",
        "strength_n",
        "strength",
        "currency",
        "objections",
        "median_gap",
        "with_won",
        "with_lost",
        "without_won",
        "without_lost",
        "with_share",
        "without_share",
        "z",
        "p",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ResistanceRequest, response: &ResistanceResponse) -> Page {
        let mut page = Page::default();
        page.grids.push(total(response));
        if !request.by.is_empty() {
            page.grids.push(segments(request, response));
        }
        page.grids.extend(all_factors(response));
        page.grids.extend([gaps(response), approaches(response)]);
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let text = "deals that were closed from {} until {}";
        let words = Words::new("period", text).with(Unit::Moment, GridCell::moment(from));
        page.notes.push(words.with(Unit::Moment, GridCell::moment(to)));
        if !response.attributes.contains(&request.by) {
            page.notes.extend(attributes(response));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// By what deals can be compared.
fn attributes(response: &ResistanceResponse) -> Option<Words> {
    let names = GridCell::text(&response.attributes.join(", "));
    (!response.attributes.is_empty())
        .then(|| Words::new("attributes", "attributes to compare deals by: {}").with(Unit::Code, names))
}
