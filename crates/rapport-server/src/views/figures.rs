//! `FigureEvents`: what a figure counts, a page at a time.

use std::sync::Arc;

use rapport_proto::{time, v1};
use rapport_store::{ReadError, Rows, View};
use rapport_views::{
    answers::{FigureHit, ObjectKind},
    table::Dictionary,
};

use super::{
    funnel, moment,
    page::{Token, check_size, of_objects},
    satisfaction,
};
use crate::{door::refusal::Refusal, views::questions::Questions};

const PAGE_SIZE: u32 = 100;

/// The objects that a figure counts.
pub(super) async fn answer(
    questions: &Arc<Questions>,
    request: v1::FigureEventsRequest,
) -> Result<v1::FigureEventsResponse, Refusal> {
    use v1::figure_events_request::View as Of;
    if request.figure.is_empty() {
        return Err(Refusal::field("figure", "expected `Figure.figure` of an answer"));
    }
    let (view, asked) = match &request.view {
        Some(Of::Funnel(request)) => (View::Funnel, request.time),
        Some(Of::Satisfaction(request)) => (View::Satisfaction, request.time),
        None => {
            return Err(Refusal::field("view", "expected the request that the figure was in the answer to"));
        }
    };
    check_size(request.page_size)?;
    let as_of = moment::resolve(questions, view, asked.as_ref()).await?;
    let token = Token::parse(&request.page_token, as_of)?;
    let (store, zone) = (Arc::clone(&questions.models), questions.zone.clone());
    let work = move || match &request.view {
        Some(Of::Funnel(question)) => {
            let snapshot = store.rows(View::Funnel)?;
            let hits = funnel::ask(&*snapshot, question, token.as_of, Some(&request.figure))?.objects;
            page(&*snapshot, &hits, &request, token, |hit| name_in_funnel(&*snapshot, hit))
        }
        Some(Of::Satisfaction(question)) => {
            let snapshot = store.rows(View::Satisfaction)?;
            let hits =
                satisfaction::ask(&*snapshot, question, token.as_of, zone, Some(&request.figure))?.objects;
            page(&*snapshot, &hits, &request, token, |hit| party_or_event(&*snapshot, hit))
        }
        None => Err(Refusal::field("view", "expected a request")),
    };
    questions.ask(view, "listing a figure", work).await
}

fn page(
    snapshot: &dyn Rows,
    hits: &[FigureHit],
    request: &v1::FigureEventsRequest,
    token: Token,
    name: impl Fn(&FigureHit) -> Result<String, ReadError>,
) -> Result<v1::FigureEventsResponse, Refusal> {
    let size = if request.page_size == 0 { PAGE_SIZE } else { request.page_size } as usize;
    let mut objects = Vec::with_capacity(size);
    for hit in hits.iter().skip(token.skip).take(size) {
        objects.push(v1::FigureObject {
            object: name(hit)?,
            customer: snapshot.party_name(hit.customer)?,
            positions: hit.positions.clone(),
            positions_left_out: 0,
        });
    }
    let as_of = v1::AsOf {
        occurred_until: Some(time::to_proto(token.as_of.occurred_until)),
        recorded_until: Some(time::to_proto(token.as_of.recorded_until)),
    };
    let meta =
        v1::ViewMeta { as_of: Some(as_of), position: snapshot.position().0, ..v1::ViewMeta::default() };
    let mut answer = v1::FigureEventsResponse {
        meta: Some(meta),
        objects,
        total: hits.len() as u64,
        next_page_token: String::new(),
    };
    of_objects(&mut answer, token);
    Ok(answer)
}

fn name_in_funnel(snapshot: &dyn Rows, hit: &FigureHit) -> Result<String, ReadError> {
    match hit.kind {
        ObjectKind::Deal => Ok(format!("deal:{}", snapshot.name(Dictionary::Deal, hit.object)?)),
        ObjectKind::Party | ObjectKind::Event => party_or_event(snapshot, hit),
    }
}

/// What names no customer is its event, by position.
fn party_or_event(snapshot: &dyn Rows, hit: &FigureHit) -> Result<String, ReadError> {
    match hit.kind {
        ObjectKind::Event => Ok(format!("event:{}", hit.object.0)),
        ObjectKind::Party | ObjectKind::Deal => Ok(format!("party:{}", snapshot.party_name(hit.object)?)),
    }
}
