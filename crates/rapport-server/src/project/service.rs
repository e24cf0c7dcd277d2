//! A projector service from start to shutdown.

use std::{
    mem,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use rapport_model::ErrorClass;
use rapport_proto::v1::{ledger_server::LedgerServer, views_server::ViewsServer};
use rapport_store::{
    StoreError, View,
    postgres::{PostgresOptions, PostgresStore},
};
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinHandle, spawn_blocking},
    time::sleep,
};
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use super::{
    OpenSource, Reading,
    follower::Follower,
    head::HeadService,
    origin::{Elsewhere, NoEvents},
    progress::Progress,
};
use crate::{
    calls::Calls,
    config::ConfigError,
    connections, grpc, http,
    listening::Listening,
    metrics::{Metrics, Of, Readings},
    protection::Protection,
    questions::Questions,
    server::{ended, listen},
    source_metrics::SourceReadings,
    start_error::{StartError, StopError},
    stopping::{Stop, stop},
    views::ViewsService,
};

/// Between two tries to reach the database at the start.
const RETRY: Duration = Duration::from_secs(2);
/// Connections that were cut off close within so much.
const CLOSING: Duration = Duration::from_millis(500);
/// A question is no longer than this.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// What a projector service is told.
#[derive(Clone)]
pub struct ProjectConfig {
    /// Where it listens and who is let in.
    pub listening: Listening,
    /// Where the rows are.
    pub store: PostgresOptions,
    /// The views of this process.
    pub views: Vec<View>,
    /// Opens the source.
    pub source: OpenSource,
    /// Counts records that are no events.
    pub unreadable: Arc<AtomicU64>,
    /// The zone of dates without one.
    pub time_zone: String,
    /// How long a stopping service waits for calls under way.
    pub shutdown_timeout: Duration,
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

/// A running projector service.
pub struct ProjectServer {
    grpc_address: SocketAddr,
    http_address: SocketAddr,
    questions: Arc<Questions>,
    stop: Stop,
    health: HealthReporter,
    shutdown_timeout: Duration,
    follower: thread::JoinHandle<()>,
    grpc: JoinHandle<Result<(), tonic::transport::Error>>,
    http: JoinHandle<std::io::Result<()>>,
}

impl ProjectServer {
    /// Opens the views and serves them. While the database cannot be reached it waits.
    ///
    /// # Errors
    /// The configuration is wrong, an address is taken, or the database refuses.
    pub async fn start(config: ProjectConfig) -> Result<Self, ProjectError> {
        config.listening.check().map_err(StartError::from)?;
        let zone = TimeZone::get(&config.time_zone)
            .map_err(|_| StartError::from(ConfigError::TimeZone(config.time_zone.clone())))?;
        let metrics = Arc::new(Metrics::new(Of::Projector));
        let protection = Protection::load(&config.listening, &metrics)?;
        let (grpc_listener, grpc_address) = listen(config.listening.grpc, "grpc").await?;
        let (http_listener, http_address) = listen(config.listening.http, "http").await?;
        let store = open(&config.store).await?;
        // Its connections must not be closed on an async thread, and who drops it last is not known. They end with the
        // process, as this service does.
        mem::forget(store.clone());
        let (stop, stopping) = stop();
        let progress = Progress::new();
        let follower = Follower::new(store.clone(), config.views.clone(), progress.clone(), stopping.clone());
        let source = config.source.clone();
        let follower = thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || follower.run(|| source(Reading::Shared)))
            .map_err(StartError::Thread)?;
        let origin = Elsewhere {
            progress: progress.clone(),
            store: store.clone(),
            open: config.source.clone(),
            stopping: stopping.clone(),
        };
        let questions = Arc::new(Questions {
            zone,
            models: Arc::new(store),
            events: Arc::new(NoEvents),
            origin: Arc::new(origin),
            views: config.views.clone(),
            metrics,
            applied: progress.applied(),
            wanted: Arc::new(Notify::new()),
            started: Instant::now(),
            stopping: stopping.clone(),
            calls: Calls::new(),
        });
        let (health, reported) = tonic_health::server::health_reporter();
        health.set_serving::<ViewsServer<ViewsService>>().await;
        let mut routes = Routes::builder();
        let views = ViewsServer::new(ViewsService::new(Arc::clone(&questions)));
        let head = HeadService { progress: progress.clone(), time_zone: config.time_zone.clone() };
        routes.add_service(LedgerServer::new(head));
        routes.add_service(reported).add_service(views.max_decoding_message_size(MESSAGE_BYTES_MAX));
        let router = grpc::router(routes, protection.access.as_ref());
        let (grpc_tls, http_tls) = protection.acceptors();
        let incoming = connections::accept(grpc_listener, grpc_tls, stopping.clone());
        let grpc = tokio::spawn(router.serve_with_incoming_shutdown(incoming, stopping.clone().wait()));
        let pages = pages(&questions, &progress, &config);
        let pages = http::pages(pages, protection.access.as_ref());
        let http = tokio::spawn(http::serve(http_listener, http_tls, pages, stopping.clone()));
        protection.follow(&config.listening, &stopping);
        tracing::info!(%grpc_address, %http_address, "ready");
        let shutdown_timeout = config.shutdown_timeout;
        Ok(Self {
            grpc_address,
            http_address,
            questions,
            stop,
            health,
            shutdown_timeout,
            follower,
            grpc,
            http,
        })
    }

