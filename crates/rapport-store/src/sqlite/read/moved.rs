//! Deals that came from one pipeline to another, one by one: their entries into stages count in the pipeline in which
//! they are at (T, K), and with T that changes.

use rapport_model::Timestamp;
use rapport_views::{
    projection::{
        settled::settle,
        stage_set::{StageSets, TrackedState, step_tracked},
    },
    rows::{FirstReachedRow, FunnelSums, Symbol},
};
use rusqlite::Connection;

use crate::sqlite::deal_facts::{Facts, believed_at, unpack};

/// Adds when the moved deals reached their stages, at T and K in microseconds.
pub(super) fn add_moved(
    connection: &Connection,
    occurred: i64,
    recorded: i64,
    sums: &mut FunnelSums,
) -> rusqlite::Result<()> {
    let (occurred_until, recorded_until) =
        (Timestamp::from_micros(occurred), Timestamp::from_micros(recorded));
    let mut select = connection.prepare_cached(
        "SELECT facts FROM deal_moved JOIN deal_fact USING (deal) WHERE known_from <= ?1 ORDER BY deal",
    )?;
    let mut rows = select.query([recorded])?;
    let (mut facts, mut believed, mut sets) = (Facts::new(), Facts::new(), StageSets::default());
    while let Some(row) = rows.next()? {
        facts.clear();
        unpack(row.get_ref(0)?.as_blob()?, &mut facts)?;
        let mut state: Option<TrackedState> = None;
        let from = sums.reached.len();
        believed_at(&facts, recorded_until, &mut believed);
        settle(&mut believed);
        for fact in believed.iter().take_while(|fact| fact.occurred_at <= occurred_until) {
            let next = step_tracked(state.as_ref(), &fact.fact, &mut sets);
            let stage = if next.in_stage { next.deal.stage } else { Symbol::default() };
            let (at, by) = (fact.occurred_at, fact.position);
            sums.reached.push(FirstReachedRow { pipeline: next.deal.pipeline, stage, at, by });
            state = Some(next);
        }
        if let Some(last) = state {
            // Wherever it was before: its past counts where it is.
            sums.reached.iter_mut().skip(from).for_each(|row| row.pipeline = last.deal.pipeline);
        }
    }
    Ok(())
}
