//! The events of one object at (T, K), whoever its customers were.
//!
//! An event is of the objects that its believed content names by their ids, and of those that it was tagged with beyond the
//! ids of its recorded content. So a correction that gives an event another id moves it from one object to the other as
//! soon as it is known. All events of the object are read: there are no rows by object.

use std::{borrow::Cow, collections::BTreeSet};

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_type,
    v1::{RecordedEvent, TimelineRequest, payload::Kind},
    validate::tags_of_ids,
};

use super::{
    entry::{Entries, kind},
    found::{Found, Shown},
};
use crate::{
    answers::AsOf,
    identity::canonical,
    projection::{belief::Belief, recorded_at},
    read::{EntryCounts, EntryFilter, EntryPage, EntryPlace, EventSource, ReadError, Rows},
    rows::storable,
    table::Dictionary,
    timeline::touch::is_two_way,
};

/// Events that are looked up together.
const EVENTS_AT_ONCE: usize = 500;
/// Customers that are named; a campaign may have any number.
const CUSTOMERS_MAX: usize = 1_000;

/// What a page shows of an object.
pub(super) fn found(
    rows: &dyn Rows,
    source: &dyn EventSource,
    request: &TimelineRequest,
    (filter, as_of, page): (&EntryFilter, AsOf, &EntryPage),
) -> Result<Found, ReadError> {
    let positions = positions(rows, source, &request.object)?;
    let mut members = Members::default();
    let filter = Filter::of(filter);
    for positions in positions.chunks(EVENTS_AT_ONCE) {
        let entries = Entries::of(rows, source, positions.iter().copied().collect(), as_of.recorded_until)?;
        for position in positions {
            let (event, belief, corrections) = entries.believed(*position)?;
            let recorded = if corrections.is_empty() { None } else { kind(&event) };
            let happened = recorded_at(&(&event).into()) <= as_of.recorded_until
                && belief.occurred_at <= as_of.occurred_until;
            if happened && is_of(&request.object, &event, recorded.as_ref(), &belief) {
                members.take(&event, &belief, &filter);
            }
        }
    }
    let (places, more) = members.page(page);
    let mut shown = Shown::default();
    let left_out = members.customers.len().saturating_sub(CUSTOMERS_MAX);
    shown.customers_left_out = left_out as u64;
    shown.customers = resolved(rows, members.customers.iter().take(CUSTOMERS_MAX), as_of)?;
    Ok(Found { shown, counts: members.counts, places, more })
}

/// Where an event may be that is of this object at some (T, K), ascending: those with its tag, and those whose correction
/// has it.
fn positions(rows: &dyn Rows, source: &dyn EventSource, tag: &str) -> Result<Vec<Position>, ReadError> {
    let mut positions = source.positions_tagged(tag).map_err(ReadError::Source)?;
    // The log may be further than the rows, which say what corrections act on.
    positions.retain(|position| *position <= rows.position());
    if positions.is_empty() {
        return Err(ReadError::UnknownObject);
    }
    positions.extend(rows.adjusted(&positions)?);
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}

/// Whether an event is of an object; `recorded` is the content before the corrections, if there are any.
fn is_of(object: &str, event: &RecordedEvent, recorded: Option<&Kind>, belief: &Belief) -> bool {
    let number = event_type::payload_field(&event.payload);
    // What changes other events is no entry of its own.
    if matches!(number, Some(event_type::EVENT_CORRECTED | event_type::EVENT_RETRACTED)) {
        return false;
    }
    let names = |kind: &Kind| tags_of_ids(kind).iter().any(|tag| tag == object);
    let is_tagged = event.tags.iter().any(|tag| tag == object);
    match recorded {
        None => is_tagged,
        Some(recorded) => belief.kind.as_ref().is_some_and(names) || (is_tagged && !names(recorded)),
    }
}

/// What the object's events come to.
#[derive(Default)]
struct Members {
    counts: EntryCounts,
    /// Those that the filter lets through.
    places: Vec<EntryPlace>,
    /// As recorded.
    customers: BTreeSet<String>,
}

impl Members {
    fn take(&mut self, event: &RecordedEvent, belief: &Belief, filter: &Filter<'_>) {
        if belief.retracted {
            self.counts.retracted += 1;
            return;
        }
        if belief.kind.as_ref().is_some_and(is_two_way) {
            self.counts.last_two_way_touch = self.counts.last_two_way_touch.max(Some(belief.occurred_at));
        }
        if !event.customer.is_empty() && !self.customers.contains(event.customer.as_str()) {
            self.customers.insert(event.customer.clone());
        }
        if filter.lets_through(event, belief.occurred_at) {
            self.counts.total += 1;
            self.places.push((belief.occurred_at, Position(event.position)));
        } else {
            self.counts.left_out_by_filter += 1;
        }
    }

    /// The places of a page's entries in order, and whether more follow.
    fn page(&mut self, page: &EntryPage) -> (Vec<EntryPlace>, bool) {
        self.places.sort_unstable();
        let behind = |place: &&EntryPlace| match page.after {
            Some(after) if page.oldest_first => **place > after,
            Some(after) => **place < after,
            None => true,
        };
        let size = page.size as usize;
        let in_order: &mut dyn Iterator<Item = &EntryPlace> =
            if page.oldest_first { &mut self.places.iter() } else { &mut self.places.iter().rev() };
        let mut places: Vec<EntryPlace> = in_order.filter(behind).take(size + 1).copied().collect();
        let more = places.len() > size;
        places.truncate(size);
        (places, more)
    }
}

/// A filter as stores read it: see [`storable`].
struct Filter<'a> {
    types: Vec<Cow<'a, str>>,
    channels: Vec<Cow<'a, str>>,
    actors: Vec<Cow<'a, str>>,
    occurred_from: Option<Timestamp>,
}

impl<'a> Filter<'a> {
    fn of(filter: &'a EntryFilter) -> Self {
        let texts = |texts: &'a [String]| texts.iter().map(|text| storable(text)).collect();
        Self {
            types: texts(&filter.types),
            channels: texts(&filter.channels),
            actors: texts(&filter.actors),
            occurred_from: filter.occurred_from,
        }
    }

    fn lets_through(&self, event: &RecordedEvent, occurred_at: Timestamp) -> bool {
        let has = |wanted: &[Cow<'_, str>], text: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| *wanted == storable(text))
        };
        let actor = event.actor.as_ref().map_or("", |actor| &actor.id);
        has(&self.types, &event.r#type)
            && has(&self.channels, &event.channel)
            && has(&self.actors, actor)
            && self.occurred_from.is_none_or(|from| occurred_at >= from)
    }
}

/// The ids that stand for these customers at (T, K), sorted, each once.
fn resolved<'a>(
    rows: &dyn Rows,
    customers: impl Iterator<Item = &'a String>,
    as_of: AsOf,
) -> Result<Vec<String>, ReadError> {
    let mut parties = Vec::new();
    for customer in customers {
        parties.extend(rows.number(Dictionary::Party, customer)?);
    }
    let stand_for = canonical(rows.merges_around(&parties, as_of)?);
    let names = parties.iter().map(|party| rows.party_name(*stand_for.get(party).unwrap_or(party)));
    Ok(names.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
}
