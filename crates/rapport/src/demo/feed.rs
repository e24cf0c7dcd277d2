//! A story on its way into a ledger: batched, pipelined, over gRPC.

use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rapport_proto::{
    time,
    v1::{AppendStreamResponse, ViewStatusRequest, append_stream_response::Result as Answer},
};
use rapport_story::{Milestones, Requests, Story};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::{
    client::Client,
    failure::Refused,
    show::{Progress, count},
};

/// Requests on their way at any moment.
const IN_FLIGHT_MAX: usize = 256;
/// How often to look how far the views are.
const VIEWS_INTERVAL: Duration = Duration::from_millis(50);
const DAY_MICROS: i64 = 86_400_000_000;

/// What was appended.
pub(super) struct Fed {
    /// Events.
    pub events: u64,
    /// Requests.
    pub requests: u64,
    /// The position of the last event.
    pub last_position: u64,
}

/// Appends a whole story to a ledger on a simulated clock.
///
/// # Errors
/// The server's, of the first request that it refuses.
pub(super) async fn append(client: &Client, story: Story, milestones: &Milestones) -> anyhow::Result<Fed> {
    let (requests, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
    let (sent, in_flight) = mpsc::channel(IN_FLIGHT_MAX);
    let teller = tokio::task::spawn_blocking(move || {
        for request in Requests::of(story) {
            let events: usize = request.appends.iter().map(|append| append.events.len()).sum();
            // The receiver ends only after it has reported why.
            if sent.blocking_send(events).is_err() || requests.blocking_send(request).is_err() {
                return;
            }
        }
    });
    let answers =
        client.ledger().append_stream(ReceiverStream::new(outgoing)).await.map_err(Refused::from)?;
    let fed = take_answers(answers.into_inner(), in_flight, milestones).await?;
    teller.await.context("the story broke off")?;
    Ok(fed)
}

async fn take_answers(
    mut answers: Streaming<AppendStreamResponse>,
    mut in_flight: mpsc::Receiver<usize>,
    milestones: &Milestones,
) -> anyhow::Result<Fed> {
    let bar = Days::new(milestones);
    let mut fed = Fed { events: 0, requests: 0, last_position: 0 };
    while let Some(events) = in_flight.recv().await {
        let answer = answers.message().await.map_err(Refused::from)?.and_then(|answer| answer.result);
        let appended = match answer {
            Some(Answer::Appended(appended)) => appended,
            Some(Answer::Error(error)) => bail!("the server refused a part of the story: {}", error.message),
            None => bail!("the server ended the stream before it answered everything"),
        };
        fed.events += events as u64;
        fed.requests += 1;
        fed.last_position = appended.last_position;
        if fed.requests.is_multiple_of(64) {
            bar.at(appended.recorded_at.as_ref(), fed.events);
        }
    }
    bar.0.finish_and_clear();
    Ok(fed)
}

/// Waits until every view has reached a position.
///
/// # Errors
/// The server's.
pub(crate) async fn wait_for_views(client: &Client, position: u64) -> anyhow::Result<()> {
    let bar = Progress::events(position);
    let mut interval = tokio::time::interval(VIEWS_INTERVAL);
    loop {
        interval.tick().await;
        let status = client
            .views()
            .view_status(ViewStatusRequest::default())
            .await
            .map_err(Refused::from)?
            .into_inner();
        let reached = status.views.iter().map(|view| view.position).min().unwrap_or(0);
        bar.at(reached, "into the views".to_owned());
        if reached >= position {
            bar.finish();
            return Ok(());
        }
    }
}

/// A bar over the days of the story, on a terminal only: the number of events is not known beforehand.
struct Days(ProgressBar, i64);

impl Days {
    fn new(milestones: &Milestones) -> Self {
        let start = milestones.start.as_micros();
        let days = (milestones.end.as_micros() - start) / DAY_MICROS;
        let bar = ProgressBar::with_draw_target(Some(days.unsigned_abs()), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} day {pos}/{len}  {msg}  {eta} left") {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self(bar, start)
    }

    fn at(&self, recorded_at: Option<&prost_types::Timestamp>, events: u64) {
        let recorded =
            recorded_at.and_then(time::from_proto).map_or(self.1, rapport_model::Timestamp::as_micros);
        self.0.set_position(((recorded - self.1) / DAY_MICROS).unsigned_abs());
        self.0.set_message(format!("{} events", count(events)));
    }
}
