//! A server from start to shutdown: the order in which its parts are opened and closed.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rapport_log::{Appender, LogOptions, Reader, Writer, WriterOptions};
use rapport_proto::v1::{ledger_server::LedgerServer, views_server::ViewsServer};
use rapport_store::{OrderedEvents, Store, View};
use rapport_views::answers::Kept;
use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
};
use tonic::service::{Routes, RoutesBuilder};
use tonic_health::server::HealthReporter;

use crate::{
    config::Config,
    door::{
        budget::Budget,
        calls::Calls,
        ports::{Ports, Served},
    },
    ledger::{
        LedgerService,
        core::{Core, OwnLog},
        log_source::LogSource,
        publishing::{Publishing, PublishingError},
        set_back::SetBack,
    },
    pages::{
        Health, Pages,
        metrics::{Metrics, Of},
    },
    start_error::{StartError, StopError},
    stopping::{Stop, stop},
    views::{
        ViewsService, local_views::LocalViews, projector::Projector, questions::Questions,
        trouble::ViewTroubles,
    },
};

/// A running server. Call [`Server::shutdown`] to end it well; one that is dropped ends as after a crash, and that
/// loses nothing that was acknowledged.
pub struct Server {
    core: Arc<Core>,
    stop: Stop,
    health: HealthReporter,
    projector: Projector,
    publishing: Option<Publishing>,
    served: Served,
}

impl Server {
    /// Opens the ledger and serves it. Call it within a tokio runtime of several threads.
    ///
    /// # Errors
    /// The configuration is wrong, an address is taken, or the ledger cannot be opened.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        config.check()?;
        let zone = config.zone()?;
        let metrics = Arc::new(Metrics::new(Of::Ledger { publishes: config.kafka.is_some() }));
        // Before anything is opened: a second server that was started by mistake changes nothing.
        let ports = Ports::take(config.listening(), &metrics).await?;
        let opening = config.clone();
        let (appender, reader, store) =
            spawn_blocking(move || open(&opening)).await.map_err(|_| StartError::Panicked)??;

        let head = watch_head(&reader);
        let writer = Writer::spawn(appender, writer_options(&config)).map_err(StartError::Thread)?;
        let (stop, stopping) = stop();
        let wanted = Arc::new(Notify::new());
        let events: Arc<dyn OrderedEvents> = Arc::new(LogSource(reader.clone()));
        let troubles = ViewTroubles::new();
        let local = LocalViews { events, store, head: head.clone(), stopping: stopping.clone(), troubles };
        let projector = Projector::spawn(local.clone(), Arc::clone(&wanted)).map_err(StartError::Thread)?;
        let publishing = publish(&config, &reader, &head)?;
        let began = reader.head().position;
        let calls = Calls::new();
        let questions = Arc::new(Questions {
            kept: Kept::default(),
            zone,
            models: Arc::new(local.store.clone()),
            events: local.events.clone(),
            origin: Arc::new(OwnLog { reader: reader.clone(), local, began }),
            views: View::ALL.to_vec(),
            metrics: Arc::clone(&metrics),
            applied: projector.applied(),
            wanted,
            started: Instant::now(),
            stopping: stopping.clone(),
            calls: calls.clone(),
        });
        let core = Arc::new(Core {
            budget: Budget::new(config.queue_bytes_max),
            set_back: SetBack::new(config.accept_set_back),
            metrics,
            questions,
            config,
            reader,
            writer,
            head,
            publisher: publishing.as_ref().map(Publishing::status),
            stopping: stopping.clone(),
            calls,
        });
        let (health, routes) = services(&core).await;
        let served = ports.serve(routes, pages(&core), &stopping);
        tracing::info!(
            grpc_address = %served.grpc_address,
            http_address = %served.http_address,
            position = core.reader.head().position.0,
            "ready"
        );
        Ok(Self { core, stop, health, projector, publishing, served })
    }

    /// Where gRPC listens.
    #[must_use]
    pub const fn grpc_address(&self) -> SocketAddr {
        self.served.grpc_address
    }

    /// Where `/metrics` and `/healthz` are.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.served.http_address
    }

    /// What a client connects to.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.core.config.tls_cert.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.grpc_address())
    }

    /// Takes no new calls, finishes those under way (an append is answered when durable, or refused), and closes
    /// the ledger. Calls that take longer than `shutdown_timeout_s` are cut off, and so is, after a moment, a client
    /// that does not take what is ready for it.
    ///
    /// # Errors
    /// A part of the server had failed before.
    pub async fn shutdown(self) -> Result<(), StopError> {
        self.health.set_not_serving::<LedgerServer<LedgerService>>().await;
        let patience = Duration::from_secs(self.core.config.shutdown_timeout_s);
        let closed_ports = self.served.close(&self.stop, &self.core.questions, patience).await;
        let writer = self.core.writer.clone();
        let closed = spawn_blocking(move || writer.close()).await;
        let (projector, publishing) = (self.projector, self.publishing);
        let published = spawn_blocking(move || publishing.map_or(Ok(()), Publishing::end)).await;
        let projected = spawn_blocking(move || projector.join()).await;
        tracing::info!(position = self.core.reader.head().position.0, "stopped");
        closed_ports?;
        closed.map_err(|_| StopError::Panicked { what: "the log's writer" })?;
        published
            .map_err(|_| ())
            .and_then(|ended| ended.map_err(|_| ()))
            .map_err(|()| StopError::Panicked { what: "the publisher" })?;
        projected.map_err(|_| StopError::Panicked { what: "the projector" })?
    }
}

