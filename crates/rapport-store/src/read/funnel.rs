//! Deals and leads at (T, K).

use std::{iter::Peekable, ops::Deref};

use rapport_model::Timestamp;
use rapport_views::rows::{CompetitorRow, DealHistory, DealSpan, LeadRow, ObjectId, Symbol};
use rusqlite::{Connection, Params, Row};

use super::{
    satisfaction::symbol,
    snapshot::{Snapshot, moment, name, object, position, until},
};
use crate::{
    ReadError,
    codes::{deal_cause, deal_status, lead_step},
    schema::meta,
};

/// The rows of the funnel as of one commit.
pub struct FunnelSnapshot(Snapshot);

impl Deref for FunnelSnapshot {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

/// Open deals in one stage and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenDeals {
    /// The pipeline.
    pub pipeline: Symbol,
    /// The stage.
    pub stage: Symbol,
    /// ISO 4217; 0 for deals without an amount.
    pub currency: Symbol,
    /// How many.
    pub deals: u64,
    /// Their amounts added, in minor units.
    pub amount_minor_units: i64,
}

impl FunnelSnapshot {
    pub(crate) const fn new(snapshot: Snapshot) -> Self {
        Self(snapshot)
    }

    /// Every deal that began until T as believed at K, in the order of their numbers; with a pipeline, only those in
    /// it. The spans are what the events until T add up to: the last one is open-ended.
    ///
    /// # Errors
    /// The database failed.
    pub fn deal_histories(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
        pipeline: Option<Symbol>,
        mut take: impl FnMut(DealHistory),
    ) -> Result<(), ReadError> {
        self.read(|connection| {
            let until = until(occurred_until, recorded_until);
            let mut select = connection.prepare_cached(COMPETITORS)?;
            let mut competitors = select.query_map(until, competitor)?.peekable();
            let mut select = connection.prepare_cached(SPANS)?;
            let mut rows = select.query(until)?;
            let mut current: Option<DealHistory> = None;
            while let Some(row) = rows.next()? {
                let deal = object(row, 0)?;
                if let Some(done) = current.take_if(|history| history.deal != deal) {
                    hand_over(done, pipeline, &mut competitors, &mut take)?;
                }
                add_span(&mut current, deal, row)?;
            }
            if let Some(done) = current {
                hand_over(done, pipeline, &mut competitors, &mut take)?;
            }
            Ok(())
        })
    }

    /// Every step before a deal that was taken until T as believed at K, in the order of the log.
    ///
    /// # Errors
    /// The database failed.
    pub fn leads(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
    ) -> Result<Vec<LeadRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT customer, position, occurred_at, step FROM lead_step
                 WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 ORDER BY position",
            )?;
            let found = select.query_map(until(occurred_until, recorded_until), |row| {
                Ok(LeadRow {
                    customer: object(row, 0)?,
                    position: position(row, 1)?,
                    occurred_at: moment(row, 2)?,
                    step: lead_step(row.get(3)?),
                })
            })?;
            found.collect()
        })
    }

    /// Open deals at (T, K) by pipeline, stage and currency, ordered by these numbers.
    ///
    /// # Errors
    /// The database failed.
    pub fn open_deals_by_stage(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
        pipeline: Option<Symbol>,
    ) -> Result<Vec<OpenDeals>, ReadError> {
        let recorded_max = self.recorded_max();
        self.read(|connection| {
            let occurred_max = meta(connection, "occurred_max")?;
            // After everything that is known the counts are kept; before, spans are.
            let is_now = recorded_until >= recorded_max && occurred_until.as_micros() >= occurred_max;
            let rows = if is_now {
                open_deals(connection, OPEN_NOW, ())?
            } else {
                open_deals(connection, OPEN_THEN, until(occurred_until, recorded_until))?
            };
            Ok(rows
                .into_iter()
                .filter(|row| pipeline.is_none_or(|pipeline| row.pipeline == pipeline))
                .collect())
        })
    }

    /// The id of a deal, as events name it; empty for one that the view does not know.
    ///
    /// # Errors
    /// The database failed.
    pub fn deal_name(&self, deal: ObjectId) -> Result<String, ReadError> {
        self.read(|connection| name(connection, "SELECT name FROM deal WHERE id = ?1", deal))
    }
}

