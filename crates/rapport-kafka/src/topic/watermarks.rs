//! Reads the checkpoints of a topic, which say how far all partitions together are.
//!
//! A projector reads some of the partitions, and the events of one transaction lie in many. A checkpoint gives the offset of
//! each partition that belongs to a position: a reader of all partitions up to these offsets has every event up to that
//! position.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use rapport_model::Position;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    types::RDKafkaErrorCode as Code,
};

use crate::{
    Checkpoint, KafkaOptions, PublishError, Stop,
    client::{
        Listening,
        asking::PATIENCE,
        reader::{explained, is_passing, reader},
    },
    topic::ends,
};

/// The most checkpoints in memory. A projector that is further behind updates its position less often.
const KEPT: usize = 4_096;

/// The checkpoints of one topic, as they are written.
pub struct Watermarks {
    consumer: BaseConsumer<Listening>,
    topic: String,
    /// Ascending by position, all of one epoch.
    kept: VecDeque<Checkpoint>,
}

impl Watermarks {
    /// Reads the checkpoints that are there; none when the topic does not exist.
    ///
    /// # Errors
    /// Kafka cannot be reached, the records are no checkpoints, or it is told to stop.
    pub fn open(options: &KafkaOptions, stop: &Stop) -> Result<Self, PublishError> {
        let topic = options.checkpoint_topic();
        let consumer = reader(options).map_err(wrong())?;
        // A consumer would wait for a topic that does not exist.
        let is_there = ends::partitions(&consumer, &topic, stop)?.is_some();
        let mut watermarks = Self { consumer, topic, kept: VecDeque::new() };
        if is_there {
            watermarks.read_all(stop).map_err(|error| explained(&watermarks.consumer, error))?;
        }
        Ok(watermarks)
    }

    fn read_all(&mut self, stop: &Stop) -> Result<(), PublishError> {
        let mut all = TopicPartitionList::new();
        all.add_partition_offset(&self.topic, 0, Offset::Beginning).map_err(wrong())?;
        self.consumer.assign(&all).map_err(wrong())?;
        let mut deadline = Instant::now() + PATIENCE;
        loop {
            match self.next(Duration::from_millis(100))? {
                Next::Checkpoint => deadline = Instant::now() + PATIENCE,
                Next::End => return Ok(()),
                Next::Nothing if stop.is_set() => return Err(PublishError::Stopped),
                Next::Nothing if Instant::now() > deadline => {
                    return Err(wrong()(KafkaError::MessageConsumption(Code::OperationTimedOut)));
                }
                Next::Nothing => {}
            }
        }
    }

    /// Reads the checkpoints that have come since.
    ///
    /// # Errors
    /// As [`Watermarks::open`].
    pub fn refresh(&mut self) -> Result<(), PublishError> {
        while !matches!(self.next(Duration::ZERO)?, Next::Nothing) {}
        Ok(())
    }

    /// The last checkpoint.
    #[must_use]
    pub fn last(&self) -> Option<&Checkpoint> {
        self.kept.back()
    }

    /// Of the checkpoints in memory, the last one at or before a position.
    pub(crate) fn at_most(&self, position: Position) -> Option<&Checkpoint> {
        self.kept.iter().rev().find(|checkpoint| checkpoint.position() <= position)
    }

    /// The position up to which a reader has every event once it has read each partition up to these offsets of the last
    /// epoch. Forgets the checkpoints before it.
    pub fn complete(&mut self, offsets: &[i64]) -> Option<Position> {
        let has = |checkpoint: &Checkpoint| {
            checkpoint.offsets.len() <= offsets.len()
                && checkpoint.offsets.iter().zip(offsets).all(|(needed, read)| needed <= read)
        };
        // From one checkpoint to the next offsets never decrease.
        let reached = self.kept.partition_point(has);
        let last = self.kept.get(reached.checked_sub(1)?)?.position();
        self.kept.drain(..reached - 1);
        Some(last)
    }

