//! Answers and questions sent, at (T, K).

use std::ops::Deref;

use rapport_views::{
    answers::AsOf,
    rows::{AnswerRow, SentRow, Symbol, storable},
};
use rusqlite::Row;

use super::snapshot::{Snapshot, moment, object, position, until};
use crate::{ReadError, SatisfactionRows, sqlite::codes::instrument};

/// The rows of satisfaction as of one commit.
pub struct SatisfactionSnapshot(Snapshot);

impl Deref for SatisfactionSnapshot {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

impl SatisfactionSnapshot {
    pub(crate) const fn new(snapshot: Snapshot) -> Self {
        Self(snapshot)
    }
}

impl SatisfactionRows for SatisfactionSnapshot {
    fn answers(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<AnswerRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT customer, position, occurred_at, instrument, question, wave, value, scale_min, scale_max,
                        high_is_better, product, tier, channel, staff, branch, expectation, importance
                 FROM answer WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2
                   AND (?3 IS NULL OR survey = (SELECT id FROM survey WHERE name = ?3))
                 ORDER BY position",
            )?;
            let (occurred, recorded) = until(as_of);
            let found = select.query_map((occurred, recorded, survey.map(storable)), answer)?;
            found.collect()
        })
    }

    fn sents(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<SentRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT customer, position, occurred_at, instrument, wave
                 FROM sent WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2
                   AND (?3 IS NULL OR survey = (SELECT id FROM survey WHERE name = ?3))
                 ORDER BY position",
            )?;
            let (occurred, recorded) = until(as_of);
            let found = select.query_map((occurred, recorded, survey.map(storable)), |row| {
                Ok(SentRow {
                    customer: object(row, 0)?,
                    position: position(row, 1)?,
                    occurred_at: moment(row, 2)?,
                    instrument: instrument(row.get(3)?),
                    wave: symbol(row, 4)?,
                })
            })?;
            found.collect()
        })
    }
}

fn answer(row: &Row<'_>) -> rusqlite::Result<AnswerRow> {
    Ok(AnswerRow {
        customer: object(row, 0)?,
        position: position(row, 1)?,
        occurred_at: moment(row, 2)?,
        instrument: instrument(row.get(3)?),
        question: symbol(row, 4)?,
        wave: symbol(row, 5)?,
        value: row.get(6)?,
        scale_min: row.get(7)?,
        scale_max: row.get(8)?,
        high_is_better: row.get(9)?,
        product: symbol(row, 10)?,
        tier: symbol(row, 11)?,
        channel: symbol(row, 12)?,
        staff: symbol(row, 13)?,
        branch: symbol(row, 14)?,
        expectation: row.get(15)?,
        importance: row.get(16)?,
    })
}

pub(super) fn symbol(row: &Row<'_>, column: usize) -> rusqlite::Result<Symbol> {
    row.get(column).map(Symbol)
}
