//! Deals as their events leave them: for the oracles of handovers and staff.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::v1::{Money, payload::Kind};

use super::company::Company;

/// One deal at T.
#[derive(Debug, Clone)]
pub(super) struct Dealt {
    pub(super) id: String,
    /// Of the first event of a step that names one, merges resolved.
    pub(super) customer: String,
    pub(super) begun: Timestamp,
    /// Whether it was won, when, and the event; `None` while it is open.
    pub(super) closed: Option<(bool, Timestamp, u64)>,
    pub(super) amount: Option<(i128, String)>,
}

fn of(kind: &Kind) -> Option<(&str, Option<&Money>)> {
    match kind {
        Kind::DealOpened(one) => Some((&one.deal_id, one.amount.as_ref())),
        Kind::DealStageChanged(one) => Some((&one.deal_id, None)),
        Kind::DealTermsChanged(one) => Some((&one.deal_id, one.amount.as_ref())),
        Kind::DealWon(one) => Some((&one.deal_id, one.amount.as_ref())),
        Kind::DealLost(one) => Some((&one.deal_id, None)),
        _ => None,
    }
}

/// All deals of which a step happened until T.
pub(super) fn dealt(company: &Company) -> Vec<Dealt> {
    let until = company.as_of.occurred_until;
    let stands_for = company.stands_for();
    let believed = company.believed(company.as_of.recorded_until);
    let ids: BTreeSet<String> =
        believed.iter().filter_map(|(.., kind)| of(kind)).map(|(id, _)| id.to_owned()).collect();
    let mut all = Vec::new();
    for id in ids {
        let is_of_it = |kind: &Kind| of(kind).is_some_and(|(one, _)| one == id);
        let mut events: Vec<(Timestamp, u64, u64, Kind)> = believed
            .iter()
            .filter(|(.., kind)| is_of_it(kind))
            .map(|(position, told, at, kind)| (*at, *position, told.customer, kind.clone()))
            .collect();
        events.sort_by_key(|(at, position, ..)| (*at, *position));
        let is_step = |kind: &Kind| !matches!(kind, Kind::DealTermsChanged(_));
        let steps: Vec<_> =
            events.iter().filter(|(at, .., kind)| *at <= until && is_step(kind)).cloned().collect();
        if steps.is_empty() {
            continue;
        }
        let customer = steps.iter().map(|(_, _, number, _)| super::company::customer(*number));
        let customer = customer.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        // Nothing happens to a deal before it is opened.
        if let Some(opening) = events.iter().position(|(.., kind)| matches!(kind, Kind::DealOpened(_))) {
            let mut first = events.remove(opening);
            first.0 = events.first().map_or(first.0, |(at, ..)| first.0.min(*at));
            events.insert(0, first);
        }
        events.retain(|(at, ..)| *at <= until);
        let Some(first) = events.first() else { continue };
        let opened = events.iter().find(|(.., kind)| matches!(kind, Kind::DealOpened(_)));
        let begun = opened.unwrap_or(first).0;
        let mut closed: Option<(bool, Timestamp, u64)> = None;
        let mut amount: Option<(i128, String)> = None;
        for (at, position, _, kind) in &events {
            let said = of(kind).and_then(|(_, money)| money);
            amount = said.map(|money| (i128::from(money.minor_units), money.currency.clone())).or(amount);
            let outcome = match kind {
                Kind::DealWon(_) => Some(true),
                Kind::DealLost(_) => Some(false),
                Kind::DealTermsChanged(_) => continue,
                _ => None,
            };
            closed = match (closed, outcome) {
                (_, None) => None,
                (Some((was, ..)), Some(won)) if was == won => closed,
                (_, Some(won)) => Some((won, *at, *position)),
            };
        }
        let customer = stands_for.get(&customer).unwrap_or(&customer).clone();
        all.push(Dealt { id, customer, begun, closed, amount });
    }
    all
}
