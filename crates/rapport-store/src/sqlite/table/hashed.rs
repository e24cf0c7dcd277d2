//! Rows added up by hashing what they have in common. SQLite's `GROUP BY` without an index sorts all of them first, and so
//! does its `count(DISTINCT …)` of each group.

mod distinct;
mod groups;
mod keys;
mod places;

use std::{panic, thread};

use rapport_views::{
    read::TakeGroup,
    table::{Cell, GroupKey, Measure, NotARow, Table},
};
use rusqlite::{Connection, Row};

use self::{
    distinct::Distinct,
    groups::Groups,
    keys::{KEYS_MAX, KeyOf},
};
use super::{
    ended::Ended,
    select::Select,
    shares::{Ranges, Shares},
};

/// A measure, row by row.
enum Adding {
    Rows,
    Of(&'static str),
    First,
    Last,
    Distinct(&'static str, Distinct),
}

impl Adding {
    fn of(measure: Measure) -> Self {
        match measure {
            Measure::Rows => Self::Rows,
            Measure::Sum(column) => Self::Of(column),
            Measure::First => Self::First,
            Measure::Last => Self::Last,
            Measure::Distinct(column) => Self::Distinct(column, Distinct::default()),
        }
    }

    const fn column(&self) -> &'static str {
        match self {
            Self::Rows => "1",
            Self::Of(column) | Self::Distinct(column, _) => column,
            Self::First | Self::Last => "occurred_at",
        }
    }

    const fn of_no_row(&self) -> i128 {
        match self {
            Self::Rows | Self::Of(_) | Self::Distinct(..) => 0,
            Self::First => i128::MAX,
            Self::Last => i128::MIN,
        }
    }

    fn add(&mut self, row: &Row<'_>, column: usize, group: u32, total: &mut i128) -> rusqlite::Result<()> {
        let value = row.get_ref(column)?;
        let number = || value.as_i64_or_null().map(|number| i128::from(number.unwrap_or(0)));
        *total = match self {
            Self::Rows => *total + 1,
            Self::Of(_) => *total + number()?,
            Self::First => number()?.min(*total),
            Self::Last => number()?.max(*total),
            Self::Distinct(_, seen) => *total + i128::from(seen.is_new(group, value)),
        };
        Ok(())
    }

    /// With the total of other rows. Different values are added one by one.
    fn add_total(&self, total: &mut i128, other: i128) {
        *total = match self {
            Self::Rows | Self::Of(_) => *total + other,
            Self::First => other.min(*total),
            Self::Last => other.max(*total),
            Self::Distinct(..) => *total,
        };
    }
}

/// What rows of a table are added up by, and what is added up.
type What<'a, 'b> = (&'static Table, &'b [GroupKey<'a>], &'b [Measure]);

/// Adds up the rows that the statement with some columns reads, and hands over the groups, in any order.
pub(super) fn group(
    by_whom: (&Connection, Option<Shares<'_>>),
    what: What<'_, '_>,
    select: impl FnOnce(&[&str]) -> Select,
    take: &mut TakeGroup<'_>,
) -> Result<(), Ended> {
    let (_, by, _) = what;
    match by.len() {
        0..=1 => group_by::<1>(by_whom, what, select, take),
        2 => group_by::<2>(by_whom, what, select, take),
        3..=4 => group_by::<4>(by_whom, what, select, take),
        5..=KEYS_MAX => group_by::<KEYS_MAX>(by_whom, what, select, take),
        more => Err(rusqlite::Error::InvalidParameterCount(more, KEYS_MAX).into()),
    }
}

/// By at most `N` keys; the numbers behind them are 0.
fn group_by<const N: usize>(
    (own, shares): (&Connection, Option<Shares<'_>>),
    (table, by, measures): What<'_, '_>,
    select: impl FnOnce(&[&str]) -> Select,
    take: &mut TakeGroup<'_>,
) -> Result<(), Ended> {
    let empty = || Grouped::<N>::new(table, by, measures);
    let mut grouped = empty();
    let select = select(&grouped.columns());
    match shares {
        None => select.each::<rusqlite::Error>(own, None, |row| grouped.add(row))?,
        Some(shares) => {
            let select = select.by_ranges_of(shares.ranges.column);
            grouped = together((own, shares), &select, empty)?;
        }
    }
    Ok(grouped.hand_over(take)?)
}

/// Helpers add up ranges, and so does this thread, which then adds up all.
fn together<'a, const N: usize>(
    (own, mut shares): (&Connection, Shares<'_>),
    select: &Select,
    empty: impl Fn() -> Grouped<'a, N> + Sync,
) -> rusqlite::Result<Grouped<'a, N>> {
    let (ranges, empty) = (&shares.ranges, &empty);
    thread::scope(|scope| {
        let helpers = shares
            .helpers
            .each()
            .map(|connection| scope.spawn(move || empty().with_ranges(connection, select, ranges)));
        let helpers: Vec<_> = helpers.collect();
        let mut all = empty().with_ranges(own, select, ranges);
        for helper in helpers {
            let helped = helper.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
            all = all.and_then(|mut all| {
                all.add_all(helped?);
                Ok(all)
            });
        }
        all
    })
}

/// What rows add up to.
struct Grouped<'a, const N: usize> {
    by: Vec<KeyOf<'a>>,
    adding: Vec<Adding>,
    groups: Groups<N>,
    /// Of each group, one a measure.
    totals: Vec<i128>,
}

impl<'a, const N: usize> Grouped<'a, N> {
    /// Of no row.
    fn new(table: &Table, by: &[GroupKey<'a>], measures: &[Measure]) -> Self {
        Self {
            by: by.iter().map(|key| KeyOf::new(table, *key)).collect(),
            adding: measures.iter().map(|measure| Adding::of(*measure)).collect(),
            groups: Groups::default(),
            totals: Vec::new(),
        }
    }

    fn columns(&self) -> Vec<&'static str> {
        self.by.iter().map(KeyOf::column).chain(self.adding.iter().map(Adding::column)).collect()
    }

    /// The number of a group, which has totals from now on.
    fn group(&mut self, keys: [i64; N]) -> u32 {
        let (group, is_new) = self.groups.number(keys);
        if is_new {
            self.totals.extend(self.adding.iter().map(Adding::of_no_row));
        }
        group
    }

    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let mut keys = [0; N];
        for ((column, by), key) in self.by.iter_mut().enumerate().zip(&mut keys) {
            *key = by.number(row, column)?;
        }
        let group = self.group(keys);
        let of_group = of_group(&mut self.totals, group, self.adding.len());
        for ((column, adding), total) in (self.by.len()..).zip(&mut self.adding).zip(of_group) {
            adding.add(row, column, group, total)?;
        }
        Ok(())
    }

    /// Adds the rows of every range that no other reader has taken. After a failure no reader takes another range.
    fn with_ranges(
        mut self,
        connection: &Connection,
        select: &Select,
        ranges: &Ranges,
    ) -> rusqlite::Result<Self> {
        while let Some(range) = ranges.next() {
            let added = select.each(connection, Some(range), |row| self.add(row));
            added.inspect_err(|_| ranges.stop())?;
        }
        Ok(self)
    }

    /// With what other rows of the same table add up to.
    fn add_all(&mut self, mut other: Self) {
        let mut numbers = vec![0; other.groups.len()];
        for (mut keys, group) in other.groups.all() {
            for ((by, others), key) in self.by.iter_mut().zip(&other.by).zip(&mut keys) {
                *key = by.number_of(others, *key);
            }
            let number = self.group(keys);
            if let Some(place) = numbers.get_mut(group as usize) {
                *place = number;
            }
            let totals = of_group(&mut self.totals, number, self.adding.len());
            let others = of_group(&mut other.totals, group, other.adding.len());
            for ((adding, total), other) in self.adding.iter().zip(totals).zip(others) {
                adding.add_total(total, *other);
            }
        }
        let (width, totals) = (self.adding.len(), &mut self.totals);
        for (measure, (adding, others)) in self.adding.iter_mut().zip(other.adding).enumerate() {
            let (Adding::Distinct(_, seen), Adding::Distinct(_, others)) = (adding, others) else { continue };
            others.each(|group, value| {
                let group = numbers.get(group as usize).copied().unwrap_or_default();
                if seen.is_new(group, value)
                    && let Some(total) = of_group(totals, group, width).get_mut(measure)
                {
                    *total += 1;
                }
            });
        }
    }

    fn hand_over(mut self, take: &mut TakeGroup<'_>) -> Result<(), NotARow> {
        if self.by.is_empty() && self.groups.is_empty() {
            return take(&[], &vec![0; self.adding.len()]);
        }
        let mut cells: Vec<Cell> = Vec::with_capacity(self.by.len());
        for (keys, group) in self.groups.all() {
            cells.clear();
            cells.extend(self.by.iter().zip(keys).map(|(by, number)| by.cell(number)));
            take(&cells, of_group(&mut self.totals, group, self.adding.len()))?;
        }
        Ok(())
    }
}

/// What is added up of a group.
fn of_group(totals: &mut [i128], group: u32, measures: usize) -> &mut [i128] {
    let begin = usize::try_from(group).unwrap_or(usize::MAX).saturating_mul(measures);
    totals.get_mut(begin..begin.saturating_add(measures)).unwrap_or_default()
}
