//! Checks requests of clients: a wrong event is refused with the field and the expected value.
//!
//! [`append_request`] checks a request and turns it into the model; [`event`] does so for one event. All faults of a
//! request are reported at once. The server checks what depends on the ledger's content (whether a corrected event
//! exists).

mod checker;
mod envelope;
mod invalid;
mod limits;
mod payload;
mod tags;

use rapport_model::{
    AppendCondition, AppendRequest, ExpectedRevision, NewEvent, Position, Query, QueryItem, Revision,
    StreamAppend,
};

use checker::Checker;
pub use invalid::{Invalid, Violation};
pub use limits::{Limits, NAME_BYTES_MAX};
pub use tags::{IDS_AS_TAGS_MAX, TAG_BYTES_MAX, TAGS_MAX, check_tag, tags_of_ids};

use crate::{time, v1};

/// A request as the log takes it.
///
/// # Errors
/// A field is wrong. The paths begin at the request: `appends[0].events[3].payload.deal_opened.amount.currency`.
pub fn append_request(request: v1::AppendRequest, limits: &Limits) -> Result<AppendRequest, Invalid> {
    let mut checker = Checker::new("");
    check_size(&request, limits, &mut checker);
    let mut appends = Vec::with_capacity(request.appends.len());
    for (index, append) in request.appends.into_iter().enumerate() {
        checker.at_index("appends", index, |checker| appends.extend(stream_append(append, checker)));
    }
    let condition = request.condition.map(|condition| {
        let query = condition.fail_if_events_match.map(query).unwrap_or_default();
        AppendCondition { fail_if_events_match: query, after: Position(condition.after) }
    });
    let simulated_now = request.simulated_now.and_then(|moment| {
        let moment = time::from_proto(&moment);
        checker
            .require("simulated_now", moment.is_some(), || "expected a time in the years 1 to 9999".into());
        moment
    });
    checker.finish(AppendRequest { appends, condition, simulated_now })
}

/// An event as the log takes it; `path` is put before the names of its fields.
///
/// # Errors
/// A field is wrong.
pub fn event(event: v1::Event, path: &str) -> Result<NewEvent, Invalid> {
    let mut checker = Checker::new(path);
    let event = envelope::event(event, &mut checker);
    match event {
        Some(event) => checker.finish(event),
        None => Err(checker.into_invalid()),
    }
}

/// Whether [`event`] would take an event, without taking it.
///
/// # Errors
/// A field is wrong.
pub fn check_event(event: &v1::Event, path: &str) -> Result<(), Invalid> {
    let mut checker = Checker::new(path);
    envelope::check(event, &mut event.tags.clone(), &mut checker);
    checker.finish(())
}

/// The same, and whether the event's stream may have its name.
///
/// # Errors
/// The name or a field is wrong.
pub fn check_event_of(stream: &str, event: &v1::Event) -> Result<(), Invalid> {
    let mut checker = Checker::new("");
    checker.name_required("stream", stream);
    envelope::check(event, &mut event.tags.clone(), &mut checker);
    checker.finish(())
}

/// A query as the log takes it.
#[must_use]
pub fn query(query: v1::Query) -> Query {
    let item = |item: v1::query::Item| QueryItem {
        types: item.types,
        tags: item.tags,
        customer: item.customer,
        stream_prefix: item.stream_prefix,
    };
    Query { items: query.items.into_iter().map(item).collect() }
}

fn check_size(request: &v1::AppendRequest, limits: &Limits, checker: &mut Checker) {
    let events = || request.appends.iter().flat_map(|append| &append.events);
    checker.require("appends", !request.appends.is_empty(), || "expected at least one".into());
    let count = events().count();
    checker.require("appends", count <= limits.request_events_max, || {
        format!(
            "expected at most {} events a request, found {count}; send several requests",
            limits.request_events_max
        )
    });
    let bytes: usize = events().map(|event| event.payload.len()).sum();
    checker.require("appends", bytes <= limits.request_bytes_max, || {
        format!(
            "expected at most {} bytes a request, found {bytes}; send several requests",
            limits.request_bytes_max
        )
    });
    for (append, stream) in request.appends.iter().enumerate() {
        for (index, event) in stream.events.iter().enumerate() {
            let (bytes, limit) = (event.payload.len(), limits.payload_bytes_max);
            if bytes > limit {
                let field = format!("appends[{append}].events[{index}].payload");
                checker.require(&field, false, || format!("expected at most {limit} bytes, found {bytes}"));
            }
        }
    }
}

fn stream_append(append: v1::StreamAppend, checker: &mut Checker) -> Option<StreamAppend> {
    checker.name_required("stream", &append.stream);
    checker.require("events", !append.events.is_empty(), || "expected at least one".into());
    let mut events = Vec::with_capacity(append.events.len());
    for (index, event) in append.events.into_iter().enumerate() {
        checker.at_index("events", index, |checker| events.extend(envelope::event(event, checker)));
    }
    let expected_revision = expected_revision(append.expected_revision);
    Some(StreamAppend { stream: append.stream, expected_revision, events })
}

fn expected_revision(expected: Option<v1::ExpectedRevision>) -> ExpectedRevision {
    use v1::expected_revision::Kind;
    match expected.and_then(|expected| expected.kind) {
        None | Some(Kind::Any(_)) => ExpectedRevision::Any,
        Some(Kind::NoStream(_)) => ExpectedRevision::NoStream,
        Some(Kind::StreamExists(_)) => ExpectedRevision::StreamExists,
        Some(Kind::Exact(revision)) => ExpectedRevision::Exact(Revision(revision)),
    }
}

#[cfg(test)]
mod tests;
