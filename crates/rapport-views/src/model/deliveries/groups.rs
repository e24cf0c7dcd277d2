//! What orders have in common.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::civil::Date;
use rapport_proto::v1::{self, deliveries_request::By};

use super::{
    delivery::Delivery,
    measures::{Measured, measures},
    params::DeliveriesParams,
};
use crate::{
    model::figures::Figures,
    rows::{ObjectId, Symbols},
};

/// Groups of an answer at most: they are not paged, so that the pages have the orders alone.
const GROUPS_MAX: usize = 500;

/// The orders of one group: those that arrived in the period, and those that are overdue.
#[derive(Debug, Default)]
struct Group<'a> {
    arrived: Vec<&'a Delivery>,
    overdue: Vec<&'a Delivery>,
}

/// Those of an answer, and how many more there are.
pub(super) type Shown = (Vec<v1::DeliveryGroup>, u64);

/// By what the request asks for; none where it asks for nothing.
pub(super) fn groups<E>(
    (arrived, overdue): (&[&Delivery], &[&Delivery]),
    params: &DeliveriesParams,
    symbols: &Symbols,
    figures: &mut Figures,
    name: &mut impl FnMut(ObjectId) -> Result<String, E>,
) -> Result<Shown, E> {
    let mut found: BTreeMap<String, Group<'_>> = BTreeMap::new();
    let mut key = |one: &Delivery| {
        Ok(match params.by {
            By::Unspecified => String::new(),
            By::Branch => symbols.text(one.branch).to_owned(),
            By::Staff => symbols.text(one.staff).to_owned(),
            By::Month => month(one.arrived().or(one.promised.map(|promised| promised.last))),
            By::Customer if one.customer == ObjectId::NOBODY => String::new(),
            By::Customer => format!("party:{}", name(one.customer)?),
        })
    };
    if params.by == By::Unspecified {
        return Ok((Vec::new(), 0));
    }
    for one in arrived {
        found.entry(key(one)?).or_default().arrived.push(one);
    }
    for one in overdue {
        found.entry(key(one)?).or_default().overdue.push(one);
    }
    Ok(shown(found, "groups", params.by == By::Month, params.today, figures))
}

/// Of orders that were promised anew, by the reason of the last promise.
pub(super) fn reasons(
    arrived: &[&Delivery],
    params: &DeliveriesParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Shown {
    let mut found: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for one in arrived {
        let measured = Measured::of(one, params.today).filter(|one| one.promised.again > 0);
        if let Some(measured) = measured {
            let reason = symbols.text(measured.promised.reason).to_owned();
            found.entry(reason).or_default().arrived.push(one);
        }
    }
    shown(found, "reasons", false, params.today, figures)
}

/// Those with the most late orders first, then those with the most orders, then by key; or by key.
fn shown(
    found: BTreeMap<String, Group<'_>>,
    list: &str,
    by_key: bool,
    today: Date,
    figures: &mut Figures,
) -> Shown {
    let mut all: Vec<v1::DeliveryGroup> = found
        .into_iter()
        .map(|(key, group)| v1::DeliveryGroup {
            of: Some(measures(&group.arrived, &group.overdue, today, &[list, &key], figures)),
            key,
        })
        .collect();
    if !by_key {
        // What is equal stays ordered by its key.
        all.sort_by_key(|group| {
            let count = |figure: Option<&v1::Figure>| figure.map_or(0, |figure| figure.count);
            let of = group.of.as_ref();
            let late = of.and_then(|of| of.late.as_ref()).and_then(|late| late.orders.as_ref());
            Reverse((count(late), count(of.and_then(|of| of.orders.as_ref()))))
        });
    }
    let left_out = all.len().saturating_sub(GROUPS_MAX) as u64;
    all.truncate(GROUPS_MAX);
    (all, left_out)
}

/// Such as `2026-03`.
fn month(day: Option<Date>) -> String {
    day.map_or_else(String::new, |day| day.strftime("%Y-%m").to_string())
}
