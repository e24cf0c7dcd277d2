//! `rapport bench`: what the machine at hand does, a line a row, with what it could do at most beside it.
//!
//! The load has the shape of `peers`, so that rows can stand side by side: so many clients, so many events a
//! request, so many bytes an event, spread over so many customers. Each row is measured several times; a figure is
//! the median, with the lowest and the highest beside it. Limits are measured in the same run, in turn with what
//! they limit: a server that decodes the same requests and answers at once ([`noop`]), and writing the same bytes
//! to a file with one fdatasync each ([`disk`]).

mod append;
mod catch_up;
mod database;
mod deals;
mod disk;
mod fill;
mod footprint;
mod history;
mod into_postgres;
mod load;
mod log;
mod noop;
mod publish;
mod row;
mod scan;
mod steady;
mod timed_source;
mod timeline;
mod topics;
mod visible;

use clap::{Args, CommandFactory, ValueEnum, parser::ValueSource};
use rapport_proto::v1::HeadRequest;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::{Cli, Output, Shared},
    client::Client,
    failure::Refused,
    own_server::OwnServer,
    server_args::ServerArgs,
};
use row::{Row, print};

/// The flags of `rapport bench`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --clients, --batch and --streaming, `append` measures every row of the table in docs/benchmarks.md. Without \
--server it starts servers of its own on free ports in temporary directories. Rates are of events, times of requests. \
One line a row; --output json prints one JSON object a line, with every run.

Examples:
  rapport bench append --clients 16 --batch 10 --seconds 5
  rapport bench append --streaming --batch 100
  rapport bench history --events 10000000 --customers 10000
  rapport bench funnel --deals 1000000
  rapport bench publish --kafka localhost:9092
  rapport bench project --views postgres://rapport:secret@localhost/empty --kafka localhost:9092
  rapport bench all --runs 5 --output json > bench.jsonl")]
pub struct BenchArgs {
    /// What to measure
    #[arg(value_enum, value_name = "WORK")]
    work: Work,
    /// Concurrent clients, over at most 8 connections
    #[arg(long, value_name = "CLIENTS", value_parser = clap::value_parser!(u64).range(1..=4096))]
    clients: Option<u64>,
    /// Events a request
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    batch: Option<u64>,
    /// Seconds a run, where a run is as long as it is told to be
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS")]
    seconds: f64,
    /// Bytes of an event's payload
    #[arg(long, default_value_t = 300, value_name = "BYTES")]
    size: usize,
    /// Customers that the events are spread over [default: 10,000; for `history` 10,000 and 1,000,000]
    #[arg(long, value_name = "CUSTOMERS", value_parser = clap::value_parser!(u64).range(1..))]
    customers: Option<u64>,
    /// Append through one bidirectional stream instead of one call a request
    #[arg(long)]
    streaming: bool,
    /// Requests on their way in a stream
    #[arg(long, default_value_t = 64, value_name = "REQUESTS", value_parser = clap::value_parser!(u64).range(1..))]
    in_flight: u64,
    /// Each request expects its stream's exact revision
    #[arg(long, conflicts_with = "condition")]
    expected_revision: bool,
    /// Each request has a condition over a tag
    #[arg(long)]
    condition: bool,
    /// Events in the ledger when `scan`, `history`, `timeline`, `project`, `open` and `log` measure; `scan` and `timeline`
    /// take a given ledger that has as many as it is
    #[arg(long, default_value_t = 1_000_000, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..))]
    events: u64,
    /// Deals in the ledger when `funnel` measures; each moves five times
    #[arg(long, default_value_t = 1_000_000, value_name = "DEALS", value_parser = clap::value_parser!(u64).range(1..))]
    deals: u64,
    /// Publish a definition of the pipeline, with probabilities, before the deals of `funnel`
    #[arg(long)]
    definition: bool,
    /// Questions a run, where a run is so many questions
    #[arg(long, default_value_t = 500, value_name = "QUESTIONS", value_parser = clap::value_parser!(u64).range(1..))]
    questions: u64,
    /// Events a second offered by `visible`, `publish` and `project --kafka`
    #[arg(long, default_value_t = 1_000, value_name = "RATE", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    rate: u64,
    /// The broker that `publish` publishes to and `project --views` reads from, HOST:PORT; topics `rapport.bench.…` are
    /// made there, and deleted again
    #[arg(long, value_name = "BROKERS")]
    kafka: Option<String>,
    /// The empty PostgreSQL database that `project` projects into, and leaves empty:
    /// postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    views: Option<String>,
    /// Runs a row
    #[arg(long, default_value_t = 5, value_name = "RUNS", value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    /// Appends over gRPC
    Append,
    /// The log itself, without gRPC
    Log,
    /// Reading everything
    Scan,
    /// Reading one customer's events
    History,
    /// Building all views from the log; with --views, projecting them into PostgreSQL from a ledger, with --kafka from
    /// a topic too, and from an append until they have it
    Project,
    /// The sales funnel, now and as of any day
    Funnel,
    /// A page of a timeline
    Timeline,
    /// From an append until the view has it
    Visible,
    /// To Kafka, and from an append until a consumer has it; needs --kafka
    Publish,
    /// Opening a ledger; memory and disk of a server
    Open,
    /// All of these but `publish`
    All,
    /// The server that does nothing, which the others are compared with
    #[value(hide = true)]
    Noop,
}

