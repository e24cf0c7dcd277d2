//! The responses that are asked for, by instrument and question.

use std::collections::BTreeMap;

use super::{params::ScoresParams, subject::Subject};
use crate::{
    answers::satisfaction::response::{Response, Scale},
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, Instrument, ResponseRow, Symbols},
    table::{Dictionary, Field as _, Filter},
};

/// What is answered of.
#[derive(Debug)]
pub(super) struct Found {
    /// By instrument and question.
    pub(super) subjects: Vec<Subject>,
    /// Wanted responses on a scale that their instrument does not have.
    pub(super) off_scale: u64,
}

/// Reads the responses that fulfil a request.
pub(super) fn read(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &ScoresParams,
) -> Result<Found, ReadError> {
    let mut by_question: BTreeMap<(Instrument, String), Vec<Response>> = BTreeMap::new();
    let mut off_scale = 0;
    let is_wanted = |row: &ResponseRow| {
        params.instrument.is_none_or(|wanted| wanted == row.instrument)
            && params.question.as_ref().is_none_or(|wanted| wanted == symbols.text(row.question))
            && params.wave.as_ref().is_none_or(|wanted| wanted == symbols.text(row.wave))
            && params.period.contains(row.occurred_at)
    };
    if let Some(filter) = of_survey(rows, &params.survey)? {
        rows.in_any_order(&filter, params.as_of, |row: ResponseRow| {
            if !is_wanted(&row) {
                return;
            }
            if !Scale::of(&row).suits(row.instrument) {
                off_scale += 1;
                return;
            }
            let question = if params.compares_questions() { "" } else { symbols.text(row.question) };
            let response = Response { row, customer: identity.canonical(row.customer) };
            by_question.entry((row.instrument, question.to_owned())).or_default().push(response);
        })?;
    }
    let subjects = by_question.into_iter().filter_map(|((instrument, question), responses)| {
        Subject::new(instrument, question, responses, params.latest_only)
    });
    Ok(Found { subjects: subjects.collect(), off_scale })
}

/// The rows of a survey, or of all; `None` when no event of the view is of that survey.
fn of_survey(rows: &dyn Rows, survey: &str) -> Result<Option<Filter>, ReadError> {
    if survey.is_empty() {
        return Ok(Some(Filter::all()));
    }
    let number = rows.number(Dictionary::Survey, survey)?;
    Ok(number.map(|number| Filter::all().and("survey", vec![number.cell()])))
}
