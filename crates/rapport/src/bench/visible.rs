//! From an append until a view shows it, at a steady rate.

use std::time::{Duration, Instant};

use rapport_proto::v1::{TimelineRequest, ViewTime};

use super::{
    load,
    row::{Row, Run, Times},
    setting::Bench,
    steady::steady,
};
use crate::{client::Client, failure::Refused};

/// Appends at the rate asked for, and for each asks the timeline that has it.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
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
    let (args, begun) = (&bench.args, Instant::now());
    let seen = steady(args, |number, due| {
        let (client, number, size) = (client.clone(), run << 32 | number, args.size);
        let customer = load::customer("v", number, bench.customers());
        async move {
            let position = append(&client, customer.clone(), number, size).await?;
            see(&client, customer, position).await?;
            Ok(due.elapsed())
        }
    });
    let (seen, mut times): (Vec<Duration>, _) = (seen.await?, Times::new()?);
    seen.iter().for_each(|time| times.add(*time));
    Ok(Run::new(seen.len() as u64, begun.elapsed(), &times))
}

/// Appends one event, and gives its position.
///
/// # Errors
/// The server's.
pub(super) async fn append(client: &Client, customer: String, seed: u64, size: usize) -> anyhow::Result<u64> {
    let request = load::request(customer, seed, 1, size);
    Ok(client.ledger().append(request).await.map_err(Refused::from)?.into_inner().last_position)
}

/// Waits until a customer's timeline has been brought up to a position.
///
/// # Errors
/// The server's, or there is nothing of the customer.
pub(super) async fn see(client: &Client, customer: String, position: u64) -> anyhow::Result<()> {
    let time = ViewTime { at_least_position: position, ..ViewTime::default() };
    let request = TimelineRequest { time: Some(time), customer, page_size: 1, ..TimelineRequest::default() };
    let page = client.views().timeline(request).await.map_err(Refused::from)?.into_inner();
    anyhow::ensure!(!page.entries.is_empty(), "the timeline does not have what it should have");
    Ok(())
}
