//! Reads the committed records behind the last checkpoint of a topic. Usually there are none.
//!
//! Kafka orders the requests of one connection, but not those of two connections. When a connection breaks, the client
//! sends a commit again on another one, and the first commit may arrive late. It then ends a *later* transaction of the
//! same producer: readers see events without their checkpoint, and the broker refuses what the producer writes next
//! (KAFKA-17754). The client repeats a commit without telling the program, so the program cannot prevent this. The next
//! session has a new epoch, so late requests of earlier sessions have no effect on it. It treats the events that it finds
//! behind the checkpoint as published and does not publish them again.
//!
//! The records of one producer keep their order within a partition. The events found in a partition are therefore the
//! first ones of that partition that follow the checkpoint. If they are not, another program has written them, and the
//! session publishes nothing, because any further event could bring a key out of order.

use std::collections::{BTreeMap, VecDeque};

use rapport_model::Position;
use rdkafka::Message;

use crate::{
    Checkpoint, Feed, FeedLimits, LogEvent, PublishError, PublisherOptions, Stop,
    client::reader::reader,
    feed,
    read::merged::{Front, Merged, Stretch},
    topic::{ends, partitions::partition_of, record},
};

/// The most events beyond a gap that are kept in memory, which is ten times the most of one transaction.
const FOUND_MAX: usize = 100_000;

/// How far the topic is, including the records behind its checkpoint.
#[derive(Debug)]
pub(super) struct Behind {
    /// The last checkpoint, moved over the events that follow it without a gap.
    pub checkpoint: Checkpoint,
    /// The events beyond a gap.
    pub found: Found,
    /// Warnings about records that do not belong there.
    pub warnings: Vec<String>,
}

/// Events that are published, with their partitions and offsets.
#[derive(Debug, Default)]
pub(super) struct Found(BTreeMap<u64, (usize, i64)>);

impl Found {
    /// Whether the event at a position is one of them.
    pub(super) fn has(&self, position: Position) -> bool {
        self.0.contains_key(&position.0)
    }

    /// Moves the ends of the partitions behind those that a checkpoint includes, and behind no other: a session that
    /// begins there has to find these again.
    pub(super) fn advance(&self, checkpoint: &mut Checkpoint) {
        for (partition, offset) in self.0.range(..=checkpoint.position).map(|(_, place)| *place) {
            if let Some(end) = checkpoint.offsets.get_mut(partition) {
                *end = (*end).max(offset + 1);
            }
        }
    }

    /// Forgets those that a committed checkpoint includes.
    pub(super) fn forget(&mut self, checkpoint: &Checkpoint) {
        self.0 = self.0.split_off(&(checkpoint.position + 1));
    }
}

/// Reads the committed records behind a checkpoint, up to these ends, and compares them with the log. Call it once earlier
/// producers of the topic can no longer end a transaction.
pub(super) fn read(
    options: &PublisherOptions,
    last: Checkpoint,
    ends: &[i64],
    feed: &mut impl Feed,
    stop: &Stop,
) -> Result<Behind, PublishError> {
    let stretches = stretches(options, &last, ends, stop)?;
    let is_nothing = stretches.iter().all(|stretch| stretch.from >= stretch.end);
    let mut walk = Walk::new(options, last, feed)?;
    if !is_nothing {
        let mut merged = Merged::open(&options.kafka, &stretches, Position(u64::MAX), stop)?;
        while let Some(front) = merged.pop()? {
            walk.take(&front)?;
        }
    }
    Ok(walk.end())
}

/// The stretches from the checkpoint's offsets to the ends, once every transaction before the ends has ended.
fn stretches(
    options: &PublisherOptions,
    last: &Checkpoint,
    ends: &[i64],
    stop: &Stop,
) -> Result<Vec<Stretch>, PublishError> {
    let client = reader(&options.kafka).map_err(PublishError::kafka("reading behind the checkpoint"))?;
    let decided = ends::decided(&options.kafka, &client, ends, stop)?;
    let stretch = |(known, (low, end)): (&i64, (i64, i64))| {
        let from = low.max(*known);
        // The mark at the end of the checkpoint's own transaction takes one offset; another transaction takes at least
        // two.
        Stretch { from: if end - from < 2 { end } else { from }, end }
    };
    Ok(last.offsets.iter().zip(decided).map(stretch).collect())
}

/// Compares the records behind the checkpoint, in the order of their positions, with the log.
struct Walk<'a, F> {
    options: &'a PublisherOptions,
    feed: &'a mut F,
    /// The end of the log.
    head: Position,
    /// Events of the log that were read and not compared yet.
    ahead: VecDeque<LogEvent>,
    /// The last event of the log that was compared.
    at: Position,
    /// For each partition, the first event that the topic lacks.
    missing: Vec<Option<Position>>,
    foreign: u64,
    repeated: u64,
    behind: Behind,
}

