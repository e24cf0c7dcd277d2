//! What scores show: all responses to each question, their groups, how much groups differ, and how scores change.

use rapport_proto::v1::{ScoresRequest, ScoresResponse, scores_request::Responses};

use super::{
    ask::ask,
    grids::{distribution, rolling, rows, spreads, totals},
    matrix::matrices,
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{GridCell, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What responses say, group by group.
#[derive(Debug, Clone, Copy)]
pub struct Scores;

impl Model for Scores {
    type Request = ScoresRequest;
    type Response = ScoresResponse;
    const NAME: &'static str = "scores";
    const RESPONSE: &'static str = "rapport.v1.ScoresResponse";
    const VIEW: View = View::Satisfaction;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "instrument",
        "question",
        "group",
        "second_group",
        "by",
        "until",
        "value",
        "value_to",
        "answers",
        "share",
        "mean",
        "low",
        "high",
        "score",
        "score_low",
        "score_high",
        "negative",
        "negative_share",
        "negative_low",
        "negative_high",
        "positive",
        "positive_share",
        "with_expectation",
        "expectation_met",
        "expectation_met_share",
        "expectation_met_low",
        "expectation_met_high",
        "expectation_exceeded",
        "expectation_exceeded_share",
        "customers",
        "answers_without_customer",
        "standard_deviation",
        "in_several_groups",
        "groups",
        "left_out",
        "eta_squared",
        "epsilon_squared",
        "f",
        "p",
        "lowest",
        "lowest_mean",
        "highest",
        "highest_mean",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ScoresRequest, response: &ScoresResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("no_answers", "no responses"));
        }
        page.notes.push(which(response));
        page.notes.push(period(response));
        if response.answers_off_scale > 0 {
            let (one, many) = (
                "response on a scale that the instrument does not have is left out",
                "responses on a scale that the instrument does not have are left out",
            );
            page.notes.push(Words::counted("answers_off_scale", response.answers_off_scale, one, many));
        }
        page.grids.push(totals(response));
        if !request.by.is_empty() {
            page.grids.extend(matrices(request, response));
            page.grids.extend([rows(request, response), spreads(response)]);
        }
        page.grids.push(distribution(request, response));
        if request.rolling_days > 0 {
            page.grids.push(rolling(request, response));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn which(response: &ScoresResponse) -> Words {
    let text = match response.responses() {
        Responses::Unspecified | Responses::All => {
            "every response counts; `--responses latest` counts the latest of each customer, question and wave"
        }
        Responses::Latest => {
            "of each customer, question and wave the latest response counts, and every one without a customer"
        }
    };
    Words::new("responses", text)
}

fn period(response: &ScoresResponse) -> Words {
    let to = GridCell::moment(response.period_to.as_ref());
    let Some(from) = response.period_from.as_ref() else {
        return Words::new("period", "responses until {}").with(Unit::Moment, to);
    };
    let words = Words::new("period", "responses from {} until {}");
    words.with(Unit::Moment, GridCell::moment(Some(from))).with(Unit::Moment, to)
}
