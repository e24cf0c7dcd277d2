//! A view built anew in a PostgreSQL database, beside the live one, from the beginning of the source.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_proto::v1;
use rapport_store::{Applied, View, postgres::PostgresRebuild};

use super::{
    follower::batches,
    source::{Arrived, PartitionSource, Stretch},
};
use crate::{
    door::refusal::Refusal,
    stopping::Stopping,
    views::{questions, rebuild::progress},
};

/// How often progress is told.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);
/// How long it waits for events before it looks at anything else.
const PATIENCE: Duration = Duration::from_millis(100);

/// A rebuild under way.
pub(super) struct Work {
    /// Of which views.
    pub views: Vec<View>,
    /// From where: a reader of all partitions.
    pub source: Box<dyn PartitionSource>,
    /// Where progress goes; the rebuild is given up when its client went away.
    pub to: questions::Progress,
    /// Whether the process stops.
    pub stopping: Stopping,
}

impl Work {
    /// Does it, and tells how it ended.
    pub(super) fn run(mut self, rebuild: PostgresRebuild) {
        if let Err(refusal) = self.rebuild(rebuild) {
            let _ = self.to.blocking_send(Err(refusal.into()));
        }
    }

    fn rebuild(&mut self, mut rebuild: PostgresRebuild) -> Result<(), Refusal> {
        let begun = Instant::now();
        let (mut told, mut at) = (Instant::now(), BTreeMap::new());
        let mut position = Position::START;
        loop {
            if self.stopping.is_set() {
                return Err(Refusal::stopping());
            }
            if self.to.is_closed() {
                tracing::info!("a rebuild is given up: its client went away");
                return Ok(());
            }
            let arrived = self.source.poll(PATIENCE).map_err(|error| Refusal::source(&*error))?;
            let is_idle = arrived.stretches.is_empty();
            self.take(&rebuild, arrived, &mut at)?;
            if let Some(complete) = self.source.complete(&at) {
                position = complete;
            }
            let head = self.source.head().unwrap_or_default();
            if told.elapsed() > PROGRESS_INTERVAL {
                told = Instant::now();
                let _ = self.to.try_send(Ok(progress(position, head, begun)));
            }
            if is_idle && position >= head {
                for view in &self.views {
                    rebuild.belong_to(*view, self.source.ledger_id())?;
                    rebuild.complete(*view, position)?;
                }
                match rebuild.finish()? {
                    Some(unfinished) => rebuild = unfinished,
                    None => break,
                }
            }
        }
        let done = v1::RebuildProgress { done: true, ..progress(position, position, begun) };
        let _ = self.to.blocking_send(Ok(done));
        Ok(())
    }

    fn take(
        &mut self,
        rebuild: &PostgresRebuild,
        arrived: Arrived,
        at: &mut BTreeMap<i32, i64>,
    ) -> Result<(), Refusal> {
        if !arrived.revoked.is_empty() {
            return Err(Refusal::internal("reading all partitions at once"));
        }
        at.extend(arrived.assigned.into_iter().map(|partition| (partition, 0)));
        let epoch = self.source.epoch().to_owned();
        for view in &self.views {
            let batches = batches(&arrived.stretches, at, &epoch);
            if let Applied::Stale { .. } = rebuild.apply(*view, &batches)? {
                return Err(Refusal::internal("being the only one to build a view"));
            }
        }
        for Stretch { partition, next_offset, .. } in arrived.stretches {
            at.entry(partition).and_modify(|at| *at = (*at).max(next_offset));
        }
        Ok(())
    }
}
