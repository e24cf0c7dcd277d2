//! `rapport publish`: publishes from a process of its own, or compares a topic with the log.

mod feed;
mod verify;

use std::{io::Write, net::SocketAddr, path::PathBuf, thread, time::Duration};

use anyhow::Context;
use clap::Args;
use rapport_kafka::{Publisher, PublisherEnd, PublisherOptions, PublisherStatus, Stop, Verifier};
use rapport_model::Position;
use rapport_proto::v1::{HeadResponse, publisher::State};
use rapport_server::{KafkaConfig, Settings, serve_publisher_pages};
use tokio::{
    net::TcpListener,
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
    sync::{oneshot, watch},
    task::spawn_blocking,
    time::sleep,
};

use self::{feed::LedgerFeed, verify::verify};
use super::{
    kafka_args::KafkaArgs,
    protection_args::address,
    serve::{log_to_stderr, settings},
};
use crate::{
    client::Client,
    client::server_args::ServerArgs,
    shared_args::Shared,
    show::{Output, Page},
};

/// How often the publisher asks for the end of the ledger, from which the shown lag is computed.
const HEAD_INTERVAL: Duration = Duration::from_secs(1);

/// The flags of `rapport publish`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the ledger over gRPC and writes every event to Kafka exactly once, as `rapport serve --kafka` does in its own \
process. A topic has one publisher; a second one that is started takes over. While Kafka or the ledger is away it waits, \
and it goes on by itself. SIGTERM and Ctrl-C end it with 0; when another publisher takes over it ends with 2.

--verify publishes nothing: it compares the topic with the log, as readers of committed records see it. Events that are \
not published yet are counted and are not a fault. Exit codes: 0 the topic is the log as far as it is published, 1 it is \
not (each fault is listed with its place and what to do), 2 it could not be compared, or it has no checkpoint. \
--verify-every compares at intervals beside the publishing, and reports to /metrics and the log.

Examples:
  rapport publish --kafka localhost:9092
  rapport publish --kafka localhost:9092 --http 127.0.0.1:7413     with /metrics, /healthz, /readyz
  rapport publish --kafka localhost:9092 --verify-every 6h
  rapport publish --kafka broker:9093 --kafka-properties kafka.properties
  rapport publish --verify --kafka localhost:9092 --output json")]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    kafka: KafkaArgs,
    /// Compare the topic with the log, and publish nothing
    #[arg(long, conflicts_with = "verify_every")]
    verify: bool,
    /// Where /metrics, /healthz and /readyz are [default: nowhere]
    #[arg(long, value_name = "ADDRESS", value_parser = address, conflicts_with = "verify")]
    http: Option<SocketAddr>,
    /// A TOML file with the same keys as for `serve`; of it, `[kafka]` is used
    #[arg(long, env = "RAPPORT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Publishes until SIGTERM or Ctrl-C, or compares.
///
/// # Errors
/// The flags are wrong, another publisher took over, or the topic is not the log.
pub(crate) async fn run(shared: &Shared, args: PublishArgs) -> anyhow::Result<()> {
    let (http, is_verify) = (args.http, args.verify);
    let kafka = kafka(args)?;
    if is_verify {
        return verify(shared, &kafka).await;
    }
    anyhow::ensure!(
        shared.output == Output::Table,
        "--output is for `rapport publish --verify`; publishing prints nothing to show"
    );
    log_to_stderr()?;
    publish(&shared.server, &kafka, http).await
}

/// The flags and the environment over the file.
fn kafka(args: PublishArgs) -> anyhow::Result<KafkaConfig> {
    let file = match &args.config {
        Some(path) => settings(path)?,
        None => Settings::default(),
    };
    let resolved = args.kafka.settings()?.over(file.kafka).resolve().context("kafka")?;
    resolved.context("where is Kafka? name its brokers with --kafka HOST:PORT")
}

