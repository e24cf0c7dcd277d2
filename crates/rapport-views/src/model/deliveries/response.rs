//! The message that an answer is.

use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, deliveries_request::List},
};

use super::{
    delivery::Delivery,
    groups::{groups, reasons},
    late,
    measures::{measures, thing},
    milestones::{self, Milestone},
    params::DeliveriesParams,
    said::satisfaction,
};
use crate::{
    calendar::LAST,
    model::{figures::Figures, said::Responses},
    read::{ReadError, Rows},
    rows::{ObjectId, Symbols},
};

/// What is answered of.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// Orders that arrived in the period.
    pub(super) arrived: Vec<&'a Delivery>,
    /// Orders that are overdue at T.
    pub(super) overdue: Vec<&'a Delivery>,
    /// Orders that arrived in the period, and are not asked for.
    pub(super) others: Vec<&'a Delivery>,
    pub(super) milestones: Vec<&'a Milestone>,
    pub(super) responses: Responses,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &DeliveriesParams,
    found: &Found<'_>,
    skip: usize,
    rows: &dyn Rows,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Result<v1::DeliveriesResponse, ReadError> {
    let mut name = |party: ObjectId| rows.party_name(party);
    let (arrived, overdue) = (found.arrived.as_slice(), found.overdue.as_slice());
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::DeliveriesResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::DeliveriesResponse::default()
    };
    let total = measures(arrived, overdue, params.today, &["total"], figures);
    let (groups, groups_left_out) = groups((arrived, overdue), params, symbols, figures, &mut name)?;
    let (reasons, reasons_left_out) = reasons(arrived, params, symbols, figures);
    let milestones = milestones::measures(&found.milestones, params, figures);
    let satisfaction = satisfaction(arrived, &found.responses, params, figures);
    let others = figures.count(&["others", "orders"], found.others.iter().map(|one| thing(one)));
    if skip == 0 {
        response = v1::DeliveriesResponse {
            total: Some(total),
            groups,
            groups_left_out,
            reasons,
            reasons_left_out,
            milestones: Some(milestones),
            satisfaction: Some(satisfaction),
            of_others: others,
            ..response
        };
    }
    let all = match params.list {
        List::Unspecified | List::Late => late::late(arrived, rows, params)?,
        List::Overdue => late::overdue(overdue, rows, params)?,
    };
    let mut page = fit::Page::beside(&response);
    for one in all.iter().skip(skip).take(params.page_size) {
        let row = one.row(symbols, &mut name)?;
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (all.len().saturating_sub(skip) - response.rows.len()) as u64;
    Ok(response)
}
