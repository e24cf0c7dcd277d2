//! A transactional producer with nothing around it: what publishing is measured against.

use std::time::{Duration, Instant};

use anyhow::Context;
use rapport_kafka::{PublisherOptions, make_topics};
use rdkafka::{
    ClientConfig,
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, Producer},
    types::RDKafkaErrorCode as Code,
};

/// What a call may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// rdkafka's own waiting goes in steps of 100 ms.
const STEP: Duration = Duration::from_millis(1);
/// The settings of the publisher's producer, as far as they decide how fast records are written.
const SETTINGS: [(&str, &str); 8] = [
    ("acks", "all"),
    ("enable.idempotence", "true"),
    ("message.max.bytes", "33554432"),
    ("transaction.timeout.ms", "30000"),
    ("compression.type", "lz4"),
    ("linger.ms", "1"),
    ("batch.num.messages", "10000"),
    ("batch.size", "1000000"),
];

/// Writes values with keys and no headers, `transaction_records` in a transaction, and returns the time it took. It
/// creates the topic as the publisher does; nothing else may use that topic.
///
/// # Errors
/// Kafka's.
pub fn publish(
    options: &PublisherOptions,
    records: impl Iterator<Item = (String, Vec<u8>)>,
    transaction_records: usize,
) -> anyhow::Result<Duration> {
    make_topics(options)?;
    write(options, records, transaction_records).context("kafka: publishing without a log")
}

fn write(
    options: &PublisherOptions,
    records: impl Iterator<Item = (String, Vec<u8>)>,
    transaction_records: usize,
) -> Result<Duration, KafkaError> {
    let topic = &options.kafka.topic;
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &options.kafka.brokers)
        .set("transactional.id", format!("rapport.{topic}"));
    for (property, value) in SETTINGS {
        config.set(property, value);
    }
    for (property, value) in &options.kafka.properties {
        config.set(property, value);
    }
    let producer: BaseProducer = config.create()?;
    producer.init_transactions(PATIENCE)?;
    let mut records = records.peekable();
    let begun = Instant::now();
    while records.peek().is_some() {
        producer.begin_transaction()?;
        for (key, value) in records.by_ref().take(transaction_records) {
            let mut record = BaseRecord::to(topic).key(&key).payload(&value);
            while let Err((error, back)) = producer.send(record) {
                if error != KafkaError::MessageProduction(Code::QueueFull) {
                    return Err(error);
                }
                producer.poll(STEP);
                record = back;
            }
        }
        while producer.in_flight_count() > 0 {
            producer.poll(STEP);
        }
        producer.commit_transaction(PATIENCE)?;
    }
    Ok(begun.elapsed())
}
