//! The flags of `rapport bench`.

use clap::{Args, ValueEnum};

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
pub(crate) struct BenchArgs {
    /// What to measure
    #[arg(value_enum, value_name = "WORK")]
    pub work: Work,
    /// Concurrent clients, over at most 8 connections
    #[arg(long, value_name = "CLIENTS", value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub clients: Option<u64>,
    /// Events a request
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub batch: Option<u64>,
    /// Seconds a run, for works that run for a time
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS")]
    pub seconds: f64,
    /// Bytes of an event's payload
    #[arg(long, default_value_t = 300, value_name = "BYTES")]
    pub size: usize,
    /// Customers that the events are spread over [default: 10,000; for `history` 10,000 and 1,000,000, for `people`
    /// 1,000,000]
    #[arg(long, value_name = "CUSTOMERS", value_parser = clap::value_parser!(u64).range(1..))]
    pub customers: Option<u64>,
    /// Append through one bidirectional stream instead of one call a request
    #[arg(long)]
    pub streaming: bool,
    /// Requests on their way in a stream
    #[arg(long, default_value_t = 64, value_name = "REQUESTS", value_parser = clap::value_parser!(u64).range(1..))]
    pub in_flight: u64,
    /// Each request expects its stream's exact revision
    #[arg(long, conflicts_with = "condition")]
    pub expected_revision: bool,
    /// Each request has a condition over a tag
    #[arg(long)]
    pub condition: bool,
    /// Events in the ledger when `scan`, `history`, `timeline`, `models`, `project`, `open` and `log` measure; `scan` and
    /// `timeline` take a given ledger as it is if it has as many, `models` takes a given ledger or projector as it is
    #[arg(long, default_value_t = 1_000_000, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..))]
    pub events: u64,
    /// Deals in the ledger when `funnel` measures; each moves five times
    #[arg(long, default_value_t = 1_000_000, value_name = "DEALS", value_parser = clap::value_parser!(u64).range(1..))]
    pub deals: u64,
    /// Publish a definition of the pipeline, with probabilities, before the deals of `funnel`
    #[arg(long)]
    pub definition: bool,
    /// Queries a run, for works that run a number of queries
    #[arg(long, default_value_t = 500, value_name = "QUESTIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub questions: u64,
    /// Events a second offered by `visible`, `publish` and `project --kafka`
    #[arg(long, default_value_t = 1_000, value_name = "RATE", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub rate: u64,
    /// The broker that `publish` publishes to and `project --views` reads from, HOST:PORT; topics `rapport.bench.…` are
    /// made there, and deleted again
    #[arg(long, value_name = "BROKERS")]
    pub kafka: Option<String>,
    /// The empty PostgreSQL database that `project` projects into, and leaves empty:
    /// postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    pub views: Option<String>,
    /// Runs a row
    #[arg(long, default_value_t = 5, value_name = "RUNS", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: u64,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
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
    /// Every model over the made-up company, now and as of any day
    Models,
    /// Finding a customer, and one customer at a glance
    People,
    /// From an append until the view has it
    Visible,
    /// To Kafka, and from an append until a consumer has it; needs --kafka
    Publish,
    /// Opening a ledger; memory and disk of a server
    Open,
    /// All of these but `publish`
    All,
    /// The server that does nothing, with which the others are compared
    #[value(hide = true)]
    Noop,
}

impl BenchArgs {
    /// Refuses a flag that this work would ignore.
    ///
    /// # Errors
    /// One was given; `is_given` is whether a server was named.
    pub(crate) fn refuse_idle(&self, is_given: bool) -> anyhow::Result<()> {
        let (work, args) = (self.work, self);
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
            !is_given || (work != Work::Publish && args.views.is_none()),
            "--server: `publish` and `project --views` fill ledgers of their own; leave it and RAPPORT_SERVER out here"
        );
        Ok(())
    }
}
