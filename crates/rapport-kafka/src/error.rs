//! The errors of publishing.

use rapport_model::Position;
use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::options::TIMES_MAX;

/// Why a feed has no events.
pub type FeedError = Box<dyn std::error::Error + Send + Sync>;

/// Publishing was interrupted. Readers of committed records do not see what was not committed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Kafka failed. The text includes the error's cause, so that no chain of causes repeats it.
    #[error("kafka: {doing}: {}", in_words(error, heard.as_deref()))]
    Kafka {
        /// What was being done.
        doing: &'static str,
        /// What a connection last reported.
        heard: Option<String>,
        /// The error.
        error: KafkaError,
    },
    /// Another publisher has the topic.
    #[error("another publisher of this topic took over")]
    Fenced,
    /// The topic is not as it must be.
    #[error("{0}")]
    Topic(String),
    /// A record is not a checkpoint of Rapport.
    #[error(
        "the last record of `{topic}` is not a checkpoint: {reason}; publish to another topic, or delete both topics to publish everything again"
    )]
    Checkpoint {
        /// The topic of the checkpoints.
        topic: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The topic is that of another ledger.
    #[error(
        "`{topic}` holds the events of the ledger `{found}`, this is `{ledger}`; give each ledger a topic of its own with --kafka-topic"
    )]
    OtherLedger {
        /// The topic of the events.
        topic: String,
        /// The ledger whose events it holds.
        found: String,
        /// The ledger that publishes.
        ledger: String,
    },
    /// The log was set back.
    #[error(
        "`{topic}` holds the events up to position `{published}`, the ledger ends at `{head}`: it was set back; publish to another topic, whose readers begin anew"
    )]
    LedgerBehind {
        /// The topic of the events.
        topic: String,
        /// What is published.
        published: Position,
        /// The last position of the ledger.
        head: Position,
    },
    /// The log was set back, and has grown since.
    #[error(
        "`{topic}` holds another event at position `{published}` than the ledger, which was set back; publish to another topic, whose readers begin anew"
    )]
    OtherHistory {
        /// The topic of the events.
        topic: String,
        /// The last event that is published.
        published: Position,
    },
    /// Partitions were added.
    #[error(
        "`{topic}` had {before} partitions and has {now}: a customer's events would lie in two of them; publish to another topic, or delete both topics to publish everything again"
    )]
    Partitions {
        /// The topic of the events.
        topic: String,
        /// When publishing began.
        before: usize,
        /// Now.
        now: usize,
    },
    /// A topic was deleted, and perhaps made anew, while the session used it.
    #[error("`{topic}` was deleted, or deleted and made anew; the publisher begins again with what is there")]
    MadeAnew {
        /// The topic of the events, or that of the checkpoints.
        topic: String,
    },
    /// The broker refuses a record, and refuses it again at every try.
    #[error("{}", refusal(topic, *position, *code, *bytes))]
    Refused {
        /// The topic of the events.
        topic: String,
        /// Which event.
        position: Position,
        /// What the broker says.
        code: Code,
        /// Its size as a value.
        bytes: usize,
    },
    /// The publisher must stop.
    #[error("it was told to stop")]
    Stopped,
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Feed(#[source] FeedError),
    /// Stored bytes are not an event.
    #[error("the event at position `{position}` cannot be read; run `rapport verify`")]
    NotAnEvent {
        /// Where.
        position: Position,
    },
}

/// A topic that has later events of a ledger than the ledger itself, or another history of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownElsewhere {
    /// The topic of the events.
    pub topic: String,
    /// The last position that is published there.
    pub position: Position,
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Try again soon.
    Wait,
    /// An operator has to act; try again now and then.
    Ask,
    /// End.
    End,
}

impl PublishError {
    pub(crate) fn kafka(doing: &'static str) -> impl FnOnce(KafkaError) -> Self {
        move |error| {
            if is_fenced(&error) {
                return Self::Fenced;
            }
            Self::Kafka { doing, heard: None, error }
        }
    }

    /// Adds the last report of the connection: a timeout alone explains nothing.
    pub(crate) fn because(self, last: Option<String>) -> Self {
        match (self, last) {
            (Self::Kafka { doing, error, .. }, Some(last)) => Self::Kafka { doing, heard: Some(last), error },
            (error, _) => error,
        }
    }

