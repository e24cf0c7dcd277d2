//! Who was asked.

use std::collections::{BTreeMap, HashSet};

use rapport_model::Position;

use super::answer::{Answer, hit};
use crate::{
    answers::{tally::Tally, window::Window},
    rows::{Identity, Instrument, ObjectId, SentRow, Symbol},
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

/// How many were asked, and how many of them answered.
#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) asked: Tally,
    pub(super) answered: u64,
}

impl Asked {
    pub(super) fn take(&mut self, row: &SentRow, identity: &Identity) {
        self.rows.push((identity.canonical(row.customer), *row));
    }

    /// The waves in which anybody was asked with this instrument.
    pub(super) fn waves(&self, instrument: Instrument) -> impl Iterator<Item = Symbol> {
        self.rows.iter().filter(move |(_, row)| row.instrument == instrument).map(|(_, row)| row.wave)
    }

    /// A customer asked several times in one wave was asked once: a reminder is no second question.
    pub(super) fn response(&self, asking: Asking, answers: &[Answer], keep: bool) -> Response {
        let fits = |row: &SentRow| {
            row.instrument == asking.instrument
                && asking.wave.is_none_or(|wave| wave == row.wave)
                && asking.window.is_none_or(|window| window.contains(row.occurred_at))
        };
        let mut asked: BTreeMap<(ObjectId, Symbol), Vec<Position>> = BTreeMap::new();
        for (customer, row) in self.rows.iter().filter(|(_, row)| fits(row)) {
            asked.entry((*customer, row.wave)).or_default().push(row.position);
        }
        let answered: HashSet<_> = answers.iter().map(|answer| (answer.customer, answer.row.wave)).collect();
        let mut response = Response::default();
        for (who, positions) in &asked {
            response.asked.add(keep, || hit(who.0, positions));
            response.answered += u64::from(answered.contains(who));
        }
        response
    }
}
