//! All views into PostgreSQL: from a ledger, from a topic, and from an append until they have it. A database is given,
//! and perhaps a broker.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::Context;
use rapport_kafka::KafkaOptions;
use tempfile::TempDir;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use super::{
    catch_up,
    database::{Database, Reached},
    load, publish,
    row::{Row, Run, Times},
    setting::{Bench, ended, unless_interrupted},
    steady::steady,
    topics::Topics,
    visible::{append, see},
};
use crate::{
    client::Client, client::server_args::ServerArgs, command::project::source_url::SourceUrl,
    own_server::OwnServer,
};

/// Projects a story into the database, with a bare COPY of the same rows in turn; where there is a broker, from a topic
/// too, and follows a steady load.
///
/// # Errors
/// The database has views already; the server's, the broker's, the database's.
pub(super) async fn run(bench: &Bench, views: &str) -> anyhow::Result<()> {
    // The projector is in this process: what it cannot do is told as it happens.
    let told = Targets::new().with_default(LevelFilter::ERROR).with_target("rapport", LevelFilter::WARN);
    let to_stderr = fmt::layer().with_writer(std::io::stderr).with_ansi(console::colors_enabled_stderr());
    let _ = tracing_subscriber::registry().with(told).with(to_stderr).try_init();
    let mut database = Database::empty(views).await?;
    let mut topics = match &bench.args.kafka {
        Some(brokers) => Some(Topics::on(brokers).await?),
        None => None,
    };
    let measured = unless_interrupted(measure(bench, &mut database, topics.as_mut())).await;
    // First the projector, which reads them.
    let measured = ended(measured, database.clear().await);
    match &mut topics {
        Some(topics) => ended(measured, topics.delete().await),
        None => measured,
    }
}

async fn measure(bench: &Bench, database: &mut Database, topics: Option<&mut Topics>) -> anyhow::Result<()> {
    let data = TempDir::with_prefix("rapport-")?;
    let ledger = publish::subject(OwnServer::serve(Some(data.path()), &[]).await?).await?;
    let head = catch_up::story(&ledger, bench.args.events).await?;
    let mut measured = Measured::default();
    for _ in 0..bench.args.runs {
        let from = SourceUrl::Ledger(ledger.server.url.clone());
        measured.once(database, from, &ledger.server, head).await?;
    }
    measured.print(bench, "PostgreSQL from ledger", head)?;
    let server = ledger.server.clone();
    ledger.stop().await?;
    let Some(topics) = topics else { return Ok(()) };
    let mut measured = Measured::default();
    for _ in 0..bench.args.runs {
        let from = published(topics.another(), data.path(), head).await?;
        measured.once(database, from, &server, head).await?;
        topics.delete().await?;
    }
    measured.print(bench, "PostgreSQL from Kafka", head)?;
    let mut runs = Vec::new();
    for run in 0..bench.args.runs {
        runs.push(follow(bench, database, topics.another(), run).await?);
        database.clear().await?;
        topics.delete().await?;
    }
    bench.print(&Row {
        work: "project",
        what: format!("following {} events/s", bench.args.rate),
        shape: (0, 1, bench.args.size),
        unit: "events",
        runs,
        ..Row::default()
    })
}

/// The runs of one source, and in turn with each the copying of its rows.
#[derive(Default)]
struct Measured {
    runs: Vec<Run>,
    limits: Vec<Run>,
    rows: u64,
}

impl Measured {
    async fn once(
        &mut self,
        database: &mut Database,
        from: SourceUrl,
        ledger: &ServerArgs,
        head: u64,
    ) -> anyhow::Result<()> {
        let begun = database.project(from, ledger).await?;
        let reached = database.watch(Arc::new(AtomicU64::new(head))).await??;
        let (_, at_head) = reached.last().context("a position that was reached")?;
        let begun = begun.get().context("a projector with partitions")?;
        database.stop().await?;
        let copied = database.copy().await?;
        database.clear().await?;
        self.runs.push(Run::rate_only(head, at_head.saturating_duration_since(*begun)));
        self.limits.push(Run::rate_only(head, copied.elapsed));
        self.rows = copied.rows;
        Ok(())
    }

    fn print(self, bench: &Bench, what: &str, head: u64) -> anyhow::Result<()> {
        bench.print(&Row {
            work: "project",
            what: what.to_owned(),
            unit: "events",
            runs: self.runs,
            limits: vec![("bare-copy", self.limits)],
            notes: vec![("events", head.to_string()), ("rows", self.rows.to_string())],
            ..Row::default()
        })
    }
}

/// A topic that has the whole ledger: only reading it is measured.
async fn published(topic: KafkaOptions, data: &Path, head: u64) -> anyhow::Result<SourceUrl> {
    publish::catch_up(&topic, data, head).await?;
    Ok(source(&topic))
}

fn source(topic: &KafkaOptions) -> SourceUrl {
    SourceUrl::Kafka { brokers: topic.brokers.clone(), topic: topic.topic.clone() }
}

async fn follow(
    bench: &Bench,
    database: &mut Database,
    topic: KafkaOptions,
    run: u64,
) -> anyhow::Result<Run> {
    let args = &bench.args;
    let (ledger, _) = publish::publishing(&topic, None).await?;
    // The projector has its partitions when the views have a first event.
    let first = append(&ledger.client, "w".to_owned(), run << 32, args.size).await?;
    publish::until(&ledger, |publisher| publisher.position >= first).await?;
    database.project(source(&topic), &ledger.server).await?;
    database.watch(Arc::new(AtomicU64::new(first))).await??;
    let until = Arc::new(AtomicU64::new(u64::MAX));
    let (watching, begun) = (database.watch(Arc::clone(&until)), Instant::now());
    let appending = async {
        let appended: Vec<(u64, Instant)> = steady(args, |number, due| {
            let (client, size) = (ledger.client.clone(), args.size);
            let customer = load::customer("f", number, bench.customers());
            async move { Ok((append(&client, customer, run << 32 | number, size).await?, due)) }
        })
        .await?;
        let last = appended.iter().map(|(position, _)| *position).max().context("nothing was appended")?;
        until.store(last, Ordering::Relaxed);
        anyhow::Ok((appended, last))
    };
    // Views that do not advance end it at once.
    let ((appended, last), reached) = tokio::try_join!(appending, async { watching.await? })?;
    let elapsed = begun.elapsed();
    // What the position says, an answer must show.
    let projector = Client::connect(&database.projector()?).await?;
    see(&projector, load::customer("f", 1, bench.customers()), last).await?;
    ledger.stop().await?;
    let mut times = Times::new()?;
    for (position, due) in &appended {
        times.add(seen_at(&reached, *position)?.saturating_duration_since(*due));
    }
    Ok(Run::new(appended.len() as u64, elapsed, &times))
}

/// When all views had a position.
fn seen_at(reached: &[Reached], position: u64) -> anyhow::Result<Instant> {
    let place = reached.partition_point(|(reached, _)| *reached < position);
    Ok(reached.get(place).context("a position that no view has")?.1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_position_is_seen_with_the_first_one_that_is_not_before_it() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let reached = [(3, at(1)), (7, at(2)), (8, at(3))];
        for (position, seconds) in [(1, 1), (3, 1), (4, 2), (7, 2), (8, 3)] {
            assert_eq!(seen_at(&reached, position).unwrap(), at(seconds), "{position}");
        }
        assert!(seen_at(&reached, 9).is_err());
    }
}
