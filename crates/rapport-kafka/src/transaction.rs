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
    Checkpoint, LogEvent, PublishError, PublisherOptions,
    client::{self, Heard},
    record,
    topic::RECORD_BYTES_MAX,
};

/// The broker gives up a transaction that is open for so long; until then readers of committed records wait for a
/// publisher that died and was not started again.
const TRANSACTION_TIMEOUT_MS: &str = "30000";
/// What beginning, committing and giving up may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// rdkafka's own waiting goes in steps of 100 ms.
const STEP: Duration = Duration::from_millis(1);

/// What became of the records of a transaction.
#[derive(Debug, Default)]
struct Delivered {
    /// By partition, the first and the last offset of this transaction.
    offsets: Vec<Option<(i64, i64)>>,
    failed: Option<Code>,
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
    /// 1 for an event, 0 for a checkpoint.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, is_event: usize) {
        let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(record) if is_event == 1 => delivered.add(record.partition(), record.offset()),
            Ok(_) => {}
            Err((error, _)) => {
                let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
                // What follows from the first failure says less.
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

/// How every producer of a topic is set up.
pub fn producer_config(options: &PublisherOptions) -> ClientConfig {
    let mut config = options.kafka.client();
    config.set("transactional.id", format!("rapport.{}", options.kafka.topic));
    config.set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
    config.set("enable.idempotence", "true");
    config.set("acks", "all");
    // As Java clients place keys.
    config.set("partitioner", "murmur2_random");
    config.set("message.max.bytes", RECORD_BYTES_MAX);
    for (property, default) in
        [("compression.type", "lz4"), ("linger.ms", "1"), ("batch.num.messages", "10000")]
    {
        if !options.kafka.properties.contains_key(property) {
            config.set(property, default);
        }
    }
    config
}

/// The one producer of a topic: a second one that begins ends it.
pub struct Transactions {
    producer: BaseProducer<Deliveries>,
    topic: String,
    checkpoint_topic: String,
    source: String,
    format: crate::ValueFormat,
}

impl Transactions {
    /// Takes the topic over from whoever published before: what they have open is given up.
    pub fn begin(options: &PublisherOptions) -> Result<Self, PublishError> {
        let config = producer_config(options);
        let wrong = || PublishError::kafka("taking the topic over");
        let producer: BaseProducer<Deliveries> =
            config.create_with_context(Deliveries::default()).map_err(wrong())?;
        let transactions = Self {
            topic: options.kafka.topic.clone(),
            checkpoint_topic: options.kafka.checkpoint_topic(),
            source: record::source(&options.ledger_id),
            format: options.value,
            producer,
        };
        let begun = transactions.producer.init_transactions(PATIENCE).map_err(wrong());
        begun.map_err(|error| transactions.explained(error))?;
        Ok(transactions)
    }

    /// Publishes events and the checkpoint behind them, or nothing. `before` is the checkpoint that they follow.
    pub fn publish(&self, events: &[LogEvent], before: &Checkpoint) -> Result<Checkpoint, PublishError> {
        let published = self.try_publish(events, before);
        published.map_err(|error| {
            self.give_up();
            self.explained(error)
        })
    }

    fn try_publish(&self, events: &[LogEvent], before: &Checkpoint) -> Result<Checkpoint, PublishError> {
        *self.delivered() = Delivered::default();
        self.producer.begin_transaction().map_err(PublishError::kafka("beginning a transaction"))?;
        for event in events {
            self.send(event)?;
        }
        self.wait_for_delivery()?;
        let mut after = before.clone();
        if let Some(last) = events.last() {
            after.position = last.position.0;
        }
        self.advance(&mut after)?;
        let value = serde_json::to_vec(&after).unwrap_or_default();
        let checkpoint =
            BaseRecord::with_opaque_to(&self.checkpoint_topic, 0).key(&self.topic).payload(&value);
        self.producer
            .send(checkpoint.partition(0))
            .map_err(|(error, _)| PublishError::kafka("writing the checkpoint")(error))?;
        self.wait_for_delivery()?;
        self.producer
            .commit_transaction(PATIENCE)
            .map_err(PublishError::kafka("committing a transaction"))?;
        Ok(after)
    }

    fn send(&self, event: &LogEvent) -> Result<(), PublishError> {
        let not_an_event = |_| PublishError::NotAnEvent { position: event.position };
        let made = record::write(event, &self.source, self.format).map_err(not_an_event)?;
        let value: &[u8] = &made.value;
        let mut waiting = BaseRecord::with_opaque_to(&self.topic, 1)
            .key(&made.key)
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
                Some(Code::MessageSizeTooLarge) => return Err(self.too_large(event.position, value.len())),
                Some(_) | None => return Err(PublishError::kafka("writing an event")(error)),
            }
        }
    }

    fn too_large(&self, position: Position, bytes: usize) -> PublishError {
        PublishError::TooLarge { topic: self.topic.clone(), position, bytes }
    }

    fn wait_for_delivery(&self) -> Result<(), PublishError> {
        let deadline = Instant::now() + PATIENCE;
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(STEP);
            self.check()?;
            if Instant::now() > deadline {
                let timeout = KafkaError::MessageProduction(Code::OperationTimedOut);
                return Err(PublishError::kafka("waiting for the broker to take events")(timeout));
            }
        }
        self.check()
    }

    /// Whether everything delivered so far is.
    fn check(&self) -> Result<(), PublishError> {
        match self.delivered().failed {
            None => Ok(()),
            Some(Code::MessageSizeTooLarge) => Err(PublishError::Topic(format!(
                "an event is larger than `{}` takes; raise `max.message.bytes` of the topic",
                self.topic
            ))),
            Some(code) => Err(PublishError::kafka("writing events")(KafkaError::MessageProduction(code))),
        }
    }

    /// Moves the ends of the partitions behind what was delivered.
    fn advance(&self, checkpoint: &mut Checkpoint) -> Result<(), PublishError> {
        let delivered = mem::take(&mut *self.delivered());
        for (partition, seen) in delivered.offsets.into_iter().enumerate() {
            let Some((first, last)) = seen else { continue };
            let now = partition + 1;
            let Some(end) = checkpoint.offsets.get_mut(partition) else {
                let before = checkpoint.offsets.len();
                return Err(PublishError::Partitions { topic: self.topic.clone(), before, now });
            };
            // Offsets only grow, unless the topic was deleted under us and somebody made it again.
            if first < *end {
                return Err(PublishError::MadeAnew { topic: self.topic.clone() });
            }
            *end = last + 1;
        }
        Ok(())
    }

    fn give_up(&self) {
        // It fails when there is nothing to give up, or when another publisher took over.
        if let Err(error) = self.producer.abort_transaction(PATIENCE) {
            tracing::debug!(target: "rapport::kafka", %error, "a transaction was not given up; the broker will");
        }
    }

    fn explained(&self, error: PublishError) -> PublishError {
        error.because(self.producer.context().heard.take())
    }

    fn delivered(&self) -> std::sync::MutexGuard<'_, Delivered> {
        self.producer.context().delivered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
