//! A transaction of events and the checkpoint that they lead to.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rdkafka::{
    ClientConfig, ClientContext, Message,
    config::RDKafkaLogLevel,
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext},
    types::RDKafkaErrorCode as Code,
};

use crate::{
    Checkpoint, LogEvent, PublishError, PublisherOptions, PublisherState, PublisherStatus, Stop,
    client::{self, Heard},
    error::{is_of_the_record, says_fenced},
    publish::behind::Found,
    topic::{
        ends,
        partitions::partition_of,
        prepare::{RECORD_BYTES_MAX, Topic},
        record,
    },
};

/// The broker gives up a transaction that is open for longer. Readers of committed records wait for so long when a
/// publisher dies and is not started again.
const TRANSACTION_TIMEOUT_MS: &str = "30000";
/// The longest time for beginning, writing and committing.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest time for giving a transaction up; after that the broker gives it up.
const GIVING_UP: Duration = Duration::from_secs(5);
/// The longest time that a stopping publisher spends on its open transaction.
const HURRY: Duration = Duration::from_secs(2);
/// A call that takes longer is shown in the status.
const SLOW: Duration = Duration::from_secs(2);
/// A call that blocks is repeated in slices of this length, so that the publisher can stop between them.
const SLICE: Duration = Duration::from_millis(500);
/// How long the client takes to report the records that it drops.
const REPORTS: Duration = Duration::from_millis(20);
/// rdkafka's own waiting goes in steps of 100 ms.
const STEP: Duration = Duration::from_millis(1);
/// librdkafka's own default.
const BATCH_BYTES: u64 = 1_000_000;

/// The outcome for the records of a transaction.
#[derive(Debug, Default)]
struct Delivered {
    /// By partition, the first and the last offset of this transaction.
    offsets: Vec<Option<(i64, i64)>>,
    failed: Option<Code>,
    /// The first event that the broker refuses, the broker's code, and the bytes of the value.
    refused: Option<(u64, Code, usize)>,
}

/// Collects what the broker says of each record.
#[derive(Default)]
struct Deliveries {
    delivered: Mutex<Delivered>,
    heard: Heard,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        client::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.error(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    /// The event's position; 0 for a checkpoint.
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, result: &DeliveryResult<'_>, position: Box<u64>) {
        let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(record) if *position > 0 => delivered.add(record.partition(), record.offset()),
            Ok(_) => {}
            Err((error, record)) => {
                let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
                // For the other records of a refused batch the broker answers with another code.
                if is_of_the_record(code) || code == Code::InvalidDifferentRecord {
                    let bytes = record.payload().map_or(0, <[u8]>::len);
                    let is_first = delivered.refused.is_none_or(|(first, ..)| *position < first);
                    delivered.refused =
                        if is_first { Some((*position, code, bytes)) } else { delivered.refused };
                }
                // The first failure explains the later ones.
                delivered.failed.get_or_insert(code);
            }
        }
    }
}

impl Delivered {
    fn add(&mut self, partition: i32, offset: i64) {
        let Ok(partition) = usize::try_from(partition) else { return };
        if partition >= self.offsets.len() {
            self.offsets.resize(partition + 1, None);
        }
        if let Some(seen) = self.offsets.get_mut(partition) {
            let (first, last) = seen.unwrap_or((offset, offset));
            *seen = Some((first.min(offset), last.max(offset)));
        }
    }
}

/// The only producer of a topic: the broker fences it when a second one begins.
pub(super) struct Transactions {
    producer: BaseProducer<Deliveries>,
    topic: String,
    checkpoint_topic: String,
    source: String,
    format: crate::ValueFormat,
    status: PublisherStatus,
    stop: Stop,
}

