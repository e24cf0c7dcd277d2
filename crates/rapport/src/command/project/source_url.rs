//! Where a projector's events come from, as people write it.

use std::{
    collections::BTreeMap,
    str::FromStr,
    sync::{Arc, atomic::AtomicU64},
};

use rapport_kafka::{KafkaOptions, OptionsError, Stop};
use rapport_server::{KafkaSource, KafkaSourceOptions, OpenSource, PartitionSource, Reading};
use tokio::runtime::Handle;

use super::ledger_source::LedgerSource;
use crate::client::server_args::ServerArgs;

/// A topic or a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceUrl {
    /// A topic.
    Kafka {
        /// `HOST:PORT`, or several with commas.
        brokers: String,
        /// Of the events.
        topic: String,
    },
    /// A ledger, by its `http` address.
    Ledger(String),
}

/// Whether a topic can be read; what is wrong with its address is wrong with `--from`.
///
/// # Errors
/// The address or a property cannot be used.
pub(crate) fn check(kafka: &KafkaOptions) -> anyhow::Result<()> {
    let named = |error| match error {
        OptionsError::Brokers(_) | OptionsError::Topic(_) => anyhow::Error::from(error).context("--from"),
        error => error.into(),
    };
    kafka.check().map_err(named)
}

impl FromStr for SourceUrl {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        match scheme {
            "kafka" => {
                let (brokers, topic) = rest.split_once('/').unwrap_or((rest, ""));
                let topic = if topic.is_empty() { "rapport.events" } else { topic };
                Ok(Self::Kafka { brokers: brokers.to_owned(), topic: topic.to_owned() })
            }
            "grpc" | "http" => Ok(Self::Ledger(format!("http://{rest}"))),
            "grpcs" | "https" => Ok(Self::Ledger(format!("https://{rest}"))),
            _ => anyhow::bail!(
                "`{text}` is not a source; expected kafka://BROKERS[/TOPIC], grpc://HOST:PORT or grpcs://HOST:PORT"
            ),
        }
    }
}

impl SourceUrl {
    /// What opens it; `server` has what lets this client into a ledger. Must be called within a runtime; what it gives
    /// must not be.
    ///
    /// # Errors
    /// The address or a property cannot be used.
    pub(crate) fn open(
        self,
        server: &ServerArgs,
        group: &str,
        properties: BTreeMap<String, String>,
        unreadable: Arc<AtomicU64>,
        stop: Stop,
    ) -> anyhow::Result<OpenSource> {
        match self {
            Self::Kafka { brokers, topic } => {
                let kafka = KafkaOptions { brokers, topic, properties };
                check(&kafka)?;
                let options = KafkaSourceOptions { kafka, group: group.to_owned(), unreadable, stop };
                Ok(Arc::new(move |reading| {
                    let source = match reading {
                        Reading::Shared => KafkaSource::join(options.clone())?,
                        Reading::All => KafkaSource::alone(options.clone())?,
                    };
                    Ok(Box::new(source) as Box<dyn PartitionSource>)
                }))
            }
            Self::Ledger(url) => {
                let server = server.at(url, "--from");
                server.endpoint()?;
                let runtime = Handle::current();
                // One partition, so every reader reads all events.
                Ok(Arc::new(move |_| {
                    let source = LedgerSource::connect(&server, runtime.clone())?;
                    Ok(Box::new(source) as Box<dyn PartitionSource>)
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_topic_or_a_ledger() {
        let kafka = |brokers: &str, topic: &str| SourceUrl::Kafka {
            brokers: brokers.to_owned(),
            topic: topic.to_owned(),
        };
        assert_eq!("kafka://a:1,b:2/t".parse::<SourceUrl>().unwrap(), kafka("a:1,b:2", "t"));
        assert_eq!("kafka://a:1".parse::<SourceUrl>().unwrap(), kafka("a:1", "rapport.events"));
        let ledger = |url: &str| SourceUrl::Ledger(url.to_owned());
        assert_eq!("grpc://a:1".parse::<SourceUrl>().unwrap(), ledger("http://a:1"));
        assert_eq!("grpcs://a:1".parse::<SourceUrl>().unwrap(), ledger("https://a:1"));
        for wrong in ["", "a:1", "ftp://a"] {
            assert!(wrong.parse::<SourceUrl>().is_err(), "{wrong}");
        }
    }
}
