//! The customers who were asked.

use std::collections::{BTreeMap, HashSet};

use rapport_model::Position;

use super::response::{Respondent, Response, Turn};
use crate::{
    answers::{tally::Tally, window::Window},
    rows::{Identity, Instrument, ObjectId, SentRow, Symbol},
    stats::share,
};

/// The customers asked, by instrument.
#[derive(Debug, Default)]
pub(super) struct Asked {
    rows: Vec<(ObjectId, SentRow)>,
}

/// Which askings to count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    pub(super) instrument: Instrument,
    /// Only this wave.
    pub(super) wave: Option<Symbol>,
    /// Only then.
    pub(super) window: Option<Window>,
}

/// How many were asked, and how many of them responded.
#[derive(Debug, Default)]
pub(super) struct Turnout {
    pub(super) asked: Tally,
    /// Of those asked, how many are not known: neither is whether they responded.
    pub(super) asked_unknown: u64,
    /// Of the others, how many responded.
    pub(super) responded: u64,
}

impl Turnout {
    /// The share that responded of the customers asked.
    pub(super) fn rate(&self) -> Option<f64> {
        share(self.responded, self.asked.count - self.asked_unknown)
    }
}

impl Asked {
    pub(super) fn take(&mut self, row: &SentRow, identity: &Identity) {
        self.rows.push((identity.canonical(row.customer), *row));
    }

    /// The waves in which this instrument was sent.
    pub(super) fn waves(&self, instrument: Instrument) -> impl Iterator<Item = Symbol> {
        self.rows.iter().filter(move |(_, row)| row.instrument == instrument).map(|(_, row)| row.wave)
    }

    /// A customer who was asked several times in one wave counts once, because a reminder is not a second question.
    /// Each asking without a customer counts by itself.
    pub(super) fn turnout(&self, asking: Asking, responses: &[Response], keep: bool) -> Turnout {
        let fits = |row: &SentRow| {
            row.instrument == asking.instrument
                && asking.wave.is_none_or(|wave| wave == row.wave)
                && asking.window.is_none_or(|window| window.contains(row.occurred_at))
        };
        let mut asked: BTreeMap<Turn, Vec<Position>> = BTreeMap::new();
        for (customer, row) in self.rows.iter().filter(|(_, row)| fits(row)) {
            let turn = (Respondent::of(*customer, row.position), row.wave);
            asked.entry(turn).or_default().push(row.position);
        }
        let responded: HashSet<Turn> = responses.iter().map(Response::turn).collect();
        let mut turnout = Turnout::default();
        for (turn, positions) in &asked {
            turnout.asked.add(keep, || turn.0.hit(positions));
            turnout.asked_unknown += u64::from(!turn.0.is_known());
            turnout.responded += u64::from(responded.contains(turn));
        }
        turnout
    }
}
