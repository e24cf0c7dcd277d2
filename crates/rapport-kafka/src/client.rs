//! What every client of Kafka here does with what librdkafka tells it.

use std::sync::{Mutex, PoisonError};

use rdkafka::{ClientContext, config::RDKafkaLogLevel, error::KafkaError, types::RDKafkaErrorCode};

/// Keeps the last trouble of a connection, which explains the timeouts that follow from it.
#[derive(Default)]
pub struct Heard(Mutex<Option<String>>);

impl Heard {
    /// What was last said, and forgets it.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What was last said.
    pub fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn error(&self, error: &KafkaError, reason: &str) {
        // That a partition is read to its end is no trouble.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        tracing::debug!(target: "rapport::kafka", %error, reason, "a connection to kafka failed");
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // That all are down follows from what was said of each.
        if heard.is_none() || error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *heard = Some(reason.to_owned());
        }
    }
}

/// librdkafka's own lines: what matters of them comes as an error as well.
pub fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(target: "rapport::kafka", facility, "{line}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice => {
            tracing::debug!(target: "rapport::kafka", facility, "{line}");
        }
        RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::trace!(target: "rapport::kafka", facility, "{line}");
        }
    }
}

/// The context of clients that only ask and read.
#[derive(Default)]
pub struct Listening(pub Heard);

impl ClientContext for Listening {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(&error, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for Listening {}
