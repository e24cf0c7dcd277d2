//! Whether a topic is the log, as readers of committed records see it.
//!
//! Each partition is read in its own order, and the record with the smallest position among the next ones is compared with
//! the log, which is read in order. Memory does not grow with the topic: only the missing positions are kept, as ranges.
//!
//! Up to the last checkpoint no event may be missing. An event behind it that the topic lacks is unpublished, which is not a
//! fault. An event behind it that the topic has must be the log's, be there once, and be in order.

mod compare;
mod fault;
mod ranges;
pub(crate) mod verifier;

use std::time::{Duration, Instant};

use rapport_model::Position;

pub use fault::{TopicFault, TopicFaultKind, TopicVerification};

use crate::{
    Feed, FeedLimits, KafkaOptions, LogEvent, PublishError, Stop,
    client::reader::reader,
    read::merged::{Front, Merged, Stretch},
    topic::{ends, partitions::partition_of, record, watermarks},
};
use compare::Expected;
use ranges::Ranges;

/// The longest time that the log may deliver no event.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a topic is compared with, besides the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whose events they are.
    pub ledger_id: String,
    /// The position that the publisher gave before the comparison, where it can be asked.
    pub published: Option<Position>,
}

/// Compares a topic with the log. Calls `progress` with the position so far and the last one.
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
        let events =
            feed.next(at, FeedLimits::AT_ONCE, Duration::from_secs(1)).map_err(PublishError::Feed)?;
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
    /// How many partitions the topic has, which decides on the partition of a key.
    partitions: usize,
    /// For each partition from whose beginning records were deleted, the position of its first record.
    deleted_before: Vec<Option<Position>>,
    missing: Ranges,
    /// Positions behind the checkpoint that the topic lacks.
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
        let name = &kafka.topic;
        let missing =
            || PublishError::Topic(format!("there is no topic `{name}`; was anything published to it?"));
        let now = ends::partitions(&client, name, stop)?.ok_or_else(missing)?;
        let last = watermarks::last(kafka, stop)?.ok_or_else(|| without_checkpoint(kafka))?;
        let watermarks = ends::decided_up_to(Some(&last), kafka, &client, now, stop)?;
        // The head is read after the topic's ends, so the log has every event before them.
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

    /// Compares the topic with the next event of the log.
    fn take(&mut self, event: &LogEvent) -> Result<(), PublishError> {
        while let Some(position) = self.merged.smallest().filter(|position| *position <= event.position) {
            let Some(front) = self.merged.pop()? else { break };
            self.found.records += 1;
            if position < event.position {
                self.late(front);
                continue;
            }
            let not_an_event = |_| PublishError::NotAnEvent { position: event.position };
            let expected =
                Expected::new(event, &self.source, self.partitions, &front).map_err(not_an_event)?;
            if let Some(difference) = expected.difference(&front) {
                self.found.add(front.fault(TopicFaultKind::Different, difference));
            }
            return Ok(());
        }
        self.absent(event)
    }

    /// Counts an event that the topic lacks at this place.
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

    /// Counts a record behind its place. A record that is not an event comes as position 0.
    fn late(&mut self, front: Front) {
        let (kind, detail) = match &front.position {
            Err(reason) => (TopicFaultKind::Foreign, (*reason).to_owned()),
            Ok(position) if self.was_missed(*position) => {
                (TopicFaultKind::OutOfOrder, "it comes after events that follow it".to_owned())
            }
            Ok(_) => (TopicFaultKind::Twice, "it was there before".to_owned()),
        };
        self.found.add(front.fault(kind, detail));
    }

    /// Whether the event was counted as absent before; it no longer is.
    fn was_missed(&mut self, position: Position) -> bool {
        self.missing.remove(position) || self.unpublished.remove(position) || self.deleted.remove(position)
    }

    /// Counts the records that are left as late. The log was read up to `at`.
    fn finish(mut self, at: Position) -> Result<TopicVerification, PublishError> {
        while let Some(front) = self.merged.pop()? {
            self.found.records += 1;
            self.late(front);
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
