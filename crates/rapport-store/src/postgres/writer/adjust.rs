//! Corrections and retractions find what they act on, in whatever order both come.
//!
//! An adjustment without its target waits in the table. The transaction that brings the target, or the event that the
//! target itself waits for, gives it its root. A transaction with adjustments holds off the others of its view, so that
//! of two that bring an adjustment and its target the later one sees both.

use std::collections::{BTreeMap, HashMap, HashSet};

use prost::Message;
use rapport_model::Position;
use rapport_proto::{
    event_ref::EventRef,
    v1::{Payload, payload::Kind},
};
use rapport_views::projection::{
    belief::{Adjustment, Belief, Version, versions},
    recorded_at,
};
use uuid::Uuid;

use super::incoming::Incoming;
use crate::postgres::{failure::PostgresError, session::Session};

const RESOLVE: &str = "
WITH found AS (
  SELECT a.position, own.id, target.position AS target,
         CASE WHEN through.position IS NULL THEN target.position ELSE through.root END AS root,
         CASE WHEN target.position >= a.position THEN 'what it corrects is not in the ledger before it'
              WHEN through.refused IS NOT NULL THEN 'what it corrects acts on nothing' END AS refused
  FROM adjustment a
  JOIN event own ON own.position = a.position
  JOIN event target ON target.id = a.target_id
  LEFT JOIN adjustment through ON through.position = target.position
  WHERE a.root IS NULL AND a.refused IS NULL AND (a.position = ANY($1) OR a.target_id = ANY($2)))
UPDATE adjustment a
SET root = CASE WHEN found.refused IS NULL THEN found.root END,
    target = CASE WHEN found.refused IS NULL THEN found.target END,
    refused = found.refused
FROM found
WHERE a.position = found.position AND (found.root IS NOT NULL OR found.refused IS NOT NULL)
RETURNING a.position, found.id, a.root";

/// The adjustments that begin to act with this transaction, by the event that they act on in the end.
pub(super) type Acting = BTreeMap<i64, HashSet<i64>>;

/// Gives adjustments their targets, where either is among the events that came.
pub(super) fn resolve(session: &mut Session, events: &[Incoming<'_>]) -> Result<Acting, PostgresError> {
    let mut acting = Acting::new();
    let waits = "SELECT EXISTS (SELECT FROM adjustment WHERE root IS NULL AND refused IS NULL)";
    let waiting = session.query(waits, &[])?;
    if !waiting.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false) {
        return Ok(acting);
    }
    let adjusting = events.iter().filter(|event| event.adjusts);
    let mut adjustments: Vec<i64> = adjusting.map(|event| event.event.position.cast_signed()).collect();
    let mut ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    while !ids.is_empty() {
        let found = session.query(RESOLVE, &[&adjustments, &ids])?;
        adjustments.clear();
        ids.clear();
        for row in found {
            ids.push(row.try_get(1)?);
            if let Some(root) = row.try_get::<_, Option<i64>>(2)? {
                acting.entry(root).or_default().insert(row.try_get(0)?);
            }
        }
    }
    Ok(acting)
}

/// Events that adjustments act on, with all of these, as they are stored.
#[derive(Default)]
pub(super) struct Stored {
    roots: HashMap<i64, Vec<u8>>,
    adjustments: HashMap<i64, Vec<StoredAdjustment>>,
}

struct StoredAdjustment {
    position: i64,
    target: i64,
    bytes: Vec<u8>,
}

impl Stored {
    /// Reads them.
    pub(super) fn load(session: &mut Session, acting: &Acting) -> Result<Self, PostgresError> {
        let mut stored = Self::default();
        let roots: Vec<i64> = acting.keys().copied().collect();
        if roots.is_empty() {
            return Ok(stored);
        }
        for row in session.query("SELECT position, bytes FROM event WHERE position = ANY($1)", &[&roots])? {
            stored.roots.insert(row.try_get(0)?, row.try_get(1)?);
        }
        let acting =
            "SELECT root, a.position, target, bytes FROM adjustment a JOIN event e ON e.position = a.position
                      WHERE root = ANY($1) ORDER BY root, a.position";
        for row in session.query(acting, &[&roots])? {
            let (position, target, bytes) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            let of_root = stored.adjustments.entry(row.try_get(0)?).or_default();
            of_root.push(StoredAdjustment { position, target, bytes });
        }
        Ok(stored)
    }

    /// What was believed of each event before, and what is now.
    pub(super) fn beliefs(&self, acting: &Acting, is_new: impl Fn(i64) -> bool) -> Vec<Beliefs<'_>> {
        acting.iter().filter_map(|(root, new)| self.beliefs_of(*root, new, is_new(*root))).collect()
    }

    fn beliefs_of(&self, root: i64, new: &HashSet<i64>, is_new: bool) -> Option<Beliefs<'_>> {
        let event = EventRef::parse(self.roots.get(&root)?).ok()?;
        let kind = decode(event.payload);
        // An adjustment that cannot be read has no rows, whatever acts on it.
        let recorded = Belief::recorded(&event, kind);
        let known = self.adjustments.get(&root).map_or(&[][..], Vec::as_slice);
        let all: Vec<Adjustment> = known.iter().filter_map(StoredAdjustment::decoded).collect();
        let place = (Position(event.position), recorded_at(&event));
        let after = versions(place.0, place.1, &recorded, &all);
        if is_new {
            return Some(Beliefs { event, before: Vec::new(), after });
        }
        let acted = |one: &Adjustment| !new.contains(&one.position.0.cast_signed());
        let old: Vec<Adjustment> = all.into_iter().filter(acted).collect();
        Some(Beliefs { event, before: versions(place.0, place.1, &recorded, &old), after })
    }
}

impl StoredAdjustment {
    fn decoded(&self) -> Option<Adjustment> {
        let event = EventRef::parse(&self.bytes).ok()?;
        debug_assert_eq!(event.position, self.position.cast_unsigned());
        Adjustment::of(&event, &decode(event.payload)?, Position(self.target.cast_unsigned()))
    }
}

/// What is believed of an event over time.
pub(super) struct Beliefs<'a> {
    pub event: EventRef<'a>,
    pub before: Vec<Version>,
    pub after: Vec<Version>,
}

fn decode(payload: &[u8]) -> Option<Kind> {
    Payload::decode(payload).ok()?.kind
}
