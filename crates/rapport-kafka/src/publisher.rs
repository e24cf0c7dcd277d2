//! The publisher: sessions, one after the other, until it is to stop or another one takes over.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    Feed, OptionsError, PublishError, PublisherOptions, PublisherState, PublisherStatus, Stop, checkpoint,
    error::Remedy, session::Session,
};

/// Between two tries: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Between two tries when somebody has to do something.
const RETRY_REFUSED: Duration = Duration::from_secs(15);

/// Why a publisher has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublisherEnd {
    /// It was told to.
    Stopped,
    /// Another publisher took the topic over.
    Fenced,
}

/// Publishes a log. Run it on a thread of its own.
#[derive(Debug)]
pub struct Publisher {
    options: PublisherOptions,
    status: PublisherStatus,
    stop: Stop,
    /// Names this process in checkpoints.
    id: String,
}

impl Publisher {
    /// One that can run; nothing is asked of a broker yet.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn new(options: PublisherOptions, status: PublisherStatus, stop: Stop) -> Result<Self, OptionsError> {
        options.check()?;
        Ok(Self { options, status, stop, id: Uuid::new_v4().to_string() })
    }

    /// Publishes until it is told to stop, or fenced. While Kafka or the log cannot be reached it waits; nothing of
    /// what it does is lost by that, and nothing is twice.
    pub fn run(self, mut feed: impl Feed) -> PublisherEnd {
        let mut retry = RETRY.0;
        while !self.stop.is_set() {
            let published = self.status.report().committed;
            let error = match self.session(&mut feed) {
                Ok(()) => break,
                Err(error) => error,
            };
            match error.remedy() {
                Remedy::End if self.is_taken_over() => {
                    self.tell(PublisherState::Fenced, &error);
                    return PublisherEnd::Fenced;
                }
                // The broker gives up a transaction that takes too long in the same words.
                Remedy::End => {
                    self.tell(PublisherState::Waiting, &error);
                    self.stop.wait(RETRY.0);
                }
                Remedy::Wait => {
                    if self.status.report().committed > published {
                        retry = RETRY.0;
                    }
                    self.tell(PublisherState::Waiting, &error);
                    self.stop.wait(retry);
                    retry = (retry * 2).min(RETRY.1);
                }
                Remedy::Ask => {
                    self.tell(PublisherState::Refused, &error);
                    self.stop.wait(RETRY_REFUSED);
                }
            }
        }
        PublisherEnd::Stopped
    }

    fn session(&self, feed: &mut impl Feed) -> Result<(), PublishError> {
        let head = feed.head().map_err(PublishError::Feed)?;
        Session::begin(&self.options, &self.status, &self.id, head)?.run(feed, &self.stop)
    }

    /// Whether the last checkpoint is another process's. One that took over writes its own before anything else; when
    /// that cannot be told, it is so until it can.
    fn is_taken_over(&self) -> bool {
        while !self.stop.is_set() {
            match checkpoint::last(&self.options.kafka) {
                Ok(Some(last)) => return last.publisher != self.id,
                Ok(None) => return false,
                Err(error) => {
                    self.tell(PublisherState::Waiting, &error);
                    self.stop.wait(RETRY.1);
                }
            }
        }
        false
    }

    fn tell(&self, state: PublisherState, error: &PublishError) {
        let trouble = in_full(error);
        let before = self.status.report();
        // Once, not at every try.
        if before.state != state || before.trouble != trouble {
            tracing::warn!(topic = self.options.kafka.topic, state = state.name(), "{trouble}");
        }
        self.status.change(|report| {
            report.state = state;
            report.trouble = trouble;
        });
    }
}

/// An error with what is behind it: of Kafka's the text says all, a log's or a connection's is without content.
fn in_full(error: &PublishError) -> String {
    let mut text = error.to_string();
    let mut cause = match error {
        PublishError::Feed(error) => Some(&**error as &dyn std::error::Error),
        _ => None,
    };
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
