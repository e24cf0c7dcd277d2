//! Satisfaction from the rows of a store.

use std::collections::HashMap;

use rapport_proto::v1;

use super::{SatisfactionBuilder, SatisfactionParams};
use crate::{
    answers::{Answered, AskError, Asked},
    read::{ReadError, Rows, TypedRows as _},
    rows::{ResponseRow, SentRow},
    table::{Dictionary, Field as _, Filter},
};

/// The answer, or with a figure what that figure counts.
pub(crate) fn ask(
    request: &v1::SatisfactionRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::SatisfactionResponse>, AskError> {
    let (as_of, figure) = (asked.as_of, asked.figure);
    let params = SatisfactionParams::from_request(request, as_of, asked.zone.clone())?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut builder = SatisfactionBuilder::new(params, &symbols, &identity, figure)?;
    if let Some(of_survey) = of_survey(rows, &request.survey_id)? {
        rows.each(&of_survey, as_of, |row: ResponseRow| builder.response(&row))?;
        rows.each(&of_survey, as_of, |row: SentRow| builder.sent(&row))?;
    }
    let mut names = HashMap::new();
    for company in builder.companies() {
        names.insert(company, rows.party_name(company)?);
    }
    Ok(builder.finish(|company| names.get(&company).cloned().unwrap_or_default())?)
}

/// The rows of a survey, or of all; `None` when no event of the view is of that survey.
fn of_survey(rows: &dyn Rows, survey: &str) -> Result<Option<Filter>, ReadError> {
    if survey.is_empty() {
        return Ok(Some(Filter::all()));
    }
    let number = rows.number(Dictionary::Survey, survey)?;
    Ok(number.map(|number| Filter::all().and("survey", vec![number.cell()])))
}
