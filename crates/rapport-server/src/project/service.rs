//! A projector service from start to shutdown.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use rapport_proto::v1::{ledger_server::LedgerServer, views_server::ViewsServer};
use rapport_store::View;
use rapport_views::answers::Kept;
use tokio::task::spawn_blocking;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use super::{
    head::HeadService,
    in_files, in_postgres,
    parts::{Parts, ProjectConfig, ProjectError, ProjectStore},
    progress::Progress,
};
use crate::{
    config::error::ConfigError,
    door::{
        calls::Calls,
        ports::{Ports, Served},
    },
    pages::{
        Pages,
        metrics::{Metrics, Of, Readings},
        source_metrics::SourceReadings,
        view_metrics::ViewReading,
    },
    start_error::{StartError, StopError},
    stopping::{Stop, stop},
    views::{ViewsService, projector::Projector, questions::Questions},
};

/// The largest query.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// A running projector service.
pub struct ProjectServer {
    questions: Arc<Questions>,
    stop: Stop,
    health: HealthReporter,
    shutdown_timeout: Duration,
    follower: thread::JoinHandle<()>,
    projector: Option<Projector>,
    served: Served,
}

impl ProjectServer {
    /// Opens the views and serves them. While a database cannot be reached it waits.
    ///
    /// # Errors
    /// The configuration is wrong, an address is taken, or the database refuses.
    pub async fn start(config: ProjectConfig) -> Result<Self, ProjectError> {
        config.listening.check().map_err(StartError::from)?;
        let zone = TimeZone::get(&config.time_zone)
            .map_err(|_| StartError::from(ConfigError::TimeZone(config.time_zone.clone())))?;
        let metrics = Arc::new(Metrics::new(Of::Projector));
        let ports = Ports::take(config.listening.clone(), &metrics).await?;
        let (stop, stopping) = stop();
        let progress = Progress::new();
        let parts = match &config.store {
            ProjectStore::Postgres(options) => {
                in_postgres::start(options, &config, &progress, &stopping).await?
            }
            ProjectStore::Files(dir) => in_files::start(dir, &config, &progress, &stopping)?,
        };
        let questions = Arc::new(Questions {
            kept: Kept::default(),
            zone,
            models: parts.models,
            events: parts.events,
            origin: parts.origin,
            views: config.views.clone(),
            metrics,
            applied: parts.applied,
            wanted: parts.wanted,
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
        let served = ports.serve(routes, pages(&questions, &progress, &config), &stopping);
        tracing::info!(
            grpc_address = %served.grpc_address,
            http_address = %served.http_address,
            "ready"
        );
        let Parts { follower, projector, .. } = parts;
        let shutdown_timeout = config.shutdown_timeout;
        Ok(Self { questions, stop, health, shutdown_timeout, follower, projector, served })
    }

    /// Where gRPC listens.
    #[must_use]
    pub const fn grpc_address(&self) -> SocketAddr {
        self.served.grpc_address
    }

    /// Where the pages are.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.served.http_address
    }

    /// Takes no new questions, answers those under way, and leaves the group.
    ///
    /// # Errors
    /// A part of the service had failed before.
    pub async fn shutdown(self) -> Result<(), StopError> {
        self.health.set_not_serving::<ViewsServer<ViewsService>>().await;
        let closed_ports = self.served.close(&self.stop, &self.questions, self.shutdown_timeout).await;
        let (follower, projector) = (self.follower, self.projector);
        let ended = spawn_blocking(move || {
            let followed = follower.join().map_err(|_| StopError::Panicked { what: "the follower" });
            followed.and(projector.map_or(Ok(()), Projector::join))
        });
        let ended = ended.await;
        tracing::info!("stopped");
        closed_ports?;
        ended.map_err(|_| StopError::Panicked { what: "the projector" })?
    }
}

fn pages(questions: &Arc<Questions>, progress: &Progress, config: &ProjectConfig) -> Pages {
    let readings = {
        let (questions, progress) = (Arc::clone(questions), progress.clone());
        let unreadable = Arc::clone(&config.unreadable);
        move || readings(&questions, &progress, &unreadable)
    };
    let (shown, stopping) = (Arc::clone(questions), questions.stopping.clone());
    let (views, progress) = (config.views.clone(), progress.clone());
    Pages {
        metrics: Box::new(move || shown.metrics.render(&readings())),
        alive: Box::new(move || if stopping.is_set() { Err("stopping".to_owned()) } else { Ok(()) }),
        ready: Box::new(move || progress.report().not_ready(&views).map_or(Ok(()), Err)),
    }
}

/// From what is known: a page asks no database.
fn readings(questions: &Questions, progress: &Progress, unreadable: &AtomicU64) -> Readings {
    let report = progress.report();
    let seen = |view: &View| {
        let state = report.views.get(view);
        ViewReading {
            view: view.name(),
            position: report.position(*view).0,
            set_aside: state.map_or(0, |state| state.set_aside),
            last_set_aside: state.map_or(0, |state| state.last_set_aside.0),
            ahead: report.ahead_by(*view),
            failing: report.trouble(*view).map(|failing| failing.since).unwrap_or_default(),
        }
    };
    Readings {
        head_position: report.head.unwrap_or_default().0,
        views: questions.views.iter().map(seen).collect(),
        source: Some(SourceReadings {
            partitions: report.partitions,
            silence: report.silence(),
            events: report.events,
            unreadable: unreadable.load(Ordering::Relaxed),
            lags: questions.views.iter().map(|view| (view.name(), report.lag(*view))).collect(),
        }),
        ..Readings::default()
    }
}