    /// The events that the topic has and the ledger does not have, where that is the error.
    pub(crate) fn known_elsewhere(&self) -> Option<KnownElsewhere> {
        match self {
            Self::LedgerBehind { topic, published, .. } | Self::OtherHistory { topic, published } => {
                Some(KnownElsewhere { topic: topic.clone(), position: *published })
            }
            Self::Kafka { .. }
            | Self::Fenced
            | Self::Topic(_)
            | Self::Checkpoint { .. }
            | Self::OtherLedger { .. }
            | Self::Partitions { .. }
            | Self::MadeAnew { .. }
            | Self::Refused { .. }
            | Self::Stopped
            | Self::Feed(_)
            | Self::NotAnEvent { .. } => None,
        }
    }

    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Fenced => Remedy::End,
            Self::Topic(_)
            | Self::Checkpoint { .. }
            | Self::OtherLedger { .. }
            | Self::LedgerBehind { .. }
            | Self::OtherHistory { .. }
            | Self::Partitions { .. }
            | Self::Refused { .. }
            | Self::NotAnEvent { .. } => Remedy::Ask,
            Self::Kafka { error, .. } if is_refusal(error) => Remedy::Ask,
            Self::Kafka { .. } | Self::MadeAnew { .. } | Self::Feed(_) | Self::Stopped => Remedy::Wait,
        }
    }
}

/// What went wrong, each cause once.
fn in_words(error: &KafkaError, heard: Option<&str>) -> String {
    let code = error.rdkafka_error_code();
    let said = match (error, code) {
        // The text of the library has the value, which may be a secret.
        (KafkaError::ClientConfig(_, _, name, _), _) => {
            format!(
                "the property `{name}` is not one of librdkafka's, or does not take this value; correct it"
            )
        }
        (_, Some(code)) => code.to_string(),
        (error, None) => error.to_string(),
    };
    let heard = heard.map(of_a_connection).filter(|heard| !heard.is_empty() && !said.contains(*heard));
    let told = heard.map(|heard| format!(" ({heard})")).unwrap_or_default();
    match code {
        Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve) => format!(
            "no broker answers{told}; see that Kafka runs, and that the address and the properties of the connection are \
             right"
        ),
        Some(Code::OperationTimedOut) => {
            format!("no answer came in time{told}; see that Kafka runs and is not overloaded")
        }
        Some(_) | None => format!("{said}{told}"),
    }
}

/// What librdkafka reports of a connection, without its own bookkeeping, which differs from try to try.
fn of_a_connection(report: &str) -> &str {
    // "All brokers are down" adds nothing to "no broker answers".
    if report.ends_with(" brokers are down") {
        return "";
    }
    let said = report.rsplit_once(" (after ").filter(|(_, tail)| tail.contains("in state "));
    let said = said.map_or(report, |(said, _)| said);
    said.split_once("/bootstrap: ").map_or(said, |(_, said)| said)
}

/// The message about a refused record, with the setting that refuses it.
fn refusal(topic: &str, position: Position, code: Code, bytes: usize) -> String {
    let it = format!("the event at position `{position}`");
    match code {
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => format!(
            "{it} is larger than `{topic}` takes ({bytes} bytes); raise `max.message.bytes` of the topic"
        ),
        Code::MessageBatchTooLarge => format!(
            "{it} is larger than a segment of `{topic}` ({bytes} bytes); raise `segment.bytes` of the topic"
        ),
        Code::InvalidTimestamp | Code::InvalidRecord => format!(
            "kafka does not take {it} into `{topic}` ({code}): it was recorded further from the broker's clock than \
             the topic takes; set its `message.timestamp.after.max.ms` and `message.timestamp.before.max.ms` to \
             {TIMES_MAX}, and look into the broker's log if that is so already"
        ),
        _ => format!(
            "kafka does not take {it} into `{topic}` ({code}), whenever it comes; the broker's log says which rule \
             refuses it: change that"
        ),
    }
}

