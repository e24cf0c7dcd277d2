//! Asks a store who is meant, and answers.

use rapport_proto::v1::{FindRequest, FindResponse, Found, ViewMeta};

use super::{
    candidates::Candidates,
    matching::{Hit, Parties},
    query::{Query, page_size},
    related::Around,
};
use crate::{
    answers::{AnswerError, Answered, AsOf, AskError, Asked},
    read::{ReadError, Rows},
};

/// Ids of one party that an answer has.
const IDS_MAX: usize = 20;
/// Reasons that an answer has.
const REASONS_MAX: usize = 5;

/// The parties of the page that begins after those that are skipped. It has no figures.
pub(super) fn ask(
    request: &FindRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<FindResponse>, AskError> {
    if let Some(figure) = asked.figure {
        return Err(AnswerError::NoSuchFigure { figure: figure.to_owned() }.into());
    }
    let (query, as_of) = (Query::of(&request.text), asked.as_of);
    let mut candidates = Candidates::of(rows, &query, as_of)?;
    let mut parties = Parties::of(rows, &candidates.parties, as_of)?;
    let mut hits = parties.hits(rows, (&query, &candidates), false)?;
    let with_letter_wrong = hits.is_empty();
    if with_letter_wrong {
        candidates.add_near(rows, &query, as_of)?;
        parties = Parties::of(rows, &candidates.parties, as_of)?;
        hits = parties.hits(rows, (&query, &candidates), true)?;
    }
    let total = hits.len();
    let page: Vec<Hit> = hits.into_iter().skip(asked.skip).take(page_size(request)).collect();
    let around = Around::of(rows, &parties, &page, as_of)?;
    let rows_left_out = total.saturating_sub(asked.skip).saturating_sub(page.len()) as u64;
    let found = page.into_iter().map(|hit| found(rows, &around, hit, as_of)).collect::<Result<_, _>>()?;
    let response = FindResponse {
        meta: Some(ViewMeta { as_of: Some(as_of.to_proto()), ..ViewMeta::default() }),
        found,
        total: total as u64,
        more_may_match: candidates.are_limited,
        with_letter_wrong,
        rows_left_out,
        ..FindResponse::default()
    };
    Ok(Answered { response, objects: Vec::new() })
}

fn found(rows: &dyn Rows, around: &Around, hit: Hit, as_of: AsOf) -> Result<Found, ReadError> {
    let others = hit.members.iter().filter(|member| **member != hit.party);
    let mut other_ids = others.map(|other| rows.party_name(*other)).collect::<Result<Vec<_>, _>>()?;
    other_ids.sort_unstable();
    let other_ids_left_out = cut(&mut other_ids, IDS_MAX);
    let mut matched = hit.matched;
    let matched_left_out = cut(&mut matched, REASONS_MAX);
    let [(contact_of, contact_of_left_out), (contacts, contacts_left_out)] =
        around.named(rows, hit.party, as_of)?;
    Ok(Found {
        customer: hit.id,
        kind: hit.kind.word().to_owned(),
        name: hit.name,
        other_ids,
        other_ids_left_out,
        matched,
        matched_left_out,
        contact_of,
        contact_of_left_out,
        contacts,
        contacts_left_out,
    })
}

/// Keeps the first, and says how many are left out.
fn cut<T>(all: &mut Vec<T>, most: usize) -> u64 {
    let left_out = all.len().saturating_sub(most) as u64;
    all.truncate(most);
    left_out
}