impl<'a, F: Feed> Walk<'a, F> {
    fn new(options: &'a PublisherOptions, last: Checkpoint, feed: &'a mut F) -> Result<Self, PublishError> {
        let head = feed.head().map_err(PublishError::Feed)?;
        let (at, missing) = (last.position(), vec![None; last.offsets.len()]);
        let behind = Behind { checkpoint: last, found: Found::default(), warnings: Vec::new() };
        Ok(Self { options, feed, head, ahead: VecDeque::new(), at, missing, foreign: 0, repeated: 0, behind })
    }

    fn take(&mut self, front: &Front) -> Result<(), PublishError> {
        let topic = || self.options.kafka.topic.clone();
        let Ok(position) = front.position else {
            self.foreign += 1;
            return Ok(());
        };
        if position > self.head {
            return Err(PublishError::LedgerBehind { topic: topic(), published: position, head: self.head });
        }
        if position <= self.at {
            let is_there = position <= self.behind.checkpoint.position() || self.behind.found.has(position);
            self.repeated += 1;
            return if is_there { Ok(()) } else { Err(self.disorder(front, position)) };
        }
        let event = self.go_to(position)?;
        let of = |event: &LogEvent| self.behind.checkpoint.behind(event).ok();
        let there = record::read(&front.record).ok();
        let ours = of(&event);
        if ours.is_none() || there.as_ref().and_then(of) != ours {
            return Err(PublishError::OtherHistory { topic: topic(), published: position });
        }
        let partition = self.partition(&event)?;
        let is_missing = self.missing.get(partition).copied().flatten().is_some();
        if is_missing || usize::try_from(front.record.partition()) != Ok(partition) {
            return Err(self.disorder(front, position));
        }
        let place = (partition, front.record.offset());
        let is_whole = self.missing.iter().all(Option::is_none);
        match ours.filter(|_| is_whole) {
            Some(mut checkpoint) => {
                if let Some(end) = checkpoint.offsets.get_mut(partition) {
                    *end = place.1 + 1;
                }
                self.behind.checkpoint = checkpoint;
            }
            None => drop(self.behind.found.0.insert(position.0, place)),
        }
        if self.behind.found.0.len() > FOUND_MAX {
            return Err(PublishError::Topic(format!(
                "`{}` has more than {FOUND_MAX} events beyond one that it lacks, behind its checkpoint at position \
                 `{}`: more than a transaction leaves; publish to another topic, whose readers begin anew",
                self.options.kafka.topic, self.behind.checkpoint.position
            )));
        }
        Ok(())
    }

    /// The event of the log at a position. The topic lacks the events before it that were not compared yet.
    fn go_to(&mut self, position: Position) -> Result<LogEvent, PublishError> {
        loop {
            let Some(event) = self.ahead.pop_front() else {
                self.ahead.extend(feed::must_follow(self.feed, self.at, FeedLimits::AT_ONCE)?);
                continue;
            };
            self.at = event.position;
            if event.position >= position {
                return Ok(event);
            }
            let partition = self.partition(&event)?;
            if let Some(missing) = self.missing.get_mut(partition) {
                missing.get_or_insert(event.position);
            }
        }
    }

    fn partition(&self, event: &LogEvent) -> Result<usize, PublishError> {
        let key = record::key(event).map_err(|_| PublishError::NotAnEvent { position: event.position })?;
        Ok(usize::try_from(partition_of(key.as_bytes(), self.missing.len())).unwrap_or_default())
    }

    fn disorder(&self, front: &Front, position: Position) -> PublishError {
        PublishError::Topic(format!(
            "`{}` has the event at position `{position}` in partition `{}` at offset `{}`, where it cannot be followed \
             by what is yet to be published: some other program has written it; publish to another topic, whose \
             readers begin anew",
            self.options.kafka.topic,
            front.record.partition(),
            front.record.offset()
        ))
    }

    fn end(mut self) -> Behind {
        let topic = &self.options.kafka.topic;
        if self.foreign > 0 {
            self.behind.warnings.push(format!(
                "`{topic}` has {} records behind its checkpoint that are not events of this ledger: some other program \
                 writes to it; give it a topic of its own",
                self.foreign
            ));
        }
        if self.repeated > 0 {
            self.behind.warnings.push(format!(
                "`{topic}` has {} records of events that were there before: `rapport publish --verify` says which",
                self.repeated
            ));
        }
        let (position, beyond) = (self.behind.checkpoint.position, self.behind.found.0.len());
        if self.at > self.behind.checkpoint.position() || beyond > 0 {
            tracing::debug!(target: "rapport::kafka", topic, position, beyond, "a gap behind the checkpoint");
        }
        self.behind
    }
}
