//! The log in Kafka: what is published, how it gets there exactly once, and how it is read again.
//!
//! Synchronous; owns no runtime. The log is the outbox: a [`Publisher`] takes events from a [`Feed`] and writes them
//! in transactions, the checkpoint with them. An event in Kafka is one record: see [`record`].
//!
//! **Invariant:** what a reader of committed records sees in the topic is the log from position 1 on, each event
//! once, those of one key in order.

mod client;
mod error;
mod feed;
mod options;
mod publish;
mod read;
mod stop;
mod topic;
mod verify;

pub use error::{FeedError, KnownElsewhere, PublishError};
pub use feed::{Feed, FeedLimits, LogEvent};
pub use options::{KafkaOptions, OptionsError, PublisherOptions, ValueFormat};
pub use publish::publisher::{Publisher, PublisherEnd};
pub use publish::status::{Comparisons, PublisherReport, PublisherState, PublisherStatus};
pub use read::group::{Group, Polled, SourceRecord};
pub use read::topic_events::{Lacking, TopicEvents};
pub use stop::Stop;
pub use topic::checkpoint::Checkpoint;
pub use topic::partitions::partition_of;
pub use topic::watermarks::Watermarks;
pub use topic::{
    ends::topic_exists,
    prepare::{delete_topics, make_topics},
    record,
};
pub use verify::verifier::Verifier;
pub use verify::{Claims, TopicFault, TopicFaultKind, TopicVerification, verify_topic};
