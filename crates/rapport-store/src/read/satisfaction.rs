//! Answers and questions sent, at (T, K).

use std::ops::Deref;

use rapport_model::Timestamp;
use rapport_views::rows::{AnswerRow, SentRow, Symbol};
use rusqlite::Row;

use super::snapshot::{Snapshot, moment, object, position, until};
use crate::{ReadError, codes::instrument};

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

    /// Every answer given until T as believed at K, in the order of the log.
    ///
    /// # Errors
    /// The database failed.
    pub fn answers(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
    ) -> Result<Vec<AnswerRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT customer, position, occurred_at, survey, instrument, question, wave, value, scale_min, scale_max,
                        high_is_better, product, tier, channel, staff, branch, expectation, importance
                 FROM answer WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 ORDER BY position",
            )?;
            let found = select.query_map(until(occurred_until, recorded_until), answer)?;
            found.collect()
        })
    }

    /// Every question sent until T as believed at K, in the order of the log.
    ///
    /// # Errors
    /// The database failed.
    pub fn sents(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
    ) -> Result<Vec<SentRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT customer, position, occurred_at, survey, instrument, wave
                 FROM sent WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 ORDER BY position",
            )?;
            let found = select.query_map(until(occurred_until, recorded_until), |row| {
                Ok(SentRow {
                    customer: object(row, 0)?,
                    position: position(row, 1)?,
                    occurred_at: moment(row, 2)?,
                    survey: symbol(row, 3)?,
                    instrument: instrument(row.get(4)?),
                    wave: symbol(row, 5)?,
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
        survey: symbol(row, 3)?,
        instrument: instrument(row.get(4)?),
        question: symbol(row, 5)?,
        wave: symbol(row, 6)?,
        value: row.get(7)?,
        scale_min: row.get(8)?,
        scale_max: row.get(9)?,
        high_is_better: row.get(10)?,
        product: symbol(row, 11)?,
        tier: symbol(row, 12)?,
        channel: symbol(row, 13)?,
        staff: symbol(row, 14)?,
        branch: symbol(row, 15)?,
        expectation: row.get(16)?,
        importance: row.get(17)?,
    })
}

pub(super) fn symbol(row: &Row<'_>, column: usize) -> rusqlite::Result<Symbol> {
    row.get(column).map(Symbol)
}