/// ?1 is T, ?2 is K. In the order of the table.
const SPANS: &str = "
SELECT deal, valid_from, position, valid_to, status, pipeline, stage, currency, amount, cause, customer, reason
FROM deal_span WHERE valid_from <= ?1 AND known_from <= ?2 AND known_to > ?2
ORDER BY deal, valid_from, position, known_from";

const COMPETITORS: &str = "
SELECT deal, competitor, position, occurred_at FROM competitor
WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2
ORDER BY deal, position, competitor, known_from";

const OPEN_NOW: &str = "
SELECT pipeline, stage, currency, deals, amount FROM open_deals
ORDER BY pipeline, stage, currency";

const OPEN_THEN: &str = "
SELECT pipeline, stage, currency, count(*), sum(amount) FROM deal_span
WHERE status = 0 AND valid_from <= ?1 AND valid_to > ?1 AND known_from <= ?2 AND known_to > ?2
GROUP BY pipeline, stage, currency ORDER BY pipeline, stage, currency";

fn open_deals(connection: &Connection, select: &str, until: impl Params) -> rusqlite::Result<Vec<OpenDeals>> {
    let mut select = connection.prepare_cached(select)?;
    let found = select.query_map(until, |row| {
        Ok(OpenDeals {
            pipeline: symbol(row, 0)?,
            stage: symbol(row, 1)?,
            currency: symbol(row, 2)?,
            deals: row.get::<_, i64>(3)?.cast_unsigned(),
            amount_minor_units: row.get(4)?,
        })
    })?;
    found.collect()
}

/// Adds the span that a row holds. Customer and pipeline follow from all events until then: the last span has them.
fn add_span(current: &mut Option<DealHistory>, deal: ObjectId, row: &Row<'_>) -> rusqlite::Result<()> {
    let history = current.get_or_insert_with(|| DealHistory {
        deal,
        customer: ObjectId::default(),
        pipeline: Symbol::default(),
        spans: Vec::new(),
        competitors: Vec::new(),
    });
    history.pipeline = symbol(row, 5)?;
    history.customer = object(row, 10)?;
    history.spans.push(DealSpan {
        seq: u32::try_from(history.spans.len()).unwrap_or(u32::MAX),
        valid_from: moment(row, 1)?,
        position: position(row, 2)?,
        valid_to: moment(row, 3)?,
        status: deal_status(row.get(4)?),
        stage: symbol(row, 6)?,
        currency: symbol(row, 7)?,
        amount_minor_units: row.get(8)?,
        cause: deal_cause(row.get(9)?),
        reason: symbol(row, 11)?,
    });
    Ok(())
}

type Named = (ObjectId, CompetitorRow);

fn competitor(row: &Row<'_>) -> rusqlite::Result<Named> {
    let named = CompetitorRow {
        competitor: symbol(row, 1)?,
        position: position(row, 2)?,
        occurred_at: moment(row, 3)?,
    };
    Ok((object(row, 0)?, named))
}

fn hand_over(
    mut history: DealHistory,
    pipeline: Option<Symbol>,
    competitors: &mut Peekable<impl Iterator<Item = rusqlite::Result<Named>>>,
    take: &mut impl FnMut(DealHistory),
) -> rusqlite::Result<()> {
    if let Some(last) = history.spans.last_mut() {
        // What comes after T has not happened yet.
        last.valid_to = Timestamp::MAX;
    }
    // Both come in the order of deals; an objection may name a deal that has no span.
    while let Some(named) =
        competitors.next_if(|named| named.as_ref().is_ok_and(|named| named.0 <= history.deal))
    {
        let (deal, named) = named?;
        if deal == history.deal {
            history.competitors.push(named);
        }
    }
    if let Some(Err(_)) = competitors.peek() {
        competitors.next().transpose()?;
    }
    if pipeline.is_none_or(|pipeline| history.pipeline == pipeline) {
        take(history);
    }
    Ok(())
}
