//! The message that an answer is.

use std::{cmp::Reverse, collections::BTreeMap};

use prost::Message as _;
use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, tickets_request::By},
};

use super::{
    causes::causes,
    group::{Group, is_counted, is_resolved, thing},
    keys::key,
    measured::Measured,
    open,
    params::TicketsParams,
    said::satisfaction,
    sold::{Sold, defects},
};
use crate::{
    answers::AskError,
    calendar::LAST,
    model::{
        figures::{Counted, Figures},
        said::Responses,
    },
    read::Rows,
    rows::Symbols,
};

/// Bytes of an answer for groups: the rest is for rows.
const GROUPS_BYTES: usize = fit::PAGE_BYTES / 2;

/// What is told beside tickets.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) responses: Responses,
    /// `None` where it is not asked for, or not known.
    pub(super) sold: Option<Sold>,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &TicketsParams,
    (measured, beside): (&[Measured], &Beside),
    meta: v1::ViewMeta,
    skip: usize,
    figures: &mut Figures,
    (rows, symbols): (&dyn Rows, &Symbols),
) -> Result<v1::TicketsResponse, AskError> {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::TicketsResponse {
        meta: Some(meta),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::TicketsResponse::default()
    };
    let totals = totals(params, (measured, beside), figures, symbols);
    if skip == 0 {
        response = v1::TicketsResponse {
            meta: response.meta,
            period_from: response.period_from,
            period_to: response.period_to,
            ..totals
        };
    }
    let (on_page, left) = open::on_page(measured, (skip, params.page_size), rows)?;
    let mut page = fit::Page::beside(&response);
    for one in &on_page {
        let row = open::row(one, params, rows, symbols)?;
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (left - response.rows.len()) as u64;
    Ok(response)
}

/// What the first page has beside rows.
fn totals(
    params: &TicketsParams,
    (measured, beside): (&[Measured], &Beside),
    figures: &mut Figures,
    symbols: &Symbols,
) -> v1::TicketsResponse {
    let all: Vec<&Measured> = measured.iter().collect();
    let at_once = |of: &&&Measured| {
        is_resolved(of, params) && of.ticket.solution.is_some_and(|solution| solution.first_contact)
    };
    let says_first_contact = all.iter().any(|of| at_once(&of));
    let total = Group { name: &["total"], all: &all, params, says_first_contact }.message("", figures);
    let unknown = all.iter().filter(|of| of.ticket.opening.is_none() && is_counted(of, params));
    let unknown: Vec<Counted> = unknown.map(|of| thing(of)).collect();
    let without_opening = figures.count(&["without_opening"], unknown.into_iter());
    let (causes, without_cause) = causes(&all, params, figures);
    let satisfaction = satisfaction(&all, &beside.responses, params, figures);
    let mut by_key: BTreeMap<&str, Vec<&Measured>> = BTreeMap::new();
    if params.by != By::None {
        for of in &all {
            by_key.entry(key(params.by, &of.ticket, symbols)).or_default().push(of);
        }
    }
    let (mut groups, mut groups_empty) = (Vec::new(), 0);
    for (key, own) in &by_key {
        if own.iter().any(|of| is_counted(of, params)) {
            let group = Group { name: &["groups", key], all: own, params, says_first_contact };
            let mut message = group.message(key, figures);
            if params.by == By::Product {
                message.defects = Some(defects(&group, beside.sold.as_ref(), figures));
            }
            groups.push(message);
        } else {
            groups_empty += 1;
        }
    }
    // By name so far: what is equal stays ordered by it.
    groups.sort_by_key(|group| Reverse(group.open.as_ref().map_or(0, |figure| figure.count)));
    let count = groups.len();
    let mut left = GROUPS_BYTES;
    groups.retain(|group| {
        let rest = left.checked_sub(group.encoded_len() + fit::AROUND);
        left = rest.unwrap_or(left);
        rest.is_some()
    });
    v1::TicketsResponse {
        total: Some(total),
        without_opening,
        groups_left_out: (count - groups.len()) as u64,
        groups,
        groups_empty,
        causes,
        without_cause,
        satisfaction: Some(satisfaction),
        ..v1::TicketsResponse::default()
    }
}
