//! States on both clocks are a function of the set of facts.

use proptest::prelude::*;
use rapport_model::{Position, Timestamp};
use rapport_views::{
    projection::{
        bitemporal::{Fact, Row, rows},
        deal::DealFact,
        settled::{settle, settled},
    },
    rows::{DealCause, ObjectId, Symbol},
};

/// The state after a fact: everything that happened so far, so that any difference shows.
fn step(before: Option<&Vec<u8>>, fact: &u8) -> Vec<u8> {
    let mut all = before.cloned().unwrap_or_default();
    all.push(*fact);
    all
}

fn at(moment: i64) -> Timestamp {
    Timestamp::from_micros(moment)
}

/// Facts at crowded moments, some believed for a time only, some never.
fn facts() -> impl Strategy<Value = Vec<Fact<u8>>> {
    let fact = (0_i64..6, 0_i64..6, proptest::option::of(0_i64..8), any::<u8>());
    proptest::collection::vec(fact, 0..14).prop_map(|facts| {
        let numbered = facts.into_iter().zip(1_u64..);
        numbered
            .map(|((occurred, from, until, fact), position)| Fact {
                position: Position(position),
                occurred_at: at(occurred),
                known_from: at(from),
                known_to: until.map_or(Timestamp::MAX, at),
                ahead: fact % 4 == 0,
                fact,
            })
            .collect()
    })
}

/// The states believed at a moment of the recorded clock: position, from, to, state.
type States = Vec<(Position, Timestamp, Timestamp, Vec<u8>)>;

fn folded(facts: &[Fact<u8>], known: Timestamp) -> States {
    let mut then: Vec<_> =
        facts.iter().filter(|fact| fact.known_from <= known && known < fact.known_to).collect();
    then.sort_by_key(|fact| (fact.occurred_at, !fact.ahead, fact.position));
    let ends = then.iter().skip(1).map(|fact| fact.occurred_at).chain([Timestamp::MAX]);
    let states = (1..=then.len()).map(|count| then.iter().take(count).map(|fact| fact.fact).collect());
    let begins = then.iter().map(|fact| (fact.position, fact.occurred_at));
    begins.zip(ends).zip(states).map(|(((position, from), to), state)| (position, from, to, state)).collect()
}

fn of_rows(rows: &[Row<Vec<u8>>], known: Timestamp) -> States {
    let mut then: Vec<_> =
        rows.iter().filter(|row| row.known_from <= known && known < row.known_to).collect();
    then.sort_by_key(|row| (row.valid_from, !row.ahead, row.position));
    then.iter().map(|row| (row.position, row.valid_from, row.valid_to, row.state.clone())).collect()
}

proptest! {
    #[test]
    fn rows_at_any_moment_are_the_fold_of_the_facts_believed_then(facts in facts()) {
        let rows = rows(&facts, step);
        for known in (-1..10).map(at) {
            prop_assert_eq!(of_rows(&rows, known), folded(&facts, known));
        }
        prop_assert!(rows.iter().all(|row| row.known_from < row.known_to && row.valid_from <= row.valid_to));
    }

    #[test]
    fn the_order_in_which_facts_come_does_not_matter(
        (facts, shuffled) in facts().prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
    ) {
        prop_assert_eq!(rows(&facts, step), rows(&shuffled, step));
    }

    #[test]
    fn no_two_rows_that_could_be_one_stand_beside_each_other(facts in facts()) {
        let rows = rows(&facts, step);
        for (one, next) in rows.iter().zip(rows.iter().skip(1)) {
            let same = one.position == next.position && one.valid_from == next.valid_from && one.known_to == next.known_from;
            prop_assert!(!same || (one.valid_to, &one.state) != (next.valid_to, &next.state));
        }
    }
}

