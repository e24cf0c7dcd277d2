//! Who of the organisation's own people is there: joined, left, away.
//!
//! A status holds from its beginning until its end or until the next one. Whoever was never recorded as having joined or left
//! is there.

use std::collections::BTreeMap;

use rapport_model::{Position, Timestamp};

use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{StaffRow, StaffStatus, Symbol},
    table::Filter,
};

/// That somebody came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) at: Timestamp,
    /// Whether the person is there from then on.
    pub(super) is_there: bool,
    /// Of the event that says so.
    pub(super) position: Position,
    /// Who stands in; 0 where nobody is named.
    substitute: Symbol,
}

/// Whether somebody is there at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Active,
    Left {
        since: Timestamp,
        substitute: Symbol,
    },
    /// `until` is exclusive, and [`Timestamp::MAX`] where it is open.
    Absent {
        since: Timestamp,
        until: Timestamp,
        substitute: Symbol,
    },
}

/// What is recorded of one person.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// In order; each is another state than the one before.
    pub(super) turns: Vec<Turn>,
    /// Absences and returns, in order.
    away: Vec<StaffRow>,
}

/// What is recorded of all of them.
#[derive(Debug, Default)]
pub(super) struct Employment(BTreeMap<Symbol, Person>);

impl Employment {
    pub(super) fn read(rows: &dyn Rows, as_of: AsOf) -> Result<Self, ReadError> {
        let mut all: BTreeMap<Symbol, Vec<StaffRow>> = BTreeMap::new();
        rows.in_any_order(&Filter::all(), as_of, |row: StaffRow| {
            // A status that ends before it begins never held.
            if row.staff != Symbol::default() && row.begins < row.ends {
                all.entry(row.staff).or_default().push(row);
            }
        })?;
        Ok(Self(all.into_iter().map(|(staff, rows)| (staff, Person::of(rows))).collect()))
    }

    /// All of whom something is recorded, by number.
    pub(super) fn people(&self) -> impl Iterator<Item = (Symbol, &Person)> {
        self.0.iter().map(|(staff, person)| (*staff, person))
    }

    pub(super) fn presence(&self, staff: Symbol, at: Timestamp) -> Presence {
        self.0.get(&staff).map_or(Presence::Active, |person| person.presence(at))
    }

    /// Whether what somebody owns has no active owner: the person left, or is absent without a substitute who is active.
    pub(super) fn is_orphaning(&self, staff: Symbol, at: Timestamp) -> bool {
        match self.presence(staff, at) {
            Presence::Active => false,
            Presence::Left { .. } => true,
            Presence::Absent { substitute, .. } => !self.is_active(substitute, at),
        }
    }

    /// Whether somebody is named and there.
    pub(super) fn is_active(&self, staff: Symbol, at: Timestamp) -> bool {
        staff != Symbol::default() && self.presence(staff, at) == Presence::Active
    }
}

impl Person {
    fn of(mut rows: Vec<StaffRow>) -> Self {
        rows.sort_unstable_by_key(|row| (row.begins, row.occurred_at, row.position));
        let is_employment = |row: &StaffRow| matches!(row.status, StaffStatus::Joined | StaffStatus::Left);
        let (employed, away): (Vec<StaffRow>, Vec<StaffRow>) = rows.into_iter().partition(is_employment);
        Self { turns: turns(&employed), away }
    }

    /// Whether the person is employed at a moment.
    pub(super) fn is_employed(&self, at: Timestamp) -> bool {
        match (self.last_turn(at), self.turns.first()) {
            (Some(turn), _) => turn.is_there,
            (None, Some(first)) => !first.is_there,
            (None, None) => true,
        }
    }

    /// Microseconds employed from one moment until another.
    pub(super) fn employed_micros(&self, from: Timestamp, to: Timestamp) -> i128 {
        let within = self.turns.iter().filter(|turn| from < turn.at && turn.at < to);
        let (mut is_there, mut since, mut sum) = (self.is_employed(from), from, 0);
        for (at, after) in within.map(|turn| (turn.at, turn.is_there)).chain([(to, false)]) {
            if is_there {
                sum += i128::from(at.as_micros()) - i128::from(since.as_micros());
            }
            (is_there, since) = (after, at);
        }
        sum
    }

