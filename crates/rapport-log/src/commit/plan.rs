//! Decides whether a request is accepted, and which of its events are new. Changes nothing.

use std::collections::{HashMap, hash_map::Entry};

use rapport_model::{
    AppendCondition, AppendRequest, EventId, ExpectedRevision, NewEvent, Position, Revision, StreamAppend,
    Timestamp,
};

use crate::{
    commit::pending::Pending,
    error::{AppendError, Fault},
    event::{
        record::{Encoder, Record},
        split::Parts,
    },
    options::LogOptions,
    shared::Shared,
};

/// What the log does with an event of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It gets the next position.
    New,
    /// It is in the ledger.
    Stored(Position, Timestamp),
    /// It is the same as an earlier one of the request, by its place there.
    Earlier(usize),
}

/// What the log does with a request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// For each event, in the order of the request.
    pub(crate) fates: Vec<Fate>,
    /// For each part of the request, the revision of its first new event.
    pub(crate) next_revisions: Vec<u64>,
    /// For each part of the request, the stream's last revision when all of it is appended.
    pub(crate) revisions: Vec<Revision>,
}

/// What a decision needs.
pub(crate) struct Planner<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) pending: &'a Pending,
    pub(crate) encoder: &'a mut Encoder,
    /// What an event without `occurred_at` gets.
    pub(crate) recorded_at: Timestamp,
}

impl Planner<'_> {
    /// Decides about a request, with the earlier requests of the commit applied.
    pub(crate) fn plan(&mut self, request: &AppendRequest) -> Result<Plan, AppendError> {
        let mut plan = Plan { fates: self.fates(request)?, ..Plan::default() };
        self.check_streams(request, &mut plan)?;
        if let Some(condition) = request.condition.as_ref().filter(|_| plan.fates.contains(&Fate::New)) {
            self.check_condition(condition)?;
        }
        Ok(plan)
    }

    fn check_condition(&self, condition: &AppendCondition) -> Result<(), AppendError> {
        let (after, end) = (condition.after, Position(self.pending.next_position().0 - 1));
        if after > end {
            return Err(AppendError::ConditionBeyondEnd { after, end });
        }
        let found = self.shared.first_match(&condition.fail_if_events_match, after, end);
        found.map_or(Ok(()), |position| Err(AppendError::ConditionFailed { position }))
    }

    fn fates(&mut self, request: &AppendRequest) -> Result<Vec<Fate>, AppendError> {
        let count = request.appends.iter().map(|append| append.events.len()).sum();
        let mut fates = Vec::with_capacity(count);
        let mut offered: HashMap<EventId, (usize, &str, &NewEvent)> = HashMap::new();
        let events =
            request.appends.iter().flat_map(|append| append.events.iter().map(move |event| (append, event)));
        for (nth, (append, event)) in events.enumerate() {
            let mut fate = self.stored(append, event)?;
            // A request of one event cannot repeat itself.
            if count > 1 && fate == Fate::New {
                match offered.entry(event.id) {
                    Entry::Vacant(place) => {
                        place.insert((nth, &append.stream, event));
                    }
                    Entry::Occupied(place) => {
                        let (earlier, stream, same) = *place.get();
                        if stream != append.stream || !is_same(same, event, self.recorded_at) {
                            return Err(AppendError::IdRepeated { id: event.id });
                        }
                        fate = Fate::Earlier(earlier);
                    }
                }
            }
            fates.push(fate);
        }
        Ok(fates)
    }

    fn stored(&mut self, append: &StreamAppend, event: &NewEvent) -> Result<Fate, AppendError> {
        for position in self.shared.candidates(event.id) {
            let bytes;
            let record = if let Some(record) = self.pending.record(position) {
                record
            } else {
                let generation = self.shared.generation_of(position);
                bytes = generation
                    .ok_or_else(|| self.shared.corrupt(position, Fault::Missing))?
                    .record(position)?;
                Record::parse(&bytes).map_err(|_| self.shared.corrupt(position, Fault::Envelope))?
            };
            let envelope = record.envelope().map_err(|_| self.shared.corrupt(position, Fault::Envelope))?;
            if envelope.id != event.id {
                continue;
            }
            let same = self.encoder.is_same(event, &append.stream, &record);
            if same.map_err(|_| self.shared.corrupt(position, Fault::Envelope))? {
                return Ok(Fate::Stored(position, envelope.recorded_at));
            }
            return Err(AppendError::IdTaken { id: event.id, position });
        }
        Ok(Fate::New)
    }

    /// Compares each part with the stream as the earlier parts leave it. A part without new events is a repetition,
    /// which was decided when it was new.
    fn check_streams(&self, request: &AppendRequest, plan: &mut Plan) -> Result<(), AppendError> {
        let until = Position(self.pending.next_position().0 - 1);
        let mut streams: HashMap<&str, Option<Revision>> = HashMap::new();
        let mut fates = plan.fates.iter();
        for append in &request.appends {
            let new =
                fates.by_ref().take(append.events.len()).filter(|fate| **fate == Fate::New).count() as u64;
            let last = streams
                .entry(&append.stream)
                .or_insert_with(|| self.shared.last_revision(&append.stream, until));
            let next = last.map_or(0, |last| last.0 + 1);
            if new > 0 {
                check_revision(append, *last)?;
                *last = Some(Revision(next + new - 1));
            }
            plan.next_revisions.push(next);
        }
        let last = |append: &StreamAppend| streams.get(append.stream.as_str()).copied().flatten();
        plan.revisions = request.appends.iter().map(|append| last(append).unwrap_or(Revision(0))).collect();
        Ok(())
    }
}

