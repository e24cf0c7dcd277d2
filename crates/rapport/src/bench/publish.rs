//! The log to Kafka: catching up, and from an append until a consumer has it. A broker is given.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use rapport_bench::kafka;
use rapport_kafka::{Group, KafkaOptions, PublisherOptions, Stop, ValueFormat};
use rapport_proto::v1::{Publisher, ReadAllRequest, publisher::State};
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    fill, load,
    row::{Row, Run, Times},
    setting::{Bench, Subject, ended, unless_interrupted},
    steady::steady,
    topics::Topics,
    visible::append,
};
use crate::{client::Client, client::server_args::ServerArgs, failure::Refused, own_server::OwnServer};

/// As the publisher does it when it is behind.
const TRANSACTION_EVENTS: usize = 10_000;
/// How often it is asked how far publishing is.
const LOOK: Duration = Duration::from_millis(5);
/// Making topics and taking them over takes no longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes a ledger of notes, with a bare producer of the same bytes in turn, then follows a steady load.
///
/// # Errors
/// The server's or the broker's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let brokers = bench.args.kafka.as_deref().context("--kafka BROKERS: name the broker to publish to")?;
    let mut topics = Topics::on(brokers).await?;
    let measured = unless_interrupted(measure(bench, &mut topics)).await;
    ended(measured, topics.delete().await)
}

async fn measure(bench: &Bench, topics: &mut Topics) -> anyhow::Result<()> {
    let args = &bench.args;
    let data = TempDir::with_prefix("rapport-")?;
    let ledger = subject(OwnServer::serve(Some(data.path()), &[]).await?).await?;
    fill::notes(&ledger, "p", args.events, bench.customers(), args.size).await?;
    let event = first_event(&ledger.client).await?;
    ledger.stop().await?;
    let (mut runs, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        let took = catch_up(&topics.another(), data.path(), args.events).await?;
        runs.push(Run::rate_only(args.events, took));
        limits.push(bare(topics.another(), args.events, bench.customers(), event.clone()).await?);
        topics.delete().await?;
    }
    bench.print(&Row {
        work: "publish",
        what: "catching up".to_owned(),
        shape: (0, TRANSACTION_EVENTS, args.size),
        unit: "events",
        runs,
        limits: vec![("bare-producer", limits)],
        ..Row::default()
    })?;
    let mut runs = Vec::new();
    for run in 0..args.runs {
        runs.push(follow(bench, topics.another(), run).await?);
        topics.delete().await?;
    }
    bench.print(&Row {
        work: "publish",
        what: format!("following {} events/s", args.rate),
        shape: (0, 1, args.size),
        unit: "events",
        runs,
        ..Row::default()
    })
}

/// A ledger with its client.
///
/// # Errors
/// It does not answer.
pub(super) async fn subject(own: OwnServer) -> anyhow::Result<Subject> {
    let server = ServerArgs::own(own.url());
    Ok(Subject { client: Client::connect(&server).await?, own: Some(own), server })
}

/// A ledger that publishes, once its first transaction has begun. The time for creating topics is not measured.
///
/// # Errors
/// The server's or the broker's.
pub(super) async fn publishing(
    topic: &KafkaOptions,
    data: Option<&Path>,
) -> anyhow::Result<(Subject, Instant)> {
    let flags = ["--kafka", &topic.brokers, "--kafka-topic", &topic.topic];
    let server = subject(OwnServer::serve(data, &flags).await?).await?;
    let begun = until(&server, |publisher| publisher.state() == State::Publishing).await?;
    Ok((server, begun))
}

/// Publishes a ledger whose server is stopped, and gives how long it took.
///
/// # Errors
/// The server's or the broker's.
pub(super) async fn catch_up(topic: &KafkaOptions, data: &Path, events: u64) -> anyhow::Result<Duration> {
    let (server, begun) = publishing(topic, Some(data)).await?;
    let ended = until(&server, |publisher| publisher.position >= events).await?;
    server.stop().await?;
    Ok(ended - begun)
}

