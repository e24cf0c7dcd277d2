//! From an append until a view shows it, at a steady rate.

use std::time::{Duration, Instant};

use anyhow::Context;
use rapport_proto::v1::{TimelineRequest, ViewTime};
use tokio::{task::JoinSet, time::MissedTickBehavior};

use super::{
    Bench, load,
    row::{Row, Run, Times},
};
use crate::{client::Client, failure::Refused};

/// Appends at the rate asked for, and for each asks the timeline that has it.
///
/// # Errors
/// The server's.
pub async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let subject = bench.subject().await?;
    let mut runs = Vec::new();
    for run in 0..args.runs {
        runs.push(once(bench, &subject.client, run).await?);
    }
    bench.print(&Row {
        work: "visible",
        what: format!("at {} events/s", args.rate),
        shape: (0, 1, args.size),
        unit: "events",
        runs,
        ..Row::default()
    })?;
    subject.stop().await
}

async fn once(bench: &Bench, client: &Client, run: u64) -> anyhow::Result<Run> {
    let args = &bench.args;
    let mut interval = tokio::time::interval(Duration::from_secs_f64(1.0 / args.rate as f64));
    // A late tick is made up for: the rate is kept, and waiting counts as waiting.
    interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let begun = Instant::now();
    let end = Duration::from_secs_f64(args.seconds);
    let mut appends = JoinSet::new();
    let mut number = run.wrapping_mul(1 << 32);
    while begun.elapsed() < end {
        let due = interval.tick().await.into_std();
        number += 1;
        let customer = load::customer("v", number, bench.customers());
        appends.spawn(append_and_see(client.clone(), customer, number, args.size, due));
    }
    let (mut events, mut times) = (0, Times::new()?);
    while let Some(seen) = appends.join_next().await {
        times.add(seen.context("a client broke off")??);
        events += 1;
    }
    Ok(Run::new(events, begun.elapsed(), &times))
}

/// The time from the moment at which the append was due until the view had it.
async fn append_and_see(
    client: Client,
    customer: String,
    number: u64,
    size: usize,
    due: Instant,
) -> anyhow::Result<Duration> {
    let request = load::request(customer.clone(), number, 1, size);
    let appended = client.ledger().append(request).await.map_err(Refused::from)?.into_inner();
    let time = ViewTime { at_least_position: appended.last_position, ..ViewTime::default() };
    let request = TimelineRequest { time: Some(time), customer, page_size: 1, ..TimelineRequest::default() };
    let page = client.views().timeline(request).await.map_err(Refused::from)?.into_inner();
    anyhow::ensure!(!page.entries.is_empty(), "the timeline does not have what it should have");
    Ok(due.elapsed())
}