    /// Where gRPC listens.
    #[must_use]
    pub const fn grpc_address(&self) -> SocketAddr {
        self.grpc_address
    }

    /// Where the pages are.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.http_address
    }

    /// Takes no new questions, answers those under way, and leaves the group.
    ///
    /// # Errors
    /// A part of the service had failed before.
    pub async fn shutdown(self) -> Result<(), StopError> {
        self.health.set_not_serving::<ViewsServer<ViewsService>>().await;
        self.stop.set();
        let listeners = [self.grpc.abort_handle(), self.http.abort_handle()];
        let both = async { (ended("gRPC", self.grpc).await, ended("HTTP", self.http).await) };
        let nobody_left = async {
            self.questions.answered(self.shutdown_timeout).await;
            self.stop.cut_off();
            sleep(CLOSING).await;
        };
        let (grpc, http) = tokio::select! {
            ended = both => ended,
            () = nobody_left => (Ok(()), Ok(())),
        };
        listeners.iter().for_each(AbortHandle::abort);
        let follower = self.follower;
        let followed = spawn_blocking(move || follower.join()).await;
        tracing::info!("stopped");
        grpc?;
        http?;
        match followed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StopError::Panicked { what: "the follower" }),
        }
    }
}

/// The database may come later than this process; what it refuses is told at once.
async fn open(options: &PostgresOptions) -> Result<PostgresStore, ProjectError> {
    loop {
        let trying = options.clone();
        let opened = spawn_blocking(move || PostgresStore::open(&trying)).await;
        match opened.map_err(|_| StartError::Panicked)? {
            Ok(store) => return Ok(store),
            Err(error) if error.class() == ErrorClass::Unavailable => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database cannot be reached; trying again"
                );
                sleep(RETRY).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn pages(questions: &Arc<Questions>, progress: &Progress, config: &ProjectConfig) -> http::Pages {
    let readings = {
        let (questions, progress) = (Arc::clone(questions), progress.clone());
        let unreadable = Arc::clone(&config.unreadable);
        move || readings(&questions, &progress, &unreadable)
    };
    let (shown, stopping) = (Arc::clone(questions), questions.stopping.clone());
    let (views, progress) = (config.views.clone(), progress.clone());
    http::Pages {
        metrics: Box::new(move || shown.metrics.render(&readings())),
        alive: Box::new(move || if stopping.is_set() { Err("stopping".to_owned()) } else { Ok(()) }),
        ready: Box::new(move || progress.report().not_ready(&views).map_or(Ok(()), Err)),
    }
}

/// From what is known: a page asks no database.
fn readings(questions: &Questions, progress: &Progress, unreadable: &AtomicU64) -> Readings {
    let report = progress.report();
    let since_start = questions.started.elapsed();
    let seen = |view: &View| {
        let state = report.views.get(view);
        (view.name(), report.position(*view).0, state.map_or(0, |state| state.set_aside))
    };
    Readings {
        head_position: report.head.unwrap_or_default().0,
        views: questions.views.iter().map(seen).collect(),
        source: Some(SourceReadings {
            partitions: report.partitions,
            events: report.events,
            unreadable: unreadable.load(Ordering::Relaxed),
            lags: questions.views.iter().map(|view| (view.name(), report.lag(*view, since_start))).collect(),
        }),
        ..Readings::default()
    }
}
