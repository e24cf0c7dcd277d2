//! Several connections that read one table together give what one gives.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails says so by panicking")]

use proptest::prelude::*;
use rapport_model::Position;
use rapport_store::{ReadError, Rows, Snapshot, Store, View};
use rapport_views::{
    answers::AsOf,
    read::TypedRows as _,
    rows::EntryRow,
    table::{Filter, NotARow, Row as _, Table},
};

use crate::support::{
    Log, NOW, as_of, at,
    declared::{
        added_up_is_the_sum_of_rows, the_ends_of_time_bound_like_any_moment, without_cancelled_orders,
    },
    encoded,
    kinds::note,
    script::{log, steps},
};

fn share_everything(store: &Store) {
    for view in View::ALL {
        store.share_from(view, Position(0));
    }
}

/// Every row of a table, as cells, in a fixed order.
fn picked(rows: &dyn Rows, table: &'static Table, as_of: AsOf) -> Vec<String> {
    let columns: Vec<&'static str> = table.columns.iter().map(|column| column.name).collect();
    let mut all = Vec::new();
    let pick = rows.pick(table, &columns, &Filter::all(), as_of, &mut |beginning, cells| {
        all.push(format!("{beginning:?} {cells:?}"));
        Ok(())
    });
    pick.unwrap();
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn several_connections_read_what_one_reads(steps in steps(1..400), until in 0..40_i64) {
        let log = log(&steps);
        let dir = tempfile::tempdir().unwrap();
        let store = log.project(dir.path());
        let moments = [as_of(NOW, NOW), as_of(at(until), NOW), as_of(NOW, at(until))];
        let of_one: Vec<Vec<String>> = picked_everywhere(&store, &moments);
        share_everything(&store);
        prop_assert_eq!(picked_everywhere(&store, &moments), of_one);
        for view in View::ALL {
            let rows = store.rows(view).unwrap();
            for table in view.tables() {
                added_up_is_the_sum_of_rows(&rows, table, moments[0]);
                the_ends_of_time_bound_like_any_moment(&rows, table, moments[1]);
            }
        }
        for moment in moments {
            let rows = store.rows(View::Facts).unwrap();
            without_cancelled_orders(&rows, moment);
            // What was excluded is remembered by the snapshot, for its moment alone.
            without_cancelled_orders(&rows, moments[0]);
        }
    }
}

fn picked_everywhere(store: &Store, moments: &[AsOf]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for view in View::ALL {
        let rows = store.rows(view).unwrap();
        for table in view.tables() {
            all.extend(moments.iter().map(|moment| picked(&rows, table, *moment)));
        }
    }
    all
}

fn notes(count: u32) -> Log {
    let mut log = Log::default();
    for n in 0..count {
        log.add(&format!("{}", n % 50), i64::from(n % 30), i64::from(n), note("said"));
    }
    log
}

#[test]
fn a_snapshot_that_was_begun_before_a_commit_reads_nothing_of_it() {
    let (dir, log) = (tempfile::tempdir().unwrap(), notes(5_000));
    let store = Store::open(dir.path()).unwrap();
    // Of the same customers, so that every range has rows of both.
    let (before, after) = log.events.split_at(3_000);
    store.apply(&encoded(before), &log).unwrap();
    share_everything(&store);
    let snapshot = || store.rows(View::Timeline).unwrap();
    let (first, later): (Snapshot, Vec<Snapshot>) = (snapshot(), (0..8).map(|_| snapshot()).collect());
    let count = |rows: &dyn Rows| picked(rows, EntryRow::TABLE, as_of(NOW, NOW)).len();
    assert_eq!(count(&first), 3_000, "its helpers are made before the commit");
    store.apply(&encoded(after), &log).unwrap();
    assert_eq!(count(&first), 3_000);
    for one in &later {
        assert_eq!(count(one), 3_000, "its helpers are wanted after the commit");
    }
    assert_eq!(count(&snapshot()), 5_000);
}

#[test]
fn a_row_that_cannot_be_taken_ends_the_reading_of_all() {
    let (dir, log) = (tempfile::tempdir().unwrap(), notes(5_000));
    let store = log.project(dir.path());
    share_everything(&store);
    let rows = store.rows(View::Timeline).unwrap();
    for fails_at in [1, 700, 4_999] {
        let mut taken = 0;
        let read = rows.pick(EntryRow::TABLE, &["customer"], &Filter::all(), as_of(NOW, NOW), &mut |_, _| {
            taken += 1;
            let not_a_row = NotARow { table: "entry", column: "customer", value: String::new() };
            if taken == fails_at { Err(not_a_row) } else { Ok(()) }
        });
        assert!(matches!(read, Err(ReadError::Row(_))), "at {fails_at}: {read:?}");
        assert_eq!(taken, fails_at);
    }
    // The connections go on reading afterwards.
    let mut all = 0;
    rows.in_any_order(&Filter::all(), as_of(NOW, NOW), |_: EntryRow| all += 1).unwrap();
    assert_eq!(all, 5_000);
}
