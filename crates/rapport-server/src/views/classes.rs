//! `Classes`.

use std::sync::Arc;

use rapport_proto::v1;
use rapport_store::View;
use rapport_views::model::{Classes, classes::ask};

use super::{moment, page, shown::with_page};
use crate::{questions::Questions, refusal::Refusal};

/// Classes as of a moment.
pub async fn answer(
    questions: &Arc<Questions>,
    request: v1::ClassesRequest,
) -> Result<v1::ClassesResponse, Refusal> {
    let as_of = moment::resolve(questions, View::Facts, request.time.as_ref()).await?;
    let token = page::Token::parse(&request.page_token, as_of)?;
    let (store, zone) = (Arc::clone(&questions.models), questions.zone.clone());
    let work = move || {
        let rows = store.rows(View::Facts)?;
        let answer = ask::<Refusal>(&*rows, &request, token.as_of, zone, None, token.skip)?;
        let mut response = answer.response;
        if let Some(meta) = &mut response.meta {
            meta.position = rows.position().0;
        }
        Ok(with_page::<Classes>(&request, response, |answer, beside| {
            page::of_classes(answer, token, beside);
        }))
    };
    questions.ask(View::Facts, "answering classes", work).await
}