/// Facts of a deal, in order: outcomes before openings, moves without a date, beliefs that end and come again.
fn deal_facts() -> impl Strategy<Value = Vec<Fact<DealFact>>> {
    let fact = (0_u8..5, any::<bool>(), 0_i64..6, 0_i64..8, proptest::option::of(0_i64..8), 0_i64..6);
    proptest::collection::vec(fact, 0..12).prop_map(|drawn| {
        let mut facts = Vec::new();
        for ((cause, undated, occurred, known_from, corrected, other), position) in drawn.into_iter().zip(1..)
        {
            let cause = match cause {
                0 => DealCause::Opened,
                1 => DealCause::Moved,
                2 => DealCause::TermsChanged,
                3 => DealCause::Won,
                _ => DealCause::Lost,
            };
            let undated = undated && matches!(cause, DealCause::Opened | DealCause::Moved);
            let (customer, pipeline, stage) = (ObjectId(1), Symbol(1), Symbol(2));
            let content = |undated| DealFact {
                cause,
                customer,
                pipeline,
                stage,
                amount: None,
                reason: Symbol(0),
                undated,
            };
            let one = |occurred, known_from, known_to, undated| Fact {
                position: Position(position),
                occurred_at: at(occurred),
                known_from: at(known_from),
                known_to,
                ahead: false,
                fact: content(undated),
            };
            match corrected.filter(|corrected| *corrected > known_from) {
                None => facts.push(one(occurred, known_from, Timestamp::MAX, undated)),
                Some(corrected) => {
                    facts.push(one(occurred, known_from, at(corrected), undated));
                    // Retracted, or with another date.
                    if other != occurred {
                        facts.push(one(other, corrected, Timestamp::MAX, false));
                    }
                }
            }
        }
        facts.sort_by_key(|fact| (fact.occurred_at, fact.position, fact.known_from));
        facts
    })
}

proptest! {
    #[test]
    fn the_times_of_a_deals_events_at_any_moment_are_those_that_what_is_believed_then_gives(facts in deal_facts()) {
        let over_time = settled(&facts);
        for known in (-1..10).map(at) {
            let held = |facts: &[Fact<DealFact>]| -> Vec<Fact<DealFact>> {
                facts.iter().filter(|fact| fact.known_from <= known && known < fact.known_to).copied().collect()
            };
            let mut then = held(&facts);
            settle(&mut then);
            let mut expected = held(&over_time);
            expected.sort_by_key(Fact::place);
            let order = |facts: &[Fact<DealFact>]| -> Vec<_> {
                facts.iter().map(|fact| (fact.occurred_at, fact.position, fact.fact.cause)).collect()
            };
            prop_assert_eq!(order(&then), order(&expected), "{:?}", known);
            if let Some(opened) = then.iter().position(|fact| fact.fact.cause == DealCause::Opened) {
                prop_assert_eq!(opened, 0, "a deal is opened before anything else happens to it");
            }
        }
    }
}

#[test]
fn a_deal_with_very_many_undated_moves_before_a_late_outcome_is_settled_at_once() {
    let moved = |number: i64| Fact {
        position: Position(number.cast_unsigned()),
        occurred_at: at(number),
        known_from: at(number),
        known_to: Timestamp::MAX,
        ahead: false,
        fact: DealFact {
            cause: if number == 100_000 { DealCause::Lost } else { DealCause::Moved },
            customer: ObjectId(1),
            pipeline: Symbol(1),
            stage: Symbol(2),
            amount: None,
            reason: Symbol(0),
            undated: number < 100_000,
        },
    };
    let mut facts: Vec<_> = (1..=100_000).map(moved).collect();
    // Learned last, of long ago: every move but the first two counts as of then.
    let lost = facts.pop().unwrap();
    facts.insert(2, Fact { occurred_at: at(3), ..lost });
    facts.sort_by_key(|fact| (fact.occurred_at, fact.position));
    let settled = settled(&facts);
    let until_then =
        settled.iter().filter(|fact| fact.known_to == Timestamp::MAX && fact.occurred_at <= at(3));
    assert_eq!(until_then.count(), facts.len());
}