    fn last_turn(&self, at: Timestamp) -> Option<&Turn> {
        self.turns.iter().rev().find(|turn| turn.at <= at)
    }

    fn presence(&self, at: Timestamp) -> Presence {
        let turn = self.last_turn(at);
        if let Some(left) = turn.filter(|turn| !turn.is_there) {
            return Presence::Left { since: left.at, substitute: left.substitute };
        }
        if turn.is_none() && self.turns.first().is_some_and(|first| first.is_there) {
            // Not there yet: whoever joins later owns nothing by now, and what says otherwise was recorded too early.
            return Presence::Active;
        }
        let last = self.away.iter().rev().find(|row| row.begins <= at);
        let absent = last.filter(|row| row.status == StaffStatus::Absent && at < row.ends);
        // Whoever joined again since is back.
        match absent.filter(|row| turn.is_none_or(|joined| joined.at <= row.begins)) {
            Some(row) => Presence::Absent { since: row.begins, until: row.ends, substitute: row.substitute },
            None => Presence::Active,
        }
    }
}

/// Joinings and leavings in order; what changes nothing is left out. Whoever left without having joined was there before.
fn turns(employed: &[StaffRow]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut is_there = employed.first().is_some_and(|first| first.status == StaffStatus::Left);
    let nexts = employed.iter().skip(1).map(|row| row.begins).chain([Timestamp::MAX]);
    for (row, next) in employed.iter().zip(nexts) {
        let comes = row.status == StaffStatus::Joined;
        let begins = Some((row.begins, comes));
        // A contract that ends, and a leave of absence that does.
        let ends = Some((row.ends, !comes)).filter(|(at, _)| *at < next);
        for (at, after) in begins.into_iter().chain(ends) {
            if after != is_there {
                let substitute = row.substitute;
                turns.push(Turn { at, is_there: after, position: row.position, substitute });
                is_there = after;
            }
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: StaffStatus, begins: i64, ends: i64) -> StaffRow {
        StaffRow {
            position: Position(begins.unsigned_abs()),
            occurred_at: Timestamp::from_micros(begins),
            staff: Symbol(1),
            status,
            substitute: Symbol(2),
            begins: Timestamp::from_micros(begins),
            ends: if ends == 0 { Timestamp::MAX } else { Timestamp::from_micros(ends) },
            department: Symbol(0),
            branch: Symbol(0),
        }
    }

    fn states(rows: Vec<StaffRow>) -> String {
        let person = Person::of(rows);
        let letter = |at| match person.presence(Timestamp::from_micros(at)) {
            Presence::Active => 'a',
            Presence::Left { .. } => 'l',
            Presence::Absent { .. } => 'x',
        };
        (1..=9).map(letter).collect()
    }

    #[test]
    fn a_status_holds_until_its_end_or_the_next() {
        use StaffStatus::{Absent, Joined, Left, Returned};
        assert_eq!(states(vec![row(Joined, 2, 0), row(Left, 5, 0)]), "aaaalllll");
        assert_eq!(states(vec![row(Joined, 1, 4), row(Joined, 7, 0)]), "aaalllaaa");
        assert_eq!(states(vec![row(Left, 3, 6)]), "aalllaaaa");
        assert_eq!(states(vec![row(Absent, 2, 5), row(Absent, 7, 0)]), "axxxaaxxx");
        assert_eq!(states(vec![row(Absent, 2, 0), row(Returned, 5, 0)]), "axxxaaaaa");
        assert_eq!(states(vec![row(Absent, 2, 0), row(Left, 4, 0), row(Joined, 6, 0)]), "axxllaaaa");
    }

    #[test]
    fn time_employed_is_added_up() {
        use StaffStatus::{Joined, Left};
        let employed = |rows, from, to| {
            Person::of(rows).employed_micros(Timestamp::from_micros(from), Timestamp::from_micros(to))
        };
        assert_eq!(employed(vec![row(Joined, 2, 0), row(Left, 5, 0)], 0, 9), 3);
        assert_eq!(employed(vec![row(Joined, 2, 0), row(Left, 5, 0)], 3, 4), 1);
        assert_eq!(employed(vec![row(Left, 5, 7)], 0, 9), 7);
        assert_eq!(employed(vec![row(Joined, 3, 0)], 3, 9), 6);
    }
}