/// Whether a code is about the record itself, so that the broker refuses the record again at every try. Codes about a
/// session, a connection, a leader or a permission are not. An unknown code of the broker counts as one about the record.
pub(crate) fn is_of_the_record(code: Code) -> bool {
    let is_of_the_broker = (code as i32) > 0;
    let passes = matches!(
        code,
        Code::InvalidMessage
            | Code::UnknownTopicOrPartition
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::RequestTimedOut
            | Code::BrokerNotAvailable
            | Code::ReplicaNotAvailable
            | Code::StaleControllerEpoch
            | Code::NetworkException
            | Code::CoordinatorLoadInProgress
            | Code::CoordinatorNotAvailable
            | Code::NotCoordinator
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend
            | Code::NotController
            | Code::KafkaStorageError
            | Code::ReassignmentInProgress
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::StaleBrokerEpoch
            | Code::PreferredLeaderNotAvailable
            | Code::EligibleLeadersNotAvailable
            | Code::ThrottlingQuotaExceeded
            | Code::UnknownTopicId
    );
    let is_of_the_session = matches!(
        code,
        Code::OutOfOrderSequenceNumber
            | Code::DuplicateSequenceNumber
            | Code::InvalidProducerEpoch
            | Code::InvalidTransactionalState
            | Code::InvalidProducerIdMapping
            | Code::InvalidTransactionTimeout
            | Code::ConcurrentTransactions
            | Code::TransactionCoordinatorFenced
            | Code::OperationNotAttempted
            | Code::UnknownProducerId
            | Code::ProducerFenced
    ) || code as i32 == TRANSACTION_ABORTABLE;
    is_of_the_broker && !passes && !is_of_the_session && !is_a_permission(code)
}

/// From KIP-890; this version of librdkafka has no name for it.
const TRANSACTION_ABORTABLE: i32 = 120;

fn is_fenced(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(says_fenced)
}

/// Whether another producer took over, or the broker gave up a transaction that took too long.
pub(crate) fn says_fenced(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

/// Whether the broker denies permission, or the client's own settings are wrong.
pub(crate) fn is_refusal(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(is_a_permission)
        || matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_))
}

fn is_a_permission(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_of_a_broker_that_does_not_answer_is_told_once_with_the_remedy() {
        let reports = [
            "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT, \
             3 identical error(s) suppressed)",
            "a:1/bootstrap: Failed to resolve 'a:1': Name or service not known (after 2ms in state CONNECT)",
            "1/1 brokers are down",
            "BrokerTransportFailure (Local: Broker transport failure)",
        ];
        let expected = [
            " (Connect to ipv4#127.0.0.1:1 failed: Connection refused)",
            " (Failed to resolve 'a:1': Name or service not known)",
            "",
            "",
        ];
        for (report, told) in reports.into_iter().zip(expected) {
            let failed = KafkaError::MetadataFetch(Code::BrokerTransportFailure);
            let error = PublishError::kafka("asking for the topic")(failed).because(Some(report.to_owned()));
            assert!(std::error::Error::source(&error).is_none(), "a chain of causes would repeat it");
            let expected =
                format!("kafka: asking for the topic: no broker answers{told}; see that Kafka runs");
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn what_a_broker_says_of_a_record_again_and_again_is_about_the_record() {
        for code in [
            Code::MessageSizeTooLarge,
            Code::MessageBatchTooLarge,
            Code::InvalidRecord,
            Code::InvalidTimestamp,
            Code::PolicyViolation,
            Code::UnsupportedForMessageFormat,
            Code::UnsupportedCompressionType,
            Code::InvalidRequest,
            Code::InvalidRequiredAcks,
        ] {
            assert!(is_of_the_record(code), "{code}");
            let said = refusal("t", Position(7), code, 9);
            assert!(said.contains("position `7`") && said.contains("`t`") && said.contains("; "), "{said}");
        }
        for code in [
            Code::PurgeQueue,
            Code::InvalidDifferentRecord,
            Code::MessageTimedOut,
            Code::Unknown,
            Code::NoError,
            Code::NotEnoughReplicas,
            Code::InvalidProducerEpoch,
            Code::InvalidTransactionalState,
            Code::TopicAuthorizationFailed,
        ] {
            assert!(!is_of_the_record(code), "{code}");
        }
    }
}
