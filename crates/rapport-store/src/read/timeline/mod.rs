//! The timeline of a customer at (T, K).

mod entry;
mod parties;
mod rows;

use std::ops::Deref;

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

use self::{
    entry::Entries,
    parties::Parties,
    rows::{Counts, Filter, Page},
};
use super::{
    page_token::{PageToken, question},
    snapshot::{LATEST, Snapshot},
};
use crate::{EventSource, ReadError};

const PAGE_SIZE_DEFAULT: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1_000;

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

    /// A page of a customer's timeline as of T and K, which the caller took from `request.time`. A page token carries
    /// the moment of its first page, which then counts instead. `source` gives the text of the entries.
    ///
    /// # Errors
    /// No event is about the customer, the token is none of ours, or the database or the log failed.
    pub fn timeline(
        &self,
        request: &v1::TimelineRequest,
        occurred_until: Timestamp,
        recorded_until: Timestamp,
        source: &(impl EventSource + ?Sized),
    ) -> Result<v1::TimelineResponse, ReadError> {
        let token = match request.page_token.as_str() {
            "" => None,
            text => Some(PageToken::from_text(text).ok_or(ReadError::PageToken)?),
        };
        let question = question(request);
        if token.is_some_and(|token| token.question != question) {
            return Err(ReadError::PageOfAnotherQuestion);
        }
        let asked = (occurred_until.min(LATEST), recorded_until.min(LATEST));
        let until = token.map_or(asked, |token| (token.occurred_until, token.recorded_until));
        let customer = self.party(&request.customer)?.ok_or(ReadError::UnknownCustomer)?;
        let parties = self.read(|connection| Parties::of(connection, customer, until))?;
        let filter = self.read(|connection| Filter::of(connection, request))?;

        let shown = parties.shown(request.include_contacts);
        let counts = self.read(|connection| Counts::of(connection, &shown, &filter, until))?;
        let page_size = match request.page_size {
            0 => PAGE_SIZE_DEFAULT,
            size => size.min(PAGE_SIZE_MAX),
        };
        let oldest_first = request.oldest_first;
        let page = Page { after: token.map(|token| token.after), size: page_size, oldest_first };
        let (places, more) =
            self.read(|connection| rows::places(connection, &shown, &filter, until, &page))?;

        let entries = Entries { snapshot: self, source, recorded_until: until.1 };
        let next_page_token = match places.last() {
            Some(last) if more => {
                PageToken { question, occurred_until: until.0, recorded_until: until.1, after: *last }
                    .to_text()
            }
            Some(_) | None => String::new(),
        };
        let entries_shown =
            places.iter().map(|place| entries.entry(*place)).collect::<Result<Vec<_>, _>>()?;
        let own = self.read(|connection| rows::profile_places(connection, &parties.members, until))?;
        let party = parties.party(self, &entries, &own, until.0)?;
        Ok(v1::TimelineResponse {
            meta: Some(self.meta(until)),
            party: Some(party),
            left_out_by_page: counts.total.saturating_sub(entries_shown.len() as u64),
            entries: entries_shown,
            next_page_token,
            total: counts.total,
            left_out_by_filter: counts.left_out_by_filter,
            retracted: counts.retracted,
            last_two_way_touch: counts.last_two_way_touch.map(time::to_proto),
            silence: counts.last_two_way_touch.and_then(|last| silence(last, until.0)),
        })
    }

    fn meta(&self, (occurred_until, recorded_until): Until) -> v1::ViewMeta {
        let as_of = v1::AsOf {
            occurred_until: on_the_wire(occurred_until),
            recorded_until: on_the_wire(recorded_until),
        };
        v1::ViewMeta { as_of: Some(as_of), position: self.position().0, definitions: Vec::new() }
    }
}

/// T and K.
type Until = (Timestamp, Timestamp);

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
