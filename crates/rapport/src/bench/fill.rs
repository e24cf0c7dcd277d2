//! Events into a ledger, so that there is something to read.

use anyhow::bail;
use rapport_proto::v1::{AppendRequest, append_stream_response::Result as Answer};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{load, setting::Subject};
use crate::{failure::Refused, show::Progress};

/// Events a request.
pub(super) const BATCH: usize = 500;
/// Requests on their way.
const IN_FLIGHT_MAX: usize = 32;

/// Notes of so many bytes, spread over customers whose ids begin with `prefix`.
///
/// # Errors
/// The server's.
pub(super) async fn notes(
    subject: &Subject,
    prefix: &'static str,
    events: u64,
    customers: u64,
    size: usize,
) -> anyhow::Result<()> {
    // A request has the events of many customers, as a ledger in use has them side by side.
    let requests = (0..events.div_ceil(BATCH as u64)).map(move |number| {
        let first = number * BATCH as u64;
        let mut request = AppendRequest::default();
        for place in first..events.min(first + BATCH as u64) {
            let customer = load::customer(prefix, place, customers);
            request.appends.extend(load::request(customer, place, 1, size).appends);
        }
        request
    });
    append(subject, requests, events).await
}

/// Appends requests through one stream, in order.
///
/// # Errors
/// The server's, of the first request that it refuses.
pub(super) async fn append(
    subject: &Subject,
    requests: impl Iterator<Item = AppendRequest> + Send + 'static,
    events: u64,
) -> anyhow::Result<()> {
    let (to, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
    let maker = tokio::task::spawn_blocking(move || {
        for request in requests {
            if to.blocking_send(request).is_err() {
                return;
            }
        }
    });
    let bar = Progress::events(events);
    let answers = subject.client.ledger().append_stream(ReceiverStream::new(outgoing)).await;
    let mut answers = answers.map_err(Refused::from)?.into_inner();
    let mut appended = 0;
    while let Some(answer) = answers.message().await.map_err(Refused::from)? {
        match answer.result {
            Some(Answer::Appended(answer)) => appended += answer.last_position + 1 - answer.first_position,
            Some(Answer::Error(error)) => bail!("the server refused an append: {}", error.message),
            None => bail!("the server answered nothing"),
        }
        bar.at(appended, "appended".to_owned());
    }
    bar.finish();
    maker.await?;
    anyhow::ensure!(appended == events, "{appended} of {events} events were appended");
    Ok(())
}
