//! Whether a topic is the log, as readers of committed records see it.
//!
//! Each partition is read in its own order; the record with the smallest position among their heads is held against
//! the log, which is read in order. So memory does not grow with the topic: what is kept are the places that were
//! missing so far, as ranges.
//!
//! Up to the last checkpoint everything must be there. What lies behind it is on its way: an event that is not there is
//! unpublished, which is no fault; one that is there must be so once, in order, and the log's.

mod compare;
mod fault;
mod ranges;

use std::time::{Duration, Instant};

use rapport_model::Position;
use rdkafka::consumer::Consumer;

pub use fault::{TopicFault, TopicFaultKind, TopicVerification};

use crate::{
    Feed, FeedLimits, KafkaOptions, LogEvent, PublishError, Stop,
    checkpoint::{self, reader},
    merged::{Head, Merged, Stretch},
    partitions::partition_of,
    record, topic,
};
use compare::Expected;
use ranges::Ranges;

/// What is read of the log at once.
const LIMITS: FeedLimits = FeedLimits { events_max: 10_000, bytes_max: 8 << 20 };
/// How long the log may have nothing to say.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a topic is held against, besides the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whose events they are.
    pub ledger_id: String,
    /// What the publisher says to have published before the comparison, where it can be asked.
    pub published: Option<Position>,
}

/// Compares a topic with the log. `progress` is told how far it is, and how far it goes.
///
/// # Errors
/// Kafka or the log cannot be read, there is no checkpoint, the topic is another ledger's, or it is told to stop.
pub fn verify_topic(
    kafka: &KafkaOptions,
    claims: &Claims,
    feed: &mut impl Feed,
    stop: &Stop,
    mut progress: impl FnMut(Position, Position),
) -> Result<TopicVerification, PublishError> {
    let mut comparison = Comparison::begin(kafka, claims, feed, stop)?;
    let (until, head) = (comparison.found.until, comparison.found.head);
    let (mut at, mut heard) = (Position::START, Instant::now());
    while at < until || (at < head && comparison.merged.smallest().is_some()) {
        if stop.is_set() {
            return Err(PublishError::Stopped);
        }
        progress(at, until);
        let events = feed.next(at, LIMITS, Duration::from_secs(1)).map_err(PublishError::Feed)?;
        for event in events.iter().take_while(|event| event.position <= head) {
            comparison.take(event)?;
            (at, heard) = (event.position, Instant::now());
        }
        if heard.elapsed() > PATIENCE {
            let silent = format!("it has nothing after position `{at}`, and ended at `{head}`");
            return Err(PublishError::Feed(silent.into()));
        }
    }
    comparison.finish(at)
}

/// A comparison under way.
struct Comparison {
    merged: Merged,
    source: String,
    /// By which the partition of a key is told.
    partitions: usize,
    /// By partition, what is before the first record that is left.
    deleted_before: Vec<Option<Position>>,
    missing: Ranges,
    /// What is missing behind the checkpoint.
    unpublished: Ranges,
    deleted: Ranges,
    found: TopicVerification,
}

impl Comparison {
    fn begin(
        kafka: &KafkaOptions,
        claims: &Claims,
        feed: &mut impl Feed,
        stop: &Stop,
    ) -> Result<Self, PublishError> {
        let client = reader(kafka).map_err(PublishError::kafka("reading the topic"))?;
        let heard = |error| checkpoint::explained(&client, error);
        let name = &kafka.topic;
        let missing =
            || PublishError::Topic(format!("there is no topic `{name}`; was anything published to it?"));
        let now = topic::partitions(client.client(), name, stop).map_err(heard)?.ok_or_else(missing)?;
        let last = checkpoint::last(kafka, stop)?.ok_or_else(|| without_checkpoint(kafka))?;
        let watermarks = topic::watermarks(client.client(), name, now, stop).map_err(heard)?;
        // After the topic's ends: what is before them is in the log.
        let head = feed.head().map_err(PublishError::Feed)?;
        if last.ledger_id != claims.ledger_id {
            let (found, ledger) = (last.ledger_id, claims.ledger_id.clone());
            return Err(PublishError::OtherLedger { topic: name.clone(), found, ledger });
        }
        let until = last.position();
        if until > head {
            return Err(PublishError::LedgerBehind { topic: name.clone(), published: until, head });
        }
        let stretches: Vec<_> =
            watermarks.iter().map(|(low, end)| Stretch { from: *low, end: *end }).collect();
        let merged = Merged::open(kafka, &stretches, head, stop)?;
        let first = |partition: usize, low: i64| (low > 0).then(|| merged.first_position(partition));
        let firsts = watermarks.iter().enumerate().map(|(partition, (low, _))| first(partition, *low));
        let deleted_before = firsts.map(|first| first.map(|first| first.unwrap_or(Position(u64::MAX))));
        let mut found = TopicVerification { until, head, ..TopicVerification::default() };
        if let Some(published) = claims.published.filter(|published| *published > until) {
            found.add(fault::behind(until, published));
        }
        Ok(Self {
            deleted_before: deleted_before.collect(),
            source: record::source(&claims.ledger_id),
            partitions: last.offsets.len(),
            missing: Ranges::default(),
            unpublished: Ranges::default(),
            deleted: Ranges::default(),
            found,
            merged,
        })
    }

