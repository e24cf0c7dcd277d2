//! What is recorded later changes no answer as known earlier, and a merge that is taken back leaves every answer as if it
//! had never been: every model, whatever happened.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a test that fails says so by panicking"
)]

use crate::support;
use crate::support::{
    Log, NOW, as_of, at,
    kinds::{merged, unmerged},
    models::{same_answers_as_known, same_beliefs},
    script::{log, party, recorded_end, steps},
};
use proptest::prelude::*;
use rapport_store::ReadModels;
use rapport_views::answers::AsOf;

/// How two stores are compared, of which the second has read more.
type Same = fn(&dyn ReadModels, &dyn ReadModels, &Log, AsOf);

/// Both logs in SQLite, and every model asked of both.
fn same_answers(one: &Log, other: &Log, as_of: AsOf, same: Same) {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, longer) = (one.project(dirs[0].path()), other.project(dirs[1].path()));
    same(&one, &longer, other, as_of);
}

/// The events that were recorded by a moment.
fn until(log: &Log, recorded: i64) -> Log {
    let mut earlier = Log::default();
    for event in &log.events {
        if event.recorded_at.as_ref().unwrap().seconds <= support::wire(recorded).seconds {
            earlier.add_event(event.clone());
        }
    }
    earlier
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_recorded_later_changes_no_answer_as_known_earlier(
        steps in steps(2..90),
        known in 0.0..1.0_f64,
        occurred in proptest::option::of(0_i64..42),
    ) {
        let all = log(&steps);
        let known = (recorded_end(&all) as f64 * known) as i64;
        let occurred = occurred.map_or(NOW, at);
        same_answers(&until(&all, known), &all, as_of(occurred, at(known)), same_answers_as_known);
    }

    #[test]
    fn merges_that_are_taken_back_leave_every_answer_as_if_they_had_never_been(
        steps in steps(1..90),
        merges in proptest::collection::vec((0_u8..6, 0_u8..6, 0_i64..60, 0_i64..60, any::<u8>()), 1..6),
    ) {
        let never = log(&steps);
        let mut again = never.clone();
        let mut recorded = recorded_end(&again) + 1;
        let mut taken_back = Vec::new();
        for (survivor, absorbed, occurred, later, order) in merges {
            // The merge names no customer: one that it names would have an event that the other log does not have.
            let merge = again.add("", occurred, recorded, merged(&party(survivor), &party(absorbed)));
            taken_back.push((order, merge, occurred + later));
            recorded += 1;
        }
        // In whatever order they are taken apart.
        taken_back.sort_unstable();
        let end = taken_back.iter().map(|(_, _, ends)| *ends).max().unwrap();
        for (_, merge, ends) in taken_back {
            again.add("", ends, recorded, unmerged(&merge));
            recorded += 1;
        }
        for occurred in [at(end.max(60)), NOW] {
            same_answers(&never, &again, as_of(occurred, NOW), same_beliefs);
        }
    }
}
