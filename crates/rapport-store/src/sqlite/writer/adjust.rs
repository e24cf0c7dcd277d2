//! Corrections and retractions: the rows of the event that they act on in the end are replaced.

use rapport_model::Position;
use rapport_proto::{
    event_ref::EventRef,
    event_type,
    v1::{RecordedEvent, payload::Kind},
};
use rapport_views::projection::{
    belief::{Adjustment, Belief, Version, versions},
    changes, recorded_at,
};
use rusqlite::OptionalExtension;

use super::Writer;
use crate::{EventSource, sqlite::failure::Failure};

impl Writer {
    /// Takes a correction or a retraction.
    pub(super) fn adjust(
        &mut self,
        event: &EventRef<'_>,
        source: &(impl EventSource + ?Sized),
    ) -> Result<(), Failure> {
        let Some(kind) = self.decode(event)? else { return Ok(()) };
        let target_id = if let Kind::EventCorrected(correction) = &kind {
            &correction.target_event_id
        } else if let Kind::EventRetracted(retraction) = &kind {
            &retraction.target_event_id
        } else {
            return Ok(());
        };
        let target = source.event_by_id(target_id).map_err(Failure::Source)?;
        let Some(target) = target.filter(|target| target.position < event.position) else {
            return self.put_aside(Position(event.position), "what it corrects is not in the log before it");
        };
        let Some(root) = self.root(target, source)? else {
            return self.put_aside(Position(event.position), "what it corrects acts on nothing");
        };
        let target = Position(root.target);
        let Some(new) = Adjustment::of(event, &kind, target) else { return Ok(()) };

        let root = EventRef::from(&root.event);
        let recorded_kind = self.decode(&root)?;
        let recorded = Belief::recorded(&root, recorded_kind);
        let place = (Position(root.position), recorded_at(&root));
        let mut adjustments = self.adjustments(place.0, source)?;
        let before = versions(place.0, place.1, &recorded, &adjustments);
        adjustments.push(new);
        let after = versions(place.0, place.1, &recorded, &adjustments);

        let insert = "INSERT INTO adjustment (position, root, target) VALUES (?1, ?2, ?3)";
        let row = (event.position.cast_signed(), root.position.cast_signed(), target.0.cast_signed());
        self.connection.prepare_cached(insert)?.execute(row)?;
        self.replace(&root, &before, &after)
    }

    /// Removes the rows of beliefs that are no longer held so, and adds those of the others.
    fn replace(&mut self, root: &EventRef<'_>, before: &[Version], after: &[Version]) -> Result<(), Failure> {
        changes(root, before, after).try_for_each(|(item, op)| self.write(&item, op))
    }

    /// The event that an adjustment of `target` acts on in the end.
    fn root(
        &self,
        target: RecordedEvent,
        source: &(impl EventSource + ?Sized),
    ) -> Result<Option<Root>, Failure> {
        let position = target.position;
        let number = event_type::payload_field(&target.payload);
        if !matches!(number, Some(event_type::EVENT_CORRECTED | event_type::EVENT_RETRACTED)) {
            return Ok(Some(Root { event: target, target: position }));
        }
        let mut select = self.connection.prepare_cached("SELECT root FROM adjustment WHERE position = ?1")?;
        let root: Option<i64> = select.query_row([position.cast_signed()], |row| row.get(0)).optional()?;
        let Some(root) = root else { return Ok(None) };
        let event = source.event(Position(root.cast_unsigned())).map_err(Failure::Source)?;
        Ok(event.map(|event| Root { event, target: position }))
    }

    /// What acts on an event so far, ascending.
    fn adjustments(
        &self,
        root: Position,
        source: &(impl EventSource + ?Sized),
    ) -> Result<Vec<Adjustment>, Failure> {
        let known = crate::sqlite::read::adjustment_places(&self.connection, root)?;
        let mut adjustments = Vec::with_capacity(known.len() + 1);
        for (position, target) in known {
            let Some(event) = source.event(position).map_err(Failure::Source)? else { continue };
            let event = EventRef::from(&event);
            let Some(kind) = self.decode(&event)? else { continue };
            adjustments.extend(Adjustment::of(&event, &kind, target));
        }
        Ok(adjustments)
    }
}

struct Root {
    event: RecordedEvent,
    /// The place of the event that the adjustment names.
    target: u64,
}