impl Transactions {
    /// Takes the topic over from the previous producer. The broker gives up that producer's open transaction and ignores its
    /// requests that are still on their way.
    pub(super) fn begin(
        options: &PublisherOptions,
        topic: &Topic,
        batches: Batches,
        status: &PublisherStatus,
        stop: &Stop,
    ) -> Result<Self, PublishError> {
        let wrong = || PublishError::kafka("taking the topic over");
        let transactions = Self {
            topic: options.kafka.topic.clone(),
            checkpoint_topic: options.kafka.checkpoint_topic(),
            source: record::source(&options.ledger_id),
            format: options.value,
            producer: producer_config(options, topic, batches)
                .create_with_context(Deliveries::default())
                .map_err(wrong())?,
            status: status.clone(),
            stop: stop.clone(),
        };
        let begun = transactions
            .patiently(PATIENCE, Duration::ZERO, |slice| transactions.producer.init_transactions(slice));
        begun.map_err(|error| transactions.explained(wrong()(error)))?;
        Ok(transactions)
    }

    /// Publishes events and the checkpoint behind them in one transaction, without the events that are already in the
    /// topic. `before` is the checkpoint that they follow. After an error do not publish again with this producer: its
    /// request to give up may arrive late and would end the next transaction.
    pub(super) fn publish(
        &self,
        events: &[LogEvent],
        found: &Found,
        before: &Checkpoint,
    ) -> Result<Checkpoint, PublishError> {
        self.try_publish(events, found, before).map_err(|error| {
            let fatal = self.producer.client().fatal_error();
            let is_fenced = fatal.is_some_and(|(code, _)| says_fenced(code));
            match self.give_up() {
                _ if is_fenced => PublishError::Fenced,
                Err(PublishError::Fenced) => PublishError::Fenced,
                Ok(()) | Err(_) => self.explained(error),
            }
        })
    }

    fn try_publish(
        &self,
        events: &[LogEvent],
        found: &Found,
        before: &Checkpoint,
    ) -> Result<Checkpoint, PublishError> {
        *self.delivered() = Delivered::default();
        self.producer.begin_transaction().map_err(PublishError::kafka("beginning a transaction"))?;
        for event in events.iter().filter(|event| !found.has(event.position)) {
            self.send(event, before.offsets.len())?;
        }
        self.wait_for_delivery()?;
        let mut after = match events.last() {
            Some(last) => {
                before.behind(last).map_err(|_| PublishError::NotAnEvent { position: last.position })?
            }
            None => before.clone(),
        };
        found.advance(&mut after);
        self.advance(&mut after)?;
        if is_first_in_a_partition(before, &after) {
            self.look(before)?;
        }
        let value = serde_json::to_vec(&after).unwrap_or_default();
        let checkpoint =
            BaseRecord::with_opaque_to(&self.checkpoint_topic, Box::new(0)).key(&self.topic).payload(&value);
        self.producer
            .send(checkpoint.partition(0))
            .map_err(|(error, _)| PublishError::kafka("writing the checkpoint")(error))?;
        self.wait_for_delivery()?;
        self.patiently(PATIENCE, HURRY, |slice| self.producer.commit_transaction(slice))
            .map_err(PublishError::kafka("committing a transaction"))?;
        Ok(after)
    }

    /// Fails when one of the topics was deleted, or deleted and made anew, since the checkpoint was written.
    pub(super) fn look(&self, checkpoint: &Checkpoint) -> Result<(), PublishError> {
        let (client, stop) = (self.producer.client(), &self.stop);
        let made_anew = |topic: &String| PublishError::MadeAnew { topic: topic.clone() };
        let now = ends::partitions_of_ours(client, &self.topic, stop)?;
        let before = checkpoint.offsets.len();
        let ends = ends::ends(client, &self.topic, now.min(before), stop)?;
        if checkpoint.is_of_another_topic(&ends) {
            return Err(made_anew(&self.topic));
        }
        if now != before {
            return Err(PublishError::Partitions { topic: self.topic.clone(), before, now });
        }
        let checkpoints = ends::partitions_of_ours(client, &self.checkpoint_topic, stop)?;
        let ends = ends::ends(client, &self.checkpoint_topic, checkpoints, stop)?;
        // Every session begins by writing a checkpoint, so an empty topic is a new one.
        if ends.iter().all(|end| *end == 0) { Err(made_anew(&self.checkpoint_topic)) } else { Ok(()) }
    }

