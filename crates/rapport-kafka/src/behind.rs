//! What is in the topic behind its last checkpoint. Usually nothing is.
//!
//! Kafka orders the requests of one connection, and not those of two. A commit that is late (its connection broke, and
//! the client has sent it again by another one) ends a *later* transaction of the same producer: events are seen without
//! the checkpoint that belongs to them, and what the producer writes then is refused (KAFKA-17754). The client repeats a
//! commit by itself and does not tell, so this cannot be prevented; but when the next session begins, with a new epoch,
//! nothing old can end anything any more. What is there then is published, and is left out.
//!
//! In one partition the events that are there are the first of those that follow the checkpoint, because a producer's
//! records keep their order. Where that is not so, some other program has written them: nothing is published, since
//! whatever would be, a key would be out of order.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rdkafka::{Message, consumer::Consumer};

use crate::{
    Checkpoint, Feed, FeedLimits, LogEvent, PublishError, PublisherOptions, Stop,
    asking::PATIENCE,
    checkpoint::{explained, reader},
    merged::{Head, Merged, Stretch},
    partitions::partition_of,
    record, topic,
};

/// What is read of the log at once.
const LIMITS: FeedLimits = FeedLimits { events_max: 10_000, bytes_max: 8 << 20 };
/// An event that is there comes so soon.
const ANSWER: Duration = Duration::from_secs(10);
/// Between two looks whether a transaction has ended.
const STEP: Duration = Duration::from_millis(100);
/// Events beyond a gap that are kept in mind: one transaction has a tenth of it.
const FOUND_MAX: usize = 100_000;

/// How far the topic is, its records counted as well.
#[derive(Debug)]
pub struct Behind {
    /// The last checkpoint, moved over the events that follow it without a gap.
    pub checkpoint: Checkpoint,
    /// The events beyond a gap.
    pub found: Found,
    /// What does not belong there.
    pub warnings: Vec<String>,
}

/// Events that are published, with their partitions and offsets.
#[derive(Debug, Default)]
pub struct Found(BTreeMap<u64, (usize, i64)>);

impl Found {
    /// Whether the event at a position is one of them.
    pub fn has(&self, position: Position) -> bool {
        self.0.contains_key(&position.0)
    }

    /// Moves the ends of the partitions behind those that a checkpoint includes, and behind no other: a session that
    /// begins there has to find these again.
    pub fn advance(&self, checkpoint: &mut Checkpoint) {
        for (partition, offset) in self.0.range(..=checkpoint.position).map(|(_, place)| *place) {
            if let Some(end) = checkpoint.offsets.get_mut(partition) {
                *end = (*end).max(offset + 1);
            }
        }
    }

    /// Forgets those that a committed checkpoint includes.
    pub fn forget(&mut self, checkpoint: &Checkpoint) {
        self.0 = self.0.split_off(&(checkpoint.position + 1));
    }
}

/// Reads what is committed behind a checkpoint, up to these ends, and holds it against the log. Whoever had the topic
/// before can end no transaction any more.
pub fn read(
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
        while let Some(head) = merged.pop()? {
            walk.take(&head)?;
        }
    }
    Ok(walk.end())
}

/// From the checkpoint's offsets to the ends, once all that is before these is decided.
fn stretches(
    options: &PublisherOptions,
    last: &Checkpoint,
    ends: &[i64],
    stop: &Stop,
) -> Result<Vec<Stretch>, PublishError> {
    let name = &options.kafka.topic;
    let client = reader(&options.kafka).map_err(PublishError::kafka("reading behind the checkpoint"))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let decided = topic::watermarks(client.client(), name, ends.len(), stop);
        let decided = decided.map_err(|error| explained(&client, error))?;
        let open = decided.iter().zip(ends).position(|((_, decided), end)| decided < end);
        let Some(partition) = open else {
            let stretch = |(known, (low, end)): (&i64, (i64, i64))| {
                let from = low.max(*known);
                // One offset is the mark at the end of the checkpoint's own transaction; another one takes two at least.
                Stretch { from: if end - from < 2 { end } else { from }, end }
            };
            return Ok(last.offsets.iter().zip(decided).map(stretch).collect());
        };
        if Instant::now() > deadline {
            return Err(PublishError::Topic(format!(
                "another producer has a transaction open in partition `{partition}` of `{name}`: readers wait for it, \
                 and what is behind it cannot be told; it ends by itself, or by `kafka-transactions.sh abort`"
            )));
        }
        stop.wait(STEP);
    }
}

/// The records behind the checkpoint, in the order of their positions, beside the log.
struct Walk<'a, F> {
    options: &'a PublisherOptions,
    feed: &'a mut F,
    /// The end of the log.
    head: Position,
    /// Read and not looked at yet.
    ahead: VecDeque<LogEvent>,
    /// The last event of the log that was looked at.
    at: Position,
    /// The first event of each partition that is not there.
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

    fn take(&mut self, head: &Head) -> Result<(), PublishError> {
        let topic = || self.options.kafka.topic.clone();
        let Ok(position) = head.position else {
            self.foreign += 1;
            return Ok(());
        };
        if position > self.head {
            return Err(PublishError::LedgerBehind { topic: topic(), published: position, head: self.head });
        }
        if position <= self.at {
            let is_there = position <= self.behind.checkpoint.position() || self.behind.found.has(position);
            self.repeated += 1;
            return if is_there { Ok(()) } else { Err(self.disorder(head, position)) };
        }
        let event = self.go_to(position)?;
        let of = |event: &LogEvent| self.behind.checkpoint.behind(event).ok();
        let there = record::read(&head.record).ok();
        let ours = of(&event);
        if ours.is_none() || there.as_ref().and_then(of) != ours {
            return Err(PublishError::OtherHistory { topic: topic(), published: position });
        }
        let partition = self.partition(&event)?;
        let is_missing = self.missing.get(partition).copied().flatten().is_some();
        if is_missing || usize::try_from(head.record.partition()) != Ok(partition) {
            return Err(self.disorder(head, position));
        }
        let place = (partition, head.record.offset());
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

    /// The event of the log at a position; those before it that were not looked at are not in the topic.
    fn go_to(&mut self, position: Position) -> Result<LogEvent, PublishError> {
        loop {
            let Some(event) = self.ahead.pop_front() else {
                let read = self.feed.next(self.at, LIMITS, ANSWER).map_err(PublishError::Feed)?;
                if read.is_empty() {
                    let silent =
                        format!("the ledger does not give its event at position `{}`", self.at.next());
                    return Err(PublishError::Feed(silent.into()));
                }
                self.ahead.extend(read);
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

    fn disorder(&self, head: &Head, position: Position) -> PublishError {
        PublishError::Topic(format!(
            "`{}` has the event at position `{position}` in partition `{}` at offset `{}`, where it cannot be followed \
             by what is yet to be published: some other program has written it; publish to another topic, whose \
             readers begin anew",
            self.options.kafka.topic,
            head.record.partition(),
            head.record.offset()
        ))
    }

    fn end(mut self) -> Behind {
        let topic = &self.options.kafka.topic;
        if self.foreign > 0 {
            self.behind.warnings.push(format!(
                "`{topic}` has {} records behind its checkpoint that are no events of this ledger: some other program \
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
