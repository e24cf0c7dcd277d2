//! One entry: the envelope from the log, the content as believed at K.

use std::collections::{BTreeSet, HashMap};

use crate::{
    projection::{
        Believed,
        belief::{Adjustment, Belief, believed_at},
    },
    read::{EntryPlace, EventSource, ReadError, Rows},
    timeline::{
        special::{WITHHELD, withhold},
        summary::summary,
    },
};
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_ref::EventRef,
    once_left_out, time,
    v1::{Payload, RecordedEvent, TimelineEntry, payload::Kind, timeline_entry::CorrectionLink},
};

/// What entries hold beyond the rows: the events of a page with everything that acts on them.
pub(crate) struct Entries {
    events: HashMap<Position, RecordedEvent>,
    /// By the event that they act on in the end: the place of each and of its own target.
    adjustments: HashMap<Position, Vec<(Position, Position)>>,
    recorded_until: Timestamp,
}

impl Entries {
    /// Looks the events up, all at once.
    pub(crate) fn of(
        rows: &dyn Rows,
        source: &dyn EventSource,
        positions: BTreeSet<Position>,
        recorded_until: Timestamp,
    ) -> Result<Self, ReadError> {
        let roots: Vec<Position> = positions.iter().copied().collect();
        let mut adjustments: HashMap<Position, Vec<(Position, Position)>> = HashMap::new();
        let mut wanted = positions;
        for place in rows.adjustment_places(&roots)? {
            adjustments.entry(place.root).or_default().push((place.position, place.target));
            wanted.insert(place.position);
        }
        let wanted: Vec<Position> = wanted.into_iter().collect();
        let events = source.events(&wanted).map_err(ReadError::Source)?;
        let events = events.into_iter().map(|event| (Position(event.position), event)).collect();
        Ok(Self { events, adjustments, recorded_until })
    }

    /// The entry of an event, at the time it is believed to have happened; without what describes the person where the
    /// content is of a special category, unless that is to be in it.
    pub(super) fn entry(
        &self,
        (occurred_at, position): EntryPlace,
        include_special: bool,
    ) -> Result<TimelineEntry, ReadError> {
        let (event, mut belief, corrections) = self.believed(position)?;
        let withheld = !include_special && belief.kind.as_mut().is_some_and(withhold);
        let mut summary = summary(belief.kind.as_ref(), &event.r#type);
        if withheld {
            summary = format!("{summary} ({WITHHELD})");
        }
        Ok(TimelineEntry {
            position: event.position,
            occurred_at: Some(time::to_proto(occurred_at)),
            recorded_at: event.recorded_at,
            recorded_under: event.customer,
            channel: event.channel,
            actor: event.actor,
            tags: event.tags,
            summary,
            payload: Some(Payload { kind: belief.kind }),
            event_id: event.id,
            r#type: event.r#type,
            corrections,
            corrections_left_out: 0,
            withheld,
        })
    }

    /// Shows what is believed of an event, if this build knows its type.
    pub(crate) fn with_believed(
        &self,
        (occurred_at, position): EntryPlace,
        show: impl FnOnce(Believed<'_>),
    ) -> Result<(), ReadError> {
        let (event, belief, _) = self.believed(position)?;
        if let Some(kind) = &belief.kind {
            show(Believed { event: &EventRef::from(&event), occurred_at, kind });
        }
        Ok(())
    }

    /// Whether an event is believed not to have happened.
    pub(crate) fn is_retracted(&self, position: Position) -> Result<bool, ReadError> {
        self.believed(position).map(|(_, belief, _)| belief.retracted)
    }

    /// An event, what is believed of it, and what made that so.
    pub(super) fn believed(
        &self,
        position: Position,
    ) -> Result<(RecordedEvent, Belief, Vec<CorrectionLink>), ReadError> {
        let event = self.event(position)?;
        let recorded = Belief::recorded(&EventRef::from(&event), kind(&event));
        let Some(places) = self.adjustments.get(&position) else {
            return Ok((event, recorded, Vec::new()));
        };
        let mut adjustments = Vec::with_capacity(places.len());
        let mut links = Vec::with_capacity(places.len());
        for &(place, target) in places {
            let event = self.event(place)?;
            let Some(kind) = kind(&event) else { continue };
            adjustments.extend(Adjustment::of(&EventRef::from(&event), &kind, target));
            links.push(link(&event, &kind));
        }
        let (belief, acting) = believed_at(position, &recorded, &adjustments, self.recorded_until);
        links.retain(|link| acting.contains(&Position(link.position)));
        Ok((event, belief, links))
    }

    fn event(&self, position: Position) -> Result<RecordedEvent, ReadError> {
        self.events.get(&position).cloned().ok_or(ReadError::Missing { position })
    }
}

/// The content, if this build can read it.
pub(super) fn kind(event: &RecordedEvent) -> Option<Kind> {
    once_left_out::kind(&event.payload)
}

fn link(event: &RecordedEvent, kind: &Kind) -> CorrectionLink {
    let reason = if let Kind::EventCorrected(correction) = kind {
        correction.reason.clone()
    } else if let Kind::EventRetracted(retraction) = kind {
        retraction.reason.clone()
    } else {
        String::new()
    };
    CorrectionLink {
        event_id: event.id.clone(),
        position: event.position,
        recorded_at: event.recorded_at,
        reason,
    }
}
