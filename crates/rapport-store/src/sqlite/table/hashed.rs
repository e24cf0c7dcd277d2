//! Rows added up by hashing what they have in common. SQLite's `GROUP BY` without an index sorts all of them first, and so
//! does its `count(DISTINCT …)` of each group.

mod distinct;
mod groups;
mod keys;
mod places;

use rapport_views::{
    read::TakeGroup,
    table::{Cell, GroupKey, Measure, NotARow, Table},
};
use rusqlite::{Connection, Row, params_from_iter};

use self::{
    distinct::Distinct,
    groups::Groups,
    keys::{KEYS_MAX, KeyOf},
};
use super::asking::Asking;

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
}

/// Adds up the rows of a table that fulfil a condition, and hands over the groups, in any order.
pub(super) fn group(
    connection: &Connection,
    of: (&Table, &str, Asking),
    by: &[GroupKey<'_>],
    measures: &[Measure],
    take: &mut TakeGroup<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    match by.len() {
        0..=1 => group_by::<1>(connection, of, by, measures, take),
        2 => group_by::<2>(connection, of, by, measures, take),
        3..=4 => group_by::<4>(connection, of, by, measures, take),
        5..=KEYS_MAX => group_by::<KEYS_MAX>(connection, of, by, measures, take),
        more => Err(rusqlite::Error::InvalidParameterCount(more, KEYS_MAX)),
    }
}

/// By at most `N` keys; the numbers behind them are 0.
fn group_by<const N: usize>(
    connection: &Connection,
    (table, condition, asking): (&Table, &str, Asking),
    by: &[GroupKey<'_>],
    measures: &[Measure],
    take: &mut TakeGroup<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let mut by: Vec<KeyOf<'_>> = by.iter().map(|key| KeyOf::new(table, *key)).collect();
    let mut adding: Vec<Adding> = measures.iter().map(|measure| Adding::of(*measure)).collect();
    let columns = by.iter().map(KeyOf::column).chain(adding.iter().map(Adding::column));
    let columns: Vec<&str> = columns.collect();
    let sql = format!("SELECT {} FROM {} WHERE {condition}", columns.join(", "), table.name);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(asking.parameters))?;

    let mut groups = Groups::<N>::default();
    let mut totals: Vec<i128> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut keys = [0; N];
        for ((column, by), key) in by.iter_mut().enumerate().zip(&mut keys) {
            *key = by.number(row, column)?;
        }
        let (group, is_new) = groups.number(keys);
        if is_new {
            totals.extend(adding.iter().map(Adding::of_no_row));
        }
        let of_group = of_group(&mut totals, group, adding.len());
        for ((column, adding), total) in (by.len()..).zip(&mut adding).zip(of_group) {
            adding.add(row, column, group, total)?;
        }
    }
    if by.is_empty() && groups.is_empty() {
        return Ok(take(&[], &vec![0; adding.len()]));
    }
    let mut cells: Vec<Cell> = Vec::with_capacity(by.len());
    for (keys, group) in groups.all() {
        cells.clear();
        cells.extend(by.iter().zip(keys).map(|(by, number)| by.cell(number)));
        if let Err(not_a_row) = take(&cells, of_group(&mut totals, group, adding.len())) {
            return Ok(Err(not_a_row));
        }
    }
    Ok(Ok(()))
}

/// What is added up of a group.
fn of_group(totals: &mut [i128], group: u32, measures: usize) -> &mut [i128] {
    let begin = usize::try_from(group).unwrap_or(usize::MAX).saturating_mul(measures);
    totals.get_mut(begin..begin.saturating_add(measures)).unwrap_or_default()
}
