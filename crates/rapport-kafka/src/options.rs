//! The options of a publisher or a projector for Kafka.

use std::{collections::BTreeMap, str::FromStr};

use rdkafka::{ClientConfig, error::KafkaError, types::RDKafkaConfRes};

/// Properties that this crate sets itself, because its guarantees depend on them.
const RESERVED: [&str; 13] = [
    "acks",
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "isolation.level",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "transactional.id",
];

/// The greatest distance of a record's time from the broker's clock. A ledger may be years old when it is published, and
/// its recorded clock never goes back, even where a machine's clock was once ahead.
pub(crate) const TIMES_MAX: &str = "9223372036854775807";

/// Which broker and which topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaOptions {
    /// `HOST:PORT`, or several with commas.
    pub brokers: String,
    /// The topic of the events; the checkpoints are in `TOPIC.checkpoints`.
    pub topic: String,
    /// Properties of librdkafka as they are, such as `security.protocol`.
    pub properties: BTreeMap<String, String>,
}

/// The options of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherOptions {
    /// The broker and the topic.
    pub kafka: KafkaOptions,
    /// How an event is written.
    pub value: ValueFormat,
    /// Partitions of the topic when it is made.
    pub partitions: i32,
    /// Replicas of both topics when they are made; -1 for what the broker has as its default.
    pub replication: i32,
    /// Which ledger it is.
    pub ledger_id: String,
}

/// How an event is written into a record's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueFormat {
    /// The bytes of a `rapport.v1.RecordedEvent`.
    #[default]
    Protobuf,
    /// Its canonical JSON. An event of a type that this build does not know is written as protobuf all the same:
    /// nothing is left out.
    Json,
}

/// Options that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// No address.
    #[error("`{0}` is not a list of brokers; expected HOST:PORT, or several with commas")]
    Brokers(String),
    /// A setting of the publisher, and no publisher.
    #[error(
        "`{0}` is a setting of the publisher, and no broker is named; name one with --kafka HOST:PORT, or leave the \
         setting out"
    )]
    NoBrokers(&'static str),
    /// A name that Kafka does not take.
    #[error("`{0}` is not a name of a topic; expected letters, digits, `.`, `_` and `-`, at most 237")]
    Topic(String),
    /// The property is this program's own.
    #[error("the property `{0}` is set by rapport and cannot be changed; leave it out")]
    Reserved(String),
    /// librdkafka does not know it.
    #[error("the client of Kafka (librdkafka) has no property `{0}`; correct its name, or leave it out")]
    UnknownProperty(String),
    /// The value may be a secret and is not told.
    #[error(
        "the property `{0}` of the client of Kafka (librdkafka) does not take this value; its CONFIGURATION.md lists the \
         values"
    )]
    PropertyValue(String),
    /// Not protobuf or JSON.
    #[error("`{0}` is not a format of values; expected `protobuf` or `json`")]
    Value(String),
    /// Topics have at least one partition.
    #[error("`{0}` partitions; expected 1 to 10000")]
    Partitions(i32),
    /// Not a time.
    #[error(
        "`{0}` is not a time after which to compare again; expected such as `6h` or `30m`, at least `1s`"
    )]
    VerifyEvery(String),
    /// Neither a number of replicas nor the default.
    #[error("`{0}` replicas; expected 1 to 100, or -1 for the broker's default")]
    Replication(i32),
}

impl FromStr for ValueFormat {
    type Err = OptionsError;

    fn from_str(text: &str) -> Result<Self, OptionsError> {
        match text {
            "protobuf" => Ok(Self::Protobuf),
            "json" => Ok(Self::Json),
            _ => Err(OptionsError::Value(text.to_owned())),
        }
    }
}

impl KafkaOptions {
    /// Whether a client can be made of it, as far as that can be told without asking a broker.
    ///
    /// # Errors
    /// A name or a property cannot be used.
    pub fn check(&self) -> Result<(), OptionsError> {
        let is_address = |broker: &str| {
            let (host, port) = broker.rsplit_once(':').unwrap_or((broker, ""));
            !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        if !self.brokers.split(',').all(|broker| is_address(broker.trim())) {
            return Err(OptionsError::Brokers(self.brokers.clone()));
        }
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        // Kafka takes 249; the topic of the checkpoints has a longer name.
        if !is_name(&self.topic)
            || !(1..=237).contains(&self.topic.len())
            || self.topic == ".."
            || self.topic == "."
        {
            return Err(OptionsError::Topic(self.topic.clone()));
        }
        if let Some(reserved) = self.properties.keys().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(OptionsError::Reserved(reserved.clone()));
        }
        self.check_properties()
    }

    /// Whether librdkafka takes each property by itself.
    fn check_properties(&self) -> Result<(), OptionsError> {
        let mut alone = ClientConfig::new();
        for (name, value) in &self.properties {
            alone.set(name, value);
            match alone.create_native_config() {
                Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) => {
                    return Err(OptionsError::UnknownProperty(name.clone()));
                }
                Err(_) => return Err(OptionsError::PropertyValue(name.clone())),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// The topic of the checkpoints.
    #[must_use]
    pub fn checkpoint_topic(&self) -> String {
        format!("{}.checkpoints", self.topic)
    }

    /// What every client has in common.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "rapport");
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.brokers);
        config
    }
}

impl PublisherOptions {
    /// Whether a publisher can run with it.
    ///
    /// # Errors
    /// It cannot.
    pub fn check(&self) -> Result<(), OptionsError> {
        self.kafka.check()?;
        if !(1..=10_000).contains(&self.partitions) {
            return Err(OptionsError::Partitions(self.partitions));
        }
        if self.replication != -1 && !(1..=100).contains(&self.replication) {
            return Err(OptionsError::Replication(self.replication));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(brokers: &str, topic: &str, property: &str) -> KafkaOptions {
        let properties = [(property.to_owned(), "x".to_owned())].into();
        KafkaOptions { brokers: brokers.to_owned(), topic: topic.to_owned(), properties }
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        fn sound(brokers: &str, topic: &str, property: &str) -> Result<(), OptionsError> {
            options(brokers, topic, property).check()
        }
        assert_eq!(sound("a:9092,[::1]:9093", "rapport.events", "sasl.username"), Ok(()));
        for brokers in ["", "a", "a:", ":9092", "a:0", "a:9092,", "a:99999"] {
            assert_eq!(sound(brokers, "t", "client.rack"), Err(OptionsError::Brokers(brokers.to_owned())));
        }
        let long = "a".repeat(238);
        for topic in ["", "a b", "ā", "..", &long] {
            assert_eq!(sound("a:1", topic, "client.rack"), Err(OptionsError::Topic(topic.to_owned())));
        }
        assert_eq!(sound("a:1", "t", "acks"), Err(OptionsError::Reserved("acks".to_owned())));
    }

    #[test]
    fn a_property_that_librdkafka_does_not_take_is_named_without_its_value() {
        for (property, value, expected) in [
            ("sasl.pasword", "hunter2", "has no property `sasl.pasword`"),
            ("security.protocol", "hunter2", "`security.protocol` of the client"),
            ("message.max.bytes", "hunter2", "`message.max.bytes` of the client"),
        ] {
            let properties = [("sasl.username", "x"), (property, value)];
            let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let refused = KafkaOptions { properties, ..options("a:1", "t", "client.rack") }.check();
            let said = refused.unwrap_err().to_string();
            assert!(said.contains(expected) && !said.contains("hunter2"), "{said}");
        }
    }
}