/// What every measurement needs.
struct Bench {
    args: BenchArgs,
    output: Output,
    /// The server to measure; none when one is to be started.
    given: Option<ServerArgs>,
}

/// A server to measure, and the connection to it.
struct Subject {
    client: Client,
    own: Option<OwnServer>,
    server: ServerArgs,
}

/// Measures and prints.
///
/// # Errors
/// A server does not start or refuses something.
pub async fn run(shared: &Shared, args: BenchArgs) -> anyhow::Result<()> {
    anyhow::ensure!(shared.output != Output::Csv, "--output csv: a row has runs within; use table or json");
    anyhow::ensure!(
        args.seconds > 0.0 && args.seconds <= 3_600.0,
        "--seconds: expected more than 0, at most 3600"
    );
    let bench = Bench { given: given_server(shared), output: shared.output, args };
    bench.refuse_idle_flags()?;
    bench.measure(bench.args.work).await
}

/// The server that the user named, by flag or environment; the default is nobody's choice.
fn given_server(shared: &Shared) -> Option<ServerArgs> {
    let matches = Cli::command().try_get_matches_from(std::env::args_os()).ok()?;
    let chosen = matches.value_source("server")? != ValueSource::DefaultValue;
    chosen.then(|| shared.server.clone())
}

/// What a measurement comes to that leaves something outside this process until it is over: a signal ends it early.
async fn unless_interrupted(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        done = work => done,
        _ = terminate.recv() => Err(anyhow::anyhow!("ended by SIGTERM")),
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
    }
}

/// The first of two errors, after the second: what is left somewhere is to be told, too.
fn ended(measured: anyhow::Result<()>, cleared: anyhow::Result<()>) -> anyhow::Result<()> {
    match (measured, cleared) {
        (Err(error), Err(left)) => Err(error.context(format!("{left:#}; before that"))),
        (measured, cleared) => measured.and(cleared),
    }
}

impl Bench {
    /// A flag that this work would not heed is a mistake worth telling.
    fn refuse_idle_flags(&self) -> anyhow::Result<()> {
        let (work, args) = (self.args.work, &self.args);
        anyhow::ensure!(
            args.views.is_none() || work == Work::Project,
            "--views is for `project`; leave it out here"
        );
        anyhow::ensure!(
            args.kafka.is_none() || work == Work::Publish || work == Work::Project,
            "--kafka is for `publish` and `project`; leave it out here"
        );
        anyhow::ensure!(
            args.kafka.is_none() || work == Work::Publish || args.views.is_some(),
            "--kafka: `project` reads a topic into PostgreSQL only; say with --views URL into which database"
        );
        anyhow::ensure!(
            self.given.is_none() || (work != Work::Publish && args.views.is_none()),
            "--server: `publish` and `project --views` fill ledgers of their own; leave it and RAPPORT_SERVER out here"
        );
        Ok(())
    }

    async fn measure(&self, work: Work) -> anyhow::Result<()> {
        match work {
            Work::Append => append::run(self).await,
            Work::Log => log::run(self).await,
            Work::Scan => scan::run(self).await,
            Work::History => history::run(self).await,
            Work::Project => match &self.args.views {
                Some(views) => into_postgres::run(self, views).await,
                None => catch_up::run(self).await,
            },
            Work::Funnel => deals::run(self).await,
            Work::Timeline => timeline::run(self).await,
            Work::Visible => visible::run(self).await,
            Work::Publish => publish::run(self).await,
            Work::Open => footprint::run(self).await,
            Work::All => {
                for work in [
                    Work::Append,
                    Work::Log,
                    Work::Scan,
                    Work::History,
                    Work::Project,
                    Work::Timeline,
                    Work::Visible,
                    Work::Funnel,
                    Work::Open,
                ] {
                    Box::pin(self.measure(work)).await?;
                }
                Ok(())
            }
            Work::Noop => noop::serve().await,
        }
    }

    /// The given server, or one of its own on an empty ledger.
    async fn subject(&self) -> anyhow::Result<Subject> {
        let own = if self.given.is_some() { None } else { Some(OwnServer::serve(None, &[]).await?) };
        let own_url = own.as_ref().map(OwnServer::url).unwrap_or_default();
        let server = self.given.clone().unwrap_or_else(|| ServerArgs::own(own_url));
        Ok(Subject { client: Client::connect(&server).await?, own, server })
    }

    fn print(&self, row: &Row) -> anyhow::Result<()> {
        print(row, self.output)
    }

    fn customers(&self) -> u64 {
        self.args.customers.unwrap_or(10_000)
    }
}

impl Subject {
    /// The last position.
    async fn head(&self) -> anyhow::Result<u64> {
        Ok(self.client.ledger().head(HeadRequest {}).await.map_err(Refused::from)?.into_inner().position)
    }

    async fn stop(self) -> anyhow::Result<()> {
        match self.own {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
