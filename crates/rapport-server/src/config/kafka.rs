//! The part of a configuration that is about Kafka.

use std::{collections::BTreeMap, time::Duration};

use rapport_kafka::{KafkaOptions, OptionsError, PublisherOptions, ValueFormat};
use serde::{Deserialize, Serialize, Serializer};

/// A comparison reads the whole topic: what is shorter would compare all the time.
const VERIFY_EVERY_MIN: Duration = Duration::from_secs(1);

/// Where a server publishes to, complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KafkaConfig {
    /// `HOST:PORT`, or several with commas.
    pub brokers: String,
    /// The topic of the events.
    pub topic: String,
    /// `protobuf` or `json`.
    pub value: String,
    /// Partitions of a topic that is made.
    pub partitions: i32,
    /// Replicas of a topic that is made; -1 for the broker's default.
    pub replication: i32,
    /// After how long the topic is compared with the log, again and again; never, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_every: Option<String>,
    /// Properties of librdkafka.
    #[serde(serialize_with = "without_secrets", skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

/// One layer of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the field of `KafkaConfig` of that name")]
pub struct KafkaSettings {
    pub brokers: Option<String>,
    pub topic: Option<String>,
    pub value: Option<String>,
    pub partitions: Option<i32>,
    pub replication: Option<i32>,
    pub verify_every: Option<String>,
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
}

impl KafkaSettings {
    /// This layer over the one below.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let mut properties = below.properties;
        properties.extend(self.properties);
        Self {
            brokers: self.brokers.or(below.brokers),
            topic: self.topic.or(below.topic),
            value: self.value.or(below.value),
            partitions: self.partitions.or(below.partitions),
            replication: self.replication.or(below.replication),
            verify_every: self.verify_every.or(below.verify_every),
            properties,
        }
    }

    /// The configuration that it makes; `None` when nothing is set.
    ///
    /// # Errors
    /// It cannot be used, or something is set and no broker is named.
    pub fn resolve(self) -> Result<Option<KafkaConfig>, OptionsError> {
        let Some(brokers) = self.brokers else {
            return self.first_set().map_or(Ok(None), |name| Err(OptionsError::NoBrokers(name)));
        };
        let config = KafkaConfig {
            brokers,
            topic: self.topic.unwrap_or_else(|| "rapport.events".to_owned()),
            value: self.value.unwrap_or_else(|| "protobuf".to_owned()),
            partitions: self.partitions.unwrap_or(12),
            replication: self.replication.unwrap_or(-1),
            verify_every: self.verify_every,
            properties: self.properties,
        };
        config.publisher("").and_then(|options| options.check())?;
        config.verify_every()?;
        Ok(Some(config))
    }

    /// The first setting beside the brokers that is set.
    fn first_set(&self) -> Option<&'static str> {
        let Self { brokers: _, topic, value, partitions, replication, verify_every, properties } = self;
        let settings = [
            ("kafka.topic", topic.is_some()),
            ("kafka.value", value.is_some()),
            ("kafka.partitions", partitions.is_some()),
            ("kafka.replication", replication.is_some()),
            ("kafka.verify_every", verify_every.is_some()),
            ("kafka.properties", !properties.is_empty()),
        ];
        settings.into_iter().find(|(_, is_set)| *is_set).map(|(name, _)| name)
    }
}

impl KafkaConfig {
    /// After how long the topic is compared with the log, where it is.
    ///
    /// # Errors
    /// It is not a time, or too short.
    pub fn verify_every(&self) -> Result<Option<Duration>, OptionsError> {
        let Some(text) = &self.verify_every else { return Ok(None) };
        let parsed = text.parse::<jiff::SignedDuration>().ok();
        let every = parsed.and_then(|every| Duration::try_from(every).ok());
        match every.filter(|every| *every >= VERIFY_EVERY_MIN) {
            Some(every) => Ok(Some(every)),
            None => Err(OptionsError::VerifyEvery(text.clone())),
        }
    }

