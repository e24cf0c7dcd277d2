//! `FigureEvents`: what a figure counts, a page at a time.

use std::sync::Arc;

use rapport_model::Timestamp;
use rapport_proto::{time, v1};
use rapport_store::{FunnelRows, ReadError, View, ViewRows};
use rapport_views::{
    answers::{AsOf, FigureHit, ObjectKind},
    rows::ObjectId,
};

use super::{funnel, moment, satisfaction};
use crate::{questions::Questions, refusal::Refusal};

const PAGE_SIZE: u32 = 100;

/// Where a page begins, and the moment that the first page was as of: all pages are of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token {
    skip: usize,
    as_of: AsOf,
}

/// The objects that a figure counts.
pub async fn answer(
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
    super::page::check_size(request.page_size)?;
    let as_of = moment::resolve(questions, view, asked.as_ref()).await?;
    let token = Token::parse(&request.page_token, as_of)?;
    let (store, zone) = (Arc::clone(&questions.models), questions.zone.clone());
    let work = move || match &request.view {
        Some(Of::Funnel(question)) => {
            let snapshot = store.funnel()?;
            let hits = funnel::ask(&*snapshot, question, token.as_of, Some(&request.figure))?.objects;
            page(&snapshot, &hits, &request, token, |hit| name_in_funnel(&*snapshot, hit))
        }
        Some(Of::Satisfaction(question)) => {
            let snapshot = store.satisfaction()?;
            let hits =
                satisfaction::ask(&*snapshot, question, token.as_of, zone, Some(&request.figure))?.objects;
            page(&snapshot, &hits, &request, token, |hit| party(&snapshot, hit.object))
        }
        None => Err(Refusal::field("view", "expected a request")),
    };
    questions.blocking("listing a figure", work).await
}

fn page(
    snapshot: &dyn ViewRows,
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
        });
    }
    let end = token.skip + objects.len();
    let next = if end < hits.len() { Token { skip: end, ..token }.text() } else { String::new() };
    let as_of = v1::AsOf {
        occurred_until: Some(time::to_proto(token.as_of.occurred_until)),
        recorded_until: Some(time::to_proto(token.as_of.recorded_until)),
    };
    let meta = v1::ViewMeta { as_of: Some(as_of), position: snapshot.position().0, definitions: Vec::new() };
    Ok(v1::FigureEventsResponse {
        meta: Some(meta),
        objects,
        total: hits.len() as u64,
        next_page_token: next,
    })
}

fn name_in_funnel(snapshot: &dyn FunnelRows, hit: &FigureHit) -> Result<String, ReadError> {
    match hit.kind {
        ObjectKind::Deal => Ok(format!("deal:{}", snapshot.deal_name(hit.object)?)),
        ObjectKind::Party => party(snapshot, hit.object),
        ObjectKind::Event => Ok(format!("event:{}", hit.object.0)),
    }
}

fn party(snapshot: &dyn ViewRows, party: ObjectId) -> Result<String, ReadError> {
    Ok(format!("party:{}", snapshot.party_name(party)?))
}

impl Token {
    fn text(self) -> String {
        format!(
            "{}.{}.{}",
            self.skip,
            self.as_of.occurred_until.as_micros(),
            self.as_of.recorded_until.as_micros()
        )
    }

    /// The first page when the text is empty.
    fn parse(text: &str, as_of: AsOf) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Ok(Self { skip: 0, as_of });
        }
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let (skip, occurred, recorded) = (next(), next(), next());
        let skip = skip.and_then(|skip| usize::try_from(skip).ok());
        let (Some(skip), Some(occurred), Some(recorded)) = (skip, occurred, recorded) else {
            return Err(Refusal::field(
                "page_token",
                "expected `next_page_token` of the page before, as it came",
            ));
        };
        let as_of = AsOf {
            occurred_until: Timestamp::from_micros(occurred),
            recorded_until: Timestamp::from_micros(recorded),
        };
        Ok(Self { skip, as_of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_carries_its_place_and_its_moment() {
        let as_of = AsOf {
            occurred_until: Timestamp::from_micros(-5),
            recorded_until: Timestamp::from_micros(7_000_000),
        };
        let token = Token { skip: 100, as_of };
        let other = AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::MAX };
        assert_eq!(Token::parse(&token.text(), other).ok(), Some(token));
        assert_eq!(Token::parse("", as_of).ok(), Some(Token { skip: 0, as_of }));
        for wrong in ["x", "1", "1.2", "-1.2.3", "1.2.3.4", "1.2.x"] {
            assert!(Token::parse(wrong, as_of).is_err(), "{wrong}");
        }
    }
}
