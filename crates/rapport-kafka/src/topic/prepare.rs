//! Creates the topics that are missing, and checks the settings of the others.

use std::time::Instant;

use rdkafka::{
    admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication},
    consumer::BaseConsumer,
    error::KafkaError,
    types::RDKafkaErrorCode as Code,
};

use crate::{
    KafkaOptions, PublishError, PublisherOptions, Stop,
    client::{
        Listening,
        asking::{PATIENCE, answer},
        reader::{explained, reader},
    },
    options::TIMES_MAX,
    topic::ends::{STEP, partitions},
};

/// The largest record: events of up to 8 MB, and JSON is longer than protobuf.
pub(crate) const RECORD_BYTES_MAX: &str = "33554432";
/// By default a broker refuses records that are dated more than an hour ahead.
const TIMES: [&str; 2] = ["message.timestamp.after.max.ms", "message.timestamp.before.max.ms"];
/// The size of a log segment of the checkpoints; only closed segments are compacted.
const CHECKPOINT_SEGMENT_BYTES: &str = "4194304";

/// The topic of the events as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topic {
    /// How many partitions.
    pub partitions: usize,
    /// The largest record, or batch of records, that it takes, as far as that can be told.
    pub record_bytes_max: Option<u64>,
    /// Settings that should be different.
    pub warnings: Vec<String>,
}

/// Creates the topics that are missing, and checks their settings.
pub(crate) fn prepare(options: &PublisherOptions, stop: &Stop) -> Result<Topic, PublishError> {
    let wrong = || PublishError::kafka("looking at the topics");
    let consumer = reader(&options.kafka).map_err(wrong())?;
    let admin: AdminClient<Listening> =
        options.kafka.client().create_with_context(Listening::default()).map_err(wrong())?;
    let (events, checkpoints) = (options.kafka.topic.clone(), options.kafka.checkpoint_topic());
    let is_there = |topic: &str| partitions(&consumer, topic, stop).map(|found| found.is_some());
    if !is_there(&events)? || !is_there(&checkpoints)? {
        create(&admin, options, stop)?;
    }
    let count = wait_for(&consumer, &events, stop)?;
    let checkpoint_count = wait_for(&consumer, &checkpoints, stop)?;
    if checkpoint_count != 1 {
        return Err(PublishError::Topic(format!(
            "`{checkpoints}` has {checkpoint_count} partitions, it must have 1; delete it to let it be made again"
        )));
    }
    let Settings { record_bytes_max, warnings } = check(&admin, options, count, stop)?;
    Ok(Topic { partitions: count, record_bytes_max, warnings })
}

/// Creates the topics that are missing, as a publisher does, and checks the settings of the others.
///
/// # Errors
/// Kafka cannot be reached, or refuses, or a topic cannot be used.
pub fn make_topics(options: &PublisherOptions) -> Result<(), PublishError> {
    prepare(options, &Stop::new()).map(drop)
}

/// Deletes the topic of the events and that of the checkpoints, where they exist.
///
/// # Errors
/// Kafka cannot be reached, or refuses.
pub fn delete_topics(options: &KafkaOptions) -> Result<(), PublishError> {
    let wrong = || PublishError::kafka("deleting the topics");
    let admin: AdminClient<Listening> =
        options.client().create_with_context(Listening::default()).map_err(wrong())?;
    let topics = [options.topic.clone(), options.checkpoint_topic()];
    let asked = admin.delete_topics(
        &topics.each_ref().map(String::as_str),
        &AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE)),
    );
    for result in answer("deleting the topics", &Stop::new(), asked)? {
        match result {
            Ok(_) | Err((_, Code::UnknownTopicOrPartition)) => {}
            Err((_, code)) => return Err(wrong()(KafkaError::AdminOp(code))),
        }
    }
    Ok(())
}

/// Waits for a topic that was just made: the broker knows it a moment later.
fn wait_for(consumer: &BaseConsumer<Listening>, topic: &str, stop: &Stop) -> Result<usize, PublishError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match partitions(consumer, topic, stop)? {
            Some(count) if count > 0 => return Ok(count),
            Some(_) | None if Instant::now() < deadline => stop.wait(STEP),
            Some(_) | None => {
                let failed = KafkaError::MetadataFetch(Code::LeaderNotAvailable);
                return Err(explained(consumer, PublishError::kafka("waiting for the topic")(failed)));
            }
        }
    }
}

