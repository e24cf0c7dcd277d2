//! Candidates and customers, one by one, as far as they are on the page.

use std::{cmp::Ordering, ops::Range};

use prost::Message;
use rapport_proto::{
    fit, time,
    v1::{self, PyramidLevel},
};

use super::{
    candidates::{Candidate, by_nearness},
    migration::Before,
    params::PyramidParams,
    ranked::{Buyer, Currency, Name, by_last, by_revenue},
    response::Found,
    sum,
};
use crate::{
    model::{figures::Figures, order::settle},
    read::ReadError,
    stats::as_f64,
};

/// No message has room for more rows.
const ROWS_MAX: usize = fit::PAGE_BYTES / fit::AROUND;

/// Which of the rows that are wanted are on the page.
struct Paging {
    skip: usize,
    room: usize,
    message: fit::Page,
    left_out: u64,
}

impl Paging {
    /// Of the next so many rows, those that are to be made; the others are counted.
    fn next(&mut self, rows: usize) -> Range<usize> {
        let from = self.skip.min(rows);
        self.skip -= from;
        let taken = self.room.min(rows - from);
        self.room -= taken;
        self.left_out += (rows - from - taken) as u64;
        from..from + taken
    }

    fn put<M: Message>(&mut self, row: M, into: &mut Vec<M>) {
        if self.message.takes(&row) {
            into.push(row);
        } else {
            self.left_out += 1;
        }
    }
}

/// Adds the rows behind so many others to the answer.
pub(super) fn fill(
    response: &mut v1::PyramidResponse,
    params: &PyramidParams,
    found: &mut Found,
    skip: usize,
    name: &mut Name<'_>,
) -> Result<(), ReadError> {
    let (room, message) = (params.page_size.min(ROWS_MAX), fit::Page::beside(response));
    let mut paging = Paging { skip, room, message, left_out: 0 };
    for (currency, candidates) in found.now.iter().zip(&mut found.candidates) {
        candidates.retain(|one| params.level.is_none_or(|level| one.buyer.level == level));
        let part = paging.next(candidates.len());
        settle(candidates, part.clone(), by_nearness, &mut |one| name(one.buyer.party))?;
        for one in candidates.get(part).unwrap_or_default() {
            paging.put(candidate(currency, one, name(one.buyer.party)?), &mut response.candidates);
        }
    }
    if params.measures.customers {
        for currency in found.now.iter_mut().filter(|currency| !currency.code.is_empty()) {
            of_currency(response, params, currency, &found.before, &mut paging, name)?;
        }
        let others = match params.level {
            Some(PyramidLevel::Prospect) => &mut found.others.prospects,
            Some(PyramidLevel::Suspect) => &mut found.others.suspects,
            _ => &mut Vec::new(),
        };
        let part = paging.next(others.len());
        settle(others, part.clone(), |_, _| Ordering::Equal, &mut |party| name(*party))?;
        for party in others.get(part).unwrap_or_default() {
            paging.put(without_purchase(params.level, name(*party)?), &mut response.customers);
        }
    }
    response.rows_left_out = paging.left_out;
    Ok(())
}

/// The customers of one currency.
fn of_currency(
    response: &mut v1::PyramidResponse,
    params: &PyramidParams,
    currency: &mut Currency,
    before: &Before,
    paging: &mut Paging,
    name: &mut Name<'_>,
) -> Result<(), ReadError> {
    let places = params.level.map_or(0..currency.buyers.len(), |level| currency.places(level));
    let part = paging.next(places.len());
    let part = places.start + part.start..places.start + part.end;
    let positive = currency.positive_revenue();
    let (all, weight) = match params.level {
        Some(PyramidLevel::Inactive) => (&mut currency.inactive, by_last as fn(&_, &_) -> _),
        _ => (&mut currency.buyers, by_revenue as fn(&_, &_) -> _),
    };
    settle(all, part.clone(), weight, &mut |buyer| name(buyer.party))?;
    for buyer in all.get(part).unwrap_or_default() {
        let level_before = before.level(buyer.party, &currency.code);
        let row = customer(&currency.code, buyer, positive, level_before, name(buyer.party)?);
        paging.put(row, &mut response.customers);
    }
    Ok(())
}

fn candidate(of: &Currency, one: &Candidate, id: String) -> v1::PyramidCandidate {
    v1::PyramidCandidate {
        currency: of.code.clone(),
        customer: id,
        level: one.buyer.level.into(),
        next_level: one.next.into(),
        revenue: Some(sum(one.buyer.bought.revenue)),
        border: Some(sum(one.border)),
        missing: Some(sum(one.missing())),
        missing_share: Some(one.missing_share()),
        revenue_before: one.before.map(sum),
        near: one.near,
        grows: one.grows,
    }
}

fn customer(
    currency: &str,
    one: &Buyer,
    positive: i128,
    level_before: PyramidLevel,
    id: String,
) -> v1::PyramidCustomer {
    let Buyer { bought, level, .. } = *one;
    let has_share = bought.revenue > 0 && level != PyramidLevel::Inactive;
    let purchases = Figures::named(&["rows", currency, &id, "purchases"], bought.purchases);
    v1::PyramidCustomer {
        currency: currency.to_owned(),
        level: level.into(),
        revenue: Some(sum(bought.revenue)),
        share: has_share.then(|| as_f64(bought.revenue) / as_f64(positive)),
        purchases: Some(purchases),
        last_purchase: bought.last.map(time::to_proto),
        level_before: level_before.into(),
        customer: id,
    }
}

fn without_purchase(level: Option<PyramidLevel>, id: String) -> v1::PyramidCustomer {
    v1::PyramidCustomer {
        customer: id,
        level: level.unwrap_or_default().into(),
        purchases: Some(v1::Figure::default()),
        ..v1::PyramidCustomer::default()
    }
}
