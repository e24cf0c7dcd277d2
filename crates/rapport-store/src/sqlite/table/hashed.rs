//! Rows added up by hashing what they have in common. SQLite's `GROUP BY` without an index sorts all of them first.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_views::{
    read::TakeGroup,
    table::{Cell, GroupKey, Measure, NotARow, Table},
};
use rusqlite::{Connection, params_from_iter, types::ValueRef};

use super::asking::Asking;

/// A measure that one number holds from row to row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sum {
    Rows,
    Of(&'static str),
    First,
    Last,
}

impl Sum {
    const fn column(self) -> &'static str {
        match self {
            Self::Rows => "1",
            Self::Of(column) => column,
            Self::First | Self::Last => "occurred_at",
        }
    }

    const fn of_no_row(self) -> i128 {
        match self {
            Self::Rows | Self::Of(_) => 0,
            Self::First => i128::MAX,
            Self::Last => i128::MIN,
        }
    }

    fn with(self, sum: i128, number: i128) -> i128 {
        match self {
            Self::Rows | Self::Of(_) => sum + number,
            Self::First => sum.min(number),
            Self::Last => sum.max(number),
        }
    }
}

/// What is added up of each group. `None` where sorting is better: to count what is different, all of it would have to be
/// kept for all groups at once, and without keys there is nothing to sort.
pub(super) fn sums(by: &[GroupKey<'_>], measures: &[Measure]) -> Option<Vec<Sum>> {
    if by.is_empty() {
        return None;
    }
    let sums = measures.iter().map(|measure| match measure {
        Measure::Rows => Some(Sum::Rows),
        Measure::Sum(column) => Some(Sum::Of(column)),
        Measure::First => Some(Sum::First),
        Measure::Last => Some(Sum::Last),
        Measure::Distinct(_) => None,
    });
    sums.collect()
}

/// A value that rows have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Null,
    Int(i64),
    /// The bits of the number.
    Real(u64),
    Text(Box<str>),
}

impl Key {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Real(number) => Self::Real(number.to_bits()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                Self::Text(String::from_utf8_lossy(bytes).into())
            }
        }
    }

    /// The latest of these moments that is not after this one; the first is not after any row.
    fn since(moments: &[Timestamp], value: ValueRef<'_>) -> Self {
        let ValueRef::Integer(at) = value else { return Self::Null };
        let begun = moments.partition_point(|moment| moment.as_micros() <= at);
        moments.get(begun.saturating_sub(1)).map_or(Self::Null, |moment| Self::Int(moment.as_micros()))
    }

    fn cell(self) -> Cell {
        match self {
            Self::Null => Cell::Null,
            Self::Int(number) => Cell::Int(number),
            Self::Real(bits) => Cell::Real(f64::from_bits(bits)),
            Self::Text(text) => Cell::Text(text),
        }
    }
}

/// Adds up the rows of a table that fulfil a condition, and hands over the groups, in any order.
pub(super) fn group(
    connection: &Connection,
    (table, condition, asking): (&Table, &str, Asking),
    by: &[GroupKey<'_>],
    sums: &[Sum],
    take: &mut TakeGroup<'_>,
) -> rusqlite::Result<Result<(), NotARow>> {
    let keys = by.iter().map(|key| match key {
        GroupKey::Column(column) => *column,
        GroupKey::Since(_) => "occurred_at",
    });
    let selected: Vec<&str> = keys.chain(sums.iter().map(|sum| sum.column())).collect();
    let sql = format!("SELECT {} FROM {} WHERE {condition}", selected.join(", "), table.name);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(asking.parameters))?;

    // Where the sums of a group begin.
    let mut groups: HashMap<Vec<Key>, usize> = HashMap::new();
    let mut found: Vec<i128> = Vec::new();
    let mut keys = Vec::with_capacity(by.len());
    while let Some(row) = rows.next()? {
        keys.clear();
        for (column, key) in by.iter().enumerate() {
            let value = row.get_ref(column)?;
            keys.push(match key {
                GroupKey::Column(_) => Key::of(value),
                GroupKey::Since(moments) => Key::since(moments, value),
            });
        }
        let begin = *groups.entry_ref(keys.as_slice()).or_insert_with(|| {
            found.extend(sums.iter().map(|sum| sum.of_no_row()));
            found.len() - sums.len()
        });
        for ((column, sum), total) in (by.len()..).zip(sums).zip(found.iter_mut().skip(begin)) {
            let number: Option<i64> = row.get(column)?;
            *total = sum.with(*total, number.unwrap_or(0).into());
        }
    }
    for (keys, begin) in groups {
        let cells: Vec<Cell> = keys.into_iter().map(Key::cell).collect();
        let sums = found.get(begin..begin + sums.len()).unwrap_or_default();
        if let Err(not_a_row) = take(&cells, sums) {
            return Ok(Err(not_a_row));
        }
    }
    Ok(Ok(()))
}
