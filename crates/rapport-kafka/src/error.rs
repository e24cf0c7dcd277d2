//! The errors of publishing.

use rapport_model::Position;
use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::{KnownElsewhere, feed::FeedError, topic::TIMES_MAX};

/// Publishing was interrupted. Readers of committed records do not see what was not committed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Kafka.
    #[error("kafka: {doing}: {reason}")]
    Kafka {
        /// What was being done.
        doing: &'static str,
        /// In words: what the broker or the connection last said.
        reason: String,
        /// The error.
        source: KafkaError,
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
        /// Whose it is.
        found: String,
        /// Who we are.
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
        /// What there is.
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
        move |source| {
            if is_fenced(&source) {
                return Self::Fenced;
            }
            let reason =
                source.rdkafka_error_code().map_or_else(|| source.to_string(), |code| code.to_string());
            Self::Kafka { doing, reason, source }
        }
    }

    /// Adds what the connection last said: a timeout alone explains nothing.
    pub(crate) fn because(self, last: Option<String>) -> Self {
        match (self, last) {
            (Self::Kafka { doing, reason, source }, Some(last)) if !reason.contains(&last) => {
                Self::Kafka { doing, reason: format!("{reason}; {last}"), source }
            }
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
            Self::Kafka { source, .. } if is_refusal(source) => Remedy::Ask,
            Self::Kafka { .. } | Self::MadeAnew { .. } | Self::Feed(_) | Self::Stopped => Remedy::Wait,
        }
    }
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
