//! The partitions of a topic as one sequence by position: each is read in its own order, and the record with the
//! smallest position among the next ones of all partitions comes first. Memory does not grow with the topic.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use rapport_model::Position;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer, base_consumer::PartitionQueue},
    error::KafkaError,
    message::{BorrowedMessage, OwnedMessage},
    types::RDKafkaErrorCode as Code,
};

use crate::{
    KafkaOptions, PublishError, Stop,
    client::{
        Listening,
        reader::{DRAIN, is_passing, reader_config},
    },
    topic::record,
};

/// The longest time that a partition with more records may deliver none.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much is read ahead of all partitions together.
const AHEAD_KILOBYTES: usize = 64 << 10;

/// The next record of a partition.
pub(crate) struct Front {
    pub record: OwnedMessage,
    /// The event's position, or why the record is not an event of this log.
    pub position: Result<Position, &'static str>,
}

/// A partition that is being read.
struct Partition {
    /// `None` for a partition without records to read.
    queue: Option<PartitionQueue<Listening>>,
    /// Records that the consumer received before this partition's queue was split off, in order.
    early: VecDeque<Next>,
    /// Behind the last record to read.
    end: i64,
    front: Option<Front>,
}

/// The next record of a partition, or its end.
enum Next {
    Record(Box<OwnedMessage>),
    End,
}

/// The part of a partition that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The first offset.
    pub from: i64,
    /// The offset behind the last one. All transactions before it have ended.
    pub end: i64,
}

/// All partitions.
pub(crate) struct Merged {
    consumer: Arc<BaseConsumer<Listening>>,
    partitions: Vec<Partition>,
    /// The position of the next record of each partition, and the partition. A record that is not an event comes first, as
    /// position 0.
    order: BinaryHeap<Reverse<(Position, usize)>>,
    /// A record with a later position is not an event of this log.
    last: Position,
    stop: Stop,
}

impl Merged {
    /// Reads these stretches, the first one of partition 0.
    pub(crate) fn open(
        kafka: &KafkaOptions,
        stretches: &[Stretch],
        last: Position,
        stop: &Stop,
    ) -> Result<Self, PublishError> {
        let wrong = || PublishError::kafka("reading the topic");
        let ahead = (AHEAD_KILOBYTES / stretches.len().max(1)).clamp(1 << 10, AHEAD_KILOBYTES);
        let mut config = reader_config(kafka);
        config.set("queued.max.messages.kbytes", ahead.to_string());
        config.set("queued.min.messages", "10000");
        let consumer: BaseConsumer<Listening> =
            config.create_with_context(Listening::default()).map_err(wrong())?;
        let consumer = Arc::new(consumer);
        let mut all = TopicPartitionList::new();
        let read = || (0..).zip(stretches).filter(|(_, stretch)| stretch.from < stretch.end);
        for (number, stretch) in read() {
            all.add_partition_offset(&kafka.topic, number, Offset::Offset(stretch.from)).map_err(wrong())?;
        }
        consumer.assign(&all).map_err(wrong())?;
        let unread = |stretch: &Stretch| Partition {
            queue: None,
            early: VecDeque::new(),
            end: stretch.end,
            front: None,
        };
        let mut partitions: Vec<_> = stretches.iter().map(unread).collect();
        for (partition, (number, stretch)) in partitions.iter_mut().zip((0..).zip(stretches)) {
            if stretch.from < stretch.end {
                let queue = consumer.split_partition_queue(&kafka.topic, number).ok_or_else(silence)?;
                partition.queue = Some(queue);
            }
        }
        let mut merged = Self { consumer, partitions, order: BinaryHeap::new(), last, stop: stop.clone() };
        if all.count() > 0 {
            merged.sort_early()?;
        }
        for partition in 0..merged.partitions.len() {
            merged.advance(partition)?;
        }
        Ok(merged)
    }

