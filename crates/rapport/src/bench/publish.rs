//! The log to Kafka: catching up, and from an append until a consumer has it. A broker is given.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use rapport_kafka::{Group, KafkaOptions, PublisherOptions, Stop, ValueFormat, publish_bare};
use rapport_proto::v1::{ReadAllRequest, publisher::State};
use tempfile::TempDir;
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::MissedTickBehavior,
};
use uuid::Uuid;

use super::{
    Bench, Subject, fill, load,
    row::{Row, Run, Times},
};
use crate::{client::Client, failure::Refused, own_server::OwnServer, server_args::ServerArgs};

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
pub async fn run(bench: &Bench) -> anyhow::Result<()> {
    let brokers = bench.args.kafka.clone().context("--kafka BROKERS: which broker is to be published to?")?;
    let args = &bench.args;
    let data = TempDir::with_prefix("rapport-")?;
    let subject = subject(OwnServer::serve(Some(data.path()), &[]).await?).await?;
    fill::notes(&subject, "p", args.events, bench.customers(), args.size).await?;
    let event = first_event(&subject.client).await?;
    subject.stop().await?;
    let (mut runs, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        runs.push(catch_up(&brokers, data.path(), args.events).await?);
        limits.push(bare(&brokers, args.events, bench.customers(), event.clone()).await?);
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
        runs.push(follow(bench, &brokers, run).await?);
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

async fn subject(own: OwnServer) -> anyhow::Result<Subject> {
    let server = ServerArgs::own(own.url());
    Ok(Subject { client: Client::connect(&server).await?, own: Some(own), server })
}

/// A topic of its own for every run.
fn topic() -> String {
    format!("rapport.bench.{}", Uuid::new_v4())
}

fn flags<'a>(brokers: &'a str, topic: &'a str) -> [&'a str; 4] {
    ["--kafka", brokers, "--kafka-topic", topic]
}

async fn catch_up(brokers: &str, data: &std::path::Path, events: u64) -> anyhow::Result<Run> {
    let topic = topic();
    let server = subject(OwnServer::serve(Some(data), &flags(brokers, &topic)).await?).await?;
    // Once the first transaction has begun: making topics is no publishing.
    let begun = until(&server, |publisher| publisher.state() == State::Publishing).await?;
    let ended = until(&server, |publisher| publisher.position >= events).await?;
    server.stop().await?;
    Ok(Run::rate_only(events, ended - begun))
}

async fn until(
    server: &Subject,
    reached: impl Fn(&rapport_proto::v1::Publisher) -> bool,
) -> anyhow::Result<Instant> {
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

async fn bare(brokers: &str, events: u64, customers: u64, event: Vec<u8>) -> anyhow::Result<Run> {
    let options = PublisherOptions {
        kafka: kafka(brokers, topic()),
        value: ValueFormat::Protobuf,
        partitions: 12,
        replication: -1,
        ledger_id: Uuid::new_v4().to_string(),
    };
    let records = (0..events).map(move |number| (load::customer("p", number, customers), event.clone()));
    let took = spawn_blocking(move || publish_bare(&options, records, TRANSACTION_EVENTS)).await??;
    Ok(Run::rate_only(events, took))
}

fn kafka(brokers: &str, topic: String) -> KafkaOptions {
    KafkaOptions { brokers: brokers.to_owned(), topic, properties: Default::default() }
}

/// When each position was due, and how long after that a consumer had it.
#[derive(Default)]
struct Seen {
    due: HashMap<u64, Instant>,
    early: HashMap<u64, Instant>,
    times: Vec<Duration>,
}

async fn follow(bench: &Bench, brokers: &str, run: u64) -> anyhow::Result<Run> {
    let args = &bench.args;
    let topic = topic();
    let server = subject(OwnServer::serve(None, &flags(brokers, &topic)).await?).await?;
    until(&server, |publisher| publisher.state() == State::Publishing).await?;
    let (seen, stop) = (Arc::new(Mutex::new(Seen::default())), Stop::new());
    let consumer = consume(kafka(brokers, topic), Arc::clone(&seen), stop.clone());
    // The consumer has its partitions when it sees a first event.
    append(&server.client, &seen, "w", run << 32, args.size, Instant::now()).await?;
    let joined = Instant::now() + PATIENCE;
    while lock(&seen).times.is_empty() {
        anyhow::ensure!(Instant::now() < joined, "the consumer sees nothing");
        tokio::time::sleep(LOOK).await;
    }
    lock(&seen).times.clear();
    let mut interval = tokio::time::interval(Duration::from_secs_f64(1.0 / args.rate as f64));
    interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (begun, end, mut number) = (Instant::now(), Duration::from_secs_f64(args.seconds), 0);
    let mut appends = JoinSet::new();
    while begun.elapsed() < end {
        let due = interval.tick().await.into_std();
        number += 1;
        let (client, seen, size) = (server.client.clone(), Arc::clone(&seen), args.size);
        let customer = load::customer("f", number, bench.customers());
        appends.spawn(async move { append(&client, &seen, &customer, run << 32 | number, size, due).await });
    }
    while let Some(appended) = appends.join_next().await {
        appended.context("a client broke off")??;
    }
    let last = Instant::now() + PATIENCE;
    while (lock(&seen).times.len() as u64) < number {
        anyhow::ensure!(Instant::now() < last, "the consumer does not see everything");
        tokio::time::sleep(LOOK).await;
    }
    let elapsed = begun.elapsed();
    stop.set();
    consumer.join().map_err(|_| anyhow::anyhow!("the consumer broke off"))??;
    server.stop().await?;
    let mut times = Times::new()?;
    lock(&seen).times.iter().for_each(|time| times.add(*time));
    Ok(Run::new(number, elapsed, &times))
}

async fn append(
    client: &Client,
    seen: &Mutex<Seen>,
    customer: &str,
    number: u64,
    size: usize,
    due: Instant,
) -> anyhow::Result<()> {
    let request = load::request(customer.to_owned(), number, 1, size);
    let position = client.ledger().append(request).await.map_err(Refused::from)?.into_inner().last_position;
    let mut seen = lock(seen);
    match seen.early.remove(&position) {
        Some(at) => seen.times.push(at - due),
        None => drop(seen.due.insert(position, due)),
    }
    Ok(())
}

/// A reader of committed records on a thread of its own.
fn consume(
    kafka: KafkaOptions,
    seen: Arc<Mutex<Seen>>,
    stop: Stop,
) -> thread::JoinHandle<anyhow::Result<()>> {
    thread::spawn(move || {
        let group = Group::join(&kafka, &format!("bench.{}", Uuid::new_v4()))?;
        while !stop.is_set() {
            let polled = group.poll(LOOK)?;
            let now = Instant::now();
            let mut seen = lock(&seen);
            for position in
                polled.records.into_iter().filter_map(|record| Some(record.event.ok()?.position.0))
            {
                match seen.due.remove(&position) {
                    Some(due) => seen.times.push(now - due),
                    // The answer to the append is still on its way.
                    None => drop(seen.early.insert(position, now)),
                }
            }
        }
        Ok(())
    })
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
