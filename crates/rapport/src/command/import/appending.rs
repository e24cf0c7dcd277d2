//! Rows into requests, and the server's answers back to rows.
//!
//! One request is on its way at a time, while the next rows are read: so the events of a file keep its order even
//! when a request is refused and its rows are sent again in parts.

use std::collections::VecDeque;

use anyhow::Context;
use rapport_import::{Met, Place, RowEvents, StreamEvent, Tally};
use rapport_proto::v1::{
    AppendError, AppendRequest, AppendResponse, AppendStreamResponse, StreamAppend,
    append_stream_response::Result as Answer,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::rejects::RejectFile;
use crate::{client::Client, failure::Refused};

/// Events of a request, about; a row is never split.
const BATCH_EVENTS: usize = 4_000;
/// Bytes of the payloads of a request, about.
const BATCH_BYTES: usize = 1 << 20;

/// The connection, and the rows that wait for the next request.
pub struct Appending {
    requests: mpsc::Sender<AppendRequest>,
    answers: Streaming<AppendStreamResponse>,
    now: Option<prost_types::Timestamp>,
    met: Met,
    rows: Vec<RowEvents>,
    events: usize,
    bytes: usize,
}

impl Appending {
    /// Opens an append stream. `met` is where the last closed batch ends.
    ///
    /// # Errors
    /// The server's.
    pub async fn begin(
        client: &Client,
        now: Option<prost_types::Timestamp>,
        met: Met,
    ) -> anyhow::Result<Self> {
        let (requests, outgoing) = mpsc::channel(1);
        let answers =
            client.ledger().append_stream(ReceiverStream::new(outgoing)).await.map_err(Refused::from)?;
        let answers = answers.into_inner();
        Ok(Self { requests, answers, now, met, rows: Vec::new(), events: 0, bytes: 0 })
    }

    /// Appends one event by itself; returns whether it is new.
    ///
    /// # Errors
    /// The server refuses it or failed.
    pub async fn one(&mut self, event: StreamEvent) -> anyhow::Result<bool> {
        let what = format!("`{}` to stream `{}`", event.event.r#type, event.stream);
        let answer = self.send([&event].into_iter()).await?;
        let appended = answer.map_err(refused).with_context(|| what)?;
        Ok(appended.duplicates.is_empty())
    }

    /// Adds a row to the next request.
    pub fn push(&mut self, row: RowEvents) {
        self.events += row.events.len();
        self.bytes += row.events.iter().map(|event| event.event.payload.len()).sum::<usize>();
        self.rows.push(row);
    }

    /// Whether the request should be sent now.
    pub fn is_full(&self) -> bool {
        self.events >= BATCH_EVENTS || self.bytes >= BATCH_BYTES || self.rows.len() >= BATCH_EVENTS
    }

    /// Sends what waits. A request that is refused is sent again in halves, until the row that is to blame is alone
    /// and rejected.
    ///
    /// # Errors
    /// The server failed, which is no row's fault.
    pub async fn flush(&mut self, tally: &mut Tally, rejects: &mut RejectFile) -> anyhow::Result<()> {
        (self.events, self.bytes) = (0, 0);
        let mut parts = VecDeque::from([std::mem::take(&mut self.rows)]);
        while let Some(mut rows) = parts.pop_front() {
            if rows.iter().all(|row| row.events.is_empty()) {
                rows.iter().for_each(|row| tally.appended(row, [], &mut self.met));
                continue;
            }
            match self.send(rows.iter().flat_map(|row| &row.events)).await? {
                Ok(appended) => count(&rows, &appended, tally, &mut self.met),
                Err(error) if !is_of_the_row(&error) => return Err(refused(error).into()),
                Err(error) if rows.len() == 1 => {
                    for row in &rows {
                        let reject = row.refused(reason(&error));
                        tally.rejected(&reject);
                        rejects.write(&reject)?;
                    }
                }
                Err(_) => {
                    let second = rows.split_off(rows.len() / 2);
                    parts.push_front(second);
                    parts.push_front(rows);
                }
            }
        }
        Ok(())
    }

    async fn send(
        &mut self,
        events: impl Iterator<Item = &StreamEvent>,
    ) -> anyhow::Result<Result<AppendResponse, AppendError>> {
        let mut request = AppendRequest { simulated_now: self.now, ..AppendRequest::default() };
        for event in events {
            match request.appends.last_mut() {
                Some(append) if append.stream == event.stream => append.events.push(event.event.clone()),
                _ => request.appends.push(StreamAppend {
                    stream: event.stream.clone(),
                    expected_revision: None,
                    events: vec![event.event.clone()],
                }),
            }
        }
        // When nobody takes it, the answer says why.
        let _ = self.requests.send(request).await;
        let answer = self.answers.message().await.map_err(Refused::from)?;
        match answer.and_then(|answer| answer.result) {
            Some(Answer::Appended(appended)) => Ok(Ok(appended)),
            Some(Answer::Error(error)) => Ok(Err(error)),
            None => anyhow::bail!("the server ended the connection"),
        }
    }
}

/// Each row's share of the answer.
fn count(rows: &[RowEvents], appended: &AppendResponse, tally: &mut Tally, met: &mut Met) {
    let indexes = appended.duplicates.iter().map(|index| *index as usize);
    let mut known = indexes.zip(appended.duplicate_positions.iter().copied()).peekable();
    let mut new = appended.first_new_position..;
    let mut places = (0..).map(|index| match known.next_if(|(duplicate, _)| *duplicate == index) {
        Some((_, position)) => Place::Known(position),
        None => Place::New(new.next().unwrap_or_default()),
    });
    for row in rows {
        tally.appended(row, places.by_ref().take(row.events.len()), met);
    }
}

/// Whether the request is to blame, and not the server or its state.
fn is_of_the_row(error: &AppendError) -> bool {
    // Every row of this import would be refused for its clock.
    let of_all = error.reason == "CLOCK";
    !of_all
        && matches!(
            Code::from_i32(error.code),
            Code::InvalidArgument | Code::FailedPrecondition | Code::Aborted | Code::NotFound
        )
}

/// Why a row is rejected.
fn reason(error: &AppendError) -> String {
    if error.reason == "EVENT_ID_TAKEN" {
        // Which event and where it is stands before the remedy, which is for who makes ids and not for who imports.
        let taken = error.message.split(';').next().unwrap_or_default();
        return format!(
            "{taken}: the row changed since it was imported, or another row has its id; put what may change into the \
             emit's `key`, or correct the event with `event.corrected` (docs/import.md)"
        );
    }
    let faults = error.violations.iter().map(|fault| {
        let field = fault.field.split_once(".payload.").map_or(fault.field.as_str(), |(_, field)| field);
        format!("`{field}`: {}", fault.description)
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { error.message.clone() } else { faults.join("; ") }
}

fn refused(error: AppendError) -> Refused {
    let message = if error.violations.is_empty() {
        error.message.clone()
    } else {
        format!("{}: {}", error.message, reason(&error))
    };
    Status::new(Code::from_i32(error.code), message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_changed_since_it_was_imported_is_told_what_an_importer_can_do() {
        let taken = AppendError {
            reason: "EVENT_ID_TAKEN".into(),
            message:
                "event id `a` is taken by other content at position `7`; give a new event an id of its own"
                    .into(),
            ..AppendError::default()
        };
        let told = reason(&taken);
        assert!(
            told.starts_with("event id `a` is taken by other content at position `7`: the row changed"),
            "{told}"
        );
        assert!(told.contains("`key`") && told.contains("`event.corrected`"), "{told}");
        assert!(!told.contains("of its own"), "{told}");
    }
}
