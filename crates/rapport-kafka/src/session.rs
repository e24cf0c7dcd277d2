//! From taking the topic over to the first failure.

use std::time::{Duration, Instant};

use rapport_model::Position;
use uuid::Uuid;

use crate::{
    Checkpoint, Feed, FeedLimits, LogEvent, PublishError, PublisherOptions, PublisherReport, PublisherStatus,
    Stop, checkpoint, topic, transaction::Transactions,
};

/// Events of one transaction.
const LIMITS: FeedLimits = FeedLimits { events_max: 10_000, bytes_max: 8 << 20 };
/// How long it waits for events before it looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(250);
/// An event that is there comes so soon.
const ANSWER: Duration = Duration::from_secs(10);
/// How often it looks, while nothing happens, whether the topic is still the one.
const LOOK: Duration = Duration::from_secs(5);

/// A publisher's hold of a topic.
pub struct Session<'a> {
    status: &'a PublisherStatus,
    stop: &'a Stop,
    transactions: Transactions,
    checkpoint: Checkpoint,
}

impl<'a> Session<'a> {
    /// Takes the topic over, after whoever had it, and says so in it.
    pub fn begin(
        options: &'a PublisherOptions,
        status: &'a PublisherStatus,
        stop: &'a Stop,
        publisher: &str,
        feed: &mut impl Feed,
    ) -> Result<Self, PublishError> {
        let topic = topic::prepare(options)?;
        for warning in &topic.warnings {
            tracing::warn!("{warning}");
        }
        let transactions = Transactions::begin(options, &topic, status, stop)?;
        // Whoever had it can commit no more: this is the last one.
        let last = checkpoint::last(&options.kafka)?;
        // After the checkpoint: ends that are older than it would look like those of another topic.
        let ends = topic::ends_now(&options.kafka, topic.partitions)?;
        let before = follow(options, &ends, last, publisher)?;
        check_history(options, &before, feed)?;
        let checkpoint = transactions.publish(&[], &before)?;
        tracing::info!(topic = options.kafka.topic, position = checkpoint.position, "publishing");
        status.change(|report| {
            report.position = checkpoint.position();
            report.warnings.clone_from(&topic.warnings);
            report.known_elsewhere = None;
        });
        Ok(Self { status, stop, transactions, checkpoint })
    }

    /// Publishes what comes, until it is to stop.
    pub fn run(&mut self, feed: &mut impl Feed) -> Result<(), PublishError> {
        self.status.change(PublisherReport::publishing);
        let mut looked = Instant::now();
        while !self.stop.is_set() {
            let events =
                feed.next(self.checkpoint.position(), LIMITS, PATIENCE).map_err(PublishError::Feed)?;
            if !events.is_empty() {
                self.publish(&events)?;
                looked = Instant::now();
                continue;
            }
            self.status.change(|report| report.caught_up = Some(Instant::now()));
            // Somebody may have deleted the topic while nothing came.
            if looked.elapsed() > LOOK {
                self.transactions.look(&self.checkpoint)?;
                looked = Instant::now();
            }
        }
        Ok(())
    }

    fn publish(&mut self, events: &[LogEvent]) -> Result<(), PublishError> {
        match self.transactions.publish(events, &self.checkpoint) {
            Ok(checkpoint) => self.checkpoint = checkpoint,
            Err(error) => {
                self.status.change(|report| report.aborted += 1);
                // What comes before an event that does not fit need not wait for it.
                let before = match &error {
                    PublishError::TooLarge { position, .. } => {
                        events.iter().take_while(|event| event.position < *position).count()
                    }
                    _ => 0,
                };
                return match events.get(..before) {
                    Some(fitting) if before > 0 => self.publish(fitting),
                    _ => Err(error),
                };
            }
        }
        let bytes: usize = events.iter().map(|event| event.bytes.len()).sum();
        let is_all = events.len() < LIMITS.events_max && bytes < LIMITS.bytes_max;
        self.status.change(|report| {
            report.publishing();
            report.position = self.checkpoint.position();
            report.events += events.len() as u64;
            report.committed += 1;
            if is_all {
                report.caught_up = Some(Instant::now());
            }
        });
        Ok(())
    }
}

/// The checkpoint to go on from: the last one, or the beginning where the topic has nothing of ours.
fn follow(
    options: &PublisherOptions,
    ends: &[i64],
    last: Option<Checkpoint>,
    publisher: &str,
) -> Result<Checkpoint, PublishError> {
    let name = || options.kafka.topic.clone();
    let beginning = || Checkpoint {
        ledger_id: options.ledger_id.clone(),
        epoch: Uuid::new_v4().to_string(),
        publisher: publisher.to_owned(),
        position: 0,
        event_id: String::new(),
        recorded_at: String::new(),
        offsets: vec![0; ends.len()],
    };
    let Some(last) = last else {
        if ends.iter().any(|end| *end > 0) {
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
    if last.is_of_another_topic(ends) {
        tracing::warn!(
            topic = options.kafka.topic,
            "the topic was deleted or emptied: everything is published again"
        );
        return Ok(beginning());
    }
    if last.offsets.len() != ends.len() {
        let (before, now) = (last.offsets.len(), ends.len());
        return Err(PublishError::Partitions { topic: name(), before, now });
    }
    Ok(Checkpoint { publisher: publisher.to_owned(), ..last })
}

/// Refuses a ledger that was set back: one that ends before what is published, or has another event there.
fn check_history(
    options: &PublisherOptions,
    published: &Checkpoint,
    feed: &mut impl Feed,
) -> Result<(), PublishError> {
    let topic = || options.kafka.topic.clone();
    let head = feed.head().map_err(PublishError::Feed)?;
    let position = published.position();
    if position > head {
        return Err(PublishError::LedgerBehind { topic: topic(), published: position, head });
    }
    if published.event_id.is_empty() {
        return Ok(());
    }
    let before = Position(position.0.saturating_sub(1));
    let found = feed.next(before, FeedLimits { events_max: 1, ..LIMITS }, ANSWER);
    let found = found.map_err(PublishError::Feed)?;
    let last = found.first().ok_or_else(|| {
        PublishError::Feed(format!("the ledger does not give its event at position `{position}`").into())
    })?;
    match published.behind(last) {
        Ok(ours) if ours == *published => Ok(()),
        Ok(_) | Err(_) => Err(PublishError::OtherHistory { topic: topic(), published: position }),
    }
}
