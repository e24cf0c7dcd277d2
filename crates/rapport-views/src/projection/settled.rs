//! When the events of a deal happened, in the light of each other.
//!
//! A source often has less than the instant: a day, or nothing at all. Two things hold whatever the dates say:
//!
//! * A deal is opened before anything else happens to it. So its first `deal.opened` happened at the latest with its
//!   earliest event, and before it: a deal that was won "before it was opened" stays won.
//! * An event that was dated by its recording says that the deal stood there *by then*. A win or loss that is recorded
//!   later, and lies before that moment, is newer knowledge: the deal stood there by the time it was closed. So such a
//!   move, or opening, happened at the latest with the last such outcome, and before it. A move that has a date of its
//!   own, or is recorded after the outcome, is what it says: the deal goes on.
//!
//! Which event was recorded first is told by its position; correcting an event does not change that, and a correction
//! that gives a move a date gives it a date of its own.
//!
//! **Invariant:** the settled times follow from the set of what is believed at a moment of the recorded clock alone.

use std::{borrow::Cow, collections::HashMap};

use rapport_model::{Position, Timestamp};

use super::{
    bitemporal::{Fact, Place},
    deal::DealFact,
};
use crate::rows::DealCause;

type DealFacts = [Fact<DealFact>];

/// Puts the facts that are believed at one moment at their settled times and in their order. They come in the order of
/// (occurred_at, position).
pub fn settle(believed: &mut DealFacts) {
    let opened_first = believed.iter().position(is_opening).is_none_or(|at| at == 0);
    if opened_first && !outdated_by_an_outcome(believed) {
        return;
    }
    let outcomes: Vec<(Timestamp, Position)> = believed
        .iter()
        .filter(|fact| is_outcome(fact))
        .map(|fact| (fact.occurred_at, fact.position))
        .collect();
    for fact in believed.iter_mut().filter(|fact| fact.fact.undated) {
        let mut earlier = outcomes.iter().rev().skip_while(|(at, _)| *at >= fact.occurred_at);
        if let Some((at, _)) = earlier.find(|(_, position)| *position > fact.position) {
            fact.occurred_at = *at;
        }
    }
    let Some(earliest) = believed.iter().map(Fact::place).min() else { return };
    if let Some(opening) = believed.iter_mut().filter(|fact| is_opening(fact)).min_by_key(|fact| fact.place())
        && opening.place() != earliest
    {
        (opening.occurred_at, opening.ahead) = (earliest.0, true);
    }
    believed.sort_unstable_by_key(Fact::<DealFact>::place);
}

/// All facts of a deal at their settled times; one whose time changes as more becomes known is there once for each.
/// They come in the order of (occurred_at, position).
#[must_use]
pub fn settled(facts: &DealFacts) -> Cow<'_, DealFacts> {
    debug_assert!(facts.is_sorted_by_key(|fact| (fact.occurred_at, fact.position)), "facts come in order");
    if always_opened_first(facts) && !outdated_by_an_outcome(facts) {
        return Cow::Borrowed(facts);
    }
    let mut instants: Vec<_> = facts.iter().flat_map(|fact| [fact.known_from, fact.known_to]).collect();
    instants.sort_unstable();
    instants.dedup();
    let mut settled: Vec<Fact<DealFact>> = Vec::with_capacity(facts.len());
    let mut latest: HashMap<Position, usize> = HashMap::new();
    let mut believed = Vec::new();
    for (since, until) in instants.iter().zip(instants.iter().skip(1)) {
        believed.clear();
        believed.extend(facts.iter().filter(|fact| fact.known_from <= *since && *since < fact.known_to));
        settle(&mut believed);
        for fact in &believed {
            let fact = Fact { known_from: *since, known_to: *until, ..*fact };
            match latest.get(&fact.position).and_then(|at| settled.get_mut(*at)) {
                Some(before) if goes_on(before, &fact) => before.known_to = *until,
                Some(_) | None => {
                    latest.insert(fact.position, settled.len());
                    settled.push(fact);
                }
            }
        }
    }
    Cow::Owned(settled)
}

/// Whether a belief is the one before it, held on.
fn goes_on(before: &Fact<DealFact>, fact: &Fact<DealFact>) -> bool {
    let place: Place = before.place();
    before.known_to == fact.known_from && place == fact.place() && before.fact == fact.fact
}

/// Whether some fact is dated by its recording and behind an outcome that was recorded later.
fn outdated_by_an_outcome(in_order: &DealFacts) -> bool {
    let mut last_recorded = Position(0);
    in_order.iter().any(|fact| {
        if is_outcome(fact) {
            last_recorded = last_recorded.max(fact.position);
        }
        fact.fact.undated && fact.position < last_recorded
    })
}

/// Whether the opening is the first event at every moment of the recorded clock. Says no where it would have to look
/// closer.
fn always_opened_first(in_order: &DealFacts) -> bool {
    match in_order.first() {
        Some(first) if is_opening(first) => {
            first.known_to == Timestamp::MAX
                && in_order.iter().all(|fact| first.known_from <= fact.known_from)
        }
        Some(_) | None => !in_order.iter().any(is_opening),
    }
}

fn is_opening(fact: &Fact<DealFact>) -> bool {
    fact.fact.cause == DealCause::Opened
}

fn is_outcome(fact: &Fact<DealFact>) -> bool {
    matches!(fact.fact.cause, DealCause::Won | DealCause::Lost)
}
