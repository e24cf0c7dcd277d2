//! How far a topic is, as a record of the transaction that got it there.

use std::{iter, time::Duration};

use rapport_model::Position;
use rapport_proto::event_ref::{EventRef, NotAnEvent};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    types::RDKafkaErrorCode as Code,
};
use serde::{Deserialize, Serialize};

use crate::{KafkaOptions, LogEvent, PublishError, Stop, Watermarks, client::Listening, error::is_refusal};

/// A queue without an event for this long is empty. (Polled without waiting, a queue also looks empty after a log line.)
pub const DRAIN: Duration = Duration::from_millis(50);

/// How far the topic is. The value of a record is its JSON; the topic is compacted, its only key is the name of the
/// topic of the events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose events they are.
    pub ledger_id: String,
    /// Changes when the topic was made anew and everything is published again.
    pub epoch: String,
    /// Which process wrote it.
    pub publisher: String,
    /// Everything up to here is in the topic.
    pub position: u64,
    /// The id of the event there, and when it was recorded: a ledger that was set back has another one. Empty before the
    /// first event.
    #[serde(default)]
    pub event_id: String,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub recorded_at: String,
    /// For each partition the offset behind its last event. A reader up to these offsets has every event up to `position`.
    pub offsets: Vec<i64>,
}

impl Checkpoint {
    /// The position.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position(self.position)
    }

    /// The checkpoint behind an event that follows.
    pub(crate) fn behind(&self, last: &LogEvent) -> Result<Self, NotAnEvent> {
        let event = EventRef::parse(&last.bytes)?;
        let recorded_at = event.recorded_at.unwrap_or_default().to_string();
        let (position, event_id) = (last.position.0, event.id.to_owned());
        Ok(Self { position, event_id, recorded_at, ..self.clone() })
    }

    /// Whether a topic ends before the offsets of this checkpoint, and is therefore another topic of that name.
    pub(crate) fn is_of_another_topic(&self, ends: &[i64]) -> bool {
        self.offsets.iter().zip(ends).any(|(known, end)| end < known) || ends.len() < self.offsets.len()
    }
}

/// The last committed checkpoint, if there is one.
pub fn last(options: &KafkaOptions, stop: &Stop) -> Result<Option<Checkpoint>, PublishError> {
    Ok(Watermarks::open(options, stop)?.last().cloned())
}

/// A consumer whose partitions are assigned by hand, and which reports their ends.
pub fn reader(options: &KafkaOptions) -> Result<BaseConsumer<Listening>, KafkaError> {
    reader_config(options).create_with_context(Listening::default())
}

/// The settings of such a consumer.
pub fn reader_config(options: &KafkaOptions) -> ClientConfig {
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
pub fn explained(consumer: &BaseConsumer<Listening>, error: PublishError) -> PublishError {
    let PublishError::Kafka { doing, heard, error } = error else { return error };
    let error = match refused(consumer) {
        Some(refused) => PublishError::kafka(doing)(refused),
        None => PublishError::Kafka { doing, heard, error },
    };
    error.because(consumer.context().0.take())
}

/// Takes what the connections of a consumer reported, and returns the last refusal of a password or a permission. Only for a
/// consumer without partitions: records would be lost.
pub fn refused(consumer: &BaseConsumer<Listening>) -> Option<KafkaError> {
    let told = iter::from_fn(|| consumer.poll(DRAIN)).filter_map(Result::err);
    told.filter(is_refusal).last()
}

/// Whether librdkafka tries again by itself.
pub fn is_passing(error: &KafkaError) -> bool {
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
