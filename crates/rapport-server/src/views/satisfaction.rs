//! `Satisfaction`.

use std::{collections::HashMap, sync::Arc};

use jiff::tz::TimeZone;
use rapport_proto::v1;
use rapport_store::{Rows, TypedRows as _, View};
use rapport_views::{
    answers::{
        AsOf,
        satisfaction::{SatisfactionAnswer, SatisfactionBuilder, SatisfactionParams},
    },
    model::Satisfaction,
    rows::{ResponseRow, SentRow},
    table::{Dictionary, Field as _, Filter},
};

use super::{moment, page, shown::with_page};
use crate::{door::refusal::Refusal, views::questions::Questions};

/// Satisfaction as of a moment.
pub(super) async fn answer(
    questions: &Arc<Questions>,
    request: v1::SatisfactionRequest,
) -> Result<v1::SatisfactionResponse, Refusal> {
    let as_of = moment::resolve(questions, View::Satisfaction, request.time.as_ref()).await?;
    let token = page::Token::parse(&request.page_token, as_of)?;
    let (store, zone) = (Arc::clone(&questions.models), questions.zone.clone());
    let work = move || {
        let snapshot = store.rows(View::Satisfaction)?;
        let mut response = ask(&*snapshot, &request, token.as_of, zone, None)?.response;
        if let Some(meta) = &mut response.meta {
            meta.position = snapshot.position().0;
        }
        Ok(with_page::<Satisfaction>(&request, response, |answer, beside| {
            page::of_satisfaction(answer, token, beside);
        }))
    };
    questions.ask(View::Satisfaction, "answering satisfaction", work).await
}

/// The answer, or with a figure what that figure counts.
pub(super) fn ask(
    snapshot: &dyn Rows,
    request: &v1::SatisfactionRequest,
    as_of: AsOf,
    zone: TimeZone,
    figure: Option<&str>,
) -> Result<SatisfactionAnswer, Refusal> {
    let params = SatisfactionParams::from_request(request, as_of, zone)?;
    let (symbols, identity) = (snapshot.symbols()?, snapshot.identity(as_of)?);
    let mut builder = SatisfactionBuilder::new(params, &symbols, &identity, figure)?;
    if let Some(of_survey) = of_survey(snapshot, &request.survey_id)? {
        snapshot.each(&of_survey, as_of, |row: ResponseRow| builder.response(&row))?;
        snapshot.each(&of_survey, as_of, |row: SentRow| builder.sent(&row))?;
    }
    let mut names = HashMap::new();
    for company in builder.companies() {
        names.insert(company, snapshot.party_name(company)?);
    }
    Ok(builder.finish(|company| names.get(&company).cloned().unwrap_or_default())?)
}

/// The rows of a survey, or of all; `None` when no event of the view is of that survey.
fn of_survey(snapshot: &dyn Rows, survey: &str) -> Result<Option<Filter>, Refusal> {
    if survey.is_empty() {
        return Ok(Some(Filter::all()));
    }
    let number = snapshot.number(Dictionary::Survey, survey)?;
    Ok(number.map(|number| Filter::all().and("survey", vec![number.cell()])))
}