/// Waits for a state of the publisher; not longer than it makes progress.
///
/// # Errors
/// It makes none.
pub(super) async fn until(server: &Subject, reached: impl Fn(&Publisher) -> bool) -> anyhow::Result<Instant> {
    let (mut deadline, mut last) = (Instant::now() + PATIENCE, 0);
    loop {
        let publisher = server.client.head().await?.publisher.context("a server that publishes")?;
        let now = Instant::now();
        if reached(&publisher) {
            return Ok(now);
        }
        if publisher.position > last {
            (last, deadline) = (publisher.position, now + PATIENCE);
        }
        anyhow::ensure!(now < deadline, "nothing is published: {}", publisher.trouble);
        tokio::time::sleep(LOOK).await;
    }
}

/// The bytes of an event as the ledger has it.
async fn first_event(client: &Client) -> anyhow::Result<Vec<u8>> {
    let request = ReadAllRequest { limit: 1, ..ReadAllRequest::default() };
    let mut answers = client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner();
    let answer = answers.message().await.map_err(Refused::from)?.context("an event")?;
    Ok(answer.events.into_iter().next().context("an event")?.to_vec())
}

async fn bare(kafka: KafkaOptions, events: u64, customers: u64, event: Vec<u8>) -> anyhow::Result<Run> {
    let options = PublisherOptions {
        kafka,
        value: ValueFormat::Protobuf,
        partitions: 12,
        replication: -1,
        ledger_id: Uuid::new_v4().to_string(),
    };
    let records = (0..events).map(move |number| (load::customer("p", number, customers), event.clone()));
    // On a thread of its own: interrupted, it does not hold up the end of this process.
    let (done, took) = oneshot::channel();
    thread::spawn(move || done.send(kafka::publish(&options, records, TRANSACTION_EVENTS)));
    Ok(Run::rate_only(events, took.await.context("the producer broke off")??))
}

/// When a consumer had each position.
type Seen = Mutex<HashMap<u64, Instant>>;

async fn follow(bench: &Bench, topic: KafkaOptions, run: u64) -> anyhow::Result<Run> {
    let args = &bench.args;
    let (server, _) = publishing(&topic, None).await?;
    let (seen, stop) = (Arc::new(Seen::default()), Stop::new());
    let consumer = consume(topic, Arc::clone(&seen), stop.clone());
    // The consumer has its partitions when it sees a first event.
    append(&server.client, "w".to_owned(), run << 32, args.size).await?;
    until_seen(&seen, 1).await?;
    let begun = Instant::now();
    let appended: Vec<(u64, Instant)> = steady(args, |number, due| {
        let (client, size) = (server.client.clone(), args.size);
        let customer = load::customer("f", number, bench.customers());
        async move { Ok((append(&client, customer, run << 32 | number, size).await?, due)) }
    })
    .await?;
    until_seen(&seen, appended.len() + 1).await?;
    let elapsed = begun.elapsed();
    stop.set();
    consumer.join().map_err(|_| anyhow::anyhow!("the consumer broke off"))??;
    server.stop().await?;
    let (seen, mut times) = (lock(&seen), Times::new()?);
    for (position, due) in &appended {
        let at = seen.get(position).context("a position that no consumer saw")?;
        times.add(at.saturating_duration_since(*due));
    }
    Ok(Run::new(appended.len() as u64, elapsed, &times))
}

async fn until_seen(seen: &Seen, events: usize) -> anyhow::Result<()> {
    let last = Instant::now() + PATIENCE;
    while lock(seen).len() < events {
        anyhow::ensure!(Instant::now() < last, "the consumer does not see everything");
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// A reader of committed records on a thread of its own.
fn consume(kafka: KafkaOptions, seen: Arc<Seen>, stop: Stop) -> thread::JoinHandle<anyhow::Result<()>> {
    thread::spawn(move || {
        let group = Group::join(&kafka, &format!("bench.{}", Uuid::new_v4()))?;
        while !stop.is_set() {
            let polled = group.poll(LOOK)?;
            let now = Instant::now();
            let positions =
                polled.records.into_iter().filter_map(|record| Some(record.event.ok()?.position.0));
            let mut seen = lock(&seen);
            for position in positions {
                seen.entry(position).or_insert(now);
            }
        }
        Ok(())
    })
}

fn lock(seen: &Seen) -> std::sync::MutexGuard<'_, HashMap<u64, Instant>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
