//! Projector services: views brought up to date from a source and asked over gRPC. Those of a PostgreSQL database are
//! shared by as many processes as there are partitions; those in files are of one process.
//!
//! Begin with [`ProjectServer`]; `follower` is the thread that carries events, `source` what they are carried from,
//! `in_postgres` and `in_files` what they are carried to.

mod follower;
mod head;
mod heads;
mod in_files;
mod in_postgres;
mod kafka_source;
mod left_behind;
mod parts;
mod progress;
mod rebuild;
mod service;
mod source;

pub use kafka_source::{KafkaSource, KafkaSourceOptions};
pub use parts::{ProjectConfig, ProjectError, ProjectStore};
pub use service::ProjectServer;
pub use source::{Arrived, PartitionSource, SetBack, SourceError, Stretch, is_stop};

use std::sync::Arc;

/// What is read of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The partitions that fall to this process.
    Shared,
    /// All of them, from their beginnings, beside everybody else: for building views anew, and for files, which are of
    /// one process.
    All,
}

/// Opens the source anew, after it failed as well.
pub type OpenSource = Arc<dyn Fn(Reading) -> Result<Box<dyn PartitionSource>, SourceError> + Send + Sync>;
