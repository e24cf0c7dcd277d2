//! `Timeline`.

use std::sync::Arc;

use rapport_proto::v1;
use rapport_store::{EventSource, View, timeline};
use rapport_views::model::Timeline;

use super::{
    moment, page,
    shown::{TooLarge, add_page},
};
use crate::{door::refusal::Refusal, views::questions::Questions};

/// A page of a customer's history as of a moment.
pub(super) async fn answer(
    questions: &Arc<Questions>,
    request: v1::TimelineRequest,
) -> Result<v1::TimelineResponse, Refusal> {
    if request.customer.is_empty() {
        return Err(Refusal::field("customer", "expected the id of a party"));
    }
    page::check_size(request.page_size)?;
    let as_of = moment::resolve(questions, View::Timeline, request.time.as_ref()).await?;
    let (store, source) = (Arc::clone(&questions.models), Arc::clone(&questions.events));
    let work = move || {
        let rows = store.rows(View::Timeline)?;
        let source = rows.own_events().unwrap_or(&*source as &dyn EventSource);
        let mut asked = request;
        loop {
            let answer = timeline(&*rows, source, &asked, as_of)?;
            if !asked.page {
                return Ok(answer);
            }
            match add_page::<Timeline>(&asked, answer) {
                Ok(answer) => return Ok(answer),
                Err(TooLarge { answer, .. }) if answer.entries.len() <= 1 => return Ok(answer),
                // Half as many have room together with their page.
                Err(TooLarge { answer, .. }) => {
                    asked.page_size = u32::try_from(answer.entries.len() / 2).unwrap_or(1);
                }
            }
        }
    };
    questions.ask(View::Timeline, "answering a timeline", work).await
}