    /// Fails when one of the topics does not exist. The client waits in silence for a topic that does not exist.
    fn look_while_slow(&self) -> Result<(), PublishError> {
        for topic in [&self.topic, &self.checkpoint_topic] {
            match ends::partitions_within(self.producer.client(), topic, SLICE) {
                Ok(None) => return Err(PublishError::MadeAnew { topic: topic.clone() }),
                Ok(Some(_)) => {}
                // The caller waits for a broker that does not answer.
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    fn send(&self, event: &LogEvent, partitions: usize) -> Result<(), PublishError> {
        let not_an_event = |_| PublishError::NotAnEvent { position: event.position };
        let made = record::write(event, &self.source, self.format).map_err(not_an_event)?;
        let value: &[u8] = &made.value;
        let mut waiting = BaseRecord::with_opaque_to(&self.topic, Box::new(event.position.0))
            .key(&made.key)
            .partition(partition_of(made.key.as_bytes(), partitions))
            .payload(value)
            .headers(made.headers)
            .timestamp(made.timestamp_ms);
        loop {
            let Err((error, back)) = self.producer.send(waiting) else { return Ok(()) };
            match error.rdkafka_error_code() {
                Some(Code::QueueFull) => {
                    waiting = back;
                    self.producer.poll(STEP);
                    self.check()?;
                }
                Some(code) if is_of_the_record(code) => {
                    return Err(self.refused(event.position, code, value.len()));
                }
                Some(_) | None => return Err(PublishError::kafka("writing an event")(error)),
            }
        }
    }

    fn refused(&self, position: Position, code: Code, bytes: usize) -> PublishError {
        if position == Position::START {
            let topic = &self.checkpoint_topic;
            return PublishError::Topic(format!(
                "`{topic}` does not take a checkpoint of {bytes} bytes ({code}); compare its settings with those of the \
                 guide, `max.message.bytes` first"
            ));
        }
        PublishError::Refused { topic: self.topic.clone(), position, code, bytes }
    }

    fn wait_for_delivery(&self) -> Result<(), PublishError> {
        let since = Instant::now();
        let mut looked = since;
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(STEP);
            self.check()?;
            self.tell_slow(since);
            if looked.elapsed() > SLOW {
                self.look_while_slow()?;
                looked = Instant::now();
            }
            if since.elapsed() > PATIENCE || self.stop.was_set_for(HURRY) {
                let timeout = KafkaError::MessageProduction(Code::OperationTimedOut);
                return Err(PublishError::kafka("waiting for the broker to take events")(timeout));
            }
        }
        self.check()
    }

    /// Repeats a call that times out for as long as `patience`, and once the publisher must stop for `hurry` more.
    fn patiently(
        &self,
        patience: Duration,
        hurry: Duration,
        call: impl Fn(Duration) -> Result<(), KafkaError>,
    ) -> Result<(), KafkaError> {
        let since = Instant::now();
        loop {
            let error = match call(SLICE) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            self.producer.poll(Duration::ZERO);
            let is_over = since.elapsed() > patience || self.stop.was_set_for(hurry);
            if is_over || !may_be_repeated(&error) {
                return Err(error);
            }
            self.tell_slow(since);
            self.stop.wait(STEP);
        }
    }

    /// Shows in the status that a broker does not answer, before that becomes an error.
    fn tell_slow(&self, since: Instant) {
        if since.elapsed() > SLOW && self.status.report().state == PublisherState::Publishing {
            let because = self.producer.context().heard.last().unwrap_or_default();
            let colon = if because.is_empty() { "" } else { ": " };
            self.status.change(|report| {
                report.state = PublisherState::Waiting;
                report.trouble = format!("kafka: waiting for the broker{colon}{because}");
            });
        }
    }

    /// Fails when the delivery of a record has failed.
    fn check(&self) -> Result<(), PublishError> {
        let (failed, refused) = {
            let delivered = self.delivered();
            (delivered.failed, delivered.refused)
        };
        match (failed, refused) {
            (None, _) => Ok(()),
            (Some(_), Some((position, code, bytes))) => Err(self.refused(Position(position), code, bytes)),
            (Some(code), None) => {
                Err(PublishError::kafka("writing events")(KafkaError::MessageProduction(code)))
            }
        }
    }

    /// Moves the ends of the partitions behind the delivered records.
    fn advance(&self, checkpoint: &mut Checkpoint) -> Result<(), PublishError> {
        let delivered = mem::take(&mut *self.delivered());
        for (partition, seen) in delivered.offsets.into_iter().enumerate() {
            let Some((first, last)) = seen else { continue };
            let now = partition + 1;
            let Some(end) = checkpoint.offsets.get_mut(partition) else {
                let before = checkpoint.offsets.len();
                return Err(PublishError::Partitions { topic: self.topic.clone(), before, now });
            };
            // Offsets only grow, unless the topic was deleted and made again.
            if first < *end {
                return Err(PublishError::MadeAnew { topic: self.topic.clone() });
            }
            *end = last + 1;
        }
        Ok(())
    }

    fn give_up(&self) -> Result<(), PublishError> {
        // The first call drops the queued records and waits for their reports, which only polling delivers.
        let given_up = self.patiently(GIVING_UP, HURRY, |slice| {
            let begun = self.producer.abort_transaction(REPORTS);
            if begun.is_ok() {
                return begun;
            }
            let since = Instant::now();
            while self.producer.in_flight_count() > 0 && since.elapsed() < slice {
                self.producer.poll(STEP);
            }
            self.producer.abort_transaction(slice)
        });
        // It fails when no transaction is open, or when another publisher took over.
        given_up.map_err(|error| {
            tracing::debug!(target: "rapport::kafka", %error, "a transaction was not given up; the broker will");
            PublishError::kafka("giving a transaction up")(error)
        })
    }

    fn explained(&self, error: PublishError) -> PublishError {
        error.because(self.producer.context().heard.take())
    }

    fn delivered(&self) -> std::sync::MutexGuard<'_, Delivered> {
        self.producer.context().delivered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Batches {
    /// Many at once.
    Large,
    /// One record a batch: the broker answers for each record.
    Single,
}

/// How every producer of a topic is set up.
pub(super) fn producer_config(options: &PublisherOptions, topic: &Topic, batches: Batches) -> ClientConfig {
    let mut config = options.kafka.client();
    config.set("transactional.id", format!("rapport.{}", options.kafka.topic));
    config.set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
    config.set("enable.idempotence", "true");
    config.set("acks", "all");
    config.set("message.max.bytes", RECORD_BYTES_MAX);
    // The ends of the topic then include records of open transactions.
    config.set("isolation.level", "read_uncommitted");
    // A topic that was deleted is made again with our settings, not with the broker's.
    config.set("allow.auto.create.topics", "false");
    // The broker limits a batch by the same setting as a record.
    let batch_bytes = topic.record_bytes_max.unwrap_or(BATCH_BYTES).min(BATCH_BYTES);
    for (property, default) in [
        ("compression.type", "lz4"),
        ("linger.ms", "1"),
        ("batch.num.messages", "10000"),
        ("batch.size", &batch_bytes.to_string()),
    ] {
        if !options.kafka.properties.contains_key(property) {
            config.set(property, default);
        }
    }
    if batches == Batches::Single {
        config.set("batch.num.messages", "1");
    }
    config
}

/// Whether a partition got its first known event. Its offsets then do not show whether the topic was made anew.
fn is_first_in_a_partition(before: &Checkpoint, after: &Checkpoint) -> bool {
    before.position > 0
        && before.offsets.iter().zip(&after.offsets).any(|(before, after)| *before == 0 && *after > 0)
}

fn may_be_repeated(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_retriable(),
        // The limit of the flush before a commit.
        error => error.rdkafka_error_code() == Some(Code::OperationTimedOut),
    }
}
