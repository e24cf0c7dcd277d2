//! The configuration of a projector service, and what a store brings into it.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    thread,
    time::Duration,
};

use rapport_model::Position;
use rapport_store::{EventSource, ReadModels, StoreError, View, postgres::PostgresOptions};
use tokio::sync::{Notify, watch};

use super::source::OpenSource;
use crate::{
    door::listening::Listening,
    start_error::StartError,
    views::{projector::Projector, questions::Origin},
};

/// What a projector service is told.
#[derive(Clone)]
pub struct ProjectConfig {
    /// Where the service listens and which clients are let in.
    pub listening: Listening,
    /// Where the rows go.
    pub store: ProjectStore,
    /// The views of this process.
    pub views: Vec<View>,
    /// Opens the source.
    pub source: OpenSource,
    /// Counts records that are not events.
    pub unreadable: Arc<AtomicU64>,
    /// The zone of dates without one.
    pub time_zone: String,
    /// How long a stopping service waits for calls under way.
    pub shutdown_timeout: Duration,
}

/// Where the rows of a projector service are.
#[derive(Clone)]
pub enum ProjectStore {
    /// In a database, which several processes share.
    Postgres(PostgresOptions),
    /// In a directory of this process alone.
    Files(PathBuf),
}

/// What a store brings into the service.
pub(crate) struct Parts {
    pub models: Arc<dyn ReadModels>,
    /// Where the text of a timeline comes from, unless the store keeps it.
    pub events: Arc<dyn EventSource + Send>,
    pub origin: Arc<dyn Origin>,
    /// Told whenever views have advanced.
    pub applied: watch::Receiver<Position>,
    /// A query that waits for a view notifies it.
    pub wanted: Arc<Notify>,
    /// Reads the source.
    pub follower: thread::JoinHandle<()>,
    /// Brings the views up to date, where that is not done by the follower.
    pub projector: Option<Projector>,
}

/// A projector service did not start.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// As a ledger may not.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database refuses.
    #[error("cannot open the views")]
    Store(#[from] StoreError),
}
