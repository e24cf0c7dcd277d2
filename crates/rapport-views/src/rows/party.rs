//! The rows that every view has: who is who, and definitions.

use hashbrown::HashMap;
use rapport_model::{EventId, Timestamp};

use super::ObjectId;
use crate::{
    table,
    table::{Index, Layout},
};

table! {
    /// Two ids are one party, from occurred_at on.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct MergeRow in "party_merge": Layout::OfLog, key [],
        indexes [Index::Everywhere(&["survivor"]), Index::Everywhere(&["absorbed"])];
    {
        /// The party that stands for both.
        pub survivor: ObjectId,
        /// The party that is read as the survivor.
        pub absorbed: ObjectId,
        /// The id of the event.
        pub event_id: EventId,
    }
}

table! {
    /// A merge ends, from occurred_at on.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct UnmergeRow in "party_unmerge": Layout::OfLog, key [],
        indexes [Index::Everywhere(&["merge_event_id"])];
    {
        /// The event that merged: party_merge.event_id. Null when what the event names is not an id.
        pub merge_event_id: Option<EventId>,
    }
}

table! {
    /// A person acts for an organisation.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ContactRow in "contact": Layout::OfLog, key [], indexes [Index::Everywhere(&["organisation"])];
    {
        /// Who acts.
        pub person: ObjectId,
        /// For whom.
        pub organisation: ObjectId,
        /// From when, inclusive.
        pub valid_from: Timestamp,
        /// Until when, exclusive; infinity while it lasts.
        pub valid_to: Timestamp,
    }
}

table! {
    /// Published definitions: pipelines and their stages, and others.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct DefinitionRow in "definition": Layout::OfLog, key [], indexes [];
    {
        /// Such as pipeline.
        pub kind: String,
        /// Its code.
        pub code: String,
        /// Its version.
        pub version: u32,
        /// From when it holds.
        pub effective_from: Timestamp,
        /// JSON.
        pub body: String,
    }
}

/// Who is who at (T, K): merges resolved, and which persons act for which organisation.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    canonical: HashMap<ObjectId, ObjectId>,
    organisations: HashMap<ObjectId, ObjectId>,
}

impl Identity {
    /// From the parties that are read as others, and the organisations that persons act for (both by canonical id).
    #[must_use]
    pub fn new(
        canonical: impl IntoIterator<Item = (ObjectId, ObjectId)>,
        organisations: impl IntoIterator<Item = (ObjectId, ObjectId)>,
    ) -> Self {
        Self {
            canonical: canonical.into_iter().collect(),
            organisations: organisations.into_iter().collect(),
        }
    }

    /// The party that stands for this one.
    #[must_use]
    pub fn canonical(&self, party: ObjectId) -> ObjectId {
        self.canonical.get(&party).copied().unwrap_or(party)
    }

    /// The parties that were merged: those that are read as others, and those that stand for them.
    pub fn merged(&self) -> impl Iterator<Item = ObjectId> {
        self.canonical.iter().flat_map(|(party, stands_for)| [*party, *stands_for])
    }

    /// The organisation that this party acts for, if it is a contact of one.
    #[must_use]
    pub fn organisation(&self, party: ObjectId) -> Option<ObjectId> {
        self.organisations.get(&self.canonical(party)).copied()
    }
}
