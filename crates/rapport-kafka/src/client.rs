//! Handles what librdkafka reports, in the same way for every client of Kafka.

pub(crate) mod asking;
pub(crate) mod reader;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use rdkafka::{ClientContext, config::RDKafkaLogLevel, error::KafkaError, types::RDKafkaErrorCode};

/// Keeps the last error of a connection, which explains the timeouts that follow.
#[derive(Default)]
pub(crate) struct Heard {
    last: Mutex<Option<String>>,
    all_down: AtomicBool,
}

impl Heard {
    /// Takes the last error.
    pub(crate) fn take(&self) -> Option<String> {
        self.lock().take()
    }

    /// The last error.
    pub(crate) fn last(&self) -> Option<String> {
        self.lock().clone()
    }

    /// Whether every known broker has refused the connection or has closed it.
    pub(crate) fn are_all_down(&self) -> bool {
        self.all_down.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn error(&self, error: &KafkaError, reason: &str) {
        // The end of a partition is not an error.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        tracing::debug!(target: "rapport::kafka", %error, reason, "a connection to kafka failed");
        let is_of_all = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        self.all_down.fetch_or(is_of_all, Ordering::Relaxed);
        let mut heard = self.lock();
        // The errors of each broker say more than the one of all.
        if heard.is_none() || !is_of_all {
            *heard = Some(reason.to_owned());
        }
    }
}

/// Logs librdkafka's own lines at `debug`; the important ones come as errors, too.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
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
pub(crate) struct Listening(pub Heard);

impl ClientContext for Listening {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(&error, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for Listening {}
