//! Deals and leads at (T, K).

use std::{iter::Peekable, ops::Deref};

use rapport_model::Timestamp;
use rapport_views::{
    answers::AsOf,
    projection::{bitemporal::Fact, deal::DealFact},
    rows::{CompetitorRow, DealHistory, FunnelSums, LeadRow, ObjectId, Symbol},
};
use rusqlite::Row;

use super::{
    moved::add_moved,
    satisfaction::symbol,
    snapshot::{Snapshot, moment, name, object, position, until},
};
use crate::{
    FunnelRows, ReadError,
    read::bounded,
    read::fold,
    sqlite::{
        codes::lead_step,
        deal_facts::{Facts, unpack},
        sums::{
            ask::{Until, funnel_sums},
            check::sums_are_right,
        },
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

    /// Whether the kept sums are what adding up all deals anew gives. Reads everything.
    ///
    /// # Errors
    /// The database failed.
    pub fn sums_are_right(&self) -> Result<bool, ReadError> {
        self.read(sums_are_right)
    }
}

impl FunnelRows for FunnelSnapshot {
    fn deal_histories(
        &self,
        as_of: AsOf,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        let as_of = bounded(as_of);
        self.read(|connection| {
            let until = until(as_of);
            let mut competitors = connection.prepare_cached(COMPETITORS)?;
            let mut competitors = competitors.query_map(until, competitor)?.peekable();
            let mut deals = connection.prepare_cached("SELECT deal, facts FROM deal_fact ORDER BY deal")?;
            let mut rows = deals.query([])?;
            let (mut facts, mut believed) = (Facts::new(), Facts::new());
            let mut history = DealHistory::default();
            while let Some(row) = rows.next()? {
                history.deal = object(row, 0)?;
                facts.clear();
                unpack(row.get_ref(1)?.as_blob()?, &mut facts)?;
                believed_at(&facts, as_of.recorded_until, &mut believed);
                fold(&mut believed, as_of.occurred_until, &mut history);
                let wanted = pipeline.is_none_or(|pipeline| history.pipeline == pipeline);
                if !history.spans.is_empty() && wanted {
                    add_competitors(&mut history, &mut competitors)?;
                    take(&mut history);
                }
            }
            Ok(())
        })
    }

    fn leads(&self, as_of: AsOf) -> Result<Vec<LeadRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT customer, position, occurred_at, step, lead FROM lead_step
                 WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2 ORDER BY position",
            )?;
            let found = select.query_map(until(as_of), |row| {
                Ok(LeadRow {
                    customer: object(row, 0)?,
                    position: position(row, 1)?,
                    occurred_at: moment(row, 2)?,
                    step: lead_step(row.get(3)?),
                    lead: row.get(4)?,
                })
            })?;
            found.collect()
        })
    }

    fn sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError> {
        self.read(|connection| {
            let (occurred, recorded) = until(as_of);
            let mut sums = funnel_sums(connection, Until { occurred, recorded })?;
            add_moved(connection, occurred, recorded, &mut sums)?;
            Ok(sums)
        })
    }

    fn deal_name(&self, deal: ObjectId) -> Result<String, ReadError> {
        self.read(|connection| name(connection, "SELECT name FROM deal WHERE id = ?1", deal))
    }
}

/// ?1 is T, ?2 is K. In the order of the table.
const COMPETITORS: &str = "
SELECT deal, competitor, position, occurred_at FROM competitor
WHERE occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2
ORDER BY deal, position, competitor, known_from";

/// What is believed at K of a deal's facts.
pub(super) fn believed_at(facts: &Facts, recorded_until: Timestamp, believed: &mut Facts) {
    let held = |fact: &&Fact<DealFact>| fact.known_from <= recorded_until && recorded_until < fact.known_to;
    believed.clear();
    believed.extend(facts.iter().filter(held));
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
