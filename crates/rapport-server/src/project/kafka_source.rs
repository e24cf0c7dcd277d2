//! The partitions of a topic, shared with the other members of a consumer group.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rapport_kafka::{Group, KafkaOptions, SourceRecord, Stop, Watermarks};
use rapport_model::Position;
use rapport_store::{Checkpoint, EncodedEvent};

use super::source::{Arrived, PartitionSource, SourceError, Stretch};

/// How long no checkpoint may come before it asks whether there are any.
const CHECK: Duration = Duration::from_secs(10);
/// How long an existing checkpoint takes to come.
const ARRIVES: Duration = Duration::from_secs(2);

/// Where the members of a group meet.
#[derive(Debug, Clone)]
pub struct KafkaSourceOptions {
    /// Which brokers and which topic.
    pub kafka: KafkaOptions,
    /// The group.
    pub group: String,
    /// Counts records that are not events.
    pub unreadable: Arc<AtomicU64>,
    /// Told when the process is to end: a broker that is away is not waited for then.
    pub stop: Stop,
}

/// A member of a consumer group.
pub struct KafkaSource {
    options: KafkaSourceOptions,
    group: Group,
    watermarks: Watermarks,
    ledger_id: String,
    epoch: String,
    assigned: BTreeSet<i32>,
    is_shared: bool,
    /// When checkpoints were last seen to arrive, or none were there.
    checked: Instant,
    /// When a broker last answered.
    heard: Instant,
}

impl KafkaSource {
    /// Joins the group. Something must be published.
    ///
    /// # Errors
    /// Kafka cannot be reached.
    pub fn join(options: KafkaSourceOptions) -> Result<Self, SourceError> {
        let group = Group::join(&options.kafka, &options.group)?;
        let watermarks = Watermarks::open(&options.kafka, &options.stop)?;
        Self::with(group, watermarks, options, true)
    }

    /// Reads all partitions from their beginnings, beside the group.
    ///
    /// # Errors
    /// Kafka cannot be reached.
    pub fn alone(options: KafkaSourceOptions) -> Result<Self, SourceError> {
        let watermarks = Watermarks::open(&options.kafka, &options.stop)?;
        let partitions = watermarks.last().map_or(0, |last| last.offsets.len());
        Self::with(Group::alone(&options.kafka, partitions)?, watermarks, options, false)
    }

    fn with(
        group: Group,
        watermarks: Watermarks,
        options: KafkaSourceOptions,
        is_shared: bool,
    ) -> Result<Self, SourceError> {
        let Some(last) = watermarks.last() else {
            let topic = &options.kafka.topic;
            return Err(
                format!("nothing is published to `{topic}` yet; start `rapport serve --kafka`").into()
            );
        };
        let (ledger_id, epoch) = (last.ledger_id.clone(), last.epoch.clone());
        Ok(Self {
            options,
            group,
            watermarks,
            ledger_id,
            epoch,
            assigned: BTreeSet::new(),
            is_shared,
            checked: Instant::now(),
            heard: Instant::now(),
        })
    }

    /// Checks that the topic which is read is the one that exists now.
    fn look(&mut self) -> Result<(), SourceError> {
        let known = self.watermarks.last().map(|last| last.position);
        self.watermarks.refresh()?;
        if self.watermarks.last().map(|last| last.position) != known {
            self.checked = Instant::now();
            self.heard = self.checked;
        } else if self.checked.elapsed() > CHECK {
            self.check()?;
            self.checked = Instant::now();
            self.heard = self.checked;
        }
        let is_another = self.watermarks.last().is_some_and(|last| last.epoch != self.epoch);
        if is_another { Err(self.made_anew()) } else { Ok(()) }
    }

    /// Asks with a client of its own. A client that has seen leaders of a later epoch ignores, without an error, those
    /// of a topic that was deleted and made again.
    fn check(&mut self) -> Result<(), SourceError> {
        let fresh = Watermarks::open(&self.options.kafka, &self.options.stop)?;
        let Some(there) = fresh.last() else { return Ok(()) };
        let since = Instant::now();
        // What came in this moment is on its way to ours as well.
        while since.elapsed() < ARRIVES {
            self.watermarks.refresh()?;
            let ours = self.watermarks.last();
            if ours.is_some_and(|ours| ours.epoch == there.epoch && ours.position >= there.position) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(self.made_anew())
    }

    fn made_anew(&self) -> SourceError {
        format!("`{}` was made anew: it is opened again", self.options.kafka.topic).into()
    }

    fn stretches(&self, records: Vec<SourceRecord>) -> Vec<Stretch> {
        let mut stretches: BTreeMap<i32, Stretch> = BTreeMap::new();
        for record in records.into_iter().filter(|record| self.assigned.contains(&record.partition)) {
            let partition = record.partition;
            let stretch = stretches.entry(partition).or_insert_with(|| Stretch {
                partition,
                events: Vec::new(),
                next_offset: record.offset,
            });
            stretch.next_offset = record.offset + 1;
            if record.is_repeated {
                continue;
            }
            let event = match record.event {
                Ok(event) => EncodedEvent::new(event.position, event.bytes),
                Err(_) => {
                    self.options.unreadable.fetch_add(1, Ordering::Relaxed);
                    // The views set aside a record that is not an event, with its place.
                    EncodedEvent::new(Position::START, Bytes::new())
                }
            };
            stretch.events.push(event.at_offset(record.offset));
        }
        stretches.into_values().collect()
    }
}

impl PartitionSource for KafkaSource {
    fn poll(&mut self, patience: Duration) -> Result<Arrived, SourceError> {
        let polled = self.group.poll(patience)?;
        // After the events: the checkpoint behind them is often there as well.
        self.look()?;
        for partition in &polled.revoked {
            self.assigned.remove(partition);
        }
        self.assigned.extend(&polled.assigned);
        if !polled.records.is_empty() {
            self.heard = Instant::now();
        }
        let stretches = self.stretches(polled.records);
        Ok(Arrived { assigned: polled.assigned, revoked: polled.revoked, stretches })
    }

    fn place(&mut self, partition: i32, offset: i64) -> Result<(), SourceError> {
        Ok(self.group.place(partition, offset)?)
    }

    fn ledger_id(&self) -> &str {
        &self.ledger_id
    }

    fn epoch(&self) -> &str {
        &self.epoch
    }

    fn head(&self) -> Option<Position> {
        self.watermarks.last().map(rapport_kafka::Checkpoint::position)
    }

    fn heard(&self) -> Instant {
        self.heard
    }

    /// A topic that was deleted and made again has another epoch; within an epoch, no event is taken back.
    fn knows(&mut self, _: &Checkpoint) -> Result<(), SourceError> {
        Ok(())
    }

    fn complete(&mut self, offsets: &BTreeMap<i32, i64>) -> Option<Position> {
        let partitions = self.watermarks.last()?.offsets.len();
        let by_number: Vec<i64> = (0..i32::MAX)
            .take(partitions)
            .map(|partition| offsets.get(&partition).copied().unwrap_or(0))
            .collect();
        self.watermarks.complete(&by_number)
    }

    fn applied(&mut self, offsets: &BTreeMap<i32, i64>) {
        if !self.is_shared {
            return;
        }
        let own = offsets.iter().filter(|(partition, _)| self.assigned.contains(partition));
        self.group.hint(own.map(|(partition, offset)| (*partition, *offset)));
    }
}
