//! The publisher runs one session after the other, until it must stop or another publisher takes over.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::{
    Checkpoint, Feed, OptionsError, PublishError, PublisherOptions, PublisherState, PublisherStatus, Stop,
    error::Remedy,
    publish::{care::Care, session::Session},
    topic::watermarks,
};

/// The time between two tries: the first, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// The time between two tries when an operator has to act.
const RETRY_REFUSED: Duration = Duration::from_secs(15);
/// How long a publisher that takes over needs until its checkpoint is in the topic.
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
    /// Whether this publisher had the topic before. If so, it does not take the topic from another publisher.
    has_begun: bool,
    /// The refused record, from which the next session decides what it publishes first.
    care: Care,
}

impl Publisher {
    /// Checks the options. Does not connect to a broker yet.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn new(options: PublisherOptions, status: PublisherStatus, stop: Stop) -> Result<Self, OptionsError> {
        options.check()?;
        Ok(Self {
            options,
            status,
            stop,
            id: Uuid::new_v4().to_string(),
            has_begun: false,
            care: Care::default(),
        })
    }

    /// Publishes until it must stop or is fenced. While Kafka or the log cannot be reached, it waits and tries again; no
    /// event is lost or published twice.
    pub fn run(mut self, mut feed: impl Feed) -> PublisherEnd {
        let mut retry = RETRY.0;
        while !self.stop.is_set() {
            let published = self.status.report().committed;
            let error = match self.session(&mut feed) {
                Ok(()) => continue,
                // A failure while stopping is expected.
                Err(_) if self.stop.is_set() => break,
                Err(error) => error,
            };
            if let PublishError::LedgerBehind { published, .. } = error {
                feed.tell_behind(published);
            }
            match error.remedy() {
                Remedy::End if self.is_taken_over() => {
                    self.tell(PublisherState::Fenced, &error);
                    return PublisherEnd::Fenced;
                }
                // The broker answers with the same code when a transaction takes too long as when another one takes over.
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
        if self.has_begun && self.is_of_another(watermarks::last(&self.options.kafka, &self.stop)?.as_ref()) {
            return Err(PublishError::Fenced);
        }
        let (status, stop) = (&self.status, &self.stop);
        let mut session = Session::begin(&self.options, status, stop, &self.id, &mut self.care, feed)?;
        self.has_begun = true;
        session.run(feed)
    }

    /// Whether another process publishes to the topic now. Such a process first writes a checkpoint with its id. This
    /// function reads checkpoints until it finds one, or until `TAKING_OVER` has passed. It waits longer for a broker that
    /// does not answer. The result is `false` for a publisher that has not published to the topic yet.
    fn is_taken_over(&self) -> bool {
        if !self.has_begun {
            return false;
        }
        let deadline = Instant::now() + TAKING_OVER;
        while !self.stop.is_set() {
            match watermarks::last(&self.options.kafka, &self.stop) {
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
        // Logged once, not at every try.
        if before.state != state || before.trouble != trouble {
            tracing::warn!(topic = self.options.kafka.topic, state = state.name(), "{trouble}");
        }
        self.status.change(|report| {
            report.state = state;
            report.trouble = trouble;
            // An unreachable broker does not clear an earlier finding.
            if let Some(known) = error.known_elsewhere() {
                report.known_elsewhere = Some(known);
            }
        });
    }
}

/// An error with its causes. An error of Kafka says everything in its own text.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rapport_model::Position;

    use super::*;
    use crate::{KafkaOptions, ValueFormat};

    #[test]
    fn an_unreachable_broker_does_not_clear_that_the_topic_has_more_than_the_ledger() {
        let kafka = KafkaOptions {
            brokers: "127.0.0.1:1".to_owned(),
            topic: "t".to_owned(),
            properties: BTreeMap::new(),
        };
        let options = PublisherOptions {
            kafka,
            value: ValueFormat::Protobuf,
            partitions: 1,
            replication: 1,
            ledger_id: "ledger".to_owned(),
        };
        let status = PublisherStatus::default();
        let publisher = Publisher::new(options, status.clone(), Stop::new()).unwrap();
        let (topic, published, head) = ("t".to_owned(), Position(9), Position(4));
        for error in [
            PublishError::LedgerBehind { topic: topic.clone(), published, head },
            PublishError::OtherHistory { topic, published },
        ] {
            publisher.status.change(|report| report.known_elsewhere = None);
            publisher.tell(PublisherState::Refused, &error);
            publisher.tell(PublisherState::Waiting, &PublishError::Feed("away".into()));
            let known = status.report().known_elsewhere.unwrap();
            assert_eq!((known.topic.as_str(), known.position), ("t", published));
        }
    }
}
