//! What can go wrong while publishing.

use rapport_model::Position;
use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::{KnownElsewhere, feed::FeedError};

/// Publishing was interrupted; nothing that was not committed is seen by readers of committed records.
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
    /// A checkpoint is none of ours.
    #[error(
        "the last record of `{topic}` is no checkpoint: {reason}; publish to another topic, or delete both topics to publish everything again"
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
    /// The topic was made anew while events were written.
    #[error("`{topic}` was made anew; everything is published again")]
    MadeAnew {
        /// The topic of the events.
        topic: String,
    },
    /// An event does not fit.
    #[error(
        "the event at position `{position}` is larger than `{topic}` takes ({bytes} bytes); raise `max.message.bytes` of the topic"
    )]
    TooLarge {
        /// The topic of the events.
        topic: String,
        /// Which event.
        position: Position,
        /// Its size as a value.
        bytes: usize,
    },
    /// The log has no events.
    #[error("the log cannot be read")]
    Feed(#[source] FeedError),
    /// Stored bytes are no event.
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
    /// Somebody has to do something; try again now and then.
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

    /// What the topic has and the ledger has not, where that is the error.
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
            | Self::TooLarge { .. }
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
            | Self::TooLarge { .. }
            | Self::NotAnEvent { .. } => Remedy::Ask,
            Self::Kafka { source, .. } if is_refusal(source) => Remedy::Ask,
            Self::Kafka { .. } | Self::MadeAnew { .. } | Self::Feed(_) => Remedy::Wait,
        }
    }
}

fn is_fenced(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(says_fenced)
}

/// Whether another producer took over, or the broker gave up a transaction that took too long.
pub(crate) fn says_fenced(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

/// Whether the broker, or the client's own settings, do not let it.
pub(crate) fn is_refusal(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::Authentication
                | Code::SaslAuthenticationFailed
                | Code::TopicAuthorizationFailed
                | Code::ClusterAuthorizationFailed
                | Code::GroupAuthorizationFailed
                | Code::TransactionalIdAuthorizationFailed
        )
    ) || matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_))
}
