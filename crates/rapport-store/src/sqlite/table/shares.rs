//! A large table read by several connections at once: each takes one range of the first key column after the other.

use std::sync::atomic::{AtomicUsize, Ordering};

use rapport_views::table::{Filter, Index, Layout, POSITION, Table};
use rusqlite::Connection;

use super::ddl::is_number;
use crate::sqlite::connections::{Connections, Helpers};

/// Ranges a connection: one that is done early takes another.
const RANGES_EACH: usize = 16;

/// The ranges of a table, and the connections that read them beside the snapshot's own.
pub(super) struct Shares<'a> {
    pub(super) helpers: Helpers<'a>,
    pub(super) ranges: Ranges,
}

impl<'a> Shares<'a> {
    /// `None` if one connection reads alone: an index finds the rows, or no helper is free.
    pub(super) fn of(
        connections: &'a Connections,
        table: &'static Table,
        filter: &Filter,
    ) -> rusqlite::Result<Option<Self>> {
        let column = first_key(table);
        if !is_number_of(table, column) || is_looked_up(table, column, filter) {
            return Ok(None);
        }
        let helpers = connections.helpers();
        if helpers.len() == 0 {
            return Ok(None);
        }
        let count = (helpers.len() + 1) * RANGES_EACH;
        let ranges = Ranges::of(connections.own(), table, column, count)?;
        Ok(ranges.map(|ranges| Self { helpers, ranges }))
    }
}

/// Ranges of a column, each taken once.
pub(super) struct Ranges {
    pub(super) column: &'static str,
    all: Vec<[i64; 2]>,
    taken: AtomicUsize,
}

impl Ranges {
    /// `None` of an empty table.
    fn of(
        connection: &Connection,
        table: &Table,
        column: &'static str,
        count: usize,
    ) -> rusqlite::Result<Option<Self>> {
        let name = table.name;
        let sql = format!("SELECT (SELECT min({column}) FROM {name}), (SELECT max({column}) FROM {name})");
        let ends: [Option<i64>; 2] =
            connection.prepare_cached(&sql)?.query_row([], |row| Ok([row.get(0)?, row.get(1)?]))?;
        let [Some(first), Some(last)] = ends else { return Ok(None) };
        Ok(Some(Self { column, all: cut(first, last, count), taken: AtomicUsize::new(0) }))
    }

    /// The next range that no reader has taken.
    pub(super) fn next(&self) -> Option<[i64; 2]> {
        self.all.get(self.taken.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// Leaves the rest to no reader.
    pub(super) fn stop(&self) {
        self.taken.store(self.all.len(), Ordering::Relaxed);
    }
}

/// Ranges, inclusive, that have every number from the first to the last once.
fn cut(first: i64, last: i64, count: usize) -> Vec<[i64; 2]> {
    let (begin, end) = (i128::from(first), i128::from(last));
    let count = i128::try_from(count).unwrap_or(1).max(1);
    let width = (end - begin) / count + 1;
    let begins = (0..count).map(|n| begin + n * width).take_while(|from| *from <= end);
    let narrow = |number: i128| i64::try_from(number).unwrap_or(last);
    begins.map(|from| [narrow(from), narrow((from + width - 1).min(end))]).collect()
}

const fn first_key(table: &Table) -> &'static str {
    match table.layout {
        Layout::By([first, ..]) => first,
        Layout::By([]) | Layout::OfLog => POSITION,
    }
}

fn is_number_of(table: &Table, column: &str) -> bool {
    column == POSITION || table.column(column).is_some_and(is_number)
}

/// Whether a filter names what an index begins with.
fn is_looked_up(table: &Table, first_key: &str, filter: &Filter) -> bool {
    let begins_an_index = |column: &str| {
        let is_first = |index: &Index| matches!(index, Index::Everywhere([first, ..]) if *first == column);
        column == first_key || table.indexes.iter().any(is_first)
    };
    filter.conditions().iter().any(|condition| begins_an_index(condition.column))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_is_in_one_range(
            first in prop_oneof![Just(i64::MIN), -50..50_i64, Just(i64::MAX - 3)],
            width in prop_oneof![0..200_u64, Just(u64::MAX)],
            count in 1..40_usize,
        ) {
            let last = first.saturating_add_unsigned(width);
            let ranges = cut(first, last, count);
            prop_assert!(ranges.len() <= count);
            prop_assert_eq!(ranges.first().unwrap()[0], first);
            prop_assert_eq!(ranges.last().unwrap()[1], last);
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0][1] + 1, pair[1][0]);
            }
            prop_assert!(ranges.iter().all(|[from, to]| from <= to));
        }
    }
}