fn check_revision(append: &StreamAppend, found: Option<Revision>) -> Result<(), AppendError> {
    let holds = match append.expected_revision {
        ExpectedRevision::Any => true,
        ExpectedRevision::NoStream => found.is_none(),
        ExpectedRevision::StreamExists => found.is_some(),
        ExpectedRevision::Exact(revision) => found == Some(revision),
    };
    let stale = || AppendError::StaleRevision {
        stream: append.stream.clone(),
        expected: append.expected_revision,
        found,
    };
    if holds { Ok(()) } else { Err(stale()) }
}

/// Whether two new events would be stored with the same bytes.
fn is_same(one: &NewEvent, other: &NewEvent, recorded_at: Timestamp) -> bool {
    let parts = |event: &NewEvent| {
        let mut parts = Parts::default();
        parts.split(&event.payload);
        (parts.data, parts.personal)
    };
    let envelope = |event: &NewEvent| NewEvent {
        payload: bytes::Bytes::new(),
        occurred_at: Some(event.occurred_at.unwrap_or(recorded_at)),
        ..event.clone()
    };
    envelope(one) == envelope(other) && parts(one) == parts(other)
}

/// Refuses what the log could not hold, and what is empty.
pub(crate) fn check_limits(request: &AppendRequest, options: &LogOptions) -> Result<(), AppendError> {
    if request.appends.is_empty() {
        return Err(AppendError::Empty { path: "appends" });
    }
    let (mut events, mut bytes) = (0, 0);
    for append in &request.appends {
        if append.stream.is_empty() {
            return Err(AppendError::Empty { path: "appends.stream" });
        }
        if append.events.is_empty() {
            return Err(AppendError::Empty { path: "appends.events" });
        }
        limit("bytes of a stream's name", append.stream.len(), options.name_bytes_max)?;
        for event in &append.events {
            check_names(event, options)?;
            let size = event_bytes(event);
            limit("bytes of an event", size, options.event_bytes_max)?;
            bytes += size;
        }
        events += append.events.len();
        limit("events of a request", events, options.request_events_max)?;
        limit("bytes of a request", bytes, options.request_bytes_max)?;
    }
    Ok(())
}

fn check_names(event: &NewEvent, options: &LogOptions) -> Result<(), AppendError> {
    limit("bytes of a type", event.event_type.len(), options.name_bytes_max)?;
    limit("bytes of a customer", event.customer.len(), options.name_bytes_max)?;
    let tag = event.tags.iter().map(String::len).max().unwrap_or(0);
    limit("bytes of a tag", tag, options.name_bytes_max)
}

const fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), AppendError> {
    if found > limit { Err(AppendError::Limit { what, found, limit }) } else { Ok(()) }
}

/// Bytes that an event takes, roughly.
pub(crate) fn event_bytes(event: &NewEvent) -> usize {
    const ENVELOPE: usize = 160;
    let tags: usize = event.tags.iter().map(|tag| tag.len() + 2).sum();
    let texts = [
        &event.event_type,
        &event.customer,
        &event.channel,
        &event.source,
        &event.correlation_id,
        &event.causation_id,
    ];
    let actor = event.actor.as_ref().map_or(0, |actor| {
        let texts = [
            &actor.id,
            &actor.display_name,
            &actor.role,
            &actor.department,
            &actor.branch,
            &actor.on_behalf_of,
        ];
        texts.iter().map(|text| text.len() + 2).sum()
    });
    ENVELOPE + tags + texts.iter().map(|text| text.len()).sum::<usize>() + actor + event.payload.len()
}
