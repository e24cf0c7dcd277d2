//! `rapport project`: a projector service until a signal.

mod ledger_source;
pub(crate) mod source_url;

use std::{
    collections::BTreeMap,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use rapport_kafka::Stop;
use rapport_server::{Listening, ProjectConfig, ProjectServer, ProjectStore};
use rapport_store::{View, postgres::PostgresOptions};
use tokio::signal::unix::{SignalKind, signal};

use self::source_url::SourceUrl;
use super::{
    kafka_args::PropertyArgs,
    protection_args::{ProtectionArgs, address},
    serve,
};
use crate::{shared_args::Shared, show::Page};

/// The flags of `rapport project`.
#[derive(Debug, Args)]
#[command(after_help = "\
Several processes share the partitions of a topic as one consumer group and one database: start at most as many as there \
are partitions. Each answers questions from all views of the database. A directory of SQLite files belongs to one process, \
which reads all partitions and keeps a copy of the events there. A process that is ready prints one line, \
`ready grpc=… http=…`, to stdout; /readyz says when the views are caught up. SIGTERM and Ctrl-C stop it.

Examples:
  rapport project --from kafka://localhost:9092 --views postgres://rapport:secret@localhost/rapport
  rapport project --from grpc://localhost:7411 --views postgres://rapport@localhost/rapport
  rapport project --from kafka://localhost:9092 --views sqlite:/var/lib/rapport-views --only funnel
  rapport funnel --server http://127.0.0.1:7421     asks the projector, not the ledger")]
pub(crate) struct ProjectArgs {
    /// Where events come from: kafka://BROKERS[/TOPIC], grpc://HOST:PORT, or grpcs:// with TLS
    #[arg(long, env = "RAPPORT_FROM", value_name = "URL")]
    from: String,
    /// Where the rows go: postgres://USER:PASSWORD@HOST/DATABASE (?sslmode=verify-full for TLS), or sqlite:DIRECTORY
    #[arg(long, env = "RAPPORT_VIEWS", value_name = "URL", hide_env_values = true)]
    views: String,
    /// Only these views, with commas [default: all]
    #[arg(long, env = "RAPPORT_ONLY", value_name = "VIEWS", value_delimiter = ',', value_parser = view)]
    only: Vec<View>,
    /// The consumer group that shares the partitions; not for SQLite
    #[arg(long, env = "RAPPORT_GROUP", value_name = "NAME", default_value = "rapport-project")]
    group: String,
    #[command(flatten)]
    properties: PropertyArgs,
    /// A TOML file, of which `[kafka.properties]` counts here; a flag wins over it
    #[arg(long, env = "RAPPORT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where gRPC listens
    #[arg(long, env = "RAPPORT_GRPC", value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:7421")]
    grpc: SocketAddr,
    /// Where /metrics, /healthz and /readyz are
    #[arg(long, env = "RAPPORT_HTTP", value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:7422")]
    http: SocketAddr,
    #[command(flatten)]
    protection: ProtectionArgs,
    /// The zone of dates without one, such as `Europe/Riga`: that of the ledger
    #[arg(long, env = "RAPPORT_TIME_ZONE", value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Seconds that a stopping service waits for questions under way
    #[arg(long, env = "RAPPORT_SHUTDOWN_TIMEOUT_S", value_name = "SECONDS", default_value_t = 10)]
    shutdown_timeout_s: u64,
}

fn view(name: &str) -> Result<View, String> {
    View::of_name(name).ok_or_else(|| {
        let names: Vec<_> = View::ALL.into_iter().map(View::name).collect();
        format!("expected some of {}", names.join(", "))
    })
}

/// Follows and answers until SIGTERM or Ctrl-C.
///
/// # Errors
/// The configuration is wrong, or the service cannot start.
pub(crate) async fn run(shared: &Shared, args: ProjectArgs) -> anyhow::Result<()> {
    let stop = Stop::new();
    let config = config(shared, args, &stop)?;
    serve::log_to_stderr()?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let started = tokio::select! {
        started = ProjectServer::start(config) => started?,
        // The database may be long in coming.
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let mut page = Page::stdout();
    writeln!(page, "ready grpc={} http={}", started.grpc_address(), started.http_address())?;
    page.finish()?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
        _ = interrupt.recv() => tracing::info!("interrupted: stopping"),
    }
    stop.set();
    Ok(started.shutdown().await?)
}

fn store(views: String, keepalive: Duration) -> anyhow::Result<ProjectStore> {
    if ["postgres://", "postgresql://"].iter().any(|scheme| views.starts_with(scheme)) {
        return Ok(ProjectStore::Postgres(PostgresOptions { keepalive, ..PostgresOptions::new(views) }));
    }
    match views.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(ProjectStore::Files(path.into())),
        // What it is may hold a password: it is not shown.
        _ => anyhow::bail!("expected postgres://USER:PASSWORD@HOST/DATABASE or sqlite:DIRECTORY"),
    }
}

fn config(shared: &Shared, args: ProjectArgs, stop: &Stop) -> anyhow::Result<ProjectConfig> {
    let unreadable = Arc::new(AtomicU64::new(0));
    let from: SourceUrl = args.from.parse().context("--from")?;
    anyhow::ensure!(
        !args.group.is_empty(),
        "--group: expected the name of a consumer group, such as `rapport-project`"
    );
    let mut properties = match &args.config {
        Some(path) => serve::settings(path)?.kafka.properties,
        None => BTreeMap::new(),
    };
    properties.extend(args.properties.properties()?);
    let source = from.open(&shared.server, &args.group, properties, Arc::clone(&unreadable), stop.clone())?;
    Ok(ProjectConfig {
        listening: Listening {
            grpc: args.grpc,
            http: args.http,
            tls_cert: args.protection.tls_cert,
            tls_key: args.protection.tls_key,
            tokens: args.protection.tokens,
            unprotected: args.protection.unprotected.unwrap_or(false),
        },
        store: store(args.views, shared.server.keepalive()).context("--views")?,
        views: if args.only.is_empty() { View::ALL.to_vec() } else { args.only },
        source,
        unreadable,
        time_zone: args.time_zone,
        shutdown_timeout: Duration::from_secs(args.shutdown_timeout_s),
    })
}
