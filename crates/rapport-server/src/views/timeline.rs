//! `Timeline`.

use std::sync::Arc;

use rapport_proto::v1;
use rapport_store::{EventSource, View, timeline};

use super::{moment, page};
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
        Ok(timeline(&*rows, source, &request, as_of)?)
    };
    questions.ask(View::Timeline, "answering a timeline", work).await
}
