//! Events for a projector that shares the partitions with others: a member of a consumer group.
//!
//! The store of the rows decides where a partition is read on. The offsets committed to the group are a hint for where to
//! begin, and for tools that watch the group.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rapport_model::Position;
use rdkafka::{
    ClientContext, Message, Offset, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance},
    error::KafkaError,
    message::BorrowedMessage,
    types::RDKafkaErrorCode as Code,
};

use crate::{
    KafkaOptions, LogEvent, PublishError,
    client::{
        self, Heard,
        reader::{is_passing, reader_config},
    },
    topic::record::{self, Unreadable},
};

/// Records taken at once.
const RECORDS_MAX: usize = 20_000;
/// Bytes taken at once.
const BYTES_MAX: usize = 16 << 20;
/// The longest wait until a member has left its group, so that other members get its partitions at once.
const LEAVING: Duration = Duration::from_secs(3);

/// A record with its place.
#[derive(Debug)]
pub struct SourceRecord {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// The event, or why the record is not one.
    pub event: Result<LogEvent, Unreadable>,
    /// Whether an event at or after this position came before it in its partition. A reader skips it.
    pub is_repeated: bool,
}

/// What one poll gives a member of the group.
#[derive(Debug, Default)]
pub struct Polled {
    /// Partitions that it has from now on.
    pub assigned: Vec<i32>,
    /// Partitions that it has no longer.
    pub revoked: Vec<i32>,
    /// Records of the partitions that it has, in order within each.
    pub records: Vec<SourceRecord>,
}

/// A member of a consumer group.
pub struct Group {
    // Dropped before `_leave`, which then holds the last reference.
    consumer: Arc<BaseConsumer<Member>>,
    topic: String,
    read: Mutex<Read>,
    _leave: Leave,
}

/// The greatest position read of each partition, since the partition was placed.
#[derive(Default)]
struct Read(BTreeMap<i32, Position>);

impl Read {
    /// Takes note of an event, and returns whether it, or a later one, came before it in its partition.
    fn is_repeated(&mut self, partition: i32, position: Position) -> bool {
        let last = self.0.entry(partition).or_default();
        let is_repeated = position <= *last;
        *last = position.max(*last);
        is_repeated
    }
}

/// Leaves the group when it is dropped. A consumer's end waits for the broker, without a limit, when partitions or
/// offsets are still to be given back; so a thread does that, and the drop waits for it only for a while.
struct Leave(Option<Arc<BaseConsumer<Member>>>);

impl Drop for Leave {
    fn drop(&mut self) {
        let consumer = self.0.take();
        let (left, has_left) = mpsc::channel::<()>();
        let leave = move || {
            drop(consumer);
            drop(left);
        };
        if thread::Builder::new().name("leaving".to_owned()).spawn(leave).is_ok() {
            // The channel closes when the consumer has ended; no message is sent.
            let _ = has_left.recv_timeout(LEAVING);
        }
    }
}

#[derive(Default)]
struct Member {
    changes: Mutex<Vec<Change>>,
    heard: Heard,
}

enum Change {
    Assigned(i32),
    Revoked(i32),
}

impl Member {
    fn changes(&self) -> MutexGuard<'_, Vec<Change>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        client::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.error(&error, reason);
    }
}

impl ConsumerContext for Member {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let partitions = |list: &TopicPartitionList| -> Vec<i32> {
            list.elements().iter().map(|element| element.partition()).collect()
        };
        match rebalance {
            Rebalance::Assign(list) => {
                self.changes().extend(partitions(list).into_iter().map(Change::Assigned))
            }
            Rebalance::Revoke(list) => {
                self.changes().extend(partitions(list).into_iter().map(Change::Revoked))
            }
            Rebalance::Error(_) => {}
        }
    }
}

