//! The topic compared with the log now and then, beside a publisher, for its metrics.

use std::time::Duration;

use crate::{
    Claims, Feed, PublishError, PublisherOptions, PublisherState, PublisherStatus, Stop, TopicFaultKind,
    TopicVerification, verify_topic,
};

/// Compares until it is told to stop. Run it on a thread of its own.
#[derive(Debug)]
pub struct Verifier {
    options: PublisherOptions,
    every: Duration,
    status: PublisherStatus,
    stop: Stop,
}

impl Verifier {
    /// One that waits so long before each comparison.
    #[must_use]
    pub const fn new(
        options: PublisherOptions,
        every: Duration,
        status: PublisherStatus,
        stop: Stop,
    ) -> Self {
        Self { options, every, status, stop }
    }

    /// Compares now and then.
    pub fn run(self, mut feed: impl Feed) {
        loop {
            self.stop.wait(self.every);
            if self.stop.is_set() {
                return;
            }
            let report = self.status.report();
            // There is nothing to compare before the topics are there.
            if report.state == PublisherState::Starting {
                continue;
            }
            // The report is read first, so the checkpoint that is read later includes its position.
            let claims =
                Claims { ledger_id: self.options.ledger_id.clone(), published: Some(report.position) };
            match verify_topic(&self.options.kafka, &claims, &mut feed, &self.stop, |_, _| {}) {
                Ok(found) => self.tell(&found),
                Err(PublishError::Stopped) => return,
                Err(error) => {
                    tracing::warn!(topic = self.options.kafka.topic, %error, "the topic was not compared with the log");
                    self.status.change(|report| report.comparisons.failed += 1);
                }
            }
        }
    }

    fn tell(&self, found: &TopicVerification) {
        let topic = &self.options.kafka.topic;
        let trouble = trouble(topic, found);
        if found.is_sound() {
            tracing::info!(topic, position = found.until.0, "the topic is the log");
        } else {
            tracing::error!(topic, "{trouble}");
        }
        self.status.change(|report| {
            let comparisons = &mut report.comparisons;
            let outcome = if found.is_sound() { &mut comparisons.sound } else { &mut comparisons.unsound };
            *outcome += 1;
            comparisons.faults = found.faults_total();
            comparisons.trouble = trouble;
        });
    }
}

/// `t` is not the log: 3 missing, 1 twice; …
fn trouble(topic: &str, found: &TopicVerification) -> String {
    if found.is_sound() {
        return String::new();
    }
    let totals = TopicFaultKind::ALL.map(|kind| (found.total(kind), kind.name()));
    let counted = totals.iter().filter(|(total, _)| *total > 0);
    let counted: Vec<_> = counted.map(|(total, name)| format!("{total} {name}")).collect();
    format!(
        "`{topic}` is not the log: {}; `rapport publish --verify` says where, and what to do",
        counted.join(", ")
    )
}
