//! `rapport serve`: one server until a signal.

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use rapport_server::{Config, Server, Settings};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    filter::{FilterFn, LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{
    kafka_args::KafkaArgs,
    protection_args::{ProtectionArgs, address},
};
use crate::show::Page;

/// The flags of `rapport serve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Flags win over the environment, the environment over the file, the file over the defaults; docs/configuration.md \
explains every key. When the server is ready it prints one line, `ready grpc=… http=…`, to stdout. SIGTERM and \
Ctrl-C stop it: what is under way is finished, then it exits with 0. RAPPORT_LOG sets what it logs to stderr \
(`info`, `debug`, `rapport_server=debug,warn`), RAPPORT_LOG_FORMAT=json how.

Examples:
  rapport serve --data ./ledger
  rapport serve --data ./ledger --grpc 127.0.0.1:0 --http 127.0.0.1:0     on free ports
  rapport serve --data ./ledger --kafka localhost:9092                    and published to Kafka
  rapport serve --data ./ledger --grpc 0.0.0.0:7411 --tls-cert cert.pem --tls-key key.pem \\
    --tokens tokens.toml                                                  on a public address
  rapport serve --config rapport.toml --print-config                      starts no server")]
pub(crate) struct ServeArgs {
    /// The directory of the ledger; made when it is not there
    #[arg(long, env = "RAPPORT_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where gRPC listens [default: 127.0.0.1:7411]
    #[arg(long, env = "RAPPORT_GRPC", value_name = "ADDRESS", value_parser = address)]
    grpc: Option<SocketAddr>,
    /// Where /metrics and /healthz are [default: 127.0.0.1:7412]
    #[arg(long, env = "RAPPORT_HTTP", value_name = "ADDRESS", value_parser = address)]
    http: Option<SocketAddr>,
    #[command(flatten)]
    protection: ProtectionArgs,
    /// The clients tell the time: for demonstrations and tests, and for ever marked so
    #[arg(long, env = "RAPPORT_SIMULATED_CLOCK", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    simulated_clock: Option<bool>,
    /// The zone of dates without one, such as `Europe/Riga` [default: UTC]
    #[arg(long, env = "RAPPORT_TIME_ZONE", value_name = "ZONE")]
    time_zone: Option<String>,
    /// Bytes of the largest gRPC message that is read [default: 8 MiB]
    #[arg(long, env = "RAPPORT_MESSAGE_BYTES_MAX", value_name = "BYTES")]
    message_bytes_max: Option<usize>,
    /// Bytes of the largest payload of one event [default: 1 MiB]
    #[arg(long, env = "RAPPORT_PAYLOAD_BYTES_MAX", value_name = "BYTES")]
    payload_bytes_max: Option<usize>,
    /// Events of the largest append [default: 10000]
    #[arg(long, env = "RAPPORT_REQUEST_EVENTS_MAX", value_name = "EVENTS")]
    request_events_max: Option<usize>,
    /// Bytes of all payloads of the largest append [default: 4 MiB]
    #[arg(long, env = "RAPPORT_REQUEST_BYTES_MAX", value_name = "BYTES")]
    request_bytes_max: Option<usize>,
    /// Bytes of the appends that may wait for the log [default: 64 MiB]
    #[arg(long, env = "RAPPORT_QUEUE_BYTES_MAX", value_name = "BYTES")]
    queue_bytes_max: Option<usize>,
    /// Seconds that a stopping server waits for calls under way [default: 10]
    #[arg(long, env = "RAPPORT_SHUTDOWN_TIMEOUT_S", value_name = "SECONDS")]
    shutdown_timeout_s: Option<u64>,
    #[command(flatten)]
    kafka: KafkaArgs,
    /// Take appends although the topic or a projector has events that this ledger lacks, because it was restored from
    /// an older backup; the lost events are given up
    #[arg(long)]
    accept_set_back: bool,
    /// A TOML file with the same keys, `data = "…"` and so on
    #[arg(long, env = "RAPPORT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the configuration that would be used, as such a file, and exit
    #[arg(long)]
    print_config: bool,
    /// Stop when stdin closes: for a program that starts a server of its own and may be killed
    #[arg(long, hide = true)]
    end_with_stdin: bool,
}

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// The configuration is wrong, or the server cannot start.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let (print_config, end_with_stdin) = (args.print_config, args.end_with_stdin);
    let config = resolve(args)?;
    if print_config {
        let mut page = Page::stdout();
        write!(page, "{}", toml::to_string(&config).context("cannot print the configuration")?)?;
        return page.finish();
    }
    log_to_stderr()?;
    raise_file_limit();
    // Before the start, so that a signal during a long start is not lost.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let server = Server::start(config).await?;
    if let Err(error) = tell_ready(&server) {
        // A reader of stdout that went away is no reason to stop.
        tracing::warn!(%error, "the line that says ready cannot be written to stdout");
    }
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
        _ = interrupt.recv() => tracing::info!("interrupted: stopping"),
        () = stdin_closed(), if end_with_stdin => tracing::info!("stdin closed: stopping"),
    }
    Ok(server.shutdown().await?)
}

