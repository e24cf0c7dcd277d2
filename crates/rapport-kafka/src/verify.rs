//! Whether a topic is the log, as readers of committed records see it.
//!
//! Each partition is read in its own order; the record with the smallest position among their heads is held against
//! the log, which is read in order. So memory does not grow with the topic: what is kept are the places that were
//! missing so far, as ranges.

mod compare;
mod fault;
mod heads;
mod ranges;

use std::time::{Duration, Instant};

use rapport_model::Position;
use rdkafka::{consumer::Consumer, error::KafkaError, types::RDKafkaErrorCode as Code};

pub use fault::{TopicFault, TopicFaultKind, TopicVerification};

use crate::{
    Feed, FeedLimits, KafkaOptions, LogEvent, PublishError,
    checkpoint::{self, reader},
    partitions::partition_of,
    record, topic,
};
use compare::Expected;
use heads::{Head, Heads};
use ranges::Ranges;

/// What is read of the log at once.
const LIMITS: FeedLimits = FeedLimits { events_max: 10_000, bytes_max: 8 << 20 };
/// How long the log may have nothing to say.
const PATIENCE: Duration = Duration::from_secs(30);

/// Compares a topic with the log, up to the last committed checkpoint of this moment. `progress` is told how far it is,
/// and how far it goes.
///
/// # Errors
/// Kafka or the log cannot be read, or the topic is another ledger's.
pub fn verify_topic(
    kafka: &KafkaOptions,
    ledger_id: &str,
    feed: &mut impl Feed,
    mut progress: impl FnMut(Position, Position),
) -> Result<TopicVerification, PublishError> {
    let mut comparison = Comparison::begin(kafka, ledger_id, feed)?;
    let until = comparison.found.until;
    let (mut at, mut heard) = (Position::START, Instant::now());
    while at < until {
        progress(at, until);
        let events = feed.next(at, LIMITS, Duration::from_secs(1)).map_err(PublishError::Feed)?;
        for event in events.iter().take_while(|event| event.position <= until) {
            comparison.take(event)?;
            (at, heard) = (event.position, Instant::now());
        }
        if heard.elapsed() > PATIENCE {
            let silent = format!("it has nothing after position `{at}`, and was published up to `{until}`");
            return Err(PublishError::Feed(silent.into()));
        }
    }
    comparison.finish()
}

/// A comparison under way.
struct Comparison {
    heads: Heads,
    source: String,
    /// By which the partition of a key is told.
    partitions: usize,
    /// By partition, what is before the first record that is left.
    deleted_before: Vec<Option<Position>>,
    missing: Ranges,
    deleted: Ranges,
    found: TopicVerification,
}

impl Comparison {
    fn begin(kafka: &KafkaOptions, ledger_id: &str, feed: &mut impl Feed) -> Result<Self, PublishError> {
        let client = reader(kafka).map_err(PublishError::kafka("reading the topic"))?;
        let heard = |error| checkpoint::explained(&client, error);
        let name = &kafka.topic;
        let missing =
            || PublishError::Topic(format!("there is no topic `{name}`; was anything published to it?"));
        let now = topic::partitions(client.client(), name).map_err(heard)?.ok_or_else(missing)?;
        let last = checkpoint::last(kafka)?;
        let watermarks = topic::watermarks(client.client(), name, now).map_err(heard)?;
        // After the topic's ends: what is before them is in the log.
        let head = feed.head().map_err(PublishError::Feed)?;
        if let Some(last) = &last
            && last.ledger_id != ledger_id
        {
            let (found, ledger) = (last.ledger_id.clone(), ledger_id.to_owned());
            return Err(PublishError::OtherLedger { topic: name.clone(), found, ledger });
        }
        let until = last.as_ref().map_or(Position::START, checkpoint::Checkpoint::position);
        if until > head {
            return Err(PublishError::LedgerBehind { topic: name.clone(), published: until, head });
        }
        let heads = Heads::open(kafka, &watermarks, head)?;
        let first = |partition: usize, low: i64| (low > 0).then(|| heads.first_position(partition));
        let firsts = watermarks.iter().enumerate().map(|(partition, (low, _))| first(partition, *low));
        let deleted_before = firsts.map(|first| first.map(|first| first.unwrap_or(Position(u64::MAX))));
        Ok(Self {
            deleted_before: deleted_before.collect(),
            source: record::source(ledger_id),
            partitions: last.map_or(now, |last| last.offsets.len()),
            missing: Ranges::default(),
            deleted: Ranges::default(),
            found: TopicVerification { until, ..TopicVerification::default() },
            heads,
        })
    }

    /// Holds the topic against the next event of the log.
    fn take(&mut self, event: &LogEvent) -> Result<(), PublishError> {
        while let Some(position) = self.heads.smallest().filter(|position| *position <= event.position) {
            let Some(head) = self.heads.pop()? else { break };
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
        if is_deleted {
            self.deleted.add(event.position)
        } else {
            self.missing.add(event.position)
        }
        Ok(())
    }

    /// A record behind its place: what is none of ours comes as position 0.
    fn late(&mut self, head: Head) {
        let (kind, detail) = match &head.position {
            Err(reason) => (TopicFaultKind::Foreign, (*reason).to_owned()),
            Ok(position) if self.missing.remove(*position) || self.deleted.remove(*position) => {
                (TopicFaultKind::OutOfOrder, "it comes after events that follow it".to_owned())
            }
            Ok(_) => (TopicFaultKind::Twice, "it was there before".to_owned()),
        };
        self.found.add(head.fault(kind, detail));
    }

    /// What is left in the topic: late records, and what was published since the checkpoint.
    fn finish(mut self) -> Result<TopicVerification, PublishError> {
        while let Some(head) = self.heads.pop()? {
            match &head.position {
                Ok(position) if *position > self.found.until => {}
                Ok(_) | Err(_) => {
                    self.found.records += 1;
                    self.late(head);
                }
            }
        }
        self.found.take_ranges(&self.missing, &self.deleted);
        Ok(self.found)
    }
}

/// Nothing came where something must.
fn silence() -> PublishError {
    PublishError::kafka("reading the topic")(KafkaError::MessageConsumption(Code::OperationTimedOut))
}
