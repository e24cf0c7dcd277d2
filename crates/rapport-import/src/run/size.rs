//! How large the events of a row may be. What the ledger would refuse for its size is refused here, with its column.

use prost::Message as _;
use rapport_proto::{v1, validate::Limits};

use super::stream_event::StreamEvent;
use crate::{
    expr::context::Context,
    mapping::{emit::Emit, table::Table},
    value::fault::Fault,
};

/// What frames an event and its stream in a request.
const EVENT_FRAME_BYTES: usize = 16;
/// What a request has besides its events.
const REQUEST_FRAME_BYTES: usize = 64;

/// An event's payload fits.
pub(super) fn check_size(
    event: &v1::Event,
    table: &Table,
    emit: &Emit,
    row: &Context<'_>,
    limits: &Limits,
) -> Result<(), Fault> {
    let (found, limit) = (event.payload.len(), limits.payload_bytes_max);
    if found <= limit {
        return Ok(());
    }
    let reason = format!(
        "emit `{}`: the event's payload would have {found} bytes and may have {limit} (`payload_bytes_max` of the \
         server); shorten the value, or split the row",
        emit.name
    );
    Err(match longest(table, row) {
        // More than half of it is in one column.
        Some((column, value)) if value.len() * 2 > found => Fault::new(column, value, reason),
        Some(_) | None => Fault::new("", "", reason),
    })
}

/// The column of a row with the longest value.
fn longest<'a>(table: &'a Table, row: &Context<'a>) -> Option<(&'a str, &'a str)> {
    let columns = table.columns.0.iter().enumerate();
    columns
        .map(|(slot, name)| (name.as_str(), row.binding.read(&row.line.record, slot)))
        .max_by_key(|(_, value)| value.len())
}

/// Bytes of an event in a request.
#[must_use]
pub fn event_bytes(event: &StreamEvent) -> usize {
    event.event.encoded_len() + event.stream.len() + EVENT_FRAME_BYTES
}

/// The events of a row, which are appended all or not at all, fit into a request.
pub(super) fn check_row(events: &[StreamEvent], limits: &Limits) -> Result<(), Fault> {
    let refuse = |unit: &str, found: usize, limit: usize, name: &str| {
        let reason = format!(
            "the row gives {found} {unit} and may give {limit} (`{name}` of the server); make smaller groups, or fewer \
             events of a row"
        );
        Err(Fault::new("", "", reason))
    };
    if events.len() > limits.request_events_max {
        return refuse("events", events.len(), limits.request_events_max, "request_events_max");
    }
    let payloads = events.iter().map(|event| event.event.payload.len()).sum::<usize>();
    if payloads > limits.request_bytes_max {
        return refuse("bytes of payloads", payloads, limits.request_bytes_max, "request_bytes_max");
    }
    let message = events.iter().map(event_bytes).sum::<usize>() + REQUEST_FRAME_BYTES;
    if message > limits.message_bytes_max {
        return refuse("bytes of events", message, limits.message_bytes_max, "message_bytes_max");
    }
    Ok(())
}
