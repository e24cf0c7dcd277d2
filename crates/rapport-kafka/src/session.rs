//! From taking the topic over to the first failure.

use std::time::{Duration, Instant};

use rapport_model::Position;
use uuid::Uuid;

use crate::{
    Checkpoint, Feed, FeedLimits, PublishError, PublisherOptions, PublisherState, PublisherStatus, Stop,
    checkpoint::{self, reader},
    topic::{self, Topic},
    transaction::Transactions,
};

/// Events of one transaction.
const LIMITS: FeedLimits = FeedLimits { events_max: 10_000, bytes_max: 8 << 20 };
/// How long it waits for events before it looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often it looks, while nothing happens, whether the topic is still the one.
const LOOK: Duration = Duration::from_secs(15);

/// A publisher's hold of a topic.
pub struct Session<'a> {
    options: &'a PublisherOptions,
    status: &'a PublisherStatus,
    transactions: Transactions,
    checkpoint: Checkpoint,
}

impl<'a> Session<'a> {
    /// Takes the topic over, after whoever had it, and says so in it.
    pub fn begin(
        options: &'a PublisherOptions,
        status: &'a PublisherStatus,
        publisher: &str,
        head: Position,
    ) -> Result<Self, PublishError> {
        let topic = topic::prepare(options)?;
        for warning in &topic.warnings {
            tracing::warn!("{warning}");
        }
        let transactions = Transactions::begin(options)?;
        // Whoever had it can commit no more: this is the last one.
        let last = checkpoint::last(&options.kafka)?;
        let before = follow(options, &topic, last, publisher, head)?;
        let checkpoint = transactions.publish(&[], &before)?;
        tracing::info!(topic = options.kafka.topic, position = checkpoint.position, "publishing");
        status.change(|report| {
            report.position = checkpoint.position();
            report.warnings.clone_from(&topic.warnings);
        });
        Ok(Self { options, status, transactions, checkpoint })
    }

    /// Publishes what comes, until it is to stop.
    pub fn run(&mut self, feed: &mut impl Feed, stop: &Stop) -> Result<(), PublishError> {
        self.status.change(|report| {
            report.state = PublisherState::Publishing;
            report.trouble.clear();
        });
        let mut looked = Instant::now();
        while !stop.is_set() {
            let events =
                feed.next(self.checkpoint.position(), LIMITS, PATIENCE).map_err(PublishError::Feed)?;
            if events.is_empty() {
                self.status.change(|report| report.caught_up = Some(Instant::now()));
                if looked.elapsed() > LOOK {
                    self.look()?;
                    looked = Instant::now();
                }
                continue;
            }
            self.checkpoint = match self.transactions.publish(&events, &self.checkpoint) {
                Ok(checkpoint) => checkpoint,
                Err(error) => {
                    self.status.change(|report| report.aborted += 1);
                    return Err(error);
                }
            };
            looked = Instant::now();
            let bytes: usize = events.iter().map(|event| event.bytes.len()).sum();
            let is_all = events.len() < LIMITS.events_max && bytes < LIMITS.bytes_max;
            self.status.change(|report| {
                report.position = self.checkpoint.position();
                report.events += events.len() as u64;
                report.committed += 1;
                if is_all {
                    report.caught_up = Some(Instant::now());
                }
            });
        }
        Ok(())
    }

    /// Whether the topic still has what was published: somebody may have deleted it while nothing came.
    fn look(&self) -> Result<(), PublishError> {
        let wrong = PublishError::kafka("looking at the topic");
        let consumer = reader(&self.options.kafka).map_err(wrong)?;
        let name = &self.options.kafka.topic;
        let made_anew = || PublishError::MadeAnew { topic: name.clone() };
        let partitions = topic::partitions(&consumer, name)?.ok_or_else(made_anew)?;
        let ends = topic::ends(&consumer, name, partitions)?;
        if is_anew(&self.checkpoint, &ends) { Err(made_anew()) } else { Ok(()) }
    }
}

/// The checkpoint to go on from: the last one, or the beginning where the topic has nothing of ours.
fn follow(
    options: &PublisherOptions,
    topic: &Topic,
    last: Option<Checkpoint>,
    publisher: &str,
    head: Position,
) -> Result<Checkpoint, PublishError> {
    let name = || options.kafka.topic.clone();
    let beginning = || Checkpoint {
        ledger_id: options.ledger_id.clone(),
        epoch: Uuid::new_v4().to_string(),
        publisher: publisher.to_owned(),
        position: 0,
        offsets: vec![0; topic.partitions],
    };
    let Some(last) = last else {
        if topic.ends.iter().any(|end| *end > 0) {
            return Err(PublishError::Topic(format!(
                "`{}` has records but no checkpoint: they are not known to be ours; publish to another topic, or delete this one",
                options.kafka.topic
            )));
        }
        return Ok(beginning());
    };
    if last.ledger_id != options.ledger_id {
        let (found, ledger) = (last.ledger_id, options.ledger_id.clone());
        return Err(PublishError::OtherLedger { topic: name(), found, ledger });
    }
    if is_anew(&last, &topic.ends) {
        tracing::warn!(
            topic = options.kafka.topic,
            "the topic was deleted or emptied: everything is published again"
        );
        return Ok(beginning());
    }
    if last.offsets.len() != topic.partitions {
        let (before, now) = (last.offsets.len(), topic.partitions);
        return Err(PublishError::Partitions { topic: name(), before, now });
    }
    if last.position() > head {
        return Err(PublishError::LedgerBehind { topic: name(), published: last.position(), head });
    }
    Ok(Checkpoint { publisher: publisher.to_owned(), ..last })
}

/// Whether a topic ends before what is known to be in it: then it is another one of that name.
fn is_anew(checkpoint: &Checkpoint, ends: &[i64]) -> bool {
    checkpoint.offsets.iter().zip(ends).any(|(known, end)| end < known)
        || ends.len() < checkpoint.offsets.len()
}