fn create(
    admin: &AdminClient<Listening>,
    options: &PublisherOptions,
    stop: &Stop,
) -> Result<(), PublishError> {
    let replication = || TopicReplication::Fixed(options.replication);
    let checkpoint_topic = options.kafka.checkpoint_topic();
    let mut events = NewTopic::new(&options.kafka.topic, options.partitions, replication())
        .set("cleanup.policy", "delete")
        .set("retention.ms", "-1")
        .set("retention.bytes", "-1")
        .set("max.message.bytes", RECORD_BYTES_MAX);
    for name in TIMES {
        events = events.set(name, TIMES_MAX);
    }
    let mut checkpoints = NewTopic::new(&checkpoint_topic, 1, replication())
        .set("cleanup.policy", "compact")
        .set("segment.bytes", CHECKPOINT_SEGMENT_BYTES)
        .set("min.cleanable.dirty.ratio", "0.1");
    if options.replication >= 3 {
        // One replica may be away, and every acknowledged record is on two.
        events = events.set("min.insync.replicas", "2");
        checkpoints = checkpoints.set("min.insync.replicas", "2");
    }
    let asked =
        admin.create_topics([&events, &checkpoints], &AdminOptions::new().operation_timeout(Some(PATIENCE)));
    for result in answer("making the topics", stop, asked)? {
        match result {
            Ok(topic) => tracing::info!(topic, "made a topic"),
            Err((_, Code::TopicAlreadyExists)) => {}
            Err((topic, Code::InvalidReplicationFactor)) => {
                let copies = options.replication;
                return Err(PublishError::Topic(format!(
                    "`{topic}` cannot be made with {copies} copies: there are fewer brokers; start more, or give \
                     --kafka-replication"
                )));
            }
            Err((topic, code)) => {
                tracing::debug!(topic, %code, "a topic was not made");
                return Err(PublishError::kafka("making the topics")(KafkaError::AdminOp(code)));
            }
        }
    }
    Ok(())
}

/// The settings of the topics that the publisher needs.
#[derive(Default)]
struct Settings {
    record_bytes_max: Option<u64>,
    warnings: Vec<String>,
}

/// Fails where a setting must be different, and warns where it should be.
fn check(
    admin: &AdminClient<Listening>,
    options: &PublisherOptions,
    partitions: usize,
    stop: &Stop,
) -> Result<Settings, PublishError> {
    let (events, checkpoints) = (options.kafka.topic.as_str(), options.kafka.checkpoint_topic());
    let asked = [ResourceSpecifier::Topic(events), ResourceSpecifier::Topic(&checkpoints)];
    let asked = admin.describe_configs(&asked, &AdminOptions::new().request_timeout(Some(PATIENCE)));
    let described = answer("reading the topics' settings", stop, asked)?;
    let mut settings = Settings::default();
    if i32::try_from(partitions).ok() != Some(options.partitions) {
        settings
            .warnings
            .push(format!("`{events}` has {partitions} partitions, not {}: it stays so", options.partitions));
    }
    let mut described = described.into_iter();
    match described.next() {
        Some(Ok(config)) => check_events(events, &config, &mut settings)?,
        Some(Err(code)) => {
            settings.warnings.push(format!("the settings of `{events}` cannot be read: {code}"));
        }
        None => {}
    }
    if let Some(Ok(config)) = described.next()
        && !setting(&config, "cleanup.policy").contains("compact")
    {
        return Err(PublishError::Topic(format!(
            "`{checkpoints}` is not compacted: the checkpoint would be deleted with time; set its `cleanup.policy` to `compact`"
        )));
    }
    Ok(settings)
}

fn check_events(topic: &str, config: &ConfigResource, settings: &mut Settings) -> Result<(), PublishError> {
    if setting(config, "cleanup.policy").contains("compact") {
        return Err(PublishError::Topic(format!(
            "`{topic}` is compacted: of each customer only the last event would stay; set its `cleanup.policy` to `delete`"
        )));
    }
    for name in ["retention.ms", "retention.bytes"] {
        let value = setting(config, name);
        if value != "-1" {
            settings.warnings.push(format!(
                "`{topic}` has `{name}` = {value}: older events are deleted, and a projector that begins later lacks them; -1 keeps all"
            ));
        }
    }
    for name in TIMES {
        let value = setting(config, name);
        // An older broker does not have the setting.
        if !value.is_empty() && value != TIMES_MAX {
            settings.warnings.push(format!(
                "`{topic}` has `{name}` = {value}: an event that is recorded further from the broker's clock stops the publishing; {TIMES_MAX} takes all"
            ));
        }
    }
    settings.record_bytes_max = setting(config, "max.message.bytes").parse().ok();
    if let Some(bytes) = settings.record_bytes_max
        && bytes < 16 << 20
    {
        settings.warnings.push(format!(
            "`{topic}` has `max.message.bytes` = {bytes}: a larger event may be refused, which stops the publishing; \
             33554432 takes all"
        ));
    }
    Ok(())
}

fn setting<'a>(config: &'a ConfigResource, name: &str) -> &'a str {
    config.get(name).and_then(|entry| entry.value.as_deref()).unwrap_or_default()
}