fn open(config: &Config) -> Result<(Appender, Reader, Store), StartError> {
    let directory = |path: &Path| {
        std::fs::create_dir_all(path)
            .map_err(|source| StartError::Directory { path: path.to_owned(), source })
    };
    directory(&config.data)?;
    if let Some(found) = stranger(&config.data) {
        return Err(StartError::NotEmpty { path: config.data.clone(), found });
    }
    let (appender, reader) = rapport_log::open(&config.data.join("log"), log_options(config))?;
    let views = config.data.join("views");
    let store = Store::open(&views)?;
    let last = reader.head().position;
    match View::ALL.into_iter().find(|view| store.position(*view) > last) {
        Some(view) => {
            let seen = store.position(view);
            Err(StartError::LogBehindView { last, view: view.name(), seen, views })
        }
        None => Ok((appender, reader, store)),
    }
}

/// A file in a directory without a ledger which shows that the directory is used for something else.
fn stranger(data: &Path) -> Option<String> {
    let log = data.join("log");
    if log.join("ledger").exists() || log.join("generations").exists() {
        return None;
    }
    let names = |dir: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    // The files that a killed first start leaves, those that file systems make, and a configuration.
    let ours = |name: &String| {
        ["log", "views", "lost+found"].contains(&name.as_str())
            || name.starts_with('.')
            || name.ends_with(".toml")
    };
    let outside = names(data).into_iter().find(|name| !ours(name));
    outside.or_else(|| names(&log).into_iter().find(|name| name != "lock").map(|name| format!("log/{name}")))
}

fn log_options(config: &Config) -> LogOptions {
    let defaults = LogOptions::default();
    LogOptions {
        simulated_clock: config.simulated_clock,
        // The wire's limits are checked before, with better words; the log's must not be below them.
        event_bytes_max: defaults.event_bytes_max.max(config.payload_bytes_max * 2),
        request_bytes_max: defaults.request_bytes_max.max(config.message_bytes_max * 2),
        request_events_max: defaults.request_events_max.max(config.request_events_max),
        ..defaults
    }
}

/// The budget of the server refuses first: it also makes streams wait instead of refusing them.
fn writer_options(config: &Config) -> WriterOptions {
    let defaults = WriterOptions::default();
    WriterOptions {
        queue_bytes_max: config.queue_bytes_max.saturating_mul(2),
        queue_requests_max: usize::MAX,
        ..defaults
    }
}

fn publish(
    config: &Config,
    reader: &Reader,
    head: &watch::Receiver<rapport_model::Position>,
) -> Result<Option<Publishing>, StartError> {
    let Some(kafka) = &config.kafka else { return Ok(None) };
    let options = kafka.publisher(&reader.ledger_id().to_string()).map_err(PublishingError::from)?;
    let every = kafka.verify_every().map_err(PublishingError::from)?;
    Ok(Some(Publishing::spawn(options, every, reader.clone(), head.clone())?))
}

fn watch_head(reader: &Reader) -> watch::Receiver<rapport_model::Position> {
    let (told, head) = watch::channel(reader.head().position);
    reader.on_commit(move |position| {
        told.send_replace(position);
    });
    head
}

async fn services(core: &Arc<Core>) -> (HealthReporter, RoutesBuilder) {
    let message_bytes_max = core.config.message_bytes_max;
    let ledger =
        LedgerServer::new(LedgerService::new(Arc::clone(core))).max_decoding_message_size(message_bytes_max);
    let views = ViewsServer::new(ViewsService::new(Arc::clone(&core.questions)))
        .max_decoding_message_size(message_bytes_max);
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<LedgerServer<LedgerService>>().await;
    reporter.set_serving::<ViewsServer<ViewsService>>().await;
    let mut routes = Routes::builder();
    routes.add_service(health).add_service(ledger).add_service(views);
    (reporter, routes)
}

/// What the pages of a ledger show.
fn pages(core: &Arc<Core>) -> Pages {
    let (shown, alive, ready) = (Arc::clone(core), Arc::clone(core), Arc::clone(core));
    Pages {
        metrics: Box::new(move || shown.metrics.render(&shown.readings())),
        alive: Box::new(move || takes_appends(&alive)),
        ready: Box::new(move || {
            takes_appends(&ready)?;
            ready.check_set_back().map_err(|refusal| refusal.message)
        }),
    }
}

fn takes_appends(core: &Core) -> Health {
    if core.stopping.is_set() {
        Err("stopping".to_owned())
    } else if core.reader.counters().poisoned {
        Err("the log takes no appends since a write failed; restart".to_owned())
    } else {
        Ok(())
    }
}
