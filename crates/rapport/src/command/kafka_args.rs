//! The flags that say how Kafka is reached.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::Context;
use clap::Args;
use rapport_server::KafkaSettings;

/// Flags of every command that publishes.
#[derive(Debug, Args)]
pub(super) struct KafkaArgs {
    /// Publish the log to these brokers, HOST:PORT or several with commas
    #[arg(long, env = "RAPPORT_KAFKA", value_name = "BROKERS")]
    kafka: Option<String>,
    /// The topic of the events [default: rapport.events]; checkpoints are in TOPIC.checkpoints
    #[arg(long, env = "RAPPORT_KAFKA_TOPIC", value_name = "TOPIC")]
    kafka_topic: Option<String>,
    /// How events are written, `protobuf` or `json` [default: protobuf]
    #[arg(long, env = "RAPPORT_KAFKA_VALUE", value_name = "FORMAT")]
    kafka_value: Option<String>,
    /// Partitions of the topic, when it is made [default: 12]
    #[arg(long, env = "RAPPORT_KAFKA_PARTITIONS", value_name = "COUNT")]
    kafka_partitions: Option<i32>,
    /// Replicas of the topics, when they are made; -1 for the broker's default [default: -1]
    #[arg(long, env = "RAPPORT_KAFKA_REPLICATION", value_name = "COUNT", allow_negative_numbers = true)]
    kafka_replication: Option<i32>,
    /// Compare the topic with the log at this interval, such as `6h` [default: never]
    #[arg(long, env = "RAPPORT_KAFKA_VERIFY_EVERY", value_name = "DURATION")]
    verify_every: Option<String>,
    #[command(flatten)]
    properties: PropertyArgs,
}

/// Flags of every command that reaches Kafka.
#[derive(Debug, Clone, Args)]
pub(crate) struct PropertyArgs {
    /// A property of librdkafka, such as security.protocol=SASL_SSL; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    kafka_property: Vec<String>,
    /// A file of such properties, one a line: for values that the list of processes must not show
    #[arg(long, env = "RAPPORT_KAFKA_PROPERTIES", value_name = "FILE")]
    kafka_properties: Option<PathBuf>,
}

impl KafkaArgs {
    /// As a layer of configuration.
    ///
    /// # Errors
    /// A property is none, or the file of properties cannot be read.
    pub(super) fn settings(self) -> anyhow::Result<KafkaSettings> {
        Ok(KafkaSettings {
            brokers: self.kafka,
            topic: self.kafka_topic,
            value: self.kafka_value,
            partitions: self.kafka_partitions,
            replication: self.kafka_replication,
            verify_every: self.verify_every,
            properties: self.properties.properties()?,
        })
    }
}

impl PropertyArgs {
    /// Refuses properties where no topic is asked. A file that the environment names is for other commands, too.
    ///
    /// # Errors
    /// There is one.
    pub(crate) fn refuse(&self) -> anyhow::Result<()> {
        let is_none = self.kafka_property.is_empty();
        anyhow::ensure!(
            is_none,
            "--kafka-property is for a topic; ask one with --from kafka://BROKERS/TOPIC"
        );
        Ok(())
    }

    /// The properties; a flag wins over the file.
    ///
    /// # Errors
    /// One is none, or the file cannot be read.
    pub(crate) fn properties(self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut properties = BTreeMap::new();
        if let Some(path) = &self.kafka_properties {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read the properties `{}`", path.display()))?;
            for (index, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                // Of a file that holds secrets no line is shown.
                let (name, value) = line.split_once('=').with_context(|| {
                    format!("`{}`, line {}: expected NAME=VALUE", path.display(), index + 1)
                })?;
                properties.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        for property in self.kafka_property {
            let (name, value) = property.split_once('=').context("--kafka-property: expected NAME=VALUE")?;
            properties.insert(name.trim().to_owned(), value.trim().to_owned());
        }
        Ok(properties)
    }
}
