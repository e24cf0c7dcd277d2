//! `rapport tail --from kafka://…`: prints the events of a topic in the order of the log, without a ledger.

use anyhow::Context;
use rapport_kafka::{KafkaOptions, TopicEvents};
use rapport_model::Position;
use tokio::task::block_in_place;

use super::{args::TailArgs, printer::Printer};
use crate::{
    command::{
        project::source_url::{self, SourceUrl},
        serve,
    },
    show::{Output, Zone, counted},
};

/// Whether `--from` names a topic.
pub(super) fn is_topic(from: Option<&str>) -> bool {
    from.is_some_and(|from| from.starts_with("kafka://"))
}

/// Prints the events of a topic behind a position, up to its present end.
///
/// # Errors
/// The flags do not fit, Kafka cannot be read, or events are missing.
pub(super) fn run(output: Output, args: TailArgs) -> anyhow::Result<()> {
    let options = options(&args)?;
    let (after, limit) = (Position(args.after.unwrap_or(0)), args.lines.unwrap_or(u64::MAX));
    block_in_place(|| {
        let mut events = TopicEvents::open(&options, after)?;
        let mut printer = Printer::new(output, Zone::new(jiff::tz::TimeZone::UTC))?;
        for _ in 0..limit {
            let Some(event) = events.next_event()? else { break };
            printer
                .event(event.bytes)
                .with_context(|| format!("the event at position `{}`", event.position))?;
        }
        printer.page.finish()?;
        let lacking = events.lacking();
        if lacking.unreadable > 0 {
            let records = counted(lacking.unreadable, "record", "records");
            eprintln!("{records} of `{}` are not events and are left out", options.topic);
        }
        match lacking.first {
            None => Ok(()),
            Some(first) => anyhow::bail!(
                "`{}` lacks {} behind position `{after}`, the first at position `{first}`; what it has is printed",
                options.topic,
                counted(lacking.events, "event", "events")
            ),
        }
    })
}

fn options(args: &TailArgs) -> anyhow::Result<KafkaOptions> {
    let asks_a_ledger = args.follow
        || args.customer.is_some()
        || args.stream_prefix.is_some()
        || !args.types.is_empty()
        || !args.tags.is_empty();
    anyhow::ensure!(
        !asks_a_ledger,
        "--follow, --type, --customer, --tag and --stream-prefix are for a ledger; of a topic every event behind --after \
         is printed"
    );
    let from = args.from.as_deref().unwrap_or_default().parse().context("--from")?;
    let SourceUrl::Kafka { brokers, topic } = from else {
        anyhow::bail!("--from: expected kafka://BROKERS/TOPIC")
    };
    let mut properties = match &args.config {
        Some(path) => serve::settings(path)?.kafka.properties,
        None => Default::default(),
    };
    properties.extend(args.properties.clone().properties()?);
    let options = KafkaOptions { brokers, topic, properties };
    source_url::check(&options)?;
    Ok(options)
}
