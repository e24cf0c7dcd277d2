//! Topics of a measurement's own on a broker that others may use: deleted when it is over.

use anyhow::Context;
use rapport_kafka::{KafkaOptions, delete_topics, topic_exists};
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// The topics that were begun and not deleted yet.
pub(super) struct Topics {
    brokers: String,
    begun: Vec<KafkaOptions>,
}

impl Topics {
    /// None yet; a broker must answer.
    ///
    /// # Errors
    /// None does.
    pub(super) async fn on(brokers: &str) -> anyhow::Result<Self> {
        let topics = Self { brokers: brokers.to_owned(), begun: Vec::new() };
        let some = topics.name();
        some.check().context("--kafka")?;
        let no_broker =
            || format!("--kafka: the broker `{brokers}` cannot be used; start it, or name another");
        spawn_blocking(move || topic_exists(&some)).await?.with_context(no_broker)?;
        Ok(topics)
    }

    /// The options of another topic; the publisher creates it.
    pub(super) fn another(&mut self) -> KafkaOptions {
        let topic = self.name();
        self.begun.push(topic.clone());
        topic
    }

    fn name(&self) -> KafkaOptions {
        KafkaOptions {
            brokers: self.brokers.clone(),
            topic: format!("rapport.bench.{}", Uuid::new_v4()),
            properties: Default::default(),
        }
    }

    /// Deletes them; all publishers must have ended.
    ///
    /// # Errors
    /// The broker does not let it, or is gone.
    pub(super) async fn delete(&mut self) -> anyhow::Result<()> {
        while let Some(topic) = self.begun.pop() {
            let left = format!("the topics `{}` and `{}` are left", topic.topic, topic.checkpoint_topic());
            spawn_blocking(move || delete_topics(&topic)).await?.context(left)?;
        }
        Ok(())
    }
}
