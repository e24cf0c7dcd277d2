//! Deals and leads at (T, K).

use std::{iter::Peekable, ops::Deref};

use rapport_model::Timestamp;
use rapport_views::{
    projection::deal::{DealState, step},
    rows::{CompetitorRow, DealHistory, DealSpan, FunnelSums, LeadRow, ObjectId, Symbol},
};
use rusqlite::Row;

use super::{
    moved::add_moved,
    satisfaction::symbol,
    snapshot::{LATEST, Snapshot, moment, name, object, position, until},
};
use crate::{
    ReadError,
    codes::lead_step,
    deal_facts::{Facts, unpack},
    sums::{
        ask::{Until, funnel_sums},
        check::sums_are_right,
    },
};

/// The rows of the funnel as of one commit.
pub struct FunnelSnapshot(Snapshot);

impl Deref for FunnelSnapshot {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

impl FunnelSnapshot {
    pub(crate) const fn new(snapshot: Snapshot) -> Self {
        Self(snapshot)
    }

    /// Every deal that began until T as believed at K, in the order of their numbers; with a pipeline, only those in
    /// it. The spans are what the events until T add up to: the last one is open-ended. `take` may keep a history by
    /// swapping another one into its place, whose room is used for the next deal.
    ///
    /// # Errors
    /// The database failed.
    pub fn deal_histories(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
        pipeline: Option<Symbol>,
        mut take: impl FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        self.read(|connection| {
            let until = until(occurred_until, recorded_until);
            let mut competitors = connection.prepare_cached(COMPETITORS)?;
            let mut competitors = competitors.query_map(until, competitor)?.peekable();
            let mut deals = connection.prepare_cached("SELECT deal, facts FROM deal_fact ORDER BY deal")?;
            let mut rows = deals.query([])?;
            let mut facts = Facts::new();
            let mut history = DealHistory::default();
            while let Some(row) = rows.next()? {
                history.deal = object(row, 0)?;
                facts.clear();
                unpack(row.get_ref(1)?.as_blob()?, &mut facts)?;
                fold(&facts, occurred_until.min(LATEST), recorded_until.min(LATEST), &mut history);
                let wanted = pipeline.is_none_or(|pipeline| history.pipeline == pipeline);
                if !history.spans.is_empty() && wanted {
                    add_competitors(&mut history, &mut competitors)?;
                    take(&mut history);
                }
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

    /// What the snapshot of the funnel at (T, K) is made of, added up: no deal is read for it but those that came from
    /// one pipeline to another.
    ///
    /// # Errors
    /// The database failed.
    pub fn sums(
        &self,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
    ) -> Result<FunnelSums, ReadError> {
        self.read(|connection| {
            let (occurred, recorded) = until(occurred_until, recorded_until);
            let mut sums = funnel_sums(connection, Until { occurred, recorded })?;
            add_moved(connection, occurred, recorded, &mut sums)?;
            Ok(sums)
        })
    }

    /// Whether the kept sums are what adding up all deals anew gives. Reads everything.
    ///
    /// # Errors
    /// The database failed.
    pub fn sums_are_right(&self) -> Result<bool, ReadError> {
        self.read(sums_are_right)
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
const COMPETITORS: &str = "
SELECT deal, competitor, position, occurred_at FROM competitor
WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2
ORDER BY deal, position, competitor, known_from";

/// The spans of a deal's facts as of (T, K). Customer and pipeline follow from all events until then: the last span
/// has them.
fn fold(facts: &Facts, occurred_until: Timestamp, recorded_until: Timestamp, history: &mut DealHistory) {
    history.spans.clear();
    history.competitors.clear();
    let mut state: Option<DealState> = None;
    let believed = facts.iter().filter(|fact| {
        fact.occurred_at <= occurred_until
            && fact.known_from <= recorded_until
            && recorded_until < fact.known_to
    });
    for fact in believed {
        let next = step(state.as_ref(), &fact.fact);
        if let Some(last) = history.spans.last_mut() {
            last.valid_to = fact.occurred_at;
        }
        history.spans.push(DealSpan {
            seq: u32::try_from(history.spans.len()).unwrap_or(u32::MAX),
            valid_from: fact.occurred_at,
            position: fact.position,
            valid_to: Timestamp::MAX,
            status: next.status,
            stage: next.stage,
            currency: next.currency,
            amount_minor_units: next.amount_minor_units,
            cause: next.cause,
            reason: next.reason,
        });
        state = Some(next);
    }
    history.pipeline = state.map_or(Symbol::default(), |state| state.pipeline);
    history.customer = state.map_or(ObjectId::default(), |state| state.customer);
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

/// Both come in the order of deals; an objection may name a deal that has no span.
fn add_competitors(
    history: &mut DealHistory,
    competitors: &mut Peekable<impl Iterator<Item = rusqlite::Result<Named>>>,
) -> rusqlite::Result<()> {
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
    Ok(())
}
