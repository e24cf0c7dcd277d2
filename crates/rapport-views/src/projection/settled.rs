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

use super::{bitemporal::Fact, deal::DealFact};
use crate::rows::DealCause;

type DealFacts = [Fact<DealFact>];

/// Puts the facts that are believed at one moment at their settled times and in their order. They come in the order of
/// (occurred_at, position).
pub fn settle(believed: &mut DealFacts) {
    let opened_first = believed.iter().position(is_opening).is_none_or(|at| at == 0);
    if opened_first && !outdated_by_an_outcome(believed) {
        return;
    }
    let moment = Moment::of(believed.iter());
    believed.iter_mut().for_each(|fact| moment.settle(fact));
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
    // What the time of others can depend on: few facts, however many the deal has.
    let last_opening = facts.iter().rposition(is_opening);
    let decides = |(at, fact): (usize, &Fact<DealFact>)| is_outcome(fact) || Some(at) <= last_opening;
    let deciding: Vec<_> =
        facts.iter().enumerate().filter(|one| decides(*one)).map(|(_, fact)| *fact).collect();
    let mut instants: Vec<_> = deciding.iter().flat_map(|fact| [fact.known_from, fact.known_to]).collect();
    instants.extend([Timestamp::MIN, Timestamp::MAX]);
    instants.sort_unstable();
    instants.dedup();

    let mut settled: Vec<Fact<DealFact>> = Vec::with_capacity(facts.len());
    let mut latest: HashMap<Position, usize> = HashMap::new();
    for (since, until) in instants.iter().zip(instants.iter().skip(1)) {
        let believed = |fact: &&Fact<DealFact>| fact.known_from <= *since && *since < fact.known_to;
        let moment = Moment::of(deciding.iter().filter(believed));
        for fact in facts {
            let (known_from, known_to) = (fact.known_from.max(*since), fact.known_to.min(*until));
            if known_from >= known_to {
                continue;
            }
            let mut fact = Fact { known_from, known_to, ..*fact };
            moment.settle(&mut fact);
            match latest.get(&fact.position).and_then(|at| settled.get_mut(*at)) {
                Some(before) if goes_on(before, &fact) => before.known_to = known_to,
                Some(_) | None => {
                    latest.insert(fact.position, settled.len());
                    settled.push(fact);
                }
            }
        }
    }
    Cow::Owned(settled)
}

/// What the settled times at one moment of the recorded clock follow from.
struct Moment {
    /// The wins and losses, in order.
    outcomes: Vec<(Timestamp, Position)>,
    /// The first opening, and the time of the earliest event.
    opening: Option<(Position, Timestamp)>,
}

impl Moment {
    /// From what is believed, in order.
    fn of<'a>(believed: impl Iterator<Item = &'a Fact<DealFact>> + Clone) -> Self {
        let outcomes = believed.clone().filter(|fact| is_outcome(fact));
        let outcomes = outcomes.map(|fact| (fact.occurred_at, fact.position)).collect();
        let mut moment = Self { outcomes, opening: None };
        let earliest = believed.clone().map(|fact| moment.dated(fact)).min();
        let openings = believed.filter(|fact| is_opening(fact));
        let first = openings.map(|fact| (moment.dated(fact), fact.position)).min();
        moment.opening = first.zip(earliest).map(|((_, position), earliest)| (position, earliest));
        moment
    }

    fn settle(&self, fact: &mut Fact<DealFact>) {
        match self.opening {
            Some((position, earliest)) if position == fact.position => {
                (fact.occurred_at, fact.ahead) = (earliest, true);
            }
            Some(_) | None => fact.occurred_at = self.dated(fact),
        }
    }

    /// The time of a fact in the light of outcomes that are newer knowledge.
    fn dated(&self, fact: &Fact<DealFact>) -> Timestamp {
        let before = self.outcomes.iter().rev().skip_while(|(at, _)| *at >= fact.occurred_at);
        let mut newer = before.filter(|(_, position)| *position > fact.position);
        let newest = if fact.fact.undated { newer.next() } else { None };
        newest.map_or(fact.occurred_at, |(at, _)| *at)
    }
}

/// Whether a belief is the one before it, held on.
fn goes_on(before: &Fact<DealFact>, fact: &Fact<DealFact>) -> bool {
    before.known_to == fact.known_from && before.place() == fact.place() && before.fact == fact.fact
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