    fn next(&mut self, patience: Duration) -> Result<Next, PublishError> {
        match self.consumer.poll(patience) {
            Some(Ok(record)) => {
                let checkpoint = serde_json::from_slice(record.payload().unwrap_or_default());
                let checkpoint = checkpoint.map_err(|error: serde_json::Error| PublishError::Checkpoint {
                    topic: self.topic.clone(),
                    reason: error.to_string(),
                })?;
                drop(record);
                self.keep(checkpoint);
                Ok(Next::Checkpoint)
            }
            Some(Err(KafkaError::PartitionEOF(_))) => Ok(Next::End),
            // The topic was deleted a moment ago.
            Some(Err(error)) if is_no_topic(&error) => Ok(Next::End),
            Some(Err(error)) if !is_passing(&error) => Err(wrong()(error)),
            Some(Err(_)) | None => Ok(Next::Nothing),
        }
    }

    fn keep(&mut self, checkpoint: Checkpoint) {
        match self.kept.back() {
            Some(last) if last.epoch != checkpoint.epoch => self.kept.clear(),
            // A publisher that takes over first repeats the position of the last checkpoint.
            Some(last) if last.position >= checkpoint.position => {
                self.kept.pop_back();
            }
            Some(_) | None => {}
        }
        if self.kept.len() >= KEPT {
            // Every second one goes, so that the rest still covers the whole distance.
            let mut is_even = false;
            self.kept.retain(|_| {
                is_even = !is_even;
                !is_even
            });
        }
        self.kept.push_back(checkpoint);
    }
}

/// The last committed checkpoint, if there is one.
pub(crate) fn last(options: &KafkaOptions, stop: &Stop) -> Result<Option<Checkpoint>, PublishError> {
    Ok(Watermarks::open(options, stop)?.last().cloned())
}

fn wrong() -> impl FnOnce(KafkaError) -> PublishError {
    PublishError::kafka("reading the checkpoints")
}

fn is_no_topic(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition)
    )
}

enum Next {
    Checkpoint,
    End,
    Nothing,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Nothing is asked of a broker: a consumer connects later.
    fn kept(checkpoints: &[(u64, [i64; 2])]) -> Watermarks {
        let (brokers, topic) = ("127.0.0.1:1".to_owned(), "events".to_owned());
        let options = KafkaOptions { brokers, topic, properties: BTreeMap::new() };
        let consumer = reader(&options).unwrap();
        let mut watermarks =
            Watermarks { consumer, topic: options.checkpoint_topic(), kept: VecDeque::new() };
        for (position, offsets) in checkpoints {
            watermarks.keep(Checkpoint {
                ledger_id: "ledger".to_owned(),
                epoch: "one".to_owned(),
                publisher: "publisher".to_owned(),
                position: *position,
                event_id: String::new(),
                recorded_at: String::new(),
                offsets: offsets.to_vec(),
            });
        }
        watermarks
    }

    #[test]
    fn complete_is_what_every_partition_was_read_up_to() {
        let mut watermarks = kept(&[(3, [2, 1]), (7, [5, 3]), (9, [5, 6])]);
        let mut complete = |offsets: [i64; 2]| watermarks.complete(&offsets).map(|position| position.0);
        assert_eq!(complete([9, 0]), None, "one partition is not enough");
        assert_eq!(complete([2, 1]), Some(3));
        assert_eq!(complete([9, 2]), Some(3));
        assert_eq!(complete([5, 5]), Some(7));
        assert_eq!(complete([5, 6]), Some(9));
    }

    #[test]
    fn a_topic_that_was_made_anew_has_none_of_the_checkpoints_before() {
        let mut watermarks = kept(&[(3, [2, 1]), (7, [5, 3])]);
        let anew = Checkpoint { epoch: "two".to_owned(), ..watermarks.last().unwrap().clone() };
        watermarks.keep(Checkpoint { position: 1, offsets: vec![1, 0], ..anew });
        assert_eq!(watermarks.complete(&[9, 9]), Some(Position(1)));
    }
}
