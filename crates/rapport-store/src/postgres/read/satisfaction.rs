//! Answers and questions sent, at (T, K).

use std::ops::Deref;

use postgres::Row;
use rapport_views::{
    answers::AsOf,
    rows::{AnswerRow, SentRow, Symbol, storable},
};

use super::snapshot::{Names, PostgresSnapshot, moment, position};
use crate::{
    ReadError, SatisfactionRows,
    postgres::{failure::PostgresError, value::Moment, words::instrument},
};

/// The rows of satisfaction as of one state of the database.
pub struct PostgresSatisfaction(PostgresSnapshot);

impl Deref for PostgresSatisfaction {
    type Target = PostgresSnapshot;

    fn deref(&self) -> &PostgresSnapshot {
        &self.0
    }
}

impl PostgresSatisfaction {
    pub(in crate::postgres) const fn new(snapshot: PostgresSnapshot) -> Self {
        Self(snapshot)
    }

    fn select<T>(
        &self,
        sql: &str,
        as_of: AsOf,
        survey: Option<&str>,
        row_of: impl Fn(&Row, &mut Names) -> Result<T, PostgresError>,
    ) -> Result<Vec<T>, ReadError> {
        let sql = format!(
            "{sql} WHERE occurred_at <= $1 AND known_from <= $2 AND known_to > $2
                     AND ($3::text IS NULL OR survey = $3) ORDER BY position"
        );
        let survey = survey.map(storable);
        let (t, k) = Moment::both(as_of);
        let mut names = self.names();
        let mut found = Vec::new();
        self.read(|session| {
            session.each(&sql, &[&t, &k, &survey], |row| {
                found.push(row_of(row, &mut names)?);
                Ok(())
            })
        })?;
        Ok(found)
    }
}

impl SatisfactionRows for PostgresSatisfaction {
    fn answers(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<AnswerRow>, ReadError> {
        let sql =
            "SELECT customer, position, occurred_at, instrument, question, wave, value, scale_min, scale_max,
                          high_is_better, product, tier, channel, staff, branch, expectation, importance
                   FROM answer";
        self.select(sql, as_of, survey, answer)
    }

    fn sents(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<SentRow>, ReadError> {
        let sql = "SELECT customer, position, occurred_at, instrument, wave FROM sent";
        self.select(sql, as_of, survey, |row, names| {
            Ok(SentRow {
                customer: names.party(row.try_get(0)?),
                position: position(row, 1)?,
                occurred_at: moment(row, 2)?,
                instrument: instrument(row.try_get(3)?),
                wave: names.symbols.intern(row.try_get(4)?),
            })
        })
    }
}

fn answer(row: &Row, names: &mut Names) -> Result<AnswerRow, PostgresError> {
    let mut symbol =
        |column: usize| -> Result<Symbol, PostgresError> { Ok(names.symbols.intern(row.try_get(column)?)) };
    let expectation: Option<i16> = row.try_get(15)?;
    Ok(AnswerRow {
        question: symbol(4)?,
        wave: symbol(5)?,
        product: symbol(10)?,
        tier: symbol(11)?,
        channel: symbol(12)?,
        staff: symbol(13)?,
        branch: symbol(14)?,
        customer: names.party(row.try_get(0)?),
        position: position(row, 1)?,
        occurred_at: moment(row, 2)?,
        instrument: instrument(row.try_get(3)?),
        value: row.try_get(6)?,
        scale_min: row.try_get(7)?,
        scale_max: row.try_get(8)?,
        high_is_better: row.try_get(9)?,
        expectation: expectation.and_then(|value| i8::try_from(value).ok()),
        importance: row.try_get(16)?,
    })
}
