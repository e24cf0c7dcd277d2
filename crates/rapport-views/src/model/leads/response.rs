//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use super::{
    cohorts::cohorts,
    deals::Deals,
    groups::groups,
    lead::Lead,
    listed,
    measures::{Measured, measures},
    outcomes::outcomes,
    params::LeadsParams,
    steps::Told,
    times::times,
    verdicts::{reasons, scores},
};
use crate::{
    calendar::LAST,
    model::figures::{Counted, Figures},
    read::{ReadError, Rows},
    rows::{ObjectId, Symbols},
};

/// The answer with the rows that are on the page, which begins after as many as are skipped.
pub(super) fn of(
    params: &LeadsParams,
    told: &Told,
    deals: &Deals,
    (skip, rows): (usize, &dyn Rows),
    symbols: &Symbols,
    figures: &mut Figures,
) -> Result<v1::LeadsResponse, ReadError> {
    let is_in = |at: Option<Timestamp>| at.is_some_and(|at| params.window.contains(at));
    let of = Measured {
        captured: told.leads.iter().filter(|lead| is_in(lead.captured)).collect(),
        opened: told.leads.iter().filter(|lead| is_in(lead.opened)).collect(),
    };
    let leads: Vec<&Lead> = of.opened.iter().copied().filter(|lead| lead.is_traceable()).collect();
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::LeadsResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        window_days: params.window_days,
        ..v1::LeadsResponse::default()
    };
    if skip == 0 || !figures.parts().is_empty() {
        let (groups, groups_left_out) = groups(&of, deals, params, symbols, figures);
        let (cohorts, cohorts_left_out) = cohorts(&leads, params, figures);
        let (reasons, reasons_left_out) = reasons(&leads, symbols, figures);
        response = v1::LeadsResponse {
            total: Some(measures(&of, of.says_who_judges(), deals, &["total"], figures)),
            groups,
            groups_left_out,
            cohorts,
            cohorts_left_out,
            times: times(&of, params, figures),
            outcomes: Some(outcomes(&leads, deals, figures)),
            reasons,
            reasons_left_out,
            scores: scores(&leads, figures),
            ..beside(params, told, &leads, response, figures)
        };
    }
    let all = listed::listed(&leads, params);
    let mut page = fit::Page::beside(&response);
    for lead in all.iter().skip(skip).take(params.page_size) {
        let row = listed::row(lead, rows, symbols, deals, params)?;
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}

/// With what is not counted as the others are.
fn beside(
    params: &LeadsParams,
    told: &Told,
    leads: &[&Lead],
    response: v1::LeadsResponse,
    figures: &mut Figures,
) -> v1::LeadsResponse {
    let without_customer = leads.iter().filter(|lead| lead.customer() == ObjectId::NOBODY);
    let is_late = |lead: &&Lead| {
        let first = [lead.judged, lead.converted].into_iter().flatten().min();
        lead.opened.is_none() && first.is_some_and(|first| params.window.contains(first))
    };
    let not_opened = told.leads.iter().filter(is_late).map(Lead::thing);
    let left_out = told.left_out.iter().filter(|(at, _)| params.window.contains(*at));
    let left_out = left_out.map(|(_, position)| *position);
    figures.beside(left_out.clone().map(|event| (Counted::event(event), ObjectId::NOBODY, event)));
    v1::LeadsResponse {
        without_customer: figures
            .count(&["beside", "without_customer"], without_customer.map(|lead| lead.thing())),
        not_opened: figures.count(&["beside", "not_opened"], not_opened),
        left_out: figures.count(&["beside", "left_out"], left_out.map(Counted::event)),
        ..response
    }
}
