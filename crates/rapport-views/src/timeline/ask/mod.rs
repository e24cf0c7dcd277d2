//! The timeline of a customer, or of an object, at (T, K).

pub(crate) mod entry;
mod found;
mod object;
mod page_token;
pub(crate) mod parties;

use crate::{
    answers::AsOf,
    read::{EntryFilter, EntryPage, EntryPlace, EventSource, LATEST, ReadError, Rows},
    table::Dictionary,
};
use prost::Message;
use rapport_model::Timestamp;
use rapport_proto::{fit, time, v1};

use self::{
    entry::Entries,
    found::{Found, Shown},
    page_token::{PageToken, question},
    parties::Parties,
};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1_000;
/// Entries whose events are looked up together.
const ENTRIES_AT_ONCE: usize = 100;

/// A page of a timeline as of a moment, which the caller took from `request.time`. A page token carries the moment of
/// its first page, which then counts instead. `source` gives the text of the entries.
///
/// # Errors
/// No event is about the customer or the object, the token is none of ours, or the database or the log failed.
pub(crate) fn timeline(
    rows: &dyn Rows,
    source: &dyn EventSource,
    request: &v1::TimelineRequest,
    as_of: AsOf,
) -> Result<v1::TimelineResponse, ReadError> {
    let token = match request.page_token.as_str() {
        "" => None,
        text => Some(PageToken::from_text(text).ok_or(ReadError::PageToken)?),
    };
    let question = question(request);
    if token.is_some_and(|token| token.question != question) {
        return Err(ReadError::PageOfAnotherQuestion);
    }
    let as_of = as_of_page(token, as_of);
    let size = match request.page_size {
        0 => PAGE_SIZE_DEFAULT,
        size => size.min(PAGE_SIZE_MAX),
    };
    let page = EntryPage { after: token.map(|token| token.after), size, oldest_first: request.oldest_first };
    let asked = (&filter(request), as_of, &page);
    let Found { shown, counts, places, more } = if request.object.is_empty() {
        of_customer(rows, source, request, asked)?
    } else {
        object::found(rows, source, request, asked)?
    };
    let mut response = v1::TimelineResponse {
        meta: Some(meta(rows, as_of)),
        party: shown.party,
        customers: shown.customers,
        customers_left_out: shown.customers_left_out,
        total: counts.total,
        left_out_by_filter: counts.left_out_by_filter,
        retracted: counts.retracted,
        last_two_way_touch: counts.last_two_way_touch.map(time::to_proto),
        silence: counts.last_two_way_touch.and_then(|last| silence(last, as_of.occurred_until)),
        ..v1::TimelineResponse::default()
    };
    let special = request.include_special;
    response.entries = entries_that_fit(rows, source, &places, (as_of, special), response.encoded_len())?;
    response.left_out_by_page = counts.total.saturating_sub(response.entries.len() as u64);
    if let Some(last) = response.entries.len().checked_sub(1).and_then(|last| places.get(last))
        && (more || response.entries.len() < places.len())
    {
        response.next_page_token = PageToken { question, as_of, after: *last }.to_text();
    }
    Ok(response)
}

/// What a page shows of a customer.
fn of_customer(
    rows: &dyn Rows,
    source: &dyn EventSource,
    request: &v1::TimelineRequest,
    (filter, as_of, page): (&EntryFilter, AsOf, &EntryPage),
) -> Result<Found, ReadError> {
    let customer = rows.number(Dictionary::Party, &request.customer)?.ok_or(ReadError::UnknownCustomer)?;
    let parties = Parties::of(rows, customer, as_of)?;
    let shown = parties.shown(request.include_contacts);
    let counts = rows.entry_counts(&shown, filter, as_of)?;
    let (places, more) = rows.entry_places(&shown, filter, as_of, page)?;
    let shown = Shown {
        party: Some(parties.party(rows, source, as_of, request.include_special)?),
        ..Shown::default()
    };
    Ok(Found { shown, counts, places, more })
}

/// The first of these entries, as many as have room in an answer. Events are read a few at a time: no more of them are
/// held than are shown, and those.
fn entries_that_fit(
    rows: &dyn Rows,
    source: &dyn EventSource,
    places: &[EntryPlace],
    (as_of, include_special): (AsOf, bool),
    beside: usize,
) -> Result<Vec<v1::TimelineEntry>, ReadError> {
    let (mut page, mut shown) = (fit::Page::after(0, beside), Vec::new());
    for places in places.chunks(ENTRIES_AT_ONCE) {
        let positions = places.iter().map(|(_, position)| *position).collect();
        let entries = Entries::of(rows, source, positions, as_of.recorded_until)?;
        for place in places {
            let mut entry = entries.entry(*place, include_special)?;
            fit::entry(&mut entry);
            if !page.takes(&entry) {
                return Ok(shown);
            }
            shown.push(entry);
        }
    }
    Ok(shown)
}

fn as_of_page(token: Option<PageToken>, asked: AsOf) -> AsOf {
    token.map_or_else(|| asked.bounded(), |token| token.as_of)
}

fn filter(request: &v1::TimelineRequest) -> EntryFilter {
    EntryFilter {
        types: request.types.clone(),
        channels: request.channels.clone(),
        actors: request.actors.clone(),
        occurred_from: request.occurred_from.as_ref().and_then(time::from_proto),
    }
}

fn meta(rows: &dyn Rows, as_of: AsOf) -> v1::ViewMeta {
    let as_of = v1::AsOf {
        occurred_until: on_the_wire(as_of.occurred_until),
        recorded_until: on_the_wire(as_of.recorded_until),
    };
    v1::ViewMeta { as_of: Some(as_of), position: rows.position().0, ..v1::ViewMeta::default() }
}

/// The ends of time have no place on the wire.
fn on_the_wire(moment: Timestamp) -> Option<prost_types::Timestamp> {
    (moment < LATEST && moment > Timestamp::MIN).then(|| time::to_proto(moment))
}

fn silence(last: Timestamp, occurred_until: Timestamp) -> Option<prost_types::Duration> {
    if occurred_until >= LATEST {
        return None;
    }
    let micros = occurred_until.as_micros().saturating_sub(last.as_micros());
    Some(time::duration_to_proto(micros))
}
