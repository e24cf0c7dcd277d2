//! The log in Kafka: what is published, how it gets there exactly once, and how it is read again.
//!
//! Synchronous; owns no runtime. The log is the outbox: a [`Publisher`] takes events from a [`Feed`] and writes them
//! in transactions, the checkpoint with them. An event in Kafka is one record: see [`record`].
//!
//! **Invariant:** what a reader of committed records sees in the topic is the log from position 1 on, each event
//! once, those of one key in order.

mod bare;
mod checkpoint;
mod client;
mod error;
mod feed;
mod group;
mod options;
mod partitions;
mod publisher;
pub mod record;
mod session;
mod status;
mod stop;
mod topic;
mod transaction;
mod verify;
mod watermarks;

pub use bare::publish_bare;
pub use checkpoint::Checkpoint;
pub use error::PublishError;
pub use feed::{Feed, FeedError, FeedLimits, LogEvent};
pub use group::{Group, Polled, SourceRecord};
pub use options::{KafkaOptions, OptionsError, PublisherOptions, ValueFormat};
pub use partitions::partition_of;
pub use publisher::{Publisher, PublisherEnd};
pub use status::{KnownElsewhere, PublisherReport, PublisherState, PublisherStatus};
pub use stop::Stop;
pub use topic::{delete_topics, topic_exists};
pub use verify::{TopicFault, TopicFaultKind, TopicVerification, verify_topic};
pub use watermarks::Watermarks;
