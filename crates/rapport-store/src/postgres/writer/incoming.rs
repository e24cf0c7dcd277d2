//! Encoded events as a view takes them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use prost::Message;
use rapport_model::{EventId, Position};
use rapport_proto::{
    event_ref::EventRef,
    v1::{Payload, payload::Kind},
};
use rapport_views::projection::{occurred_at, recorded_at};
use uuid::Uuid;

use super::checkpoints::Checkpoints;
use crate::{
    EncodedEvent, PartitionBatch, View,
    postgres::{
        failure::PostgresError,
        session::Session,
        tables::{ADJUSTMENT, EVENT, Row, SET_ASIDE, TAGGED_EVENT},
        value::Value,
    },
    reads::{adjusts, tags},
};

/// An event that the view keeps.
pub(super) struct Incoming<'a> {
    pub event: EventRef<'a>,
    pub id: Uuid,
    /// What happened, if rows depend on it.
    pub kind: Option<Kind>,
    pub adjusts: bool,
}

/// The events that came, decoded as far as the view needs it.
#[derive(Default)]
pub(super) struct Intake<'a> {
    pub events: Vec<Incoming<'a>>,
    rows: Vec<Row<'a>>,
    adjustments: Vec<Row<'a>>,
    set_aside: Vec<Row<'a>>,
}

impl<'a> Intake<'a> {
    /// Takes the events of the batches that the view keeps and does not have; the checkpoints move along.
    pub(super) fn of(
        session: &mut Session,
        view: View,
        batches: &'a [PartitionBatch],
        checkpoints: &mut Checkpoints,
    ) -> Result<Self, PostgresError> {
        let mut seen = already_there(session, batches, checkpoints)?;
        let mut intake = Self::default();
        for batch in batches {
            let Some(held) = checkpoints.get_mut(&batch.partition) else { continue };
            let checkpoint = &mut held.checkpoint;
            for encoded in &batch.events {
                checkpoint.position = checkpoint.position.max(encoded.position());
                // Bytes that are not an event have no position to recognise them by.
                if encoded.position() == Position::START || seen.insert(encoded.position().0) {
                    intake.take(view, batch.partition, encoded);
                }
            }
            if let Some(Ok(last)) = batch.events.last().map(EncodedEvent::parse) {
                checkpoint.recorded_at = checkpoint.recorded_at.max(recorded_at(&last));
            }
        }
        Ok(intake)
    }

    /// Writes the events themselves, and what could not be read.
    pub(super) fn write(&mut self, view: View, session: &mut Session) -> Result<(), PostgresError> {
        let table = if view == View::Timeline { TAGGED_EVENT } else { EVENT };
        table.insert(session, std::mem::take(&mut self.rows))?;
        ADJUSTMENT.insert(session, std::mem::take(&mut self.adjustments))?;
        SET_ASIDE.insert_missing(session, std::mem::take(&mut self.set_aside))
    }

    fn take(&mut self, view: View, partition: i32, encoded: &'a EncodedEvent) {
        let refuse = |reason: &'a str| {
            let offset = Value::Big(encoded.offset().unwrap_or(-1));
            let position = Value::position(encoded.position().0);
            vec![position, Value::Int(partition), offset, Value::text(reason)]
        };
        if let Some(reason) = encoded.refused() {
            self.set_aside.push(refuse(reason));
            return;
        }
        let number = encoded.payload_field();
        let adjusts = adjusts(number);
        let reads = number.is_some_and(|number| view.reads(number));
        // Bytes without a payload may not be an event at all.
        if !adjusts && !reads && number.is_some() && !view.sees_every_event() {
            return;
        }
        let Some((event, id)) = parse(encoded) else {
            self.set_aside.push(refuse("the bytes are not an event of this position"));
            return;
        };
        if !adjusts && !reads && !view.sees_every_event() {
            return;
        }
        let decoded =
            if adjusts || reads { Payload::decode(event.payload).map(|p| p.kind) } else { Ok(None) };
        if adjusts {
            self.adjustments.push(adjustment(&event, decoded.as_ref().ok().and_then(Option::as_ref)));
        } else if decoded.is_err() {
            self.set_aside.push(refuse("the payload is not what its type says"));
        }
        // Of the directory's other events their customers are kept alone.
        if !adjusts && !reads && view != View::Timeline {
            self.events.push(Incoming { event, id, kind: None, adjusts });
            return;
        }
        let mut row = vec![
            Value::position(event.position),
            Value::Uuid(id),
            Value::text(event.r#type),
            Value::text(event.customer),
            Value::moment(occurred_at(&event)),
            Value::moment(recorded_at(&event)),
            Value::Bytes(encoded.bytes().clone()),
        ];
        if view == View::Timeline {
            row.push(Value::Texts(tags(&event).into_iter().map(Cow::into_owned).collect()));
        }
        self.rows.push(row);
        self.events.push(Incoming { event, id, kind: decoded.unwrap_or_default(), adjusts });
    }
}

