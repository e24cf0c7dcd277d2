//! The message that an answer is.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{
        self,
        staff_request::{By, List},
    },
};

use super::{
    deals::Closed,
    done::{Contact, Thing, Who},
    measures::{Work, contact, deal, measures, order, ticket},
    params::StaffParams,
    payouts::Payouts,
};
use crate::{
    calendar::LAST,
    model::figures::Figures,
    rows::{Symbol, Symbols},
};

/// What is answered of.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) deals: &'a [Closed],
    pub(super) contacts: &'a [Contact],
    pub(super) tickets: &'a [Thing],
    pub(super) orders: &'a [Thing],
    pub(super) payouts: &'a Payouts,
    pub(super) turnover: v1::StaffTurnover,
}

/// Whether a member of staff is named.
fn is_said(who: Who) -> bool {
    who.staff != Symbol::default()
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &StaffParams,
    found: Found<'_>,
    skip: usize,
    symbols: &Symbols,
    figures: &mut Figures,
) -> v1::StaffResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let meta = v1::ViewMeta {
        as_of: Some(params.as_of.to_proto()),
        definitions: found.payouts.used(symbols),
        ..v1::ViewMeta::default()
    };
    let total = measures(&all(&found), &["total"], figures);
    let groups = groups(params.by, &found, symbols, figures);
    let (schemes, schemes_left_out) = found.payouts.schemes(symbols, figures);
    let first = v1::StaffResponse {
        total: Some(total),
        payouts: Some(found.payouts.counts(symbols, figures)),
        schemes,
        schemes_left_out,
        left_out: Some(left_out(&found, figures)),
        turnover: Some(found.turnover),
        ..v1::StaffResponse::default()
    };
    let mut response = v1::StaffResponse {
        meta: Some(meta),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..if skip == 0 { first } else { v1::StaffResponse::default() }
    };
    let (n, rows): (usize, Box<dyn Iterator<Item = v1::StaffListed>>) = match params.list {
        List::Payouts => (found.payouts.len(), Box::new(found.payouts.listed(skip, symbols))),
        List::Unspecified | List::Work => (groups.len(), Box::new(groups.into_iter().skip(skip))),
    };
    let mut page = fit::Page::beside(&response);
    for row in rows.take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (n.saturating_sub(skip) - response.rows.len()) as u64;
    response
}

fn all<'a>(found: &Found<'a>) -> Work<'a> {
    Work {
        deals: Some(found.deals.iter().filter(|one| one.staff != Symbol::default()).collect()),
        contacts: found.contacts.iter().filter(|one| is_said(one.who)).collect(),
        tickets: found.tickets.iter().filter(|one| is_said(one.who)).collect(),
        orders: Some(found.orders.iter().filter(|one| is_said(one.who)).collect()),
    }
}

/// By what is asked for, those with the most deals won first, then the most contacts, then by key.
fn groups(by: By, found: &Found<'_>, symbols: &Symbols, figures: &mut Figures) -> Vec<v1::StaffListed> {
    let key = |who: Who| match by {
        By::Unspecified | By::Staff => symbols.text(who.staff),
        By::Branch => symbols.text(who.branch),
        By::Department => symbols.text(who.department),
    };
    let all = all(found);
    let (has_deals, has_orders) = (by == By::Staff, by != By::Department);
    let mut groups: BTreeMap<&str, Work<'_>> = BTreeMap::new();
    let empty =
        || Work { deals: has_deals.then(Vec::new), orders: has_orders.then(Vec::new), ..Work::default() };
    for one in all.contacts {
        groups.entry(key(one.who)).or_insert_with(empty).contacts.push(one);
    }
    for one in all.tickets {
        groups.entry(key(one.who)).or_insert_with(empty).tickets.push(one);
    }
    for one in all.orders.into_iter().flatten().filter(|_| has_orders) {
        groups.entry(key(one.who)).or_insert_with(empty).orders.get_or_insert_default().push(one);
    }
    for one in all.deals.into_iter().flatten().filter(|_| has_deals) {
        let group = groups.entry(symbols.text(one.staff)).or_insert_with(empty);
        group.deals.get_or_insert_default().push(one);
    }
    let mut rows: Vec<v1::StaffListed> = groups
        .into_iter()
        .map(|(key, work)| v1::StaffListed {
            key: key.to_owned(),
            of: Some(measures(&work, &["rows", key], figures)),
            payout: None,
        })
        .collect();
    // What is equal stays ordered by its key.
    rows.sort_by_key(|row| {
        let count = |figure: Option<&v1::Figure>| figure.map_or(0, |figure| figure.count);
        let of = row.of.as_ref();
        let won = count(of.and_then(|of| of.won.as_ref()));
        Reverse((won, count(of.and_then(|of| of.contacts.as_ref()))))
    });
    rows
}

fn left_out(found: &Found<'_>, figures: &mut Figures) -> v1::StaffLeftOut {
    let deals = found.deals.iter().filter(|one| one.staff == Symbol::default()).map(deal);
    let contacts = found.contacts.iter().filter(|one| !is_said(one.who)).map(contact);
    let tickets = found.tickets.iter().filter(|one| !is_said(one.who)).map(ticket);
    let orders = found.orders.iter().filter(|one| !is_said(one.who)).map(order);
    v1::StaffLeftOut {
        deals: figures.count(&["left_out", "deals"], deals),
        contacts: figures.count(&["left_out", "contacts"], contacts),
        tickets: figures.count(&["left_out", "tickets"], tickets),
        orders: figures.count(&["left_out", "orders"], orders),
    }
}