async fn publish(server: &ServerArgs, kafka: &KafkaConfig, http: Option<SocketAddr>) -> anyhow::Result<()> {
    // Registered before the start, so that a signal during a long start is not lost.
    let mut signals = Signals::new()?;
    let (status, stop, (tell_head, head)) =
        (PublisherStatus::default(), Stop::new(), watch::channel(Position::START));
    let (end_pages, pages_end) = oneshot::channel::<()>();
    let (pages, bound) = match http {
        Some(address) => {
            let listener = TcpListener::bind(address).await.with_context(|| {
                format!("cannot listen on `{address}`; another program may be there: choose another address with --http")
            })?;
            let bound = listener.local_addr()?;
            let ended = async { drop(pages_end.await) };
            let pages = tokio::spawn(serve_publisher_pages(listener, status.clone(), head, ended));
            (Some(pages), format!(" http={bound}"))
        }
        None => (None, String::new()),
    };
    let mut page = Page::stdout();
    let told = writeln!(page, "ready topic={}{bound}", kafka.topic).map_err(anyhow::Error::from);
    if let Err(error) = told.and_then(|()| page.finish()) {
        // Publishing does not depend on a reader of stdout.
        tracing::warn!(%error, "the line that says ready cannot be written to stdout");
    }
    let found = tokio::select! {
        found = find_ledger(server, &status) => Some(found),
        () = signals.any() => None,
    };
    if let Some(ledger) = found {
        warn_of_another(&ledger, kafka);
        let options = kafka.publisher(&ledger.ledger_id)?;
        tokio::spawn(watch_head(server.clone(), tell_head));
        let comparing = compare(server, kafka, &options, &status, &stop)?;
        let ended = until_end(server, options, status, &stop, &mut signals).await;
        stop.set();
        if let Some(comparing) = comparing {
            spawn_blocking(|| comparing.join()).await?.map_err(|_| faulty("the comparing"))?;
        }
        ended?;
    }
    drop(end_pages);
    if let Some(pages) = pages {
        pages.await.map_err(|_| faulty("the pages"))??;
    }
    Ok(())
}

/// Compares the topic with the log on a thread of its own, if `verify_every` is set.
fn compare(
    server: &ServerArgs,
    kafka: &KafkaConfig,
    options: &PublisherOptions,
    status: &PublisherStatus,
    stop: &Stop,
) -> anyhow::Result<Option<thread::JoinHandle<()>>> {
    let Some(every) = kafka.verify_every()? else { return Ok(None) };
    let feed = LedgerFeed::new(server, &options.ledger_id, Handle::current());
    let verifier = Verifier::new(options.clone(), every, status.clone(), stop.clone());
    Ok(Some(thread_of("comparing", move || verifier.run(feed))?))
}

fn thread_of(name: &str, work: impl FnOnce() + Send + 'static) -> anyhow::Result<thread::JoinHandle<()>> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.context("cannot start a thread; the system's limit of processes is reached")
}

fn faulty(what: &str) -> anyhow::Error {
    anyhow::anyhow!("{what} ended by a fault of the program; report this")
}

/// Runs the publisher on a thread of its own until it ends, or a signal ends it.
async fn until_end(
    server: &ServerArgs,
    options: PublisherOptions,
    status: PublisherStatus,
    stop: &Stop,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let topic = options.kafka.topic.clone();
    let feed = LedgerFeed::new(server, &options.ledger_id, Handle::current());
    let publisher = Publisher::new(options, status, stop.clone())?;
    let (tell_end, mut ended) = oneshot::channel();
    thread_of("publisher", move || {
        // The receiver is gone when the process ends.
        let _ = tell_end.send(publisher.run(feed));
    })?;
    let end = tokio::select! {
        end = &mut ended => end,
        () = signals.any() => {
            tracing::info!("stopping");
            stop.set();
            ended.await
        }
    };
    match end.map_err(|_| faulty("the publisher"))? {
        PublisherEnd::Stopped => Ok(()),
        PublisherEnd::Fenced => anyhow::bail!(
            "another publisher of `{topic}` took over, and this one has ended; a topic has one: `rapport serve --kafka` or `rapport publish`, once"
        ),
    }
}

/// Asks for the ledger until it answers: a publisher may be started before its ledger.
async fn find_ledger(server: &ServerArgs, status: &PublisherStatus) -> HeadResponse {
    let mut told = false;
    loop {
        let asked = async { Client::connect(server).await?.ledger_head().await };
        match asked.await {
            Ok(head) => return head,
            Err(error) => {
                let trouble = format!("{error:#}");
                if !told {
                    tracing::warn!("{trouble}; trying again");
                    told = true;
                }
                status.waiting(trouble);
            }
        }
        sleep(HEAD_INTERVAL).await;
    }
}

fn warn_of_another(ledger: &HeadResponse, kafka: &KafkaConfig) {
    let Some(other) = &ledger.publisher else { return };
    if other.topic == kafka.topic && other.state() != State::Fenced {
        tracing::warn!(
            topic = other.topic,
            "the server publishes to this topic itself: this publisher takes it over, and the server's ends; run one of them"
        );
    }
}

/// Follows the end of the ledger, for the lag that is shown.
async fn watch_head(server: ServerArgs, tell: watch::Sender<Position>) {
    loop {
        if let Ok(client) = Client::connect(&server).await {
            while let Ok(head) = client.head().await {
                tell.send_replace(Position(head.position));
                sleep(HEAD_INTERVAL).await;
            }
        }
        sleep(HEAD_INTERVAL).await;
    }
}

/// SIGTERM and Ctrl-C.
struct Signals(Signal, Signal);

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}
