//! The kept sums ([`crate::sqlite::sums`]) follow the rows of deals.

use rapport_views::{
    projection::{
        bitemporal::Row,
        stage_set::{StageSets, TrackedState},
    },
    rows::ObjectId,
};
use rusqlite::Connection;

use crate::sqlite::sums::{
    bins::Bins,
    change::corners,
    first::Firsts,
    keep::Keep,
    reach::{Belief, cancel, entries, moved_from},
};

/// What has changed in the sums since the last commit.
#[derive(Default)]
pub(super) struct KeptSums {
    bins: Bins,
    keep: Keep,
    firsts: Firsts,
    beliefs: Vec<Belief>,
}

impl KeptSums {
    /// As the file has them.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            bins: Bins::load(connection)?,
            keep: Keep::load(connection)?,
            firsts: Firsts::default(),
            beliefs: Vec::new(),
        })
    }

    /// The sets of stages that the rows are tracked by.
    pub(super) const fn sets(&mut self) -> &mut StageSets {
        &mut self.bins.sets
    }

    /// Takes the rows of a deal that are no longer, and those that are instead.
    pub(super) fn replace(
        &mut self,
        connection: &Connection,
        deal: ObjectId,
        old: &[Row<TrackedState>],
        new: &[Row<TrackedState>],
    ) -> rusqlite::Result<()> {
        let bins = &mut self.bins;
        self.keep.collect(|changes| {
            old.iter().for_each(|row| corners(row, -1, bins, changes));
            new.iter().for_each(|row| corners(row, 1, bins, changes));
        });
        let (was_moved, is_moved) = (moved_from(old), moved_from(new));
        if was_moved != is_moved {
            write_moved(connection, deal, is_moved)?;
        }
        self.beliefs.clear();
        entries(old, was_moved, -1, bins, &mut self.beliefs);
        entries(new, is_moved, 1, bins, &mut self.beliefs);
        cancel(&mut self.beliefs);
        self.firsts.collect(connection, &self.beliefs)
    }

    /// Writes what has changed, after the deals themselves.
    pub(super) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.keep.flush(connection)?;
        self.firsts.flush(connection, &mut self.bins)?;
        self.bins.save(connection)
    }
}

fn write_moved(connection: &Connection, deal: ObjectId, from: Option<i64>) -> rusqlite::Result<()> {
    let deal = deal.0.cast_signed();
    match from {
        Some(from) => connection
            .prepare_cached("INSERT OR REPLACE INTO deal_moved (deal, known_from) VALUES (?1, ?2)")?
            .execute((deal, from)),
        None => connection.prepare_cached("DELETE FROM deal_moved WHERE deal = ?1")?.execute([deal]),
    }
    .map(drop)
}
