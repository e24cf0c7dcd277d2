//! A consumer that reads partitions of its choice, or only asks, and what its errors mean.

use std::{iter, time::Duration};

use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    types::RDKafkaErrorCode as Code,
};

use crate::{KafkaOptions, PublishError, client::Listening, error::is_refusal};

/// A queue without an event for this long is empty. (Polled without waiting, a queue also looks empty after a log line.)
pub(crate) const DRAIN: Duration = Duration::from_millis(50);

/// A consumer whose partitions are assigned by hand, and which reports their ends.
pub(crate) fn reader(options: &KafkaOptions) -> Result<BaseConsumer<Listening>, KafkaError> {
    reader_config(options).create_with_context(Listening::default())
}

/// The settings of such a consumer.
pub(crate) fn reader_config(options: &KafkaOptions) -> ClientConfig {
    let mut config = options.client();
    config.set("group.id", "rapport");
    config.set("enable.auto.commit", "false");
    config.set("isolation.level", "read_committed");
    config.set("enable.partition.eof", "true");
    config.set("auto.offset.reset", "earliest");
    // The end of a partition is told when a fetch comes back empty.
    config.set("fetch.wait.max.ms", "50");
    config
}

/// Adds to an error what the connections of a consumer reported, which a consumer delivers only when it is polled. A refused
/// password replaces the error.
pub(crate) fn explained(consumer: &BaseConsumer<Listening>, error: PublishError) -> PublishError {
    let PublishError::Kafka { doing, heard, error } = error else { return error };
    let error = match refused(consumer) {
        Some(refused) => PublishError::kafka(doing)(refused),
        None => PublishError::Kafka { doing, heard, error },
    };
    error.because(consumer.context().0.take())
}

/// Takes what the connections of a consumer reported, and returns the last refusal of a password or a permission. Only for a
/// consumer without partitions: records would be lost.
pub(crate) fn refused(consumer: &BaseConsumer<Listening>) -> Option<KafkaError> {
    let told = iter::from_fn(|| consumer.poll(DRAIN)).filter_map(Result::err);
    told.filter(is_refusal).last()
}

/// Whether librdkafka tries again by itself.
pub(crate) fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::LeaderNotAvailable
                | Code::NotLeaderForPartition
                | Code::CoordinatorNotAvailable
                | Code::NotCoordinator
                | Code::Resolve
        )
    )
}
