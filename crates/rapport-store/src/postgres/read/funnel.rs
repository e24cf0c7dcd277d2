//! Deals and leads at (T, K). $1 is T, $2 is K.

use std::{collections::HashMap, ops::Deref};

use postgres::Row;
use rapport_model::Timestamp;
use rapport_views::{
    projection::deal::DealFact,
    rows::{
        ClosedDealsRow, CompetitorRow, DealHistory, FirstReachedRow, FunnelSums, LeadRow, ObjectId,
        OpenDealsRow, Symbol,
    },
};

use super::snapshot::{Names, PostgresSnapshot, moment, name_of, position};
use crate::{
    FunnelRows, ReadError,
    postgres::{
        failure::PostgresError,
        session::Session,
        value::Moment,
        words::{cause, step},
    },
    read::{BelievedFact, fold},
};

/// The rows of the funnel as of one state of the database.
pub struct PostgresFunnel(PostgresSnapshot);

impl Deref for PostgresFunnel {
    type Target = PostgresSnapshot;

    fn deref(&self) -> &PostgresSnapshot {
        &self.0
    }
}

impl PostgresFunnel {
    pub(in crate::postgres) const fn new(snapshot: PostgresSnapshot) -> Self {
        Self(snapshot)
    }
}

const FACTS: &str = "
SELECT deal, occurred_at, position, cause, customer, pipeline, stage, amount_minor_units, currency, reason
FROM deal_fact WHERE occurred_at <= $1 AND known_from <= $2 AND known_to > $2
ORDER BY deal, occurred_at, position";

const COMPETITORS: &str = "
SELECT deal, competitor, position, occurred_at FROM competitor
WHERE occurred_at <= $1 AND known_from <= $2 AND known_to > $2
ORDER BY deal, position, competitor";

const OPEN: &str = "
SELECT pipeline, stage, currency, count(*), sum(amount_minor_units)::text FROM deal_span
WHERE valid_from <= $1 AND valid_to > $1 AND known_from <= $2 AND known_to > $2 AND status = 'open'
GROUP BY pipeline, stage, currency";

/// Deals that reached nothing are in no sum.
const CLOSED: &str = "
SELECT pipeline, ever_won, reached, status = 'won', count(*) FROM deal_span
WHERE valid_from <= $1 AND valid_to > $1 AND known_from <= $2 AND known_to > $2 AND status <> 'open'
  AND (ever_won OR reached <> '{}')
GROUP BY pipeline, ever_won, reached, status";

/// Wherever a deal was before: its past counts where it is.
const REACHED: &str = "
WITH here AS (
  SELECT deal, pipeline FROM deal_span
  WHERE valid_from <= $1 AND valid_to > $1 AND known_from <= $2 AND known_to > $2)
SELECT DISTINCT ON (pipeline, stage) pipeline, stage, valid_from, position
FROM (SELECT here.pipeline, CASE WHEN s.in_stage THEN s.stage ELSE '' END AS stage, s.valid_from, s.position
      FROM deal_span s JOIN here USING (deal)
      WHERE s.valid_from <= $1 AND s.known_from <= $2 AND s.known_to > $2) entered
ORDER BY pipeline, stage, valid_from, position";

impl FunnelRows for PostgresFunnel {
    fn deal_histories(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        let (t, k) = (Moment::until(occurred_until), Moment::until(recorded_until));
        self.read(|session| {
            let mut competitors: HashMap<String, Vec<CompetitorRow>> = HashMap::new();
            session.each(COMPETITORS, &[&t, &k], |row| {
                let competitor = self.names().symbols.intern(row.try_get(1)?);
                let named =
                    CompetitorRow { competitor, position: position(row, 2)?, occurred_at: moment(row, 3)? };
                competitors.entry(row.try_get(0)?).or_default().push(named);
                Ok(())
            })?;
            let mut history = DealHistory::default();
            let mut facts: Vec<BelievedFact> = Vec::new();
            let mut deal = String::new();
            let mut hand_over = |deal: &str, facts: &mut Vec<BelievedFact>| {
                fold(facts.drain(..), &mut history);
                if !history.spans.is_empty() && pipeline.is_none_or(|pipeline| history.pipeline == pipeline) {
                    history.deal = self.names().deal(deal);
                    history.competitors.extend(competitors.remove(deal).unwrap_or_default());
                    take(&mut history);
                }
            };
            session.each(FACTS, &[&t, &k], |row| {
                let next: &str = row.try_get(0)?;
                if next != deal {
                    hand_over(&deal, &mut facts);
                    next.clone_into(&mut deal);
                }
                facts.push(fact(row, &mut self.names())?);
                Ok(())
            })?;
            hand_over(&deal, &mut facts);
            Ok(())
        })
    }

