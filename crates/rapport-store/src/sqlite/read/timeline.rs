//! The entries of customers at (T, K), and who is who around them.

use std::ops::Deref;

use rapport_model::Position;
use rapport_views::{
    answers::AsOf,
    identity::{ContactEdge, MergeEdge},
    rows::ObjectId,
};

use super::{
    entries::{self, Filter},
    identity,
    snapshot::{Snapshot, adjustment_places},
};
use crate::{AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, Place, ReadError, TimelineRows};

/// The rows of the timeline as of one commit.
pub struct TimelineSnapshot(Snapshot);

impl Deref for TimelineSnapshot {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

impl TimelineSnapshot {
    pub(crate) const fn new(snapshot: Snapshot) -> Self {
        Self(snapshot)
    }
}

impl TimelineRows for TimelineSnapshot {
    fn merges_around(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<MergeEdge>, ReadError> {
        self.read(|connection| identity::merges_around(connection, parties, as_of))
    }

    fn contacts_of(&self, organisations: &[ObjectId], as_of: AsOf) -> Result<Vec<ContactEdge>, ReadError> {
        self.read(|connection| identity::contacts_of(connection, organisations, as_of))
    }

    fn counts(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError> {
        self.read(|connection| entries::counts(connection, parties, &Filter::of(connection, filter)?, as_of))
    }

    fn places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<Place>, bool), ReadError> {
        self.read(|connection| {
            entries::places(connection, parties, &Filter::of(connection, filter)?, as_of, page)
        })
    }

    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<Place>, ReadError> {
        self.read(|connection| entries::profile_places(connection, parties, as_of))
    }

    fn adjustment_places(&self, roots: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError> {
        self.read(|connection| {
            let mut places = Vec::new();
            for &root in roots {
                let of_root = adjustment_places(connection, root)?;
                places.extend(of_root.into_iter().map(|(position, target)| AdjustmentPlace {
                    root,
                    position,
                    target,
                }));
            }
            Ok(places)
        })
    }
}
