//! A transactional producer with nothing around it: what publishing is measured against.

use std::time::{Duration, Instant};

use rdkafka::{
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, Producer},
    types::RDKafkaErrorCode as Code,
};

use crate::{
    PublishError, PublisherOptions, Stop,
    publish::transaction::{Batches, producer_config},
    topic::prepare::prepare,
};

/// What a call may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// rdkafka's own waiting goes in steps of 100 ms.
const STEP: Duration = Duration::from_millis(1);

/// Writes values with keys and no headers, so many in a transaction, and says how long it took. The topic must be
/// one of its own.
///
/// # Errors
/// Kafka's.
pub fn publish_bare(
    options: &PublisherOptions,
    records: impl Iterator<Item = (String, Vec<u8>)>,
    transaction_records: usize,
) -> Result<Duration, PublishError> {
    let wrong = || PublishError::kafka("publishing without a log");
    let topic = prepare(options, &Stop::new())?;
    let producer: BaseProducer = producer_config(options, &topic, Batches::Large).create().map_err(wrong())?;
    producer.init_transactions(PATIENCE).map_err(wrong())?;
    let mut records = records.peekable();
    let begun = Instant::now();
    while records.peek().is_some() {
        producer.begin_transaction().map_err(wrong())?;
        for (key, value) in records.by_ref().take(transaction_records) {
            let mut record = BaseRecord::to(&options.kafka.topic).key(&key).payload(&value);
            while let Err((error, back)) = producer.send(record) {
                if error != KafkaError::MessageProduction(Code::QueueFull) {
                    return Err(wrong()(error));
                }
                producer.poll(STEP);
                record = back;
            }
        }
        while producer.in_flight_count() > 0 {
            producer.poll(STEP);
        }
        producer.commit_transaction(PATIENCE).map_err(wrong())?;
    }
    Ok(begun.elapsed())
}
