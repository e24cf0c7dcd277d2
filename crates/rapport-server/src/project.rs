//! Projector services: views of a PostgreSQL database, brought up to date from a source and asked over gRPC, by as
//! many processes as there are partitions.
//!
//! Begin with [`ProjectServer`]; `follower` is the thread that carries events, `source` what they are carried from.

mod follower;
mod head;
mod kafka_source;
mod origin;
mod progress;
mod rebuild;
mod service;
mod source;

pub use kafka_source::{KafkaSource, KafkaSourceOptions};
pub use service::{ProjectConfig, ProjectError, ProjectServer};
pub use source::{Arrived, PartitionSource, SourceError, Stretch};

use std::sync::Arc;

/// What is read of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The partitions that fall to this process.
    Shared,
    /// All of them, from their beginnings: for building views anew.
    All,
}

/// Opens the source anew, after it failed as well.
pub type OpenSource = Arc<dyn Fn(Reading) -> Result<Box<dyn PartitionSource>, SourceError> + Send + Sync>;
