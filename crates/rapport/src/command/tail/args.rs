//! The flags of `rapport tail`.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};

use crate::command::kafka_args::PropertyArgs;

/// How long a lost server is tried again unless the command is told: the server may be restarting.
const RETRY_S: u64 = 60;

/// The flags of `rapport tail`.
#[derive(Debug, Args)]
#[command(after_help = "\
`--output json` prints one event a line, in the canonical JSON of `rapport.v1.RecordedEvent`.

--from kafka://… asks a topic instead of a ledger, and ends at the topic's end. So a ledger that was restored from an \
older backup gets back what it lost: the events come in the ledger's order, each once, and `rapport append` takes the \
lines. When events are missing, the rest is printed and the command fails. A position beyond the topic's end is refused.

Examples:
  rapport tail                                   the last ten events
  rapport tail --follow                          … and what comes
  rapport tail --from 1 --output json            the whole ledger
  rapport tail --customer 4711 --type deal.won --type deal.lost
  rapport tail --tag deal:42 --lines 100
  rapport tail --from 2026-01-01 --lines 5       the first five recorded in 2026
  rapport tail --from kafka://localhost:9092 --after 4711 --output json")]
pub(crate) struct TailArgs {
    /// Begin at this position, or at the first event recorded at this time or later (a date: from its beginning); or
    /// read the topic at kafka://BROKERS[/TOPIC] instead of a ledger
    #[arg(long, value_name = "POSITION|TIME|URL")]
    pub from: Option<String>,
    /// Begin after this position
    #[arg(long, value_name = "POSITION")]
    pub after: Option<u64>,
    /// At most so many events: the last ones, or with --from the first ones [default: 10; with --from all]
    #[arg(long, short = 'n', value_name = "EVENTS")]
    pub lines: Option<u64>,
    /// Stay and print what comes
    #[arg(long, short)]
    pub follow: bool,
    /// With --follow: how many seconds a lost server is tried again; 0 ends the command at once
    #[arg(long, value_name = "SECONDS", default_value_t = RETRY_S)]
    pub retry_s: u64,
    /// Only these types, such as `deal.won`; one that neither the vocabulary nor an event has is refused
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Only this customer, as recorded
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub customer: Option<String>,
    /// Only events with all of these tags, such as `deal:42`
    #[arg(long = "tag", value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    pub tags: Vec<String>,
    /// Only streams whose name begins so
    #[arg(long, value_name = "PREFIX", value_parser = NonEmptyStringValueParser::new())]
    pub stream_prefix: Option<String>,
    #[command(flatten)]
    pub properties: PropertyArgs,
    /// A TOML file with the same keys as for `serve`; of it, `[kafka.properties]` is used
    #[arg(long, env = "RAPPORT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}
