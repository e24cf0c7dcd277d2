//! Deals at (T, K).

use std::iter::Peekable;

use rapport_views::{
    answers::AsOf,
    rows::{CompetitorRow, DealHistory, FunnelSums, Symbol},
};
use rusqlite::Connection;

use super::{moved::add_moved, row::object};
use crate::{
    read::fold,
    sqlite::{
        deal_facts::{Facts, believed_at, unpack},
        sums::ask::{Until, funnel_sums},
    },
};

/// Hands over every deal that began until T as believed at K: see `Rows::deal_histories`. The competitors come in the
/// order of deals.
pub(super) fn histories(
    connection: &Connection,
    as_of: AsOf,
    pipeline: Option<Symbol>,
    competitors: Vec<CompetitorRow>,
    take: &mut dyn FnMut(&mut DealHistory),
) -> rusqlite::Result<()> {
    let as_of = as_of.bounded();
    let mut competitors = competitors.into_iter().peekable();
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
            add_competitors(&mut history, &mut competitors);
            take(&mut history);
        }
    }
    Ok(())
}

/// What the snapshot of the funnel is made of, from the kept sums.
pub(super) fn sums(connection: &Connection, as_of: AsOf) -> rusqlite::Result<FunnelSums> {
    let as_of = as_of.bounded();
    let (occurred, recorded) = (as_of.occurred_until.as_micros(), as_of.recorded_until.as_micros());
    let mut sums = funnel_sums(connection, Until { occurred, recorded })?;
    add_moved(connection, occurred, recorded, &mut sums)?;
    Ok(sums)
}

/// Both come in the order of deals; an objection may name a deal that has no span.
fn add_competitors(
    history: &mut DealHistory,
    competitors: &mut Peekable<impl Iterator<Item = CompetitorRow>>,
) {
    while let Some(named) = competitors.next_if(|named| named.deal <= history.deal) {
        if named.deal == history.deal {
            history.competitors.push(named);
        }
    }
}