/// Until stdin ends, whatever comes before. On a thread of its own: a read that waits does not hold up the end.
async fn stdin_closed() {
    let (closed, wait) = oneshot::channel();
    std::thread::spawn(move || {
        // An error is an end, too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = closed.send(());
    });
    let _ = wait.await;
}

/// A connection is a file, and the limit that a shell gives is low; what the system allows may be had for the asking.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
}

fn tell_ready(server: &Server) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    writeln!(page, "ready grpc={} http={}", server.grpc_address(), server.http_address())?;
    page.finish()
}

/// A file of configuration.
///
/// # Errors
/// It cannot be read, or says what cannot be meant.
pub(crate) fn settings(path: &Path) -> anyhow::Result<Settings> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration `{}`", path.display()))?;
    Settings::from_toml(&text).with_context(|| format!("`{}`", path.display()))
}

/// The flags and the environment (clap has merged these) over the file.
fn resolve(args: ServeArgs) -> anyhow::Result<Config> {
    let accept_set_back = args.accept_set_back;
    let file = match &args.config {
        Some(path) => settings(path)?,
        None => Settings::default(),
    };
    let flags = Settings {
        data: args.data,
        grpc: args.grpc,
        http: args.http,
        tls_cert: args.protection.tls_cert,
        tls_key: args.protection.tls_key,
        tokens: args.protection.tokens,
        unprotected: args.protection.unprotected,
        simulated_clock: args.simulated_clock,
        time_zone: args.time_zone,
        message_bytes_max: args.message_bytes_max,
        payload_bytes_max: args.payload_bytes_max,
        request_events_max: args.request_events_max,
        request_bytes_max: args.request_bytes_max,
        queue_bytes_max: args.queue_bytes_max,
        shutdown_timeout_s: args.shutdown_timeout_s,
        kafka: args.kafka.settings()?,
    };
    Ok(Config { accept_set_back, ..flags.over(file).resolve()? })
}

/// What a server logs, as the environment says.
///
/// # Errors
/// The environment says what cannot be meant.
pub(crate) fn log_to_stderr() -> anyhow::Result<()> {
    let level = std::env::var("RAPPORT_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = what_is_logged(&level).with_context(|| {
        format!(
            "RAPPORT_LOG: `{level}` is not a level; expected `error`, `warn`, `info`, `debug` or `trace`, or such \
             as `rapport_server=debug,warn`"
        )
    })?;
    // What others say at the level of `trace` holds the bytes that they store and send, personal ones, too; what the
    // driver of the database says at `debug` holds the values of rows, and at `info` whatever a trigger says.
    let is_of_database =
        |target: &str| ["tokio_postgres", "postgres"].iter().any(|of| target.starts_with(of));
    let ours_or_coarse = FilterFn::new(move |of: &Metadata<'_>| {
        let least = if is_of_database(of.target()) { Level::WARN } else { Level::DEBUG };
        of.target().starts_with("rapport") || *of.level() <= least
    });
    let log = tracing_subscriber::registry().with(filter).with(ours_or_coarse);
    let stderr = fmt::layer().with_writer(std::io::stderr);
    match std::env::var("RAPPORT_LOG_FORMAT").as_deref() {
        Ok("json") => log.with(stderr.json()).init(),
        Ok("text") | Err(_) => log.with(stderr.with_ansi(console::colors_enabled_stderr())).init(),
        Ok(format) => anyhow::bail!("RAPPORT_LOG_FORMAT: `{format}` is none; expected `text` or `json`"),
    }
    Ok(())
}

/// Levels, by module or of all the rest. A word that is not a level is not taken for the name of a module: nothing else
/// would be logged.
fn what_is_logged(levels: &str) -> Option<Targets> {
    let level = |text: &str| text.trim().parse::<LevelFilter>().ok();
    let is_of_name = |letter: char| letter.is_alphanumeric() || "_-:".contains(letter);
    let parts = || levels.split(',').map(str::trim).filter(|part| !part.is_empty());
    if parts().next().is_none() {
        return Some(Targets::new().with_default(LevelFilter::ERROR));
    }
    parts().try_fold(Targets::new(), |logged, part| match part.split_once('=') {
        None => Some(logged.with_default(level(part)?)),
        Some((module, at)) if module.chars().all(is_of_name) && !at.is_empty() => {
            Some(logged.with_target(module, level(at)?))
        }
        Some(_) => None,
    })
}
