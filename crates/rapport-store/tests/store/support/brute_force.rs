//! Answers at (T, K) by reading the whole log each time. Written from the rules, without the code under test.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{Payload, RecordedEvent, payload::Kind},
};

use super::Log;

/// What is believed of one event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Believed {
    pub index: usize,
    pub occurred_at: Timestamp,
    pub kind: Kind,
    pub retracted: bool,
}

fn target(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::EventCorrected(correction) => Some(&correction.target_event_id),
        Kind::EventRetracted(retraction) => Some(&retraction.target_event_id),
        _ => None,
    }
}

fn recorded(event: &RecordedEvent) -> Timestamp {
    time::from_proto(event.recorded_at.as_ref().unwrap()).unwrap()
}

/// The event number `index` as believed at `known`: its adjustments are applied one after the other.
pub(crate) fn believed(log: &Log, index: usize, known: Timestamp) -> Believed {
    let event = &log.events[index];
    let mut state = Believed {
        index,
        occurred_at: time::from_proto(event.occurred_at.as_ref().unwrap()).unwrap(),
        kind: log.contents[index].clone(),
        retracted: false,
    };
    for later in index + 1..log.events.len() {
        if recorded(&log.events[later]) > known {
            continue;
        }
        if target(&log.contents[later]) != Some(event.id.as_str()) {
            continue;
        }
        let adjustment = believed(log, later, known);
        if !adjustment.retracted {
            apply(&mut state, &adjustment.kind);
        }
    }
    state
}

fn apply(state: &mut Believed, adjustment: &Kind) {
    let Kind::EventCorrected(correction) = adjustment else {
        state.retracted = true;
        return;
    };
    let replacement = correction.replacement.as_ref().and_then(|payload| payload.kind.clone());
    let occurred_at = correction.occurred_at.as_ref().and_then(time::from_proto);
    match (&mut state.kind, replacement) {
        (Kind::EventRetracted(_), _) => state.retracted = false,
        (Kind::EventCorrected(old), Some(Kind::EventCorrected(new))) => {
            (old.replacement, old.occurred_at) = (new.replacement, new.occurred_at);
            state.retracted = false;
        }
        (Kind::EventCorrected(old), new) => {
            if let Some(new) = new {
                old.replacement = Some(Box::new(Payload { kind: Some(new) }));
            }
            old.occurred_at = correction.occurred_at.or(old.occurred_at);
            state.retracted = false;
        }
        (old, Some(new)) => {
            if std::mem::discriminant(old) == std::mem::discriminant(&new) {
                *old = new;
                state.occurred_at = occurred_at.unwrap_or(state.occurred_at);
                state.retracted = false;
            }
        }
        (_, None) => {
            state.occurred_at = occurred_at.unwrap_or(state.occurred_at);
            state.retracted = false;
        }
    }
}

/// Everything recorded until K and believed then to have happened until T or not to have happened, ordered by
/// (occurred_at, position). Corrections and retractions themselves are left out.
pub(crate) fn all_at(log: &Log, until: Timestamp, known: Timestamp) -> Vec<Believed> {
    let known_then = (0..log.events.len()).filter(|index| recorded(&log.events[*index]) <= known);
    let mut all: Vec<Believed> = known_then.map(|index| believed(log, index, known)).collect();
    all.retain(|event| event.occurred_at <= until && target(&event.kind).is_none());
    all.sort_by_key(|event| (event.occurred_at, event.index));
    all
}

/// The same without what did not happen.
pub(crate) fn happened_at(log: &Log, until: Timestamp, known: Timestamp) -> Vec<Believed> {
    all_at(log, until, known).into_iter().filter(|event| !event.retracted).collect()
}

