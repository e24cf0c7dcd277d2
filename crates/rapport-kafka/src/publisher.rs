//! The publisher: sessions, one after the other, until it is to stop or another one takes over.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::{
    Checkpoint, Feed, OptionsError, PublishError, PublisherOptions, PublisherState, PublisherStatus, Stop,
    checkpoint, error::Remedy, session::Session,
};

/// Between two tries: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Between two tries when somebody has to do something.
const RETRY_REFUSED: Duration = Duration::from_secs(15);
/// A publisher that takes over has its checkpoint in the topic so soon.
const TAKING_OVER: Duration = Duration::from_secs(5);

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
    /// Whether the topic was this publisher's once: then it does not take it from another one.
    has_begun: bool,
}

impl Publisher {
    /// One that can run; nothing is asked of a broker yet.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn new(options: PublisherOptions, status: PublisherStatus, stop: Stop) -> Result<Self, OptionsError> {
        options.check()?;
        Ok(Self { options, status, stop, id: Uuid::new_v4().to_string(), has_begun: false })
    }

    /// Publishes until it is told to stop, or fenced. While Kafka or the log cannot be reached it waits; nothing of
    /// what it does is lost by that, and nothing is twice.
    pub fn run(mut self, mut feed: impl Feed) -> PublisherEnd {
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
                // The broker gives up a transaction that takes too long in the same words as for a takeover.
                Remedy::End | Remedy::Wait => {
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

    fn session(&mut self, feed: &mut impl Feed) -> Result<(), PublishError> {
        if self.has_begun && self.is_of_another(checkpoint::last(&self.options.kafka)?.as_ref()) {
            return Err(PublishError::Fenced);
        }
        let mut session = Session::begin(&self.options, &self.status, &self.stop, &self.id, feed)?;
        self.has_begun = true;
        session.run(feed)
    }

    /// Whether another process has the topic. One that takes over writes a checkpoint of its own before anything else,
    /// and that takes it a moment; while it cannot be told, it is so. A publisher that never had the topic has lost
    /// nothing, and tries again.
    fn is_taken_over(&self) -> bool {
        if !self.has_begun {
            return false;
        }
        let deadline = Instant::now() + TAKING_OVER;
        while !self.stop.is_set() {
            match checkpoint::last(&self.options.kafka) {
                Ok(last) if self.is_of_another(last.as_ref()) => return true,
                Ok(_) if Instant::now() > deadline => return false,
                Ok(_) => self.stop.wait(RETRY.0),
                Err(error) => {
                    self.tell(PublisherState::Waiting, &error);
                    self.stop.wait(RETRY.1);
                }
            }
        }
        false
    }

    fn is_of_another(&self, last: Option<&Checkpoint>) -> bool {
        last.is_some_and(|last| last.publisher != self.id)
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
            // A broker that is away does not take back what was found.
            if let Some(known) = error.known_elsewhere() {
                report.known_elsewhere = Some(known);
            }
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