impl Group {
    /// Joins the group.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn join(options: &KafkaOptions, group: &str) -> Result<Self, PublishError> {
        let wrong = || PublishError::kafka("joining the consumer group");
        let mut config = options.client();
        config.set("group.id", group);
        config.set("enable.auto.commit", "false");
        config.set("isolation.level", "read_committed");
        config.set("auto.offset.reset", "earliest");
        // During a rebalance a member keeps reading the partitions that stay with it.
        config.set("partition.assignment.strategy", "cooperative-sticky");
        let defaults = [
            // After this time other members take over the partitions of a process that died.
            ("session.timeout.ms", "10000"),
            ("heartbeat.interval.ms", "1000"),
            ("queued.max.messages.kbytes", "16384"),
            ("fetch.wait.max.ms", "100"),
        ];
        for (property, default) in defaults {
            if !options.properties.contains_key(property) {
                config.set(property, default);
            }
        }
        let consumer: BaseConsumer<Member> = config.create_with_context(Member::default()).map_err(wrong())?;
        consumer.subscribe(&[&options.topic]).map_err(wrong())?;
        Ok(Self::of(consumer, options))
    }

    /// Reads all partitions from their beginnings, without a group.
    ///
    /// # Errors
    /// The options cannot be used.
    pub fn alone(options: &KafkaOptions, partitions: usize) -> Result<Self, PublishError> {
        let wrong = || PublishError::kafka("reading all partitions");
        let mut config = reader_config(options);
        config.set("enable.partition.eof", "false");
        let consumer: BaseConsumer<Member> = config.create_with_context(Member::default()).map_err(wrong())?;
        let mut all = TopicPartitionList::new();
        for partition in (0..i32::MAX).take(partitions) {
            all.add_partition_offset(&options.topic, partition, Offset::Beginning).map_err(wrong())?;
            consumer.context().changes().push(Change::Assigned(partition));
        }
        consumer.assign(&all).map_err(wrong())?;
        Ok(Self::of(consumer, options))
    }

    fn of(consumer: BaseConsumer<Member>, options: &KafkaOptions) -> Self {
        let consumer = Arc::new(consumer);
        let leave = Leave(Some(Arc::clone(&consumer)));
        Self { consumer, topic: options.topic.clone(), read: Mutex::default(), _leave: leave }
    }

    /// The records that have arrived. Waits at most this long for the first one, and not for further ones. A change of the
    /// partitions comes alone, before the records that follow it.
    ///
    /// # Errors
    /// Kafka refuses. A broker that is away for a while is not an error.
    pub fn poll(&self, patience: Duration) -> Result<Polled, PublishError> {
        let mut polled = Polled::default();
        let (mut bytes, mut patience) = (0, patience);
        while polled.records.len() < RECORDS_MAX && bytes < BYTES_MAX {
            match self.consumer.poll(patience) {
                Some(Ok(record)) => {
                    bytes += record.payload_len();
                    polled.records.push(self.taken(&record));
                    patience = Duration::ZERO;
                }
                Some(Err(error)) if is_worth_telling(&error) => {
                    return Err(PublishError::kafka("reading events")(error)
                        .because(self.consumer.context().heard.take()));
                }
                Some(Err(_)) => {}
                None => break,
            }
            if !self.consumer.context().changes().is_empty() {
                break;
            }
        }
        for change in self.consumer.context().changes().drain(..) {
            match change {
                Change::Assigned(partition) => {
                    polled.revoked.retain(|other| *other != partition);
                    polled.assigned.push(partition);
                }
                Change::Revoked(partition) => {
                    polled.assigned.retain(|other| *other != partition);
                    polled.revoked.push(partition);
                }
            }
        }
        Ok(polled)
    }

    fn taken(&self, record: &BorrowedMessage<'_>) -> SourceRecord {
        let (partition, event) = (record.partition(), record::read(record));
        let is_repeated = event.as_ref().is_ok_and(|event| {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.is_repeated(partition, event.position)
        });
        SourceRecord { partition, offset: record.offset(), event, is_repeated }
    }

    /// Goes on from another offset of a partition that it has.
    ///
    /// # Errors
    /// It has not got the partition.
    pub fn place(&self, partition: i32, offset: i64) -> Result<(), PublishError> {
        let wrong = || PublishError::kafka("going to an offset");
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(&self.topic, partition, Offset::Offset(offset)).map_err(wrong())?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&partition);
        // The partition is given up and taken again: librdkafka refuses a seek before the first read.
        self.consumer.incremental_unassign(&place).map_err(wrong())?;
        self.consumer.incremental_assign(&place).map_err(wrong())
    }

    /// Commits offsets to the group as a hint, and does not wait.
    pub fn hint(&self, offsets: impl IntoIterator<Item = (i32, i64)>) {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in offsets {
            // An invalid offset is left out.
            let _ = list.add_partition_offset(&self.topic, partition, Offset::Offset(offset));
        }
        if list.count() > 0
            && let Err(error) = self.consumer.commit(&list, CommitMode::Async)
        {
            tracing::debug!(target: "rapport::kafka", %error, "the group's offsets were not committed");
        }
    }
}

/// Whether an error is reported. While another broker is reachable, an unreachable one is not.
fn is_worth_telling(error: &KafkaError) -> bool {
    let are_all_down = error.rdkafka_error_code() == Some(Code::AllBrokersDown);
    are_all_down || (!is_passing(error) && !is_a_missing_topic(error))
}

/// Whether the topic does not exist yet, or was deleted: the publisher makes it.
fn is_a_missing_topic(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::UnknownTopicOrPartition
                | Code::UnknownTopic
                | Code::UnknownPartition
                | Code::UnknownTopicId
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_is_not_above_those_before_it_in_its_partition_is_repeated() {
        let mut read = Read::default();
        let mut is_repeated = |partition, position| read.is_repeated(partition, Position(position));
        // A run of records that comes twice, then one that follows; the other partition is on its own.
        let came = [(0, 3), (0, 5), (1, 4), (0, 3), (0, 5), (1, 6), (0, 7), (1, 4), (0, 7)];
        let repeated = came.map(|(partition, position)| is_repeated(partition, position));
        assert_eq!(repeated, [false, false, false, true, true, false, false, true, true]);
    }
}