/// A deal in words: customer, pipeline, spans (position, stage, status, amount, currency, reason), competitors.
pub(crate) type Deal =
    (String, String, Vec<(u64, String, &'static str, i64, String, String)>, Vec<(String, u64)>);

/// Deals by id.
pub(crate) fn deals(log: &Log, until: Timestamp, known: Timestamp) -> BTreeMap<String, Deal> {
    let mut deals: BTreeMap<String, Deal> = BTreeMap::new();
    let happened = happened_at(log, until, known);
    for event in &settled(log, until, known) {
        let Some(id) = deal_id(&event.kind) else { continue };
        let deal = deals
            .entry(id.to_owned())
            .or_insert_with(|| (String::new(), "default".to_owned(), Vec::new(), Vec::new()));
        if deal.0.is_empty() {
            deal.0 = log.events[event.index].customer.clone();
        }
        let (_, mut stage, mut status, mut amount, mut currency, mut reason) =
            deal.2.last().cloned().unwrap_or((0, String::new(), "open", 0, String::new(), String::new()));
        let money = match &event.kind {
            Kind::DealOpened(opened) => {
                deal.1 = if opened.pipeline.is_empty() { "default".into() } else { opened.pipeline.clone() };
                (stage, status, reason) = (opened.stage.clone(), "open", String::new());
                opened.amount.clone()
            }
            Kind::DealStageChanged(moved) => {
                (stage, status, reason) = (moved.to.clone(), "open", String::new());
                None
            }
            Kind::DealTermsChanged(terms) => terms.amount.clone(),
            Kind::DealWon(won) => {
                (status, reason) = ("won", won.reason.clone());
                won.amount.clone()
            }
            Kind::DealLost(lost) => {
                (status, reason) = ("lost", lost.reason.clone());
                if stage.is_empty() {
                    stage = lost.at_stage.clone();
                }
                None
            }
            _ => None,
        };
        if let Some(money) = money {
            (amount, currency) = (money.minor_units, money.currency);
        }
        deal.2.push((event.index as u64 + 1, stage, status, amount, currency, reason));
    }
    for event in &happened {
        let named: Vec<(String, String)> = match &event.kind {
            Kind::DealWon(won) => {
                won.competitors.iter().map(|name| (won.deal_id.clone(), name.clone())).collect()
            }
            Kind::DealLost(lost) => vec![(lost.deal_id.clone(), lost.competitor.clone())],
            Kind::ObjectionObserved(objection) => {
                let tags = log.events[event.index].tags.iter().filter_map(|tag| tag.strip_prefix("deal:"));
                tags.map(|deal| (deal.to_owned(), objection.competitor.clone())).collect()
            }
            _ => Vec::new(),
        };
        for (deal, name) in named.into_iter().filter(|(_, name)| !name.is_empty()) {
            if let Some(deal) = deals.get_mut(&deal) {
                deal.3.push((name, event.index as u64 + 1));
            }
        }
    }
    for deal in deals.values_mut() {
        deal.3.sort();
    }
    deals
}

/// What happened to deals, each deal's events at the time at which they can have happened at the latest.
fn settled(log: &Log, until: Timestamp, known: Timestamp) -> Vec<Believed> {
    let believed: Vec<_> = happened_at(log, Timestamp::MAX, known)
        .into_iter()
        .filter(|event| deal_id(&event.kind).is_some())
        .collect();
    let of_deal = |event: &Believed| {
        let deal = deal_id(&event.kind).unwrap().to_owned();
        believed.iter().filter(move |other| deal_id(&other.kind) == Some(deal.as_str()))
    };
    let time = |event: &Believed| {
        let places_the_deal = matches!(event.kind, Kind::DealOpened(_) | Kind::DealStageChanged(_));
        let outcomes = of_deal(event).filter(|other| {
            matches!(other.kind, Kind::DealWon(_) | Kind::DealLost(_))
                && other.index > event.index
                && other.occurred_at < event.occurred_at
        });
        let undated = places_the_deal && event.occurred_at == recorded(&log.events[event.index]);
        let earlier = if undated { outcomes.map(|outcome| outcome.occurred_at).max() } else { None };
        earlier.unwrap_or(event.occurred_at)
    };
    let mut placed: Vec<_> = believed
        .iter()
        .map(|event| {
            let is_opening = |event: &Believed| matches!(event.kind, Kind::DealOpened(_));
            let openings = of_deal(event).filter(|other| is_opening(other));
            let first = openings.map(|other| (time(other), other.index)).min();
            let earliest = of_deal(event).map(time).min().unwrap();
            let opens = first == Some((time(event), event.index)) && is_opening(event);
            let at = if opens { earliest } else { time(event) };
            ((at, !opens, event.index), Believed { occurred_at: at, ..event.clone() })
        })
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, event)| event).filter(|event| event.occurred_at <= until).collect()
}

fn deal_id(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::DealOpened(e) => Some(&e.deal_id),
        Kind::DealStageChanged(e) => Some(&e.deal_id),
        Kind::DealTermsChanged(e) => Some(&e.deal_id),
        Kind::DealWon(e) => Some(&e.deal_id),
        Kind::DealLost(e) => Some(&e.deal_id),
        _ => None,
    }
}

/// For every party of these, the one that stands for it.
pub(crate) fn canonical(
    log: &Log,
    until: Timestamp,
    known: Timestamp,
    parties: &[String],
) -> BTreeMap<String, String> {
    let happened = happened_at(log, until, known);
    let taken_apart = |id: &str| {
        happened.iter().any(|event| match &event.kind {
            Kind::PartyUnmerged(unmerged) => unmerged.merge_event_id == id,
            _ => false,
        })
    };
    let mut stands: BTreeMap<String, String> =
        parties.iter().map(|party| (party.clone(), party.clone())).collect();
    for event in &happened {
        let Kind::PartyMerged(merged) = &event.kind else { continue };
        if taken_apart(&log.events[event.index].id) {
            continue;
        }
        let (survivor, absorbed) = (stands[&merged.survivor].clone(), stands[&merged.absorbed].clone());
        for stands_for in stands.values_mut().filter(|stands_for| **stands_for == absorbed) {
            stands_for.clone_from(&survivor);
        }
    }
    stands
}
