//! States on both clocks are a function of the set of facts.

use proptest::prelude::*;
use rapport_model::{Position, Timestamp};
use rapport_views::projection::bitemporal::{Fact, Row, rows};

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