    /// Puts the records that came through the main queue in front of those in the partitions' own queues.
    fn sort_early(&mut self) -> Result<(), PublishError> {
        while let Some(came) = self.consumer.poll(DRAIN) {
            self.check()?;
            let (number, next) = match came {
                Ok(record) => (record.partition(), Next::Record(Box::new(record.detach()))),
                Err(KafkaError::PartitionEOF(number)) => (number, Next::End),
                Err(error) if is_passing(&error) => continue,
                Err(error) => return Err(self.wrong(error)),
            };
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            if let Some(partition) = self.partitions.get_mut(number) {
                partition.early.push_back(next);
            }
        }
        Ok(())
    }

    /// The smallest position of all next records; 0 for a record that is not an event.
    pub(crate) fn smallest(&self) -> Option<Position> {
        self.order.peek().map(|Reverse((position, _))| *position)
    }

    /// The position at which a partition begins, where its first record is an event.
    pub(crate) fn first_position(&self, partition: usize) -> Option<Position> {
        self.partitions.get(partition)?.front.as_ref()?.position.ok()
    }

    /// Takes the next record with the smallest position.
    pub(crate) fn pop(&mut self) -> Result<Option<Front>, PublishError> {
        let Some(Reverse((_, number))) = self.order.pop() else { return Ok(None) };
        let front = self.partitions.get_mut(number).and_then(|partition| partition.front.take());
        self.advance(number)?;
        Ok(front)
    }

    /// Reads the next record of a partition.
    fn advance(&mut self, number: usize) -> Result<(), PublishError> {
        let Some(partition) = self.partitions.get_mut(number) else { return Ok(()) };
        let next = partition.next(&self.consumer, &self.stop);
        let Some(record) = next.map_err(|error| self.explained(error))? else { return Ok(()) };
        let position = position(&record).and_then(|position| {
            if position > self.last { Err("the log ends before its position") } else { Ok(position) }
        });
        self.order.push(Reverse((position.unwrap_or(Position::START), number)));
        if let Some(partition) = self.partitions.get_mut(number) {
            partition.front = Some(Front { record, position });
        }
        Ok(())
    }

    fn check(&self) -> Result<(), PublishError> {
        if self.stop.is_set() { Err(PublishError::Stopped) } else { Ok(()) }
    }

    fn wrong(&self, error: KafkaError) -> PublishError {
        self.explained(PublishError::kafka("reading the topic")(error))
    }

    fn explained(&self, error: PublishError) -> PublishError {
        error.because(self.consumer.context().0.take())
    }
}

impl Partition {
    /// The next record before the end.
    fn next(
        &mut self,
        consumer: &BaseConsumer<Listening>,
        stop: &Stop,
    ) -> Result<Option<OwnedMessage>, PublishError> {
        let Some(queue) = &self.queue else { return Ok(None) };
        let wrong = |error| PublishError::kafka("reading the topic")(error);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let next = match self.early.pop_front() {
                Some(next) => next,
                None if stop.is_set() => return Err(PublishError::Stopped),
                None => match queue.poll(Duration::from_millis(100)) {
                    Some(Ok(record)) => Next::Record(Box::new(BorrowedMessage::detach(&record))),
                    Some(Err(KafkaError::PartitionEOF(_))) => Next::End,
                    Some(Err(error)) if !is_passing(&error) => return Err(wrong(error)),
                    Some(Err(_)) | None if Instant::now() > deadline => return Err(silence()),
                    Some(Err(_)) | None => {
                        // The main queue reports trouble with a connection.
                        if let Some(Err(error)) = consumer.poll(Duration::ZERO)
                            && !is_passing(&error)
                        {
                            return Err(wrong(error));
                        }
                        continue;
                    }
                },
            };
            return Ok(match next {
                Next::Record(record) if record.offset() < self.end => Some(*record),
                Next::Record(_) | Next::End => None,
            });
        }
    }
}

/// The error for a record that must come and does not.
fn silence() -> PublishError {
    PublishError::kafka("reading the topic")(KafkaError::MessageConsumption(Code::OperationTimedOut))
}

/// The position that a record gives in its value, or in its header, which is quicker to read for JSON.
fn position(record: &OwnedMessage) -> Result<Position, &'static str> {
    let by_header = record::header(record, record::POSITION).and_then(|text| text.parse().ok());
    match by_header {
        Some(position) if record::is_json(record) && position > 0 => Ok(Position(position)),
        Some(_) | None => record::position(record).ok_or("it is not a recorded event"),
    }
}
