//! `Satisfaction`.

use std::{collections::HashMap, sync::Arc};

use jiff::tz::TimeZone;
use rapport_proto::v1;
use rapport_store::{SatisfactionRows, View};
use rapport_views::{
    answers::{
        AsOf,
        satisfaction::{SatisfactionAnswer, SatisfactionBuilder, SatisfactionParams},
    },
    model::Satisfaction,
};

use super::{moment, page, shown::with_page};
use crate::{questions::Questions, refusal::Refusal};

/// Satisfaction as of a moment.
pub async fn answer(
    questions: &Arc<Questions>,
    request: v1::SatisfactionRequest,
) -> Result<v1::SatisfactionResponse, Refusal> {
    let as_of = moment::resolve(questions, View::Satisfaction, request.time.as_ref()).await?;
    let token = page::Token::parse(&request.page_token, as_of)?;
    let (store, zone) = (Arc::clone(&questions.models), questions.zone.clone());
    let work = move || {
        let snapshot = store.satisfaction()?;
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
pub fn ask(
    snapshot: &dyn SatisfactionRows,
    request: &v1::SatisfactionRequest,
    as_of: AsOf,
    zone: TimeZone,
    figure: Option<&str>,
) -> Result<SatisfactionAnswer, Refusal> {
    let params = SatisfactionParams::from_request(request, as_of, zone)?;
    let (symbols, identity) = (snapshot.symbols()?, snapshot.identity(as_of)?);
    let survey = Some(request.survey_id.as_str()).filter(|id| !id.is_empty());
    let mut builder = SatisfactionBuilder::new(params, &symbols, &identity, figure)?;
    for row in snapshot.answers(as_of, survey)? {
        builder.answer(&row);
    }
    for row in snapshot.sents(as_of, survey)? {
        builder.sent(&row);
    }
    let mut names = HashMap::new();
    for company in builder.companies() {
        names.insert(company, snapshot.party_name(company)?);
    }
    Ok(builder.finish(|company| names.get(&company).cloned().unwrap_or_default())?)
}