    /// Holds the topic against the next event of the log.
    fn take(&mut self, event: &LogEvent) -> Result<(), PublishError> {
        while let Some(position) = self.merged.smallest().filter(|position| *position <= event.position) {
            let Some(head) = self.merged.pop()? else { break };
            self.found.records += 1;
            if position < event.position {
                self.late(head);
                continue;
            }
            let not_an_event = |_| PublishError::NotAnEvent { position: event.position };
            let expected =
                Expected::new(event, &self.source, self.partitions, &head).map_err(not_an_event)?;
            if let Some(difference) = expected.difference(&head) {
                self.found.add(head.fault(TopicFaultKind::Different, difference));
            }
            return Ok(());
        }
        self.absent(event)
    }

    /// An event that no head has.
    fn absent(&mut self, event: &LogEvent) -> Result<(), PublishError> {
        let is_deleted = self.deleted_before.iter().any(Option::is_some) && {
            let key =
                record::key(event).map_err(|_| PublishError::NotAnEvent { position: event.position })?;
            let partition =
                usize::try_from(partition_of(key.as_bytes(), self.partitions)).unwrap_or_default();
            let first = self.deleted_before.get(partition).copied().flatten();
            first.is_some_and(|first| event.position < first)
        };
        match is_deleted {
            true => self.deleted.add(event.position),
            false if event.position > self.found.until => self.unpublished.add(event.position),
            false => self.missing.add(event.position),
        }
        Ok(())
    }

    /// A record behind its place: what is none of ours comes as position 0.
    fn late(&mut self, head: Head) {
        let (kind, detail) = match &head.position {
            Err(reason) => (TopicFaultKind::Foreign, (*reason).to_owned()),
            Ok(position) if self.was_missed(*position) => {
                (TopicFaultKind::OutOfOrder, "it comes after events that follow it".to_owned())
            }
            Ok(_) => (TopicFaultKind::Twice, "it was there before".to_owned()),
        };
        self.found.add(head.fault(kind, detail));
    }

    /// Whether it is one that was looked for before.
    fn was_missed(&mut self, position: Position) -> bool {
        self.missing.remove(position) || self.unpublished.remove(position) || self.deleted.remove(position)
    }

    /// What is left in the topic is late; the log was read up to `at`.
    fn finish(mut self, at: Position) -> Result<TopicVerification, PublishError> {
        while let Some(head) = self.merged.pop()? {
            self.found.records += 1;
            self.late(head);
        }
        let unread = self.found.head.0.saturating_sub(at.0);
        self.found.unpublished = self.unpublished.count() + unread;
        self.found.take_ranges(&self.missing, &self.deleted);
        Ok(self.found)
    }
}

fn without_checkpoint(kafka: &KafkaOptions) -> PublishError {
    let (topic, checkpoints) = (&kafka.topic, kafka.checkpoint_topic());
    PublishError::Topic(format!(
        "`{checkpoints}` has no checkpoint, so it is not known up to where `{topic}` is published; if it was deleted, \
         publish to another topic, or delete `{topic}` as well: then everything is published again"
    ))
}