    fn leads(&self, occurred_until: Timestamp, recorded_until: Timestamp) -> Result<Vec<LeadRow>, ReadError> {
        let (t, k) = (Moment::until(occurred_until), Moment::until(recorded_until));
        let sql = "SELECT customer, position, occurred_at, step FROM lead_step
                   WHERE occurred_at <= $1 AND known_from <= $2 AND known_to > $2 ORDER BY position";
        let mut leads = Vec::new();
        self.read(|session| {
            session.each(sql, &[&t, &k], |row| {
                leads.push(LeadRow {
                    customer: self.names().party(row.try_get(0)?),
                    position: position(row, 1)?,
                    occurred_at: moment(row, 2)?,
                    step: step(row.try_get(3)?),
                });
                Ok(())
            })
        })?;
        Ok(leads)
    }

    fn sums(&self, occurred_until: Timestamp, recorded_until: Timestamp) -> Result<FunnelSums, ReadError> {
        let until = (Moment::until(occurred_until), Moment::until(recorded_until));
        self.read(|session| sums(session, &mut self.names(), until))
    }

    fn deal_name(&self, deal: ObjectId) -> Result<String, ReadError> {
        Ok(name_of(&self.names().deals, deal))
    }
}

fn sums(
    session: &mut Session,
    names: &mut Names,
    (t, k): (Moment, Moment),
) -> Result<FunnelSums, PostgresError> {
    let mut sums = FunnelSums::default();
    let symbols = &mut names.symbols;
    for row in session.query(OPEN, &[&t, &k])? {
        let amount: &str = row.try_get(4)?;
        sums.open.push(OpenDealsRow {
            pipeline: symbols.intern(row.try_get(0)?),
            stage: symbols.intern(row.try_get(1)?),
            currency: symbols.intern(row.try_get(2)?),
            deals: row.try_get::<_, i64>(3)?.cast_unsigned(),
            amount_minor_units: amount.parse().map_err(|_| PostgresError::other("a sum is no number"))?,
        });
    }
    for row in session.query(CLOSED, &[&t, &k])? {
        let ever_won: bool = row.try_get(1)?;
        let stages: Vec<&str> = row.try_get(2)?;
        let mut reached: Vec<Symbol> = stages.into_iter().map(|stage| symbols.intern(stage)).collect();
        reached.sort_unstable();
        sums.closed.push(ClosedDealsRow {
            pipeline: symbols.intern(row.try_get(0)?),
            reached: (!ever_won).then_some(reached),
            won: row.try_get(3)?,
            deals: row.try_get::<_, i64>(4)?.cast_unsigned(),
        });
    }
    for row in session.query(REACHED, &[&t, &k])? {
        sums.reached.push(FirstReachedRow {
            pipeline: symbols.intern(row.try_get(0)?),
            stage: symbols.intern(row.try_get(1)?),
            at: moment(&row, 2)?,
            by: position(&row, 3)?,
        });
    }
    Ok(sums)
}

fn fact(row: &Row, names: &mut Names) -> Result<BelievedFact, PostgresError> {
    let customer = names.party(row.try_get(4)?);
    let symbols = &mut names.symbols;
    let amount: Option<i64> = row.try_get(7)?;
    let currency: Option<&str> = row.try_get(8)?;
    let currency = currency.map(|currency| symbols.intern(currency));
    let fact = DealFact {
        cause: cause(row.try_get(3)?),
        customer,
        pipeline: symbols.intern(row.try_get(5)?),
        stage: symbols.intern(row.try_get(6)?),
        amount: amount.zip(currency),
        reason: symbols.intern(row.try_get(9)?),
    };
    Ok(BelievedFact { position: position(row, 2)?, occurred_at: moment(row, 1)?, fact })
}
