//! Asks for a topic's partitions and for their ends, and waits for transactions that have not ended.

use std::time::{Duration, Instant};

use rdkafka::{
    ClientContext,
    client::Client,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    metadata::Metadata,
    types::RDKafkaErrorCode as Code,
};

use crate::{
    KafkaOptions, PublishError, Stop,
    client::{
        Listening,
        asking::{PATIENCE, ask, ask_unless},
        reader::{explained, reader, reader_config, refused},
    },
    topic::checkpoint::Checkpoint,
};

/// Names the question in errors.
const ASKING: &str = "asking for the topic";
/// The time between two questions to the broker.
pub(crate) const STEP: Duration = Duration::from_millis(50);

/// Whether there is a topic for the events.
///
/// # Errors
/// Kafka cannot be reached, or refuses.
pub fn topic_exists(options: &KafkaOptions) -> Result<bool, PublishError> {
    let consumer = reader(options).map_err(PublishError::kafka(ASKING))?;
    Ok(partitions(&consumer, &options.topic, &Stop::new())?.is_some())
}

/// The end of each partition at this moment, uncommitted records included.
pub(crate) fn ends_now(
    options: &KafkaOptions,
    partitions: usize,
    stop: &Stop,
) -> Result<Vec<i64>, PublishError> {
    let mut config = reader_config(options);
    config.set("isolation.level", "read_uncommitted");
    let wrong = PublishError::kafka("asking for the ends of the partitions");
    let consumer = config.create_with_context(Listening::default()).map_err(wrong)?;
    wait_for_ends(&consumer, &options.topic, partitions, stop).map_err(|error| explained(&consumer, error))
}

/// The end of each partition.
pub(crate) fn ends<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    partitions: usize,
    stop: &Stop,
) -> Result<Vec<i64>, PublishError> {
    Ok(watermarks(client, topic, partitions, stop)?.into_iter().map(|(_, end)| end).collect())
}

/// The first offset that each partition still has, and its end. For a client that reads only committed records, the end is
/// before the first open transaction.
pub(crate) fn watermarks<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    partitions: usize,
    stop: &Stop,
) -> Result<Vec<(i64, i64)>, PublishError> {
    let numbers = (0..i32::MAX).take(partitions);
    let of = |partition| {
        ask("asking for the ends of the partitions", stop, |wait| {
            client.fetch_watermarks(topic, partition, wait)
        })
    };
    numbers.map(of).collect()
}

/// The watermarks of a topic for a reader of committed records, once every transaction before the `ends` has ended. A broker
/// marks the end of a transaction in one partition after the other, and answers before that.
pub(crate) fn decided(
    options: &KafkaOptions,
    reader: &BaseConsumer<Listening>,
    ends: &[i64],
    stop: &Stop,
) -> Result<Vec<(i64, i64)>, PublishError> {
    let topic = &options.topic;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = watermarks(reader.client(), topic, ends.len(), stop);
        let found = found.map_err(|error| explained(reader, error))?;
        let open = found.iter().zip(ends).position(|((_, decided), end)| decided < end);
        let Some(partition) = open else { return Ok(found) };
        if Instant::now() > deadline {
            return Err(PublishError::Topic(format!(
                "a transaction is open in partition `{partition}` of `{topic}`, and readers wait for its end; wait until \
                 the broker ends it, or end it with `kafka-transactions.sh abort`"
            )));
        }
        stop.wait(STEP);
    }
}

/// The same, once every transaction has ended that a checkpoint includes.
pub(crate) fn decided_up_to(
    last: Option<&Checkpoint>,
    options: &KafkaOptions,
    reader: &BaseConsumer<Listening>,
    partitions: usize,
    stop: &Stop,
) -> Result<Vec<(i64, i64)>, PublishError> {
    let mut ends = ends_now(options, partitions, stop)?;
    // A topic that ends before its checkpoint lacks events for good.
    for (number, end) in ends.iter_mut().enumerate() {
        let known = last.and_then(|last| last.offsets.get(number)).copied().unwrap_or_default();
        *end = known.min(*end);
    }
    decided(options, reader, &ends, stop)
}

/// How many partitions a topic has, or 0 while one of them has no leader; `None` when the topic does not exist. Asks by a
/// consumer without partitions, whose connections report at once that every broker refuses them.
pub(crate) fn partitions(
    consumer: &BaseConsumer<Listening>,
    topic: &str,
    stop: &Stop,
) -> Result<Option<usize>, PublishError> {
    let mut denied = None;
    let is_vain = || {
        denied = refused(consumer).or(denied.take());
        denied.is_some() || consumer.context().0.are_all_down()
    };
    let question = |wait| consumer.client().fetch_metadata(Some(topic), wait);
    match (ask_unless(ASKING, stop, is_vain, question), denied) {
        (Ok(metadata), _) => count(&metadata, topic),
        (Err(PublishError::Kafka { doing, .. }), Some(denied)) => {
            Err(explained(consumer, PublishError::kafka(doing)(denied)))
        }
        (Err(error), _) => Err(explained(consumer, error)),
    }
}

/// The same, but asks once and fails when the broker does not answer in time.
pub(crate) fn partitions_within<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    wait: Duration,
) -> Result<Option<usize>, PublishError> {
    count(&client.fetch_metadata(Some(topic), wait).map_err(PublishError::kafka(ASKING))?, topic)
}

/// How many partitions a topic has; an error when the topic does not exist.
pub(crate) fn partitions_of_ours<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    stop: &Stop,
) -> Result<usize, PublishError> {
    let metadata = ask(ASKING, stop, |wait| client.fetch_metadata(Some(topic), wait))?;
    match count(&metadata, topic)? {
        None => Err(PublishError::MadeAnew { topic: topic.to_owned() }),
        Some(0) => Err(PublishError::kafka(ASKING)(KafkaError::MetadataFetch(Code::LeaderNotAvailable))),
        Some(count) => Ok(count),
    }
}

fn count(metadata: &Metadata, topic: &str) -> Result<Option<usize>, PublishError> {
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else { return Ok(None) };
    match found.error().map(Code::from) {
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => Ok(None),
        Some(Code::LeaderNotAvailable) | None => {
            let led = found.partitions().iter().all(|partition| partition.leader() >= 0);
            Ok(Some(if led { found.partitions().len() } else { 0 }))
        }
        Some(code) => Err(PublishError::kafka(ASKING)(KafkaError::MetadataFetch(code))),
    }
}

/// Waits for the leaders of a topic that was just made.
fn wait_for_ends(
    consumer: &BaseConsumer<Listening>,
    topic: &str,
    partitions: usize,
    stop: &Stop,
) -> Result<Vec<i64>, PublishError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ends(consumer.client(), topic, partitions, stop) {
            Err(PublishError::Kafka { error, .. }) if is_moving(&error) && Instant::now() < deadline => {
                stop.wait(STEP);
            }
            found => return found,
        }
    }
}

fn is_moving(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(code, Some(Code::NotLeaderForPartition | Code::LeaderNotAvailable | Code::UnknownPartition))
}
