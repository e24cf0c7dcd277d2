//! A session publishes from the moment that it takes the topic over until its first failure.

use std::time::{Duration, Instant};

use rapport_model::Position;
use uuid::Uuid;

use crate::{
    Checkpoint, Feed, FeedLimits, LogEvent, PublishError, PublisherOptions, PublisherReport, PublisherStatus,
    Stop, feed,
    publish::{
        behind::{self, Found},
        care::Care,
        transaction::{Batches, Transactions},
    },
    topic::{ends::ends_now, prepare::prepare, watermarks},
};

/// How long a session waits for events before it checks whether it must stop.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often an idle session checks that both topics are the ones that it began with.
const LOOK: Duration = Duration::from_secs(5);

/// A publisher's hold of a topic.
pub(super) struct Session<'a> {
    status: &'a PublisherStatus,
    stop: &'a Stop,
    transactions: Transactions,
    checkpoint: Checkpoint,
    /// The events that are in the topic behind the checkpoint.
    found: Found,
    care: &'a mut Care,
}

impl<'a> Session<'a> {
    /// Takes the topic over from the previous publisher, and writes a checkpoint with the id of this one.
    pub(super) fn begin(
        options: &'a PublisherOptions,
        status: &'a PublisherStatus,
        stop: &'a Stop,
        publisher: &str,
        care: &'a mut Care,
        feed: &mut impl Feed,
    ) -> Result<Self, PublishError> {
        let topic = prepare(options, stop)?;
        let batches = if care.is_careful() { Batches::Single } else { Batches::Large };
        let transactions = Transactions::begin(options, &topic, batches, status, stop)?;
        // The publisher before can no longer commit, so this checkpoint is the last one.
        let last = watermarks::last(&options.kafka, stop)?;
        // The ends are read after the checkpoint: ends before its offsets would look like those of another topic.
        let ends = ends_now(&options.kafka, topic.partitions, stop)?;
        let before = follow(options, &ends, last, publisher)?;
        check_history(options, &before, feed)?;
        let behind = behind::read(options, before, &ends, feed, stop)?;
        let warnings = [topic.warnings.as_slice(), &behind.warnings].concat();
        // Each warning is logged once, not in every session.
        let known = status.report().warnings;
        for warning in warnings.iter().filter(|warning| !known.contains(warning)) {
            tracing::warn!("{warning}");
        }
        let checkpoint = transactions.publish(&[], &behind.found, &behind.checkpoint)?;
        tracing::info!(topic = options.kafka.topic, position = checkpoint.position, "publishing");
        care.published(checkpoint.position());
        status.change(|report| {
            report.position = checkpoint.position();
            report.warnings = warnings;
            report.known_elsewhere = None;
        });
        Ok(Self { status, stop, transactions, checkpoint, found: behind.found, care })
    }

    /// Publishes events as they come. Returns when the publisher must stop, or when the next session must begin with more
    /// or less care.
    pub(super) fn run(&mut self, feed: &mut impl Feed) -> Result<(), PublishError> {
        let is_careful = self.care.is_careful();
        if !is_careful {
            self.status.change(PublisherReport::publishing);
        }
        let mut looked = Instant::now();
        while !self.stop.is_set() && self.care.is_careful() == is_careful {
            let events = feed
                .next(self.checkpoint.position(), FeedLimits::AT_ONCE, PATIENCE)
                .map_err(PublishError::Feed)?;
            if !events.is_empty() {
                if self.publish(&events)? == Next::BeginAnew {
                    return Ok(());
                }
                looked = Instant::now();
                continue;
            }
            self.status.change(|report| report.caught_up = Some(Instant::now()));
            // A topic may have been deleted while nothing came.
            if looked.elapsed() > LOOK {
                self.transactions.look(&self.checkpoint)?;
                looked = Instant::now();
            }
        }
        Ok(())
    }

    fn publish(&mut self, events: &[LogEvent]) -> Result<Next, PublishError> {
        let bytes: usize = events.iter().map(|event| event.bytes.len()).sum();
        let is_short = events.len() < FeedLimits::AT_ONCE.events_max && bytes < FeedLimits::AT_ONCE.bytes_max;
        let fitting = events.get(..self.care.fitting(events)).unwrap_or(events);
        match self.transactions.publish(fitting, &self.found, &self.checkpoint) {
            Ok(checkpoint) => self.checkpoint = checkpoint,
            Err(error) => {
                self.status.change(|report| report.aborted += 1);
                return if leads_further(self.care, fitting, &error) {
                    Ok(Next::BeginAnew)
                } else {
                    Err(error)
                };
            }
        }
        self.found.forget(&self.checkpoint);
        self.care.published(self.checkpoint.position());
        self.status.change(|report| {
            report.publishing();
            report.position = self.checkpoint.position();
            report.events += fitting.len() as u64;
            report.committed += 1;
            if is_short && fitting.len() == events.len() {
                report.caught_up = Some(Instant::now());
            }
        });
        Ok(Next::GoOn)
    }
}

/// How a session goes on after a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    /// A session that begins now can publish more.
    BeginAnew,
}

/// Whether a session that begins now can publish the events before a refused one, or learn which one is refused.
fn leads_further(care: &mut Care, events: &[LogEvent], error: &PublishError) -> bool {
    match (error, events) {
        (PublishError::Refused { position, .. }, [first, .., last]) => {
            care.refused(first.position, last.position, *position)
        }
        (PublishError::Refused { position, .. }, [only]) => {
            care.refused(only.position, only.position, *position)
        }
        _ => false,
    }
}

/// The checkpoint that the session continues from: the last one, or the beginning in a topic without events of this ledger.
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
                "`{}` has records but no checkpoint in `{}`, so they are not known to be ours; publish to another topic, \
                 or delete the one with the records, too: then everything is published again",
                options.kafka.topic,
                options.kafka.checkpoint_topic()
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
    let found = feed::must_follow(feed, before, FeedLimits { events_max: 1, ..FeedLimits::AT_ONCE })?;
    match found.first().map(|last| published.behind(last)) {
        Some(Ok(ours)) if ours == *published => Ok(()),
        Some(Ok(_) | Err(_)) | None => {
            Err(PublishError::OtherHistory { topic: topic(), published: position })
        }
    }
}