    /// What a publisher of a ledger is told.
    ///
    /// # Errors
    /// `value` is none.
    pub fn publisher(&self, ledger_id: &str) -> Result<PublisherOptions, OptionsError> {
        Ok(PublisherOptions {
            kafka: KafkaOptions {
                brokers: self.brokers.clone(),
                topic: self.topic.clone(),
                properties: self.properties.clone(),
            },
            value: self.value.parse::<ValueFormat>()?,
            partitions: self.partitions,
            replication: self.replication,
            ledger_id: ledger_id.to_owned(),
        })
    }
}

/// A printed configuration is read by more people than a file of secrets.
fn without_secrets<S: Serializer>(properties: &BTreeMap<String, String>, to: S) -> Result<S::Ok, S::Error> {
    let is_secret =
        |name: &str| ["password", "secret", "key.pem", "oauth"].iter().any(|part| name.contains(part));
    to.collect_map(
        properties
            .iter()
            .map(|(name, value)| (name, if is_secret(name) { "********" } else { value.as_str() })),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_configuration_holds_no_password() {
        let properties = [("sasl.password", "hidden"), ("sasl.username", "shown")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()));
        let settings = KafkaSettings {
            brokers: Some("a:9092".to_owned()),
            properties: properties.into(),
            ..KafkaSettings::default()
        };
        let text = toml::to_string(&settings.resolve().unwrap()).unwrap();
        assert!(!text.contains("hidden") && text.contains("shown"), "{text}");
    }

    #[test]
    fn how_often_to_compare_is_a_time_of_a_second_or_more() {
        let resolve = |every: &str| {
            let settings = KafkaSettings {
                brokers: Some("a:9092".to_owned()),
                verify_every: Some(every.to_owned()),
                ..KafkaSettings::default()
            };
            Ok::<_, OptionsError>(settings.resolve()?.unwrap().verify_every()?.unwrap().as_secs())
        };
        for (text, seconds) in [("6h", 21_600), ("90 min", 5_400), ("1s", 1), ("PT2H", 7_200)] {
            assert_eq!(resolve(text), Ok(seconds), "{text}");
        }
        for text in ["", "6", "0s", "500ms", "-6h", "soon"] {
            assert_eq!(resolve(text), Err(OptionsError::VerifyEvery(text.to_owned())));
        }
    }

    #[test]
    fn a_setting_of_the_publisher_without_a_broker_is_refused_by_name() {
        let text = |text: &str| Some(text.to_owned());
        let none = KafkaSettings::default;
        for (name, settings) in [
            ("kafka.topic", KafkaSettings { topic: text("t"), ..none() }),
            ("kafka.value", KafkaSettings { value: text("json"), ..none() }),
            ("kafka.partitions", KafkaSettings { partitions: Some(12), ..none() }),
            ("kafka.replication", KafkaSettings { replication: Some(-1), ..none() }),
            ("kafka.verify_every", KafkaSettings { verify_every: text("6h"), ..none() }),
            (
                "kafka.properties",
                KafkaSettings { properties: [("a".to_owned(), "1".to_owned())].into(), ..none() },
            ),
        ] {
            assert_eq!(settings.resolve(), Err(OptionsError::NoBrokers(name)));
        }
    }

    #[test]
    fn no_broker_is_no_kafka_and_layers_add_up() {
        assert_eq!(KafkaSettings::default().resolve().unwrap(), None);
        let file = KafkaSettings {
            brokers: Some("a:9092".to_owned()),
            properties: [
                ("client.id".to_owned(), "1".to_owned()),
                ("client.rack".to_owned(), "1".to_owned()),
            ]
            .into(),
            ..KafkaSettings::default()
        };
        let flags = KafkaSettings {
            topic: Some("t".to_owned()),
            properties: [("client.rack".to_owned(), "2".to_owned())].into(),
            ..KafkaSettings::default()
        };
        let config = flags.over(file).resolve().unwrap().unwrap();
        assert_eq!((config.topic.as_str(), config.brokers.as_str()), ("t", "a:9092"));
        assert_eq!(config.properties.values().collect::<Vec<_>>(), ["1", "2"]);
    }
}
