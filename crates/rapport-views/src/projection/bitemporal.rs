//! Facts about one object to its states on both clocks.
//!
//! At each moment of the recorded clock the facts believed then, ordered by (occurred_at, position), are folded; each
//! begins a state that lasts until the next. A fact that is [`Fact::ahead`] comes before the others of its instant. Where
//! two moments agree the row is one; where they differ the believed row is closed and another begins. The rows are a function of the set of facts: their order does not matter.

use std::mem;

use rapport_model::{Position, Timestamp};

/// Something believed to have happened to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact<F> {
    /// The event.
    pub position: Position,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// From when it is believed, inclusive.
    pub known_from: Timestamp,
    /// Until when, exclusive; [`Timestamp::MAX`] while it is believed.
    pub known_to: Timestamp,
    /// Whether it comes before everything else of its instant, whatever its position.
    pub ahead: bool,
    /// What happened.
    pub fact: F,
}

impl<F> Fact<F> {
    /// The order in which facts are folded.
    #[must_use]
    pub const fn place(&self) -> Place {
        (self.occurred_at, !self.ahead, self.position)
    }
}

/// When, whether others of the instant come before it, and which event.
pub type Place = (Timestamp, bool, Position);

/// A state of the object on both clocks: it holds at (T, K) when `valid_from ≤ T < valid_to` and
/// `known_from ≤ K < known_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<S> {
    /// The event that begins it.
    pub position: Position,
    /// Inclusive.
    pub valid_from: Timestamp,
    /// Exclusive; [`Timestamp::MAX`] while it lasts. Equal to `valid_from` when the next event is of the same instant.
    pub valid_to: Timestamp,
    /// Inclusive.
    pub known_from: Timestamp,
    /// Exclusive and later than `known_from`; [`Timestamp::MAX`] while it is believed.
    pub known_to: Timestamp,
    /// Whether it comes before everything else of its instant.
    pub ahead: bool,
    /// What the facts until then add up to.
    pub state: S,
}

impl<S> Row<S> {
    const fn place(&self) -> Place {
        (self.valid_from, !self.ahead, self.position)
    }
}

/// The rows of one object, ordered by (valid_from, position, known_from). `step` gives the state after a fact from
/// the state before it.
pub fn rows<F, S>(facts: &[Fact<F>], step: impl FnMut(Option<&S>, &F) -> S) -> Vec<Row<S>>
where
    F: PartialEq,
    S: PartialEq,
{
    let mut history = History { facts, step, believed: Vec::new(), open: Vec::new(), closed: Vec::new() };
    for (instant, changes) in instants(facts) {
        history.advance(instant, &changes);
    }
    let mut rows = history.closed;
    rows.append(&mut history.open);
    rows.sort_unstable_by_key(|row| (row.valid_from, row.position, row.known_from));
    rows
}

/// A fact begins or ceases to be believed.
#[derive(Clone, Copy)]
struct Change {
    fact: usize,
    begins: bool,
}

/// The moments at which belief changes, ascending, each with its changes; ends come before beginnings.
fn instants<F>(facts: &[Fact<F>]) -> Vec<(Timestamp, Vec<Change>)> {
    let mut changes: Vec<(Timestamp, Change)> = Vec::with_capacity(facts.len());
    for (index, fact) in facts.iter().enumerate().filter(|(_, fact)| fact.known_from < fact.known_to) {
        changes.push((fact.known_from, Change { fact: index, begins: true }));
        if fact.known_to < Timestamp::MAX {
            changes.push((fact.known_to, Change { fact: index, begins: false }));
        }
    }
    changes.sort_by_key(|(instant, change)| (*instant, change.begins));
    let mut grouped: Vec<(Timestamp, Vec<Change>)> = Vec::with_capacity(changes.len());
    for (instant, change) in changes {
        match grouped.last_mut() {
            Some((last, group)) if *last == instant => group.push(change),
            Some(_) | None => grouped.push((instant, vec![change])),
        }
    }
    grouped
}

struct History<'a, F, S, Step> {
    facts: &'a [Fact<F>],
    step: Step,
    /// What is believed at the moment reached, ordered by place.
    believed: Vec<&'a Fact<F>>,
    /// Its states, one for each, with `known_to` = MAX.
    open: Vec<Row<S>>,
    closed: Vec<Row<S>>,
}

impl<F, S, Step> History<'_, F, S, Step>
where
    S: PartialEq,
    Step: FnMut(Option<&S>, &F) -> S,
{
    fn advance(&mut self, instant: Timestamp, changes: &[Change]) {
        let mut first_changed = self.believed.len();
        for change in changes {
            let Some(fact) = self.facts.get(change.fact) else { continue };
            let index = self.believed.partition_point(|other| other.place() < fact.place());
            if change.begins {
                self.believed.insert(index, fact);
            } else if self.believed.get(index).is_some_and(|other| other.position == fact.position) {
                self.believed.remove(index);
            }
            first_changed = first_changed.min(index);
        }
        // The state before the first change ends elsewhere now.
        self.refold(first_changed.saturating_sub(1), instant);
    }

    /// Folds again from the state number `from` on; keeps the rows that stay as they were.
    fn refold(&mut self, from: usize, instant: Timestamp) {
        let from = from.min(self.open.len());
        let mut old = mem::take(&mut self.open);
        let mut replaced = old.split_off(from).into_iter().peekable();
        self.open = old;
        for index in from..self.believed.len() {
            let Some(fact) = self.believed.get(index) else { break };
            let before = index.checked_sub(1).and_then(|index| self.open.get(index));
            let mut row = Row {
                position: fact.position,
                valid_from: fact.occurred_at,
                valid_to: self.believed.get(index + 1).map_or(Timestamp::MAX, |next| next.occurred_at),
                known_from: instant,
                known_to: Timestamp::MAX,
                ahead: fact.ahead,
                state: (self.step)(before.map(|row| &row.state), &fact.fact),
            };
            while let Some(gone) = replaced.next_if(|old| old.place() < row.place()) {
                close(&mut self.closed, gone, instant);
            }
            if let Some(same) = replaced.next_if(|old| old.place() == row.place()) {
                if same.state == row.state && same.valid_to == row.valid_to {
                    row.known_from = same.known_from;
                } else {
                    close(&mut self.closed, same, instant);
                }
            }
            self.open.push(row);
        }
        for gone in replaced {
            close(&mut self.closed, gone, instant);
        }
    }
}

/// Ends the belief in a row; one that was never believed for any time is dropped.
fn close<S>(closed: &mut Vec<Row<S>>, mut row: Row<S>, instant: Timestamp) {
    if row.known_from < instant {
        row.known_to = instant;
        closed.push(row);
    }
}
