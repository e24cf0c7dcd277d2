//! A PostgreSQL database of a measurement's own, with a projector service: empty before and empty after.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use rapport_bench::{ByHand, postgres as by_hand};
use rapport_kafka::Stop;
use rapport_server::{Listening, ProjectConfig, ProjectServer, ProjectStore};
use rapport_store::{
    ReadModels, StoreError, View,
    postgres::{PostgresOptions, PostgresStore},
};
use tempfile::TempDir;
use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};
use uuid::Uuid;

use super::timed_source::{Begun, timed};
use crate::{client::server_args::ServerArgs, command::project::source_url::SourceUrl};

/// Of the schemas: never that of views in use.
const PREFIX: &str = "rapport_bench";
/// How often it is asked how far the views are.
const LOOK: Duration = Duration::from_millis(5);
/// After this time without progress, views count as stuck.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a stopping projector waits for questions under way.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the bench waits for it: without its broker it does not leave its group.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// The database.
pub(super) struct Database {
    options: PostgresOptions,
    projector: Option<ProjectServer>,
}

/// A position that every view had reached, and when.
pub(super) type Reached = (u64, Instant);

impl Database {
    /// One that has no views yet. Nothing is written.
    ///
    /// # Errors
    /// It cannot be reached, or has views.
    pub(super) async fn empty(url: &str) -> anyhow::Result<Self> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        // The address holds a password: it is not shown.
        anyhow::ensure!(is_postgres, "--views: expected postgres://USER:PASSWORD@HOST/DATABASE");
        let separator = if url.contains('?') { '&' } else { '?' };
        // By this name the connections that a projector leaves open are found and ended.
        let name = format!("application_name=rapport-bench-{}", Uuid::new_v4().simple());
        let url = format!("{url}{separator}{name}");
        let database = Self {
            options: PostgresOptions { schema_prefix: PREFIX.to_owned(), ..PostgresOptions::new(url) },
            projector: None,
        };
        let found = database.blocking(by_hand::schemas_in).await;
        let found = found.context("--views: the database cannot be used; start it, or name another")?;
        let left = if found.iter().any(|schema| schema.starts_with(PREFIX)) {
            format!("; a bench that was killed left `{PREFIX}_…`: drop them")
        } else {
            String::new()
        };
        anyhow::ensure!(
            found.is_empty(),
            "--views: the database has views of Rapport in `{}`; give an empty database{left}",
            found.join("`, `")
        );
        Ok(database)
    }

    /// Starts a projector of all views on tables without rows, and gives what will tell when it began.
    ///
    /// # Errors
    /// The tables cannot be made, or the source cannot be used.
    pub(super) async fn project(&mut self, from: SourceUrl, ledger: &ServerArgs) -> anyhow::Result<Begun> {
        self.blocking(|options| PostgresStore::open(options).map(drop)).await?;
        let unreadable = Arc::new(AtomicU64::new(0));
        let group = format!("rapport.bench.{}", Uuid::new_v4());
        let source = from.open(ledger, &group, BTreeMap::new(), Arc::clone(&unreadable), Stop::new())?;
        let (source, begun) = timed(source);
        let anywhere = ([127, 0, 0, 1], 0).into();
        let config = ProjectConfig {
            listening: Listening {
                grpc: anywhere,
                http: anywhere,
                tls_cert: None,
                tls_key: None,
                tokens: None,
                unprotected: false,
            },
            store: ProjectStore::Postgres(self.options.clone()),
            views: View::ALL.to_vec(),
            source,
            unreadable,
            time_zone: "UTC".to_owned(),
            shutdown_timeout: SHUTDOWN_TIMEOUT,
        };
        self.projector = Some(ProjectServer::start(config).await?);
        Ok(begun)
    }

    /// The projector as a server to ask.
    ///
    /// # Errors
    /// None was started.
    pub(super) fn projector(&self) -> anyhow::Result<ServerArgs> {
        let projector = self.projector.as_ref().context("no projector was started")?;
        Ok(ServerArgs::own(&format!("http://{}", projector.grpc_address())))
    }

    /// Every position that all views reach, each with the moment at which it was seen, until they reach `until`, which
    /// may still be raised or lowered.
    pub(super) fn watch(&self, until: Arc<AtomicU64>) -> JoinHandle<anyhow::Result<Vec<Reached>>> {
        let options = self.options.clone();
        spawn_blocking(move || watch(&options, &until))
    }

    /// Copies the rows of the views by hand.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn copy(&self) -> anyhow::Result<ByHand> {
        let folder = TempDir::with_prefix("rapport-")?;
        let copied = self.blocking(move |options| by_hand::copy_views(options, folder.path()));
        copied.await
    }

    /// Stops the projector.
    ///
    /// # Errors
    /// A part of it had failed before.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(projector) = self.projector.take() else { return Ok(()) };
        let stopped = timeout(STOP_TIMEOUT, projector.shutdown()).await;
        Ok(stopped.context("the projector does not stop; is its broker gone?")??)
    }

    /// Stops the projector, and leaves nothing of it in the database.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn clear(&mut self) -> anyhow::Result<()> {
        let stopped = self.stop().await;
        let dropped = self.blocking(by_hand::drop_schemas).await;
        dropped.with_context(|| format!("--views: the schemas `{PREFIX}_…` are left in the database"))?;
        stopped
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PostgresOptions) -> Result<T, StoreError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let options = self.options.clone();
        Ok(spawn_blocking(move || work(&options)).await??)
    }
}

fn watch(options: &PostgresOptions, until: &AtomicU64) -> anyhow::Result<Vec<Reached>> {
    let store = PostgresStore::open_to_read(options)?;
    let (mut all, mut last, mut deadline) = (Vec::new(), 0, Instant::now() + PATIENCE);
    loop {
        let mut position = u64::MAX;
        for view in View::ALL {
            position = position.min(store.position(view)?.0);
        }
        let now = Instant::now();
        if position > last {
            (last, deadline) = (position, now + PATIENCE);
            all.push((position, now));
        }
        if last >= until.load(Ordering::Relaxed) {
            return Ok(all);
        }
        anyhow::ensure!(now < deadline, "the views stay at position {last} for {} s", PATIENCE.as_secs());
        thread::sleep(LOOK);
    }
}