fn parse(encoded: &EncodedEvent) -> Option<(EventRef<'_>, Uuid)> {
    let event = encoded.parse().ok()?;
    let id = event.id.parse::<EventId>().ok()?;
    (event.position == encoded.position().0).then(|| (event, Uuid::from_u128(id.as_u128())))
}

fn adjustment<'a>(event: &EventRef<'a>, kind: Option<&Kind>) -> Row<'a> {
    let target = match kind {
        Some(Kind::EventCorrected(correction)) => Some(&correction.target_event_id),
        Some(Kind::EventRetracted(retraction)) => Some(&retraction.target_event_id),
        _ => None,
    };
    let id = target.and_then(|target| target.parse::<EventId>().ok());
    let refused = match (target, id) {
        (None, _) => Value::text("the payload is not what its type says"),
        (Some(_), None) => Value::text("what it corrects is not the id of an event"),
        (Some(_), Some(_)) => Value::Null,
    };
    let id = id.map_or(Value::Null, |id| Value::Uuid(Uuid::from_u128(id.as_u128())));
    vec![Value::position(event.position), id, refused]
}

/// The positions of events that came in an earlier incarnation of the topic, of those that may have; the events must
/// be the same.
fn already_there(
    session: &mut Session,
    batches: &[PartitionBatch],
    checkpoints: &Checkpoints,
) -> Result<HashSet<u64>, PostgresError> {
    let repeated = |batch: &PartitionBatch| {
        let until = checkpoints.get(&batch.partition).map_or(0, |held| held.repeated_until);
        let positions = batch.events.iter().map(|event| event.position().0);
        positions.filter(|position| *position <= until).map(u64::cast_signed).collect::<Vec<_>>()
    };
    let doubtful: Vec<i64> = batches.iter().flat_map(repeated).collect();
    if doubtful.is_empty() {
        return Ok(HashSet::new());
    }
    let came: Vec<(u64, Uuid)> = batches
        .iter()
        .flat_map(|batch| &batch.events)
        .filter_map(parse)
        .map(|(e, id)| (e.position, id))
        .collect();
    let ids: Vec<Uuid> = came.iter().map(|(_, id)| *id).collect();
    let select = "SELECT position, id FROM event WHERE position = ANY($1) OR id = ANY($2)";
    let rows = session.query(select, &[&doubtful, &ids])?;
    let there = rows.iter().map(|row| Ok((row.try_get::<_, i64>(0)?.cast_unsigned(), row.try_get(1)?)));
    let there: HashMap<u64, Uuid> = there.collect::<Result<_, PostgresError>>()?;
    let positions: HashMap<Uuid, u64> = there.iter().map(|(position, id)| (*id, *position)).collect();
    for (position, id) in came {
        let is_another = there.get(&position).is_some_and(|found| *found != id);
        if is_another || positions.get(&id).is_some_and(|found| *found != position) {
            return Err(PostgresError::other(format!(
                "the event at position `{position}` is not the one that came before: the ledger was set back; drop the \
                 schemas of the views and start again: everything is read anew"
            )));
        }
    }
    Ok(there.into_keys().collect())
}
