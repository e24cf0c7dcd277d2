//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    groups::{Keys, groups},
    lists::shown,
    measures::measures,
    need::Need,
    offers::Offers,
    params::NeedsParams,
    satisfied::satisfied_by,
    studied::{Classes, studied},
    unmet::{Revenue, unmet},
};
use crate::{
    calendar::LAST,
    model::figures::Figures,
    read::{ReadError, Rows},
    rows::{Identity, NeedStep, ObjectId, Symbols},
};

/// What is answered of.
pub(super) struct Found<'a> {
    pub(super) needs: &'a [Need],
    pub(super) classes: &'a Classes,
    pub(super) keys: Keys<'a>,
    pub(super) offers: Offers,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &NeedsParams,
    found: &Found<'_>,
    skip: usize,
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    figures: &mut Figures,
) -> Result<v1::NeedsResponse, ReadError> {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::NeedsResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(params.as_of.to_proto()),
            definitions: found.classes.used.clone(),
            definitions_unreadable: found.classes.unreadable.clone(),
            ..v1::ViewMeta::default()
        }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::NeedsResponse::default()
    };
    let is_in = |need: &&Need| need.identified.is_some_and(|at| params.window.contains(at));
    let identified: Vec<&Need> = found.needs.iter().filter(is_in).collect();
    let until = params.as_of.bounded().occurred_until;
    let total = measures(&identified, until, &["total"], figures);
    let now = now(found.needs, &identified, params, figures);
    let groups = groups(&identified, &found.keys, figures, &mut |party| rows.party_name(party))?;
    let (groups, groups_left_out) = shown(groups);
    let (satisfied_by, satisfied_by_left_out) = shown(satisfied_by(&identified, symbols, figures));
    let studied = studied(rows, identity, params, (found.needs, found.classes), figures)?;
    let offers = found.offers.message(figures);
    let all = unmet(found.needs, params, symbols, figures);
    if skip == 0 {
        response = v1::NeedsResponse {
            total: Some(total),
            now: Some(now),
            groups,
            groups_left_out,
            satisfied_by,
            satisfied_by_left_out,
            studied,
            offers: Some(offers),
            purchases_from: params.source.wire().into(),
            ..response
        };
    }
    let revenue = if all.is_empty() { Revenue::default() } else { Revenue::read(rows, identity, params)? };
    let mut page = fit::Page::beside(&response);
    for one in all.iter().skip(skip).take(params.page_size) {
        let row = one.message(&revenue, symbols);
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}

/// Needs at T, and what was closed in the period.
fn now(needs: &[Need], identified: &[&Need], params: &NeedsParams, figures: &mut Figures) -> v1::NeedsNow {
    let mut count = |what, is_in: &dyn Fn(&Need) -> bool| {
        let counted = needs.iter().filter(|need| is_in(need)).map(Need::thing);
        figures.count(&["now", what], counted)
    };
    let is_closed = |need: &Need| need.closed.is_some_and(|at| params.window.contains(at));
    let closed = |need: &Need, state| need.identified.is_some() && is_closed(need) && need.is(state);
    v1::NeedsNow {
        open: count("open", &|need| need.is(NeedStep::Identified)),
        closed_satisfied: count("closed_satisfied", &|need| closed(need, NeedStep::Satisfied)),
        closed_unmet: count("closed_unmet", &|need| closed(need, NeedStep::Unmet)),
        closed_obsolete: count("closed_obsolete", &|need| closed(need, NeedStep::Obsolete)),
        without_identification: count("without_identification", &|need| {
            need.identified.is_none() && is_closed(need)
        }),
        without_customer: {
            let nobodys = identified.iter().filter(|need| need.customer == ObjectId::NOBODY);
            figures.count(&["now", "without_customer"], nobodys.map(|need| need.thing()))
        },
    }
}
